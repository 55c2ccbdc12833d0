import KernelBridge
import Synchronization
import TaskModel

/// Hands out the calls that may begin, each once, the lowest first. Used by all lanes' threads.
final class Dealer: Sendable {
  private struct State {
    /// By where they begin.
    var ready = Heap<Range<Int>> { $0.lowerBound < $1.lowerBound }
    var readyCount = 0
    /// Calls that are neither dealt nor taken, ready or not.
    var undealt: Int
    /// No call from here on is dealt.
    var limit = Int.max
    /// Calls that lanes have and may give back.
    var dealt = 0
    /// Somebody has asked in vain.
    var isMissed = false
  }

  private let state: Locked<State>
  private let lanes: Int
  /// Ends the sleep of all lanes.
  private let wakers = Locked<[StopBell]>([])
  private let refused = Locked<Token<Value>?>(nil)
  private let isRefusing = Atomic<Bool>(false)
  private let hungry = Atomic<Bool>(false)

  /// `callCount`: how many there will be.
  init(callCount: Int, lanes: Int) {
    state = Locked(State(undealt: callCount))
    self.lanes = lanes
  }

  func attach(_ waker: StopBell) { wakers.withLock { $0.append(waker) } }

  /// Nothing is left, and nothing will come, or come back.
  var isDone: Bool { state.withLock { $0.undealt == 0 && $0.dealt == 0 } }

  /// Some lane has run dry. O(1), without a lock.
  var isHungry: Bool { hungry.load(ordering: .relaxed) }

  /// A lane has run dry: the others are to give back what they have not begun.
  func ask() {
    if hungry.exchange(true, ordering: .relaxed) { return }
    wake()
  }

  /// A lane gives back what it has not begun.
  func giveBack(_ ranges: [Range<Int>]) {
    hungry.store(false, ordering: .relaxed)
    let count = ranges.reduce(0) { $0 + $1.count }
    change { state in
      state.dealt -= count
      state.undealt += count
    }
    add(ranges)
  }

  /// So many calls of a lane have ended.
  func end(_ count: Int) {
    let isLast = state.withLock { state in
      state.dealt -= count
      return state.dealt == 0 && state.undealt == 0
    }
    if isLast { wake() }
  }

  /// Calls that may begin: as many as are wanted, but where there are several lanes no more
  /// than a part of those that are ready; nil: there is none now, or there will be none.
  func deal(_ wanted: Int) -> Range<Int>? {
    state.withLock { state -> Range<Int>? in
      guard let first = state.ready.first, first.lowerBound < state.limit else {
        state.isMissed = true
        return nil
      }
      let available = min(first.upperBound, state.limit) - first.lowerBound
      let share = lanes == 1 ? available : max(state.readyCount / (2 * lanes), 1)
      let calls = first.lowerBound..<first.lowerBound + min(available, wanted, share)
      if calls.count == first.count {
        state.ready.removeFirst()
      } else {
        // Still the lowest of all.
        state.ready.replaceFirst(calls.upperBound..<first.upperBound)
      }
      state.readyCount -= calls.count
      state.undealt -= calls.count
      state.dealt += calls.count
      return calls
    }
  }

  /// Some more calls may begin. O(log ranges) each.
  func add(_ ranges: [Range<Int>]) {
    if ranges.isEmpty { return }
    change { state in
      for range in ranges where !range.isEmpty {
        state.ready.insert(range)
        state.readyCount += range.count
      }
    }
  }

  /// All calls that are ready and not dealt: they are the caller's.
  func takeReady() -> [Range<Int>] {
    var taken: [Range<Int>] = []
    change { state in
      taken = state.ready.elements.sorted { $0.lowerBound < $1.lowerBound }
      state.undealt -= state.readyCount
      state.readyCount = 0
      state.ready.removeAll()
    }
    return taken
  }

  /// So many calls that were not ready will never be.
  func drop(_ count: Int) { change { $0.undealt -= count } }

  /// Calls below `limit` are dealt.
  func setLimit(_ limit: Int) { change { $0.limit = limit } }

  private func change(_ body: (inout State) -> Void) {
    let wakes = state.withLock { state in
      body(&state)
      defer { state.isMissed = false }
      return state.isMissed
    }
    if wakes { wake() }
  }

  private func wake() {
    for waker in wakers.withLock({ $0 }) { waker.wake() }
  }

  // MARK: Refusing

  /// The token of calls that were dealt and not begun; nil: they begin.
  var refusal: Token<Value>? {
    isRefusing.load(ordering: .relaxed) ? refused.withLock { $0 } : nil
  }

  func refuse(_ token: Token<Value>) {
    refused.withLock { $0 = token }
    isRefusing.store(true, ordering: .relaxed)
  }
}
