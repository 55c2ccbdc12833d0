import KernelBridge
import KernelHostModel

/// Decides what a lane does with the calls that it is given: which begin when and where, which are
/// tried again, whose fault a crash was, when another worker is started.
///
/// It acts nowhere and knows no clock: it is told events, with the time where that matters, and
/// queues actions, which its `LaneDriver` carries out. A manifest's run has one for each lane, a
/// `CallHost` has one. A job's calls are one batch: in the lane each is stepped once before any is
/// stepped twice. Where the lane has no room for all of them the rest joins as others end. Calls
/// that must be alone, or whose kernel is under suspicion, run in lanes of their own.
///
/// Each call is in one place at a time: in `waiting`'s jobs, in one of the queues, in a lane, or in
/// an action that ends it.
struct Scheduler {
  let settings: EngineSettings
  let signatures: [KernelSignature]
  let isIsolated: Bool
  let breaker: CrashBreaker
  var routing: Routing
  /// What is to be done, in order.
  var actions = Queue<SchedulerAction>()
  /// Whether something has happened since the driver last looked, so that it must not sleep.
  var hasProgress = false

  var jobs: [UInt64: Job] = [:]
  /// Jobs that are not fed wholly. Ended ones may stand there, too.
  var waiting: Queue<UInt64> = Queue()
  /// Jobs with calls that have a timeout.
  var timedJobs = 0
  /// The number that the next job gets.
  var nextJob: UInt64 = 0
  var isOpen = false
  /// Calls that are dealt here and not begun end so; nil: they begin.
  var refusal: Token<Value>?
  /// Since when the run is to stop; nil: it is not.
  var stoppedAt: UInt64?
  /// Jobs that were cancelled and may still have calls, and since when.
  var cancelled: [(tags: TagSet, at: UInt64)] = []

  /// What is known of calls that did not end with their first start, by tag.
  var attempts: [UInt64: AttemptState] = [:]
  /// Calls to submit again, before new ones.
  var again: Queue<UInt64> = Queue()
  /// Calls to retry, each at its time; of the same time the first to fail first.
  var delayed = Heap<Delayed> { ($0.due, $0.number) < ($1.due, $1.number) }
  var delayedCount: UInt64 = 0

  var main = MainWorker()
  var dedicated = DedicatedLanes()
  var feeding = Feeding()
  /// What ran in the main lane's worker since the lane was empty.
  var history: LaneHistory

  var isStopping: Bool { stoppedAt != nil }

  struct Delayed {
    let due: UInt64
    let number: UInt64
    let tag: UInt64
  }

  /// Calls that a driver was given together.
  struct Job {
    let source: any CallFacts
    /// The first call that was not fed.
    var next: Int
    /// Behind its last call. Comes down when calls are given back.
    var end: Int
    var remaining: Int
    /// Calls that were taken out of the middle of it: they are others'.
    var takenBack: [Int] = []
    /// Calls that were cancelled.
    var cancelled = RangeSet<Int>()

    init(_ source: any CallFacts) {
      self.source = source
      next = source.firstCall
      end = source.callCount
      remaining = end - next
    }

    func isCancelled(_ call: Int) -> Bool { cancelled.contains(call) }

    /// The next calls to feed, at most `most`: all of them are cancelled, or no call is.
    func block(most: Int) -> (calls: Range<Int>, isCancelled: Bool) {
      let block = next..<min(end, next + most)
      if cancelled.isEmpty { return (block, false) }
      let range = cancelled.ranges.first { $0.upperBound > next }
      guard let range else { return (block, false) }
      if range.contains(next) { return (block.clamped(to: range), true) }
      return (next..<min(block.upperBound, range.lowerBound), false)
    }
  }

  /// The main lane's worker, where it has one.
  struct MainWorker {
    /// When to try to start it again; nil: it lives, or will not be started.
    var restartAt: UInt64?
    /// It is dead and gets no successor.
    var isEnded = false
    /// When no worker was to be had after many tries; nil: there is one, or there may be.
    var gaveUpAt: UInt64?
    /// The fork server is gone.
    var isForkServerGone = false
    /// Starts that failed one after the other, and why.
    var failedStarts = 0
    var lastError: SystemError?
    /// Deaths in no kernel's code, one after the other.
    var silentDeaths = 0
  }

  var isGivingUp: Bool { main.gaveUpAt != nil }

  init(
    _ settings: EngineSettings, _ signatures: [KernelSignature], isIsolated: Bool
  ) {
    self.settings = settings
    self.signatures = signatures
    self.isIsolated = isIsolated
    routing = Routing(isolation: settings.isolation, kernelCount: signatures.count)
    history = LaneHistory(kernelCount: signatures.count)
    breaker =
      settings.breaker
      ?? CrashBreaker(kernelCount: signatures.count, limit: settings.crashLimit)
  }

  /// Whether some call has no token yet.
  var isBusy: Bool { !jobs.isEmpty }

  /// Whether a number is left for another job.
  var hasRoomForJob: Bool { UInt64(jobs.count) < CallTag.jobNumbers - 1 }

  // MARK: Events from outside

  /// Takes a job's calls. Returns its number, for `cancel`. Only where there is room.
  mutating func add(_ source: any CallFacts, now: UInt64) -> UInt64 {
    precondition(hasRoomForJob, "too many jobs at a time")
    while jobs[nextJob] != nil { nextJob = (nextJob + 1) % CallTag.jobNumbers }
    let number = nextJob
    nextJob = (nextJob + 1) % CallTag.jobNumbers
    let job = Job(source)
    if job.remaining == 0 {
      actions.append(.finishJob(number))
    } else {
      jobs[number] = job
      if source.hasTimeouts { timedJobs += 1 }
      waiting.append(number)
      tryAgainToStart(now)
    }
    return number
  }

  /// Takes a call that the lane continues from a copy of it, as a job with this number: each such
  /// call has another one, and all of them come before other jobs.
  mutating func addRestored(_ source: any CallFacts, job number: UInt64, _ call: SavedCall) {
    var job = Job(source)
    job.next = job.end
    jobs[number] = job
    nextJob = max(nextJob, number + 1)
    if source.hasTimeouts { timedJobs += 1 }
    guard call.attempt > 1 else { return }
    let tag = CallTag.of(job: number, call: call.number)
    // A call that must not begin twice has begun again for its retries alone. Another one may have
    // had other reasons; it gets fewer retries then, and never more than it may have.
    let starts = call.attempt - 1
    attempts[tag] = AttemptState(
      starts: starts, retries: Int(starts), shownText: call.printed)
  }

  /// Ends calls of jobs that are in no lane before their start. The driver ends the others between
  /// two steps. `tags`: those of all these calls.
  mutating func cancel(_ orders: [JobCalls], _ tags: TagSet, now: UInt64) {
    for order in orders { jobs[order.job]?.cancelled.insert(contentsOf: order.calls) }
    endQueued { tags.contains($0) }
    if isIsolated { cancelled.append((tags, now)) }
  }

  /// Calls that were dealt and not begun end with this token from now on.
  mutating func refuse(with token: Token<Value>) {
    if refusal == nil { refusal = token }
  }

  /// Calls of a job have ended, or are not this lane's any more.
  mutating func ended(_ count: Int, ofJob number: UInt64) {
    guard count > 0, let left = jobs[number]?.remaining else { return }
    jobs[number]?.remaining = left - count
    guard left == count else { return }
    if jobs[number]?.source.hasTimeouts == true { timedJobs -= 1 }
    jobs[number] = nil
    actions.append(.finishJob(number))
  }

  /// A call has ended, with this token. Returns true if it is to be tried again.
  mutating func retries(
    _ tag: UInt64, after token: Token<Value>, _ place: Placement, now: UInt64
  ) -> Retries? {
    guard let error = token.error, let job = jobs[CallTag.job(tag)], job.source.hasLimits,
      !isStopping, !isGivingUp, !job.isCancelled(CallTag.call(tag)),
      let retries = job.source.limits(ofCall: CallTag.call(tag)).retries,
      attempts[tag]?.retries ?? 0 < retries.times,
      retries.covers(status: error.status, name: error.name),
      !breaker.isOpen(job.source.kernel(ofCall: CallTag.call(tag)))
    else { return nil }
    attempts[tag, default: AttemptState()].retry(after: token, place)
    let due = now + UInt64(min(retries.delay, 9e9) * 1e9)
    delayed.insert(Delayed(due: due, number: delayedCount, tag: tag))
    delayedCount += 1
    return retries
  }

  // MARK: Facts

  func isPure(_ kernel: Int) -> Bool { signatures[kernel].isPure }

  func limits(ofCall tag: UInt64) -> CallLimits {
    guard let source = jobs[CallTag.job(tag)]?.source, source.hasLimits else { return .standard }
    return source.limits(ofCall: CallTag.call(tag))
  }

  func starts(_ tag: UInt64) -> Int32 { attempts[tag]?.starts ?? 0 }

  /// When it wants to be told the time; `UInt64.max`: never.
  var nextTime: UInt64 {
    min(delayed.first?.due ?? .max, main.restartAt ?? .max, dedicated.retryAt ?? .max)
  }

  /// Whether no call is in a queue, a lane, or a job that is still fed.
  func hasNothingLeft(liveCount: Int) -> Bool {
    liveCount == 0 && waiting.isEmpty && again.isEmpty && dedicated.queue.isEmpty
      && delayed.isEmpty && main.restartAt == nil && dedicated.busyCount == 0
  }
}
