import KernelBridge
import KernelHostModel
import Synchronization

/// The calls of a run between its scheduler, its lanes and its results. Lanes ask here for calls and
/// bring what has ended; all of them use it at the same time.
///
/// Calls that have ended go to the results first, and then to the scheduler. Calls that end without
/// a start because of them go the same way.
final class RunEngine: Sendable {
  private let scheduler: Locked<RunScheduler>
  private let results: SharedResults
  /// Ends the sleep of all lanes.
  private let lanes = Locked<[CancellationSource]>([])
  private let refused = Locked<Token<Value>?>(nil)
  private let isRefusing = Atomic<Bool>(false)
  private let hungry = Atomic<Bool>(false)
  private let hasDependencies: Bool
  private let onFailure: @Sendable () -> Void
  /// Nil: the run ends with its process.
  private let log: (any CallLog)?

  /// `onFailure`: results cannot be written, so that more calls are not worth making.
  init(
    _ scheduler: RunScheduler, _ results: RunResults, log: (any CallLog)? = nil,
    onFailure: @escaping @Sendable () -> Void
  ) {
    self.log = log
    hasDependencies = scheduler.hasDependencies
    self.scheduler = Locked(scheduler)
    self.results = SharedResults(results)
    self.onFailure = onFailure
    self.results.use { settle($0) }
  }

  func attach(_ lane: CancellationSource) { lanes.withLock { $0.append(lane) } }

  private func wake() {
    for lane in lanes.withLock({ $0 }) { lane.wake() }
  }

  // MARK: Calls for lanes

  /// Returns calls that may begin; nil: no calls are ready now, or ever. With a log they are
  /// held until it allows their begin; then `lane` is woken, to ask again.
  func deal(_ wanted: Int, _ held: HeldCalls, _ lane: CancellationSource) -> Range<Int>? {
    guard let log else { return scheduler.withLock { $0.deal(wanted) } }
    if let calls = held.take() { return calls }
    if held.isWaiting { return nil }
    let dealt = scheduler.withLock { scheduler in
      scheduler.deal(wanted) { log.together($0) }.map { ($0, scheduler.aloneCall != nil) }
    }
    guard let (calls, isAlone) = dealt else { return nil }
    held.wait()
    let isOpen = log.willBegin(calls, isAlone: isAlone) {
      held.open(calls)
      lane.wake()
    }
    if !isOpen { return nil }
    held.open(nil)
    return calls
  }

  /// Whether calls are to be dealt as late as possible, as the begin of each is written down.
  var dealsLate: Bool { log != nil }

  /// Whether nothing is left, and nothing will come, or come back.
  var isDone: Bool { scheduler.withLock { $0.isDone } }

  /// Whether some lane has run dry. O(1), without a lock.
  var isHungry: Bool { hungry.load(ordering: .relaxed) }

  /// A lane has run dry: the others are to give back what they have not begun.
  func ask() {
    if hungry.exchange(true, ordering: .relaxed) { return }
    wake()
  }

  /// A lane gives back what it has not begun.
  func giveBack(_ ranges: [Range<Int>]) {
    hungry.store(false, ordering: .relaxed)
    change { $0.takeBack(ranges) }
  }

  /// Gives back calls that were reserved for a lane, which does not continue them.
  func giveBack(calls: [Int]) {
    if !calls.isEmpty { change { $0.takeBack(calls.map { $0..<$0 + 1 }) } }
  }

  /// Ends calls that were reserved for a lane, which does not continue them, and which must not
  /// begin anew.
  func end(reserved calls: [(call: Int, token: Token<Value>)]) {
    if calls.isEmpty { return }
    _ = ended(calls.count) { EndedCall(call: calls[$0].call, token: calls[$0].token) }
  }

  private func change(_ body: (inout RunScheduler) -> Void) {
    let isNews = scheduler.withLock { scheduler in
      body(&scheduler)
      return scheduler.takeNews()
    }
    if isNews { wake() }
  }

  /// The token of calls that were dealt and not begun; nil: they begin.
  var refusal: Token<Value>? {
    isRefusing.load(ordering: .relaxed) ? refused.withLock { $0 } : nil
  }

  // MARK: Results

  /// Calls of a lane have ended. Returns how many tokens were taken.
  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
    let taken = results.use { results in
      let taken = results.take(count, call)
      settle(results)
      return taken
    }
    // Behind what became ready with it: the run is not done between the two.
    change { $0.ended(taken) }
    return taken
  }

  /// Calls that a lane has end without a start.
  func close(_ token: Token<Value>) {
    scheduler.withLock { $0.close(token) }
    results.use { settle($0) }
  }

  /// Tells the scheduler what has ended until nothing more follows from it.
  private func settle(_ results: RunResults) {
    while true {
      let ended = hasDependencies ? results.takeEnded() : []
      let counts = results.counts
      let written = results.writtenInOrder
      var ending: RunScheduler.Ending?
      var refusal: Token<Value>?
      var taken: [DependencyTracker.Taken] = []
      change { scheduler in
        for one in ended { scheduler.completed(one.call, one.token) }
        ending = scheduler.next(counts, written: written)
        refusal = scheduler.refusal
        taken = scheduler.takeTaken()
      }
      for one in taken { results.add(one) }
      if let refusal, !isRefusing.load(ordering: .relaxed) { refuse(refusal) }
      guard let ending else { break }
      results.end(ending.calls, ending.token)
    }
    if results.hasFailed { onFailure() }
  }

  private func refuse(_ token: Token<Value>) {
    refused.withLock { $0 = token }
    isRefusing.store(true, ordering: .relaxed)
  }

  /// Uses the results, and stops the run if they cannot be written.
  func tell(_ body: (RunResults) -> Void) {
    results.use {
      body($0)
      if $0.hasFailed { onFailure() }
    }
  }

  func missing(in calls: Range<Int>) -> [Range<Int>] { results.use { $0.missing(in: calls) } }

  /// All is over. Returns why the results are not complete; nil: they are.
  func finish() -> SystemError? { results.use { $0.close() } }

  var counts: StatusCounts { results.use { $0.counts } }
  /// Calls whose end was written down.
  var loggedCount: Int { results.use { $0.loggedCount } }
  /// Whether calls did not begin because others failed; `refusal` is their token.
  var wasHalted: Bool { refusal?.error?.status == .skipped }
  var writingNanoseconds: UInt64 { results.use { $0.writingNanoseconds } }

  /// Completes the results of a run that does not end, and then runs `end`. For a thread that must
  /// not wait for long: after a second without access to the results it only runs `end`.
  func abandon(_ end: () -> Never) -> Never {
    results.use(within: 1) { results in
      scheduler.withLock { $0.close(TokenMaker.cancelledBeforeStart) }
      settle(results)
      _ = results.abandon()
      end()
    }
    end()
  }
}

/// Results that several threads use. Guard: `uses` is locked around every use of `results`.
private final class SharedResults: @unchecked Sendable {
  /// How often they were used. (A value without size would share its address with what lies behind
  /// it, which the thread sanitizer takes for a race.)
  private let uses = Locked(0)
  private let results: RunResults

  init(_ results: RunResults) { self.results = results }

  /// Nil if they stay in use for that many seconds.
  func use<Result>(within seconds: Double, _ body: (RunResults) -> Result) -> Result? {
    uses.withLock(within: seconds) { _ in body(results) }
  }

  func use<Result>(_ body: (RunResults) -> Result) -> Result {
    uses.withLock { uses in
      uses &+= 1
      return body(results)
    }
  }
}
