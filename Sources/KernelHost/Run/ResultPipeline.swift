import KernelBridge
import KernelHostModel

/// Takes the tokens of a run: counts them, tells observers, brings them in order, and writes them.
/// It is one struct, so that a batch of calls needs one exclusive access.
struct ResultPipeline {
  private(set) var counts = StatusCounts()
  /// Nil: the results are written at the end, from the log.
  private var writer: ResultWriter?
  /// Nil: the run ends with its process.
  private var log: LoggedEnds?
  /// Nil: tokens are written as they come.
  private var ordered: ReorderBuffer<CallRecord>?
  /// The calls that have their token, where they are not in order.
  private var seen: SeenCalls
  /// Calls of which a second token came, since `takeRefused`.
  private var refused: [Int] = []
  private let selection: Selection
  private var locator: CallLocator
  private let hasSweeps: Bool
  private let callCount: Int
  /// What tasks have taken from others, as records have it, while they have records to write.
  private var taken: [Int: DependencyTracker.Taken] = [:]
  private var recordsLeft: [Int: Int] = [:]
  /// Keeps the calls that have ended in `ended`: others may wait for them.
  private let keepsEnded: Bool
  private var ended: [CallRecord] = []
  /// Nil: the run is not observed.
  private let events: RunEvents?
  /// Of calls that have one and no place in the results yet.
  private var warnings: [Int: String] = [:]
  /// Time spent with the writer, if that is measured.
  private(set) var writingNanoseconds: UInt64 = 0
  private let measuresWriting: Bool

  init(
    _ writer: ResultWriter?, _ order: Order, _ plan: Plan, _ selection: Selection,
    log: (any CallLog)? = nil, before: StatusCounts = StatusCounts(), keepsEnded: Bool,
    events: RunEvents?, isForObservers: Bool = false, measuresWriting: Bool
  ) {
    self.writer = writer
    self.log = log.map { LoggedEnds($0) }
    counts = before
    ordered = order == .call && (writer != nil || isForObservers) ? ReorderBuffer() : nil
    locator = CallLocator(plan)
    hasSweeps = plan.hasSweeps
    self.selection = selection
    callCount = selection.count
    seen = SeenCalls(most: callCount)
    self.keepsEnded = keepsEnded
    self.events = events
    self.measuresWriting = measuresWriting
    self.writer?.begin()
  }

  /// Tokens that were written, where they are in the order of the calls; else nil.
  var writtenInOrder: Int? { ordered?.next }
  var failure: SystemError? { writer?.failure }
  var loggedCount: Int { log?.count ?? 0 }

  /// Takes the tokens of `count` calls, but only the first token of each call. Returns how many it
  /// took. A call that is nil has no token yet. O(calls).
  mutating func take(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
    let before = refused.count
    var absent = 0
    // Asked once for a batch: a run without observers pays nothing.
    if let events, events.wantsCalls {
      var records: [CallRecord] = []
      for index in 0..<count {
        if let ended = call(index) { records.append(record(of: ended)) } else { absent += 1 }
      }
      let left = keep(records)
      for record in records { take(record, events, isKept: !left.contains(record.call)) }
      return count - absent - (refused.count - before)
    }
    var okCount = 0
    var failures: [CallRecord] = []
    for index in 0..<count {
      guard let ended = call(index) else {
        absent += 1
        continue
      }
      let position = selection.position(of: ended.call)
      guard isFirst(position) else {
        refused.append(ended.call)
        continue
      }
      let record = record(of: ended)
      // What is left to the next process has not ended.
      let kept = log == nil ? LoggedEnds.Kept(isKept: true) : keep(record)
      if ended.token.ok {
        okCount += 1
      } else if kept.isKept {
        counts.add(ended.token.status)
        if let events, events.wishes.failures {
          failures.append(completed(record, takingWarning: false))
        }
      }
      if keepsEnded { self.ended.append(record) }
      put(record, position, nil, kept.number)
    }
    counts.add(.ok, okCount)
    log?.send()
    // Written down before observers see them, as these may show what they see.
    for failure in failures { events?.ended(failure) }
    return count - absent - (refused.count - before)
  }

  /// The record of an ended call, with its task: nothing behind has to look it up again.
  @inline(__always)
  private mutating func record(of ended: EndedCall) -> CallRecord {
    var record = CallRecord(ended)
    if hasSweeps { record.task = Int32(truncatingIfNeeded: locator.locate(ended.call).task) }
    return record
  }

  /// Whether the call at a position is one of the run and has no token yet; then it has one.
  @inline(__always)
  private mutating func isFirst(_ position: Int) -> Bool {
    guard position >= 0, position < callCount else { return false }
    return ordered == nil ? seen.insert(position) : ordered?.hasSeen(position) == false
  }

  var hasRefused: Bool { !refused.isEmpty }

  /// Calls of which a second token came since the last time.
  mutating func takeRefused() -> [Int] {
    if refused.isEmpty { return [] }
    defer { refused = [] }
    return refused
  }

  /// The selected calls of a range that have no token. O(range).
  func missing(in calls: Range<Int>) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for range in selection.calls(in: calls) {
      for call in range {
        let position = selection.position(of: call)
        if ordered?.hasSeen(position) ?? seen.contains(position) { continue }
        if let last = found.last, last.upperBound == call {
          found[found.count - 1] = last.lowerBound..<call + 1
        } else {
          found.append(call..<call + 1)
        }
      }
    }
    return found
  }

  /// Apart from the others, whose every nanosecond counts.
  @inline(never)
  private mutating func take(_ ended: CallRecord, _ events: RunEvents, isKept: Bool) {
    let position = selection.position(of: ended.call)
    guard isFirst(position) else { return refused.append(ended.call) }
    events.ended(completed(ended, takingWarning: false))
    if isKept { counts.add(ended.token.status) }
    if keepsEnded { self.ended.append(ended) }
    put(ended, position, events)
  }

  /// Writes down the ends of a batch before observers see them, as these may show what they see.
  /// Returns the calls that are left to the next process.
  private mutating func keep(_ records: [CallRecord]) -> Set<Int> {
    if log == nil { return [] }
    var (known, left): (Set<Int>, Set<Int>) = ([], [])
    for record in records where isNew(record) && known.insert(record.call).inserted {
      if !keep(record).isKept { left.insert(record.call) }
    }
    log?.send()
    return left
  }

  /// Whether a call is one of the run and has no token yet.
  private func isNew(_ record: CallRecord) -> Bool {
    let position = selection.position(of: record.call)
    guard position >= 0, position < callCount else { return false }
    return ordered.map { !$0.hasSeen(position) } ?? !seen.contains(position)
  }

  /// Writes down a call's end, before its turn in the results comes.
  private mutating func keep(_ ended: CallRecord) -> LoggedEnds.Kept {
    let record = warnings.isEmpty ? ended : completed(ended, takingWarning: false)
    return log?.add(record) ?? LoggedEnds.Kept()
  }

  /// `number`: of the result, among the ends for the log.
  @inline(__always)
  private mutating func put(
    _ ended: CallRecord, _ position: Int, _ events: RunEvents?, _ number: Range<Int>? = nil
  ) {
    if ordered == nil { return write(ended, events, number) }
    if ordered?.passes(position) == true { return write(ended, events, number) }
    ordered?.keep(ended, at: position)
    while let next = ordered?.takeNext() { write(next, events) }
  }

  @inline(__always)
  private mutating func write(
    _ ended: CallRecord, _ events: RunEvents?, _ number: Range<Int>? = nil
  ) {
    let record =
      warnings.isEmpty && taken.isEmpty ? ended : completed(ended, takingWarning: true)
    events?.recorded(record)
    defer { if !taken.isEmpty { forgetTaken(byCall: ended.call) } }
    if !measuresWriting {
      send(record, number)
      return
    }
    let start = monotonicNanoseconds()
    send(record, number)
    writingNanoseconds += monotonicNanoseconds() - start
  }

  /// A number is written once, for the log, and copied: that it is the shortest text of its value
  /// is worth more time than all else of a record.
  @inline(__always)
  private mutating func send(_ record: CallRecord, _ number: Range<Int>?) {
    if let number, let log, writer?.copiesNumbers == true {
      writer?.record(record, number: log.bytes[number])
    } else {
      writer?.record(record)
    }
  }

  /// The record with what only the run knows.
  private mutating func completed(_ ended: CallRecord, takingWarning: Bool) -> CallRecord {
    var record = ended
    let warning = takingWarning ? warnings.removeValue(forKey: ended.call) : warnings[ended.call]
    let arguments = taken.isEmpty ? nil : taken[locator.locate(ended.call).task]?.arguments
    record.add(warning: warning, taken: arguments ?? [])
    return record
  }

  /// What the records of a task's calls have as arguments from others.
  mutating func add(_ taken: DependencyTracker.Taken) {
    self.taken[taken.task] = taken
    recordsLeft[taken.task] = taken.records
  }

  /// A call's record was written.
  private mutating func forgetTaken(byCall call: Int) {
    let task = locator.locate(call).task
    guard let left = recordsLeft[task] else { return }
    recordsLeft[task] = left > 1 ? left - 1 : nil
    if left == 1 { taken[task] = nil }
  }

  /// Returns the calls that have ended since the last question, where they are kept.
  mutating func takeEnded() -> [CallRecord] {
    if ended.isEmpty { return [] }
    defer { ended.removeAll(keepingCapacity: true) }
    return ended
  }

  /// What the call's record will say beside its token.
  mutating func warn(_ call: Int, _ text: String) { warnings[call] = text }

  /// A piece of printed text that belongs to the results.
  mutating func printed(_ bytes: ArraySlice<UInt8>) { writer?.printed(bytes) }

  mutating func flush() { writer?.flush() }

  /// What comes from now on is not written down: it is how the end of the process made calls end.
  mutating func closeLog() { log = nil }

  /// The results are not complete and get no name.
  mutating func discardResults() { writer = nil }

  mutating func end() { writer?.end(counts) }
}
