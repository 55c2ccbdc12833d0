import KernelBridge
package import KernelHostModel

/// The journal of a run that goes on: what earlier processes left to do, and the writer of this
/// one. The only writer of its folder, as long as it exists.
package final class RunJournal: CallLog {
  package let folder: JournalFolder
  let writer: JournalWriter
  /// The calls that this process is to make.
  package let remaining: Selection
  /// The calls of the command line: those that the results have.
  let selection: Selection
  /// Calls of the whole run, or of the shards of this process, that had no record when it began.
  let openCount: Int
  /// How those of them ended that have their record, when this process began.
  let before: StatusCounts
  /// What other calls wait for, of earlier processes.
  let known: [Int: Value]
  let failed: [Int: Token<Value>]
  /// Calls that were live at three deaths of a host: they run after all others, one at a time.
  let alone: Set<Int>
  /// Where half-done calls are copied to, and continue from; nil: they do neither.
  let snapshots: RunSnapshots?
  /// What a person should know before the run begins.
  package let notes: [String]

  /// What of earlier processes' segments could not be read: the first places, and how many.
  package let damage: [JournalDamage]
  package let damageCount: Int

  /// The shards that this process makes; nil: it makes the run as a whole.
  package var part: JournalPart? { opened.part }
  private let opened: JournalFolder.Opened
  private let rules: JournalRules
  private let state = Locked(State())
  private let stopper: JournalStopper
  private let cancellation = Locked<CancellationSource?>(nil)
  private let isInProcess: Bool
  private let isSyncedEach: Bool

  private struct State: Sendable {
    /// Behind what was handed over last.
    var ticket: JournalWriter.Ticket?
    /// Calls that must not begin twice, whose begin is written down and whose end is not.
    var begun = RangeSet<Int>()

    /// Returns those of some calls whose begin is to be written down.
    mutating func begin(_ calls: [Range<Int>]) -> [Range<Int>] {
      var new = RangeSet<Int>()
      for range in calls { new.insert(contentsOf: range) }
      new = new.subtracting(begun)
      begun.formUnion(new)
      return Array(new.ranges)
    }
  }

  /// What `open` found out before the first call.
  struct Start {
    var remaining: Selection
    var selection: Selection
    var before: StatusCounts
    var openCount: Int
    var known: [Int: Value]
    var failed: [Int: Token<Value>]
    var alone: Set<Int>
    /// All calls without a record, those outside of the command line's selection with them.
    var left: Selection
    var notes: [String]
  }

  init(
    _ opened: JournalFolder.Opened, _ writer: JournalWriter, _ stopper: JournalStopper,
    _ start: Start, _ plan: Plan, isInProcess: Bool, isSyncedEach: Bool, liveLimit: Int?,
    _ snapshots: RunSnapshots?, command: String
  ) {
    folder = opened.folder
    self.opened = opened
    damage = opened.index.damage
    damageCount = opened.index.damageCount
    self.writer = writer
    self.stopper = stopper
    let rules = JournalRules(plan, liveLimit: liveLimit)
    self.rules = rules
    self.isInProcess = isInProcess
    self.isSyncedEach = isSyncedEach
    remaining = start.remaining
    selection = start.selection
    before = start.before
    openCount = start.openCount
    known = start.known
    failed = start.failed
    alone = start.alone
    notes = start.notes
    let isLeft = { @Sendable (call: Int, calls: Selection) in
      !calls.calls(in: call..<call + 1).isEmpty
    }
    self.snapshots = snapshots.map { snapshots in
      var snapshots = snapshots
      snapshots.isOpen = { [remaining = start.remaining, left = start.left] call in
        isLeft(call, left) && !isLeft(call, remaining)
      }
      snapshots.again = { Self.again($0, command) }
      snapshots.onRestored = { [rules, writer] calls, _ in
        // The begin of the others is in the journal already.
        let pure = calls.map { $0.number..<$0.number + 1 }.flatMap { rules.parts(of: $0).pure }
        if !pure.isEmpty { writer.areLive(pure) }
      }
      return snapshots
    }
  }

  /// The command line that begins a call again on purpose. `command`: that of the run.
  static func again(_ call: Int, _ command: String) -> String {
    "\(command) --rerun \(call)..\(call)"
  }

  /// Sets what stops the run if the journal cannot be written.
  func onFailure(_ stop: @escaping @Sendable () -> Void) {
    stopper.attach(stop)
  }

  /// Sets what says that the run stops.
  func watch(_ source: CancellationSource) {
    cancellation.withLock { $0 = source }
  }

  /// The journal cannot be written: the host does not go on without it.
  private func fail() { stopper.stop() }

  // MARK: Before calls begin

  func together(_ calls: Range<Int>) -> Int { rules.together(calls) }

  func willBegin(
    _ calls: Range<Int>, isAlone: Bool, _ open: @escaping @Sendable () -> Void
  ) -> Bool {
    let (pure, impure) = rules.parts(of: calls)
    var ticket: JournalWriter.Ticket?
    if !pure.isEmpty {
      ticket = writer.areLive(pure)
      if ticket == nil { return true }  // the run stops: they do not begin
    }
    // What a lane gave back, and did not begin, is on the disk.
    let new = impure.isEmpty ? [] : state.withLock { $0.begin(impure) }
    if writer.failure != nil {
      fail()
      return true
    }
    if new.isEmpty, !isAlone {
      // A call inside the host may take it along at once.
      if isInProcess, let ticket, writer.waitUntilWritten(ticket) != nil { fail() }
      return true
    }
    if !impure.isEmpty { ticket = writer.willBegin(new) }
    guard let ticket else {
      fail()
      return true
    }
    writer.whenDurable(ticket) { [self] failure in
      // The stop is in force before the calls are there, so they do not begin.
      if failure != nil { fail() }
      open()
    }
    return false
  }

  // MARK: Ends

  func keeps(_ token: Token<Value>, ofCall call: Int) -> Bool {
    if token.ok { return true }
    // It was copied when the run stopped, and the next process continues it.
    if snapshots?.store.keeps(call) == true { return false }
    let isStopping = cancellation.withLock { $0?.isCancelled ?? false }
    return rules.keeps(token, ofCall: call, isStopping: isStopping)
  }

  func append(_ batch: JournalBatch, _ calls: [Int]) {
    guard let ticket = writer.append(batch) else { return fail() }
    state.withLock { state in
      state.ticket = ticket
      if state.begun.isEmpty { return }
      for call in calls { state.begun.remove(contentsOf: call..<call + 1) }
    }
  }

  func waitUntilSafe() {
    guard
      let ticket = state.withLock({ state in
        defer { state.ticket = nil }
        return state.ticket
      })
    else { return }
    let failure =
      isSyncedEach ? writer.waitUntilDurable(ticket) : writer.waitUntilWritten(ticket)
    if failure != nil { fail() }
  }

  // MARK: The end

  /// Ends the segment, when no lane has a call. Returns why the journal is not whole; nil: it is.
  func close(isComplete: Bool) -> JournalFailure? {
    // These were to begin and did not: the next process may make them.
    let unbegun = state.withLock { $0.begun }.subtracting(RangeSet(snapshots?.store.kept ?? []))
    if !unbegun.isEmpty { writer.append(unbegun.ranges.map { .again($0) }, mustBeDurable: false) }
    return writer.close(isComplete: isComplete)
  }

  /// What all segments say, with that of this process.
  func newIndex() throws(SystemError) -> JournalIndex {
    try folder.index(after: opened.index, part: part)
  }

  /// Hands the records of calls that this process does not make to `body`, of those that the results
  /// have. Before the first call begins. O(records).
  func earlierRecords(
    _ plan: Plan, _ body: (CallRecord) -> Void
  ) throws(SystemError) {
    if before.total == 0 { return }
    // What `open` has just found, or taken from elsewhere, is among them.
    if let ticket = writer.append([], mustBeDurable: false) {
      _ = writer.waitUntilWritten(ticket)
    }
    var calls = RangeSet<Int>()
    for range in selection.ranges { calls.insert(contentsOf: range) }
    for range in remaining.ranges { calls.remove(contentsOf: range) }
    JournalResults(folder, try newIndex(), plan).callRecords(of: Selection(calls.ranges), body)
  }

  /// Ends the segment of a process that ends now, whatever its lanes do. Takes a second at most.
  func abandon() {
    let isDone = Monitor(false)
    let started = HostThread.start { [writer] in
      _ = writer.close(isComplete: false)
      isDone.change { $0 = true }
    }
    guard started else { return }
    let end = monotonicNanoseconds() + 1_000_000_000
    isDone.wait { isDone in
      isDone || monotonicNanoseconds() >= end ? .done(()) : .again(at: end)
    }
  }
}

/// Stops a run whose journal cannot be written, also if that is found out before the run begins.
final class JournalStopper: Sendable {
  private let state = Locked<(stop: (@Sendable () -> Void)?, isStopped: Bool)>((nil, false))

  func attach(_ stop: @escaping @Sendable () -> Void) {
    let isLate = state.withLock { state in
      state.stop = stop
      return state.isStopped
    }
    if isLate { stop() }
  }

  func stop() {
    let stop = state.withLock { state in
      state.isStopped = true
      return state.stop
    }
    stop?()
  }
}
