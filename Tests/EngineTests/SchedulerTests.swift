import KernelBridge
import KernelHostModel
import Testing

@testable import KernelHost

/// The scheduler alone: events go in, actions come out, and no lane is there.
struct SchedulerTests {
  private struct Calls: CallFacts {
    var callCount = 4
    var kernel = 0
    var hasTimeouts: Bool { false }
    var hasLimits = false
    var limits = CallLimits.standard
    func kernel(ofCall call: Int) -> Int { kernel }
    func timeout(ofCall call: Int) -> UInt64 { 0 }
    func limits(ofCall call: Int) -> CallLimits { limits }
  }

  private static func scheduler(
    _ isolation: Isolation = .process, crashLimit: Int = 100, strictLimit: Int? = nil
  ) -> Scheduler {
    var settings = EngineSettings()
    settings.isolation = isolation
    settings.crashLimit = crashLimit
    settings.dedicatedLimit = strictLimit ?? 8
    settings.isDedicatedLimitStrict = strictLimit != nil
    return Scheduler(settings, SimulatedCall.signatures, isIsolated: isolation != .none)
  }

  private static func drain(_ scheduler: inout Scheduler) -> [String] {
    var found: [String] = []
    while let action = scheduler.actions.popFirst() { found.append(describe(action)) }
    return found
  }

  private static func describe(_ action: SchedulerAction) -> String {
    switch action {
    case .submitCalls(_, let calls): "submit \(calls)"
    case .submitOne(let tag): "submit again \(CallTag.call(tag))"
    case .release(let slot): "release \(slot)"
    case .start(let start): "start \(start)"
    case .end(let tag, let ending, _): "end \(CallTag.call(tag)) \(name(ending))"
    case .endUnbegun(_, let calls, let ending): "end \(calls) \(name(ending))"
    case .openDedicated: "open a lane"
    case .runDedicated(let tag, _): "run alone \(CallTag.call(tag))"
    case .note(.restarted(let tag, let attempts)): "restarted \(CallTag.call(tag)) \(attempts)"
    case .setOpen(let isOpen): "open \(isOpen)"
    case .giveUp: "give up"
    case .stopLanes: "stop lanes"
    case .finishJob: "finish"
    case .listDeadAtStop, .closeDedicated, .show, .warn, .note: "other"
    }
  }

  private static func name(_ ending: CallEnding) -> String {
    switch ending {
    case .cancelled: "cancelled"
    case .lost: "lost"
    case .died: "died"
    case .noWorker: "no worker"
    case .skipped: "skipped"
    case .tooLarge: "too large"
    case .token(let token): "\(token.status) after \(token.attempts)"
    }
  }

  private static func survivor(_ call: Int, _ kernel: Int, _ fate: Survivor.Fate) -> Survivor {
    Survivor(
      tag: CallTag.of(job: 0, call: call), slot: UInt32(call), kernel: kernel, fate: fate, steps: 1)
  }

  private static let failed = SystemError("start a worker process", path: nil, code: 11)
  private static let killed = WorkerDeath(cause: .signal(9))
  private static let forkServerGone = WorkerDeath(cause: .gone(errno: SystemError.noProcess))
  private static let second: UInt64 = 1_000_000_000

  @Test func aBatchIsSubmittedWhileTheLaneIsOpen() {
    var scheduler = Self.scheduler()
    _ = scheduler.add(Calls(callCount: 300), now: 1)
    scheduler.feed(liveCount: 0, now: 1)
    #expect(Self.drain(&scheduler) == ["open true", "submit 0..<256"])
    scheduler.submitted(job: 0, 0..<256, next: 256, room: .soon, now: 1)
    #expect(Self.drain(&scheduler) == ["submit 256..<300"])
    scheduler.submitted(job: 0, 256..<300, next: 300, room: .soon, now: 1)
    #expect(Self.drain(&scheduler) == ["open false"])
    #expect(scheduler.isBusy && scheduler.waiting.isEmpty)
    scheduler.ended(300, ofJob: 0)
    #expect(Self.drain(&scheduler) == ["finish"] && !scheduler.isBusy)
  }

  /// The calls of a dead worker were given back when no worker was to be had. A later start lists
  /// nothing of them.
  @Test func aDeathIsDealtWithOnce() {
    var scheduler = Self.scheduler()
    _ = scheduler.add(Calls(), now: 1)
    for _ in 0..<7 { scheduler.startFailed(Self.failed, now: Self.second) }
    #expect(Self.drain(&scheduler) == ["give up"])
    scheduler.gaveUp(leftBehind: [Self.survivor(0, 0, .again)])
    #expect(Self.drain(&scheduler) == ["end 0 no worker", "end 0..<4 no worker"])
    scheduler.ended(4, ofJob: 0)
    _ = scheduler.add(Calls(), now: 3 * Self.second)
    scheduler.timePasses(3 * Self.second)
    #expect(Self.drain(&scheduler) == ["finish", "start withCallsAgain"])
  }

  /// A retry that is due waits for the worker, and does not end each sleep at once.
  @Test func whatIsDueDoesNotSpin() throws {
    var limits = CallLimits()
    limits.retries = Retries(times: 2, delay: 0, statuses: [.error])
    var scheduler = Self.scheduler()
    _ = scheduler.add(Calls(callCount: 1, hasLimits: true, limits: limits), now: 1)
    let failure = Token<Value>.failed(
      CallError(status: .error, code: -5, name: "EIO", message: ""), attempts: 1)
    for start in 1...2 {
      let retries = scheduler.retries(0, after: failure, .never, now: UInt64(start))
      #expect(retries != nil && scheduler.attempts[0]?.retries == start)
    }
    #expect(scheduler.retries(0, after: failure, .never, now: 3) == nil)
    scheduler.startFailed(Self.failed, now: 3)
    scheduler.hasProgress = false
    scheduler.feed(liveCount: 0, now: 4)
    #expect(scheduler.hasProgress, "the due retries moved on")
    scheduler.hasProgress = false
    scheduler.feed(liveCount: 0, now: 5)
    #expect(!scheduler.hasProgress && scheduler.nextTime > 5)
  }

  /// A call that continues in another process has used up the retries that it began before.
  @Test func retriesOutliveTheirProcess() {
    var limits = CallLimits()
    limits.retries = Retries(times: 2, delay: 0, statuses: [.error])
    for attempt in 1...3 {
      var scheduler = Self.scheduler()
      let call = SavedCall(
        number: 0, attempt: Int32(attempt), kernel: 3, steps: 1, nanoseconds: 1, printed: 0,
        isAsleep: false)
      scheduler.addRestored(
        Calls(callCount: 1, kernel: 3, hasLimits: true, limits: limits), job: 0, call)
      var begins = attempt
      while true {
        let failure = Token<Value>.failed(
          CallError(status: .error, code: -5, name: "EIO", message: ""), attempts: Int32(begins))
        if scheduler.retries(0, after: failure, .never, now: 1) == nil { break }
        begins += 1
      }
      #expect(begins == 3, "continued at its start \(attempt)")
    }
  }

  /// After the death of the fork server, pure calls begin again, others are lost, and what had not
  /// begun waits without an attempt. The third restart is alone.
  @Test func theForkServerTakesWorkersAlong() {
    var scheduler = Self.scheduler()
    _ = scheduler.add(Calls(), now: 1)
    let calls = [
      Self.survivor(0, 0, .resumed), Self.survivor(1, 1, .resumed), Self.survivor(2, 0, .queued),
    ]
    scheduler.workerDied(Self.forkServerGone, calls, liveCount: 3, now: 1)
    #expect(
      Self.drain(&scheduler) == [
        "release 0", "restarted 0 1", "release 1", "end 1 lost", "release 2",
        "start afterForkServer",
      ])
    #expect(scheduler.again.count == 2 && scheduler.starts(2) == 0)
    for _ in 0..<2 {
      scheduler.workerDied(
        Self.forkServerGone, [Self.survivor(0, 0, .resumed)], liveCount: 1, now: 1)
    }
    #expect(scheduler.attempts[0]?.restarts == 3 && scheduler.dedicated.queue.count == 1)
  }

  /// A worker that was killed from outside is replaced, and its calls continue from their bytes.
  @Test func callsGoOnInAnotherWorker() {
    var scheduler = Self.scheduler()
    _ = scheduler.add(Calls(), now: 1)
    scheduler.workerDied(
      Self.killed, [Self.survivor(0, 0, .resumed), Self.survivor(1, 2, .again)], liveCount: 2,
      now: 1)
    #expect(
      Self.drain(&scheduler) == [
        "other", "release 1", "restarted 1 1", "start withCalls",
      ])
    // Bytes with which workers die again and again are of no use.
    for _ in 0..<2 {
      scheduler.workerDied(Self.killed, [Self.survivor(0, 0, .resumed)], liveCount: 1, now: 1)
    }
    #expect(Self.drain(&scheduler).contains("release 0"))
  }

  /// While the main lane has calls and is one of the processes that there may be, no other starts.
  @Test func theLimitOfProcessesIsStrict() {
    var scheduler = Self.scheduler(strictLimit: 1)
    _ = scheduler.add(Calls(callCount: 2), now: 1)
    scheduler.dedicated.queue.append(CallTag.of(job: 0, call: 1))
    scheduler.feed(liveCount: 0, now: 1)
    _ = Self.drain(&scheduler)
    scheduler.submitted(job: 0, 0..<2, next: 1, room: .later, now: 1)
    #expect(Self.drain(&scheduler).allSatisfy { !$0.hasSuffix("lane") })
    scheduler.feed(liveCount: 0, now: 2)
    #expect(Self.drain(&scheduler).contains("submit 1..<2"))
    scheduler.submitted(job: 0, 1..<2, next: 1, room: .later, now: 2)
    #expect(Self.drain(&scheduler).contains("open a lane"))
  }

  /// A kernel that has crashed too often is skipped; a call of it that was to be tried again keeps
  /// the end of its last attempt.
  @Test func theBreakerSkips() {
    var scheduler = Self.scheduler(crashLimit: 1)
    _ = scheduler.add(Calls(callCount: 3), now: 1)
    scheduler.feed(liveCount: 0, now: 1)
    scheduler.submitted(job: 0, 0..<3, next: 3, room: .soon, now: 1)
    var state = AttemptState()
    state.retry(
      after: .failed(
        CallError(status: .crash, code: 11, name: "SIGSEGV", message: ""), attempts: 1),
      .never)
    scheduler.attempts[1] = state
    #expect(scheduler.breaker.count(0))
    scheduler.again.append(0)
    scheduler.again.append(1)
    _ = Self.drain(&scheduler)
    scheduler.feed(liveCount: 0, now: 1)
    #expect(Self.drain(&scheduler) == ["end 0 skipped", "end 1 crash after 1"])
  }

  /// A step that does not return outlives a stop by its grace, and no time at all if it is urgent.
  @Test func stepsOutliveAStopByTheirGrace() {
    var scheduler = Self.scheduler()
    _ = scheduler.add(Calls(), now: 1)
    scheduler.stop(now: Self.second)
    #expect(
      Self.drain(&scheduler) == ["stop lanes", "end 0..<4 cancelled after 0"])
    let step = LaneCall(tag: 0, kernel: 0, steps: 1, began: 1, inside: 5 * Self.second)
    #expect(!scheduler.isOverdue(step, isUrgent: false, now: 2 * Self.second))
    #expect(scheduler.isOverdue(step, isUrgent: true, now: 2 * Self.second))
    #expect(scheduler.isOverdue(step, isUrgent: false, now: 4 * Self.second))
    // A death at a stop starts nothing.
    scheduler.workerDiedAtStop(Self.killed, [Self.survivor(0, 0, .resumed)])
    #expect(Self.drain(&scheduler) == ["release 0", "end 0 cancelled"])
  }
}
