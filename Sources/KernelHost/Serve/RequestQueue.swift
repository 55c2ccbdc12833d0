import KernelBridge
import KernelHostModel
import Synchronization

/// The open requests of a server: those whose calls wait for a lane, by turns, and those that some
/// lane has. Used by all threads.
final class RequestQueue: Sendable {
  /// Calls of a batch that wait.
  fileprivate struct Unit: Sendable {
    let batch: RequestBatch
    var ranges: [Range<Int>]
  }

  /// Which units to take calls from.
  enum Kind {
    case small
    case large
    case any
  }

  struct Facts: Sendable {
    /// Lines that were taken as requests, and that were refused.
    var requests = 0
    var refused = 0
    var open = 0
    var counts = StatusCounts()
    /// Nil: requests are taken.
    var ending: ServeEnd?
  }

  private struct State: Sendable {
    var open = OpenRequests()
    /// Requests of few calls, in their order.
    var small: Queue<Unit> = Queue()
    /// Sweeps of many calls, each of which gets a block of calls at a time.
    var large: Queue<Unit> = Queue()
    var isTurnOfLarge = false
    /// Bytes of the batches that have open requests.
    var size = 0
    var isClosed = false
    var facts = Facts()

    /// Whether nothing is left, and nothing will come.
    var isOver: Bool { isClosed || facts.ending != nil && open.isEmpty }
  }

  private let state = Monitor(State())
  private let hungry = Atomic<Bool>(false)

  /// Calls of one request that are dealt like single calls.
  private static let mostSmall = 256
  /// Requests that may be open, and bytes of their lines, before the server reads no more.
  static let mostOpen = 1_000_000
  private static let mostSize = 256 << 20

  // MARK: Requests come

  /// Opens requests of a batch, given by their tasks. Returns those whose ids are in use.
  func open(_ batch: RequestBatch, tasks: Range<Int>) -> [Int] {
    state.change { state in
      var inUse: [Int] = []
      var small = Unit(batch: batch, ranges: [])
      for task in tasks {
        guard state.facts.ending == nil, state.open.open(batch.ids[task], (batch, task)) else {
          inUse.append(task)
          continue
        }
        state.facts.requests += 1
        let calls = batch.plan.calls(ofTask: task)
        if calls.count > Self.mostSmall {
          state.large.append(Unit(batch: batch, ranges: [calls]))
        } else if let last = small.ranges.last, last.upperBound == calls.lowerBound {
          small.ranges[small.ranges.count - 1] = last.lowerBound..<calls.upperBound
        } else {
          small.ranges.append(calls)
        }
      }
      if !small.ranges.isEmpty { state.small.append(small) }
      return inUse
    }
  }

  func note(batch: RequestBatch) { state.withLock { $0.size += batch.size } }
  func forget(batch: RequestBatch) { state.change { $0.size -= batch.size } }
  func noteRefused() { state.withLock { $0.facts.refused += 1 } }

  /// Waits until there is room for more requests, or the server is over. Returns false then.
  func waitForRoom() -> Bool {
    state.wait { state in
      if state.isOver { return .done(false) }
      let hasRoom = state.open.count < Self.mostOpen && state.size < Self.mostSize
      return hasRoom ? .done(true) : .again(at: nil)
    }
  }

  // MARK: Calls go to lanes

  /// Takes some calls of the request whose turn it is.
  func deal(_ kind: Kind, most: Int) -> (batch: RequestBatch, calls: Range<Int>)? {
    state.withLock { state in
      switch kind {
      case .small: return Self.takeSmall(most, &state.small)
      case .large: return Self.takeLarge(most, &state.large)
      case .any:
        state.isTurnOfLarge.toggle()
        return state.isTurnOfLarge
          ? Self.takeLarge(most, &state.large) ?? Self.takeSmall(most, &state.small)
          : Self.takeSmall(most, &state.small) ?? Self.takeLarge(most, &state.large)
      }
    }
  }

  /// The first one stays in front until all its calls are taken.
  private static func takeSmall(
    _ most: Int, _ units: inout Queue<Unit>
  ) -> (batch: RequestBatch, calls: Range<Int>)? {
    guard var unit = units.first else { return nil }
    let calls = unit.take(most)
    if unit.ranges.isEmpty { units.removeFirst() } else { units.replaceFirst(unit) }
    return (unit.batch, calls)
  }

  /// The first one goes to the end.
  private static func takeLarge(
    _ most: Int, _ units: inout Queue<Unit>
  ) -> (batch: RequestBatch, calls: Range<Int>)? {
    guard var unit = units.popFirst() else { return nil }
    let calls = unit.take(most)
    if !unit.ranges.isEmpty { units.append(unit) }
    return (unit.batch, calls)
  }

  /// Calls that a lane has not begun wait again.
  func giveBack(_ batch: RequestBatch, _ ranges: [Range<Int>]) {
    hungry.store(false, ordering: .relaxed)
    if ranges.isEmpty { return }
    state.withLock { state in
      let count = ranges.reduce(0) { $0 + $1.count }
      let unit = Unit(batch: batch, ranges: ranges)
      if count > Self.mostSmall { state.large.append(unit) } else { state.small.append(unit) }
    }
  }

  /// Whether some lane has nothing to do, and others should give back what they have not begun.
  var isHungry: Bool { hungry.load(ordering: .relaxed) }
  /// Returns true if no lane has asked since the last time that something was given back.
  func ask() -> Bool { !hungry.exchange(true, ordering: .relaxed) }

  // MARK: Requests end

  /// Requests have ended: their ids are free. Returns true if the server has nothing more to do.
  /// `publish` sends what the client learns of it by.
  func close(
    _ taken: RequestBatch.Taken, of batch: RequestBatch, _ publish: () -> Void
  ) -> Bool {
    state.change { state in
      publish()
      for id in taken.ended { state.open.close(id) }
      state.facts.counts.add(taken.counts)
      if taken.isLast { state.size -= batch.size }
      return state.facts.ending != nil && state.open.isEmpty
    }
  }

  /// Takes the calls of a request that no lane has. Nil: no request has this id.
  func cancel(
    _ id: RequestID
  ) -> (batch: RequestBatch, calls: Range<Int>, unbegun: [Range<Int>])? {
    guard let (batch, task) = state.withLock({ $0.open[id] }) else { return nil }
    let calls = batch.plan.calls(ofTask: task)
    // First, for calls that a lane gives back from now on. A batch closes requests while it is
    // locked: it must not be locked inside of the queue.
    batch.cancel(task: task)
    let unbegun = state.withLock { state in
      Self.remove(calls, of: batch, from: &state.small)
        + Self.remove(calls, of: batch, from: &state.large)
    }
    return (batch, calls, unbegun)
  }

  private static func remove(
    _ calls: Range<Int>, of batch: RequestBatch, from units: inout Queue<Unit>
  ) -> [Range<Int>] {
    var removed: [Range<Int>] = []
    var hasEmpty = false
    units.change { unit in
      guard unit.batch === batch else { return }
      removed += unit.cut(calls)
      if unit.ranges.isEmpty { hasEmpty = true }
    }
    if hasEmpty { _ = units.remove { $0.ranges.isEmpty } }
    return removed
  }

  /// No more requests are taken.
  func drain(_ reason: ServeEnd) {
    state.change { $0.facts.ending = $0.facts.ending?.or(reason) ?? reason }
  }

  /// Takes all calls that no lane has: they are not to begin.
  func closeAll(_ reason: ServeEnd) -> [(batch: RequestBatch, ranges: [Range<Int>])] {
    state.change { state in
      state.facts.ending = state.facts.ending?.or(reason) ?? reason
      state.isClosed = true
      let units = Array(state.small.all) + Array(state.large.all)
      (state.small, state.large) = (Queue(), Queue())
      return units.map { ($0.batch, $0.ranges) }
    }
  }

  /// Whether nothing is left, and nothing will come.
  var isOver: Bool { state.withLock { $0.isOver } }

  var isEnding: Bool { state.withLock { $0.facts.ending != nil } }
  var isClosed: Bool { state.withLock { $0.isClosed } }

  var facts: Facts {
    state.withLock { state in
      var facts = state.facts
      facts.open = state.open.count
      return facts
    }
  }
}

extension RequestQueue.Unit {
  /// Takes those of some calls that it has. O(ranges).
  fileprivate mutating func cut(_ calls: Range<Int>) -> [Range<Int>] {
    var removed: [Range<Int>] = []
    var index = 0
    while index < ranges.count {
      let range = ranges[index]
      let hit = range.clamped(to: calls)
      if hit.isEmpty {
        index += 1
        continue
      }
      removed.append(hit)
      let rest = [range.lowerBound..<hit.lowerBound, hit.upperBound..<range.upperBound]
        .filter { !$0.isEmpty }
      ranges.replaceSubrange(index...index, with: rest)
      index += rest.count
    }
    return removed
  }

  /// Takes consecutive calls.
  fileprivate mutating func take(_ most: Int) -> Range<Int> {
    let first = ranges[0]
    if first.count <= most {
      ranges.removeFirst()
      return first
    }
    let end = first.lowerBound + most
    ranges[0] = end..<first.upperBound
    return first.lowerBound..<end
  }
}
