// Over 300 lines, for its two threads share one locked state.
package import KernelBridge
package import KernelHostModel

/// Writes a segment, on threads of its own: one writes what was handed over at the latest 10 ms
/// later, another one syncs. No caller ever waits for a sync, unless it asks to. It must be closed,
/// also after a failure: its threads hold it.
package final class JournalWriter: Sendable {
  package struct Options: Sendable {
    /// Seconds between two syncs; nil: each record is synced before what depends on it is shown.
    package var syncSeconds: Double? = 1
    /// Calls that the process is to make, for those who ask how far it is.
    package var planned = 0
    /// The records that the journal has already, by status, those with them that are to run again.
    package var before = StatusCounts()
    /// Seconds for which a record may wait to be written.
    package var delay = 0.01

    package init() {}
  }

  /// A place behind which all that was handed over before lies.
  package struct Ticket: Sendable, Hashable {
    let position: UInt64
  }

  private struct Waiter: Sendable {
    let position: UInt64
    let body: @Sendable (JournalFailure?) -> Void
  }

  private struct State: Sendable {
    var schedule: JournalSchedule
    var pending: [UInt8] = []
    /// The records of calls in the journal, by status.
    var counts: [Int] = []
    /// Those of this process: all, and those up to positions that were written.
    var records = 0
    var writtenRecords = 0
    var durableRecords = 0
    /// Records of begins.
    var begins = 0
    var waiters: [Waiter] = []
    var failure: JournalFailure?
    /// Threads that have not ended.
    var threads = 2
    /// Bytes and time of the last mark.
    var markedAt: UInt64 = 0
    var markedTime: UInt64 = 0
    /// A write buffer that is empty, to be used again.
    var spare: [UInt8] = []
  }

  private let file: any JournalFile
  private let state: Monitor<State>
  private let began: UInt64
  private let planned: Int
  private let onFailure: @Sendable (JournalFailure) -> Void

  private static let writeAction = "write the journal to"
  private static let syncAction = "sync the journal"
  /// What waits to be written at most: who hands over more waits.
  private static let mostPending = 1 << 25
  private static let markBytes: UInt64 = 1 << 22
  private static let markPeriod: UInt64 = 1_000_000_000

  /// `head`: the first line. `onFailure` is called once, on a thread of the writer: the run is to
  /// stop.
  package init(
    _ file: any JournalFile, head: JournalSegmentHead, options: Options = Options(),
    onFailure: @escaping @Sendable (JournalFailure) -> Void = { _ in }
  ) throws(SystemError) {
    self.file = file
    self.onFailure = onFailure
    planned = options.planned
    began = monotonicNanoseconds()
    let period = options.syncSeconds.map { Self.nanoseconds($0) }
    var state = State(
      schedule: JournalSchedule(
        sync: period.map { .every($0) } ?? .each, delay: Self.nanoseconds(options.delay)))
    JournalFrame.append(.segment(head), to: &state.pending)
    state.markedTime = began
    state.counts = Status.allCases.map { options.before[$0] }
    // From the first one on, marks tell of all segments: readers look at the newest alone.
    let planned = options.planned
    JournalFrame.append(
      .mark(JournalMark(seconds: 0, counts: state.counts, planned: planned, begins: 0)),
      to: &state.pending)
    state.schedule.append(state.pending.count, mustBeDurable: false, now: began)
    self.state = Monitor(state)
    let started =
      HostThread.start { [self] in runWriting() }
      && HostThread.start { [self] in runSyncing() }
    if !started {
      self.state.change { $0.schedule.failSyncing() }
      throw SystemError("start a thread for the journal", path: file.path, code: 11)
    }
  }

  private static func nanoseconds(_ seconds: Double) -> UInt64 {
    UInt64(min(max(seconds, 0), 1e9) * 1e9)
  }

  // MARK: Records

  /// Hands over records, which are written within 10 ms. Returns where they end; nil: the journal
  /// cannot be written any more. Waits where the system takes bytes more slowly than they come.
  @discardableResult
  package func append(_ batch: JournalBatch) -> Ticket? {
    append(batch.counts, batch.count, mustBeDurable: false) { $0.pending += batch.bytes }
  }

  /// Calls that must not be run twice are about to begin. They may begin when what is returned is
  /// durable, and not before.
  package func willBegin(_ calls: [Range<Int>]) -> Ticket? {
    append([], 0, mustBeDurable: true) { state in
      for range in calls {
        state.begins += 1
        JournalFrame.append(.begun(range, number: state.begins), to: &state.pending)
      }
    }
  }

  /// Calls that may be run again are about to begin, or are still live: if the host dies, they
  /// may be why.
  @discardableResult
  package func areLive(_ calls: [Range<Int>]) -> Ticket? {
    append(calls.map { .live($0) }, mustBeDurable: false)
  }

  /// Calls that have records are to run again. `left`: how the others ended. The first mark of the
  /// segment has them all, so that its last mark shows what this process has changed.
  package func takeBack(_ calls: [Range<Int>], leaving left: StatusCounts) -> Ticket? {
    var bytes: [UInt8] = []
    for range in calls { JournalFrame.append(.again(range), to: &bytes) }
    let seconds = Double(monotonicNanoseconds() - began) * 1e-9
    let counts = Status.allCases.map { left[$0] }
    state.withLock { $0.counts = counts }
    JournalFrame.append(
      .mark(JournalMark(seconds: seconds, counts: counts, planned: planned)), to: &bytes)
    return append([], 0, mustBeDurable: true) { $0.pending += bytes }
  }

  /// Other records. `mustBeDurable`: a sync begins at once.
  @discardableResult
  package func append(_ records: [JournalRecord], mustBeDurable: Bool) -> Ticket? {
    var bytes: [UInt8] = []
    for record in records { JournalFrame.append(record, to: &bytes) }
    return append([], 0, mustBeDurable: mustBeDurable) { $0.pending += bytes }
  }

  /// `add` appends the records to `pending`.
  private func append(
    _ counts: [Int], _ count: Int, mustBeDurable: Bool, _ add: (inout State) -> Void
  ) -> Ticket? {
    let hasRoom = state.wait { state -> Monitor<State>.Look<Bool> in
      if state.failure != nil || state.schedule.isClosing { return .done(false) }
      return state.pending.count < Self.mostPending ? .done(true) : .again(at: nil)
    }
    if !hasRoom { return nil }
    let (ticket, wakes) = state.withLock { state -> (Ticket?, Bool) in
      if state.failure != nil || state.schedule.isClosing { return (nil, false) }
      let start = state.pending.count
      add(&state)
      let size = state.pending.count - start
      for (index, count) in counts.enumerated() { state.counts[index] += count }
      state.records += count
      let now = monotonicNanoseconds()
      let wakes = state.schedule.append(size, mustBeDurable: mustBeDurable, now: now)
      if count > 0 { mark(&state, now, isLast: false) }
      return (Ticket(position: state.schedule.appended), wakes)
    }
    if wakes { state.notify() }
    return ticket
  }

  /// Adds a mark if the last one is long ago: those who look at the file's tail alone need one.
  private func mark(_ state: inout State, _ now: UInt64, isLast: Bool) {
    let position = state.schedule.appended
    guard
      isLast || position - state.markedAt >= Self.markBytes
        || now - state.markedTime >= Self.markPeriod
    else { return }
    let start = state.pending.count
    JournalFrame.append(
      .mark(
        JournalMark(
          seconds: Double(now - began) * 1e-9, counts: state.counts, planned: planned,
          begins: state.begins)),
      to: &state.pending)
    state.schedule.append(state.pending.count - start, mustBeDurable: false, now: now)
    (state.markedAt, state.markedTime) = (state.schedule.appended, now)
  }

  // MARK: Waiting

  /// Calls `body` when all before the ticket is on the disk, with nil, or when it never will be.
  /// On a thread of the writer, which must not be kept for long.
  package func whenDurable(
    _ ticket: Ticket, _ body: @escaping @Sendable (JournalFailure?) -> Void
  ) {
    let answer = state.change { state -> JournalFailure?? in
      if state.schedule.durable >= ticket.position { return .some(nil) }
      if let failure = state.failure { return .some(failure) }
      state.schedule.want(durable: ticket.position)
      state.waiters.append(Waiter(position: ticket.position, body: body))
      return nil
    }
    if case .some(let failure) = answer { body(failure) }
  }

  /// Waits until all before the ticket is on the disk; returns why it never will be, or nil.
  package func waitUntilDurable(_ ticket: Ticket) -> JournalFailure? {
    state.change { $0.schedule.want(durable: ticket.position) }
    return state.wait { state in
      if state.schedule.durable >= ticket.position { return .done(nil) }
      let isHopeless = state.threads == 0 || state.schedule.written < ticket.position
      guard isHopeless || !state.schedule.canSync, let failure = state.failure else {
        return .again(at: nil)
      }
      return .done(failure)
    }
  }

  /// Waits until all before the ticket is with the system, and so survives the host's death;
  /// returns why it never will be, or nil.
  package func waitUntilWritten(_ ticket: Ticket) -> JournalFailure? {
    state.change { $0.schedule.want(written: ticket.position) }
    return state.wait { state in
      if state.schedule.written >= ticket.position { return .done(nil) }
      return state.failure.map { .done($0) } ?? .again(at: nil)
    }
  }

  /// Why the journal cannot be written any more; nil: it can.
  package var failure: JournalFailure? { state.withLock { $0.failure } }

  /// Writes and syncs what was handed over, and ends the segment. `isComplete`: each call of the
  /// run has its record. Nothing can be handed over afterwards. Returns why that failed, or nil.
  package func close(isComplete: Bool) -> JournalFailure? {
    state.change { state in
      if state.failure != nil || state.schedule.isClosing { return }
      mark(&state, monotonicNanoseconds(), isLast: true)
      let start = state.pending.count
      JournalFrame.append(.closed(isComplete: isComplete), to: &state.pending)
      state.schedule.append(
        state.pending.count - start, mustBeDurable: true, now: monotonicNanoseconds())
      state.schedule.close()
    }
    return state.wait { state in state.threads == 0 ? .done(state.failure) : .again(at: nil) }
  }

  // MARK: Threads

  /// What one write or one sync is for.
  private struct Work: Sendable {
    let position: UInt64
    /// Records of calls up to there.
    let records: Int
    var bytes: [UInt8]
  }

  private func runWriting() {
    while true {
      let work = state.wait { state -> Monitor<State>.Look<Work?> in
        switch state.schedule.nextWrite(now: monotonicNanoseconds()) {
        case .end: return .done(nil)
        case .wait(let time): return .again(at: time)
        case .work(let position):
          var bytes: [UInt8] = []
          swap(&bytes, &state.spare)
          swap(&bytes, &state.pending)
          return .done(Work(position: position, records: state.records, bytes: bytes))
        }
      }
      guard let work else { break }
      var bytes = work.bytes
      do throws(SystemError) {
        try file.write(bytes, action: Self.writeAction)
        bytes.removeAll(keepingCapacity: true)
        state.change { state in
          state.schedule.wrote(upTo: work.position, now: monotonicNanoseconds())
          state.writtenRecords = work.records
          state.spare = bytes
        }
      } catch {
        fail(error) { $0.failWriting() }
      }
    }
    state.change { $0.threads -= 1 }
  }

  private func runSyncing() {
    while true {
      let work = state.wait { state -> Monitor<State>.Look<Work?> in
        switch state.schedule.nextSync(now: monotonicNanoseconds()) {
        case .end: return .done(nil)
        case .wait(let time): return .again(at: time)
        case .work(let position):
          return .done(Work(position: position, records: state.writtenRecords, bytes: []))
        }
      }
      guard let work else { break }
      do throws(SystemError) {
        try file.sync(action: Self.syncAction)
        let ready = state.change { state -> [Waiter] in
          state.schedule.synced(upTo: work.position, now: monotonicNanoseconds())
          state.durableRecords = work.records
          state.failure?.durable = work.records
          let ready = state.waiters.filter { $0.position <= work.position }
          state.waiters.removeAll { $0.position <= work.position }
          return ready
        }
        for waiter in ready { waiter.body(nil) }
      } catch {
        fail(error) { $0.failSyncing() }
      }
    }
    state.change { $0.threads -= 1 }
  }

  private func fail(_ error: SystemError, _ stop: (inout JournalSchedule) -> Void) {
    let (failure, waiters) = state.change { state -> (JournalFailure?, [Waiter]) in
      stop(&state.schedule)
      if state.failure != nil {
        defer { state.waiters = [] }
        return (nil, state.waiters)
      }
      let failure = JournalFailure(
        error: error, durable: state.durableRecords, written: state.writtenRecords)
      state.failure = failure
      // Those whose bytes were written may still hear of the last sync.
      let waiters = state.waiters.filter {
        !state.schedule.canSync || $0.position > state.schedule.written
      }
      state.waiters.removeAll { waiter in
        !state.schedule.canSync || waiter.position > state.schedule.written
      }
      return (failure, waiters)
    }
    guard let known = failure ?? self.failure else { return }
    for waiter in waiters { waiter.body(known) }
    if let failure { onFailure(failure) }
  }
}
