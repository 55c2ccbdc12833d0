import KernelBridge
import KernelHostModel

/// The records of several journals of one run, each call's once, at a memory that does not grow
/// with their number.
final class MergedRecords: RecordSource {
  /// What became of calls with several records.
  struct Repeats: Sendable {
    /// Records that say the same as another one.
    var equal = 0
    /// Records in whose place a better one counts.
    var replaced = 0
    var conflictCount = 0
    /// The first ones.
    var conflicts: [MergeConflict] = []

    static let mostConflicts = 20
  }

  private let map: BlockMap
  private let callCount: Int
  private let windowBytes: Int
  /// Records with one number are handed over as they are.
  private let handsPlain: Bool
  /// For what is asked beside a visit.
  private var reader: WindowReader?
  /// Of the last visit, when it is over.
  private(set) var repeats = Repeats()
  /// Why not all records could be read again; nil: they could.
  private(set) var failure: SystemError?

  init(
    _ map: BlockMap, callCount: Int, windowBytes: Int = WindowReader.usualBytes,
    handsPlain: Bool = true
  ) {
    self.handsPlain = handsPlain
    self.map = map
    self.callCount = callCount
    self.windowBytes = windowBytes
  }

  var hasConflict: Bool { repeats.conflictCount > 0 || failure != nil }

  func ends(of calls: Range<Int>, _ body: (_ call: Int, _ end: JournalEnd?) -> Void) {
    var reader = self.reader ?? WindowReader(map, wantedBytes: windowBytes)
    let window = reader.window(with: calls)
    self.reader = reader
    failure = failure ?? reader.failure
    var merging = CallMerging(map)
    merging.merge(window, calls) { call, found in
      switch found {
      case .plain(_, let line): body(call, CallMerging.end(window.bytes, line, call))
      case .end(let end): body(call, end)
      }
      return true
    }
  }

  // MARK: Visit

  /// Records of neighbouring calls.
  private struct Batch: Sendable {
    /// Of the window that plain records lie in.
    let bytes: [UInt8]
    var records: [(call: Int, found: FoundEnd)] = []
  }

  private struct Queue: Sendable {
    var batches: [Batch] = []
    var isOver = false
    /// What is read is not wanted any more.
    var isCancelled = false
    var repeats = Repeats()
    var failure: SystemError?
  }

  private static let batchSize = 1024
  private static let mostBatches = 16

  func visit(_ wanted: Selection?, _ body: (_ call: Int, _ end: JournalEnd?) -> Bool) {
    visit(wanted, plain: { _, _, _ in false }, body)
  }

  /// Records are read and understood by a thread of their own, while the caller writes those before
  /// them.
  func visit(
    _ wanted: Selection?, plain: (_ call: Int, _ end: JournalLines.PlainEnd, [UInt8]) -> Bool,
    _ body: (_ call: Int, _ end: JournalEnd?) -> Bool
  ) {
    let queue = Monitor(Queue())
    let isStarted = HostThread.start { [map, callCount, windowBytes, handsPlain] in
      let (repeats, failure) = Self.read(map, callCount, windowBytes, handsPlain) { batch in
        let goesOn = queue.wait { queue -> Monitor<Queue>.Look<Bool> in
          if queue.isCancelled { return .done(false) }
          return queue.batches.count < Self.mostBatches ? .done(true) : .again(at: nil)
        }
        if goesOn { queue.change { $0.batches.append(batch) } }
        return goesOn
      }
      queue.change {
        $0.repeats = repeats
        $0.failure = failure
        $0.isOver = true
      }
    }
    func take(_ batch: Batch) -> Bool {
      for (call, found) in batch.records {
        if let wanted, wanted.calls(in: call..<call + 1).isEmpty { continue }
        switch found {
        case .plain(let end, let line):
          if plain(call, end, batch.bytes) { continue }
          if !body(call, CallMerging.end(batch.bytes, line, call)) { return false }
        case .end(let end):
          if !body(call, end) { return false }
        }
      }
      return true
    }
    guard isStarted else {
      (repeats, failure) = Self.read(map, callCount, windowBytes, handsPlain, take)
      return
    }
    var goesOn = true
    while goesOn {
      let batches = queue.wait { queue -> Monitor<Queue>.Look<[Batch]> in
        if queue.batches.isEmpty { return queue.isOver ? .done([]) : .again(at: nil) }
        defer { queue.batches = [] }
        return .done(queue.batches)
      }
      if batches.isEmpty { break }
      queue.notify()
      for batch in batches where goesOn { goesOn = take(batch) }
    }
    if !goesOn { queue.change { $0.isCancelled = true } }
    (repeats, failure) = queue.withLock { ($0.repeats, failure ?? $0.failure) }
  }

  /// Hands all records to `body` in batches, in the order of the calls, until it returns false.
  private static func read(
    _ map: BlockMap, _ callCount: Int, _ windowBytes: Int, _ handsPlain: Bool,
    _ body: (Batch) -> Bool
  ) -> (Repeats, SystemError?) {
    var reader = WindowReader(map, wantedBytes: windowBytes)
    var merging = CallMerging(map)
    merging.handsPlain = handsPlain
    reader.visit(0..<callCount) { window in
      var batch = Batch(bytes: window.bytes)
      batch.records.reserveCapacity(batchSize)
      let goesOn = merging.merge(window, window.calls) { call, found in
        batch.records.append((call, found))
        if batch.records.count < batchSize { return true }
        let full = batch
        batch = Batch(bytes: window.bytes)
        batch.records.reserveCapacity(batchSize)
        return body(full)
      }
      return goesOn && (batch.records.isEmpty || body(batch))
    }
    return (merging.repeats, reader.failure)
  }
}

/// How a call ended.
private enum FoundEnd: Sendable {
  /// Well, with one number: the line in the window's bytes says the rest.
  case plain(JournalLines.PlainEnd, line: Range<Int>)
  /// Nil: the record cannot be read.
  case end(JournalEnd?)
}

/// Two records of one call that cannot both be right.
package struct MergeConflict: Sendable, Hashable {
  package struct Side: Sendable, Hashable {
    /// The segment.
    package let path: String
    /// The machine that made it; nil: the segment's first line is damaged.
    package let machine: String?
    package let end: JournalEnd
  }

  package let call: Int
  package let first: Side
  package let second: Side
}

/// Makes one record of all that a call has.
private struct CallMerging {
  private let map: BlockMap
  var handsPlain = false
  private(set) var repeats = MergedRecords.Repeats()

  init(_ map: BlockMap) { self.map = map }

  /// Hands over the calls of a range that have records, until `body` returns false: then false.
  @discardableResult
  mutating func merge(
    _ window: CallWindow, _ calls: Range<Int>, _ body: (_ call: Int, _ found: FoundEnd) -> Bool
  ) -> Bool {
    var index = calls == window.calls ? 0 : window.first(from: calls.lowerBound)
    while index < window.count {
      let call = window.call(at: index)
      if call >= calls.upperBound { break }
      var next = index + 1
      while next < window.count, window.call(at: next) == call { next += 1 }
      let found =
        next == index + 1
        ? found(window, index, call) : .end(one(of: index..<next, window, call))
      if !body(call, found) { return false }
      index = next
    }
    return true
  }

  private func found(_ window: CallWindow, _ index: Int, _ call: Int) -> FoundEnd {
    let line = window.entry(at: index).bytes
    if handsPlain,
      let plain = JournalLines.plainEnd(
        of: window.bytes, from: line.lowerBound, count: min(line.upperBound + 1, window.bytes.count)
      ),
      plain.call == call
    {
      return .plain(plain, line: line)
    }
    return .end(Self.end(window.bytes, line, call))
  }

  static func end(_ bytes: [UInt8], _ line: Range<Int>, _ call: Int) -> JournalEnd? {
    guard case .ended(let end)? = JournalRecord(reading: bytes, line), end.call == call else {
      return nil
    }
    return end
  }

  static func end(_ window: CallWindow, _ index: Int, _ call: Int) -> JournalEnd? {
    end(window.bytes, window.entry(at: index).bytes, call)
  }

  /// The record that counts among several; nil: all of them are damaged.
  private mutating func one(
    of indices: Range<Int>, _ window: CallWindow, _ call: Int
  ) -> JournalEnd? {
    var best: (index: Int, end: JournalEnd)?
    for index in indices {
      guard let end = Self.end(window, index, call) else { continue }
      guard let known = best else {
        best = (index, end)
        continue
      }
      switch end.agreement(with: known.end) {
      case .equal: repeats.equal += 1
      case .worse: repeats.replaced += 1
      case .better:
        repeats.replaced += 1
        best = (index, end)
      case .conflict:
        repeats.conflictCount += 1
        if repeats.conflicts.count < MergedRecords.Repeats.mostConflicts {
          repeats.conflicts.append(
            MergeConflict(
              call: call, first: side(known.end, window.entry(at: known.index).place),
              second: side(end, window.entry(at: index).place)))
        }
      }
    }
    return best?.end
  }

  private func side(_ end: JournalEnd, _ place: Int) -> MergeConflict.Side {
    let segment = map.segment(at: place)
    return .init(path: segment.path, machine: segment.head?.host, end: end)
  }
}
