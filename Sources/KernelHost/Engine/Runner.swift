import KernelBridge
import TaskModel

/// Feeds the calls of jobs to lanes and hands their tokens to the jobs' sinks.
///
/// One thread owns it. A job's calls are one batch: in the lane, each is stepped
/// once before any is stepped twice, as the tasks of one `asyncio.gather` are.
/// Where the lane has no room for all of them the batch is cut: the rest joins
/// as others end. Calls that must be alone, or under suspicion, go to solo lanes:
/// a worker process for each (`Runner+Solo`). `Runner+Deaths` has the deaths.
final class Runner {
  let settings: RunnerSettings
  /// Where lanes are from: another after the death of the process that workers descend from.
  var provider: any LaneProvider
  var lane: any Lane
  let tokens: TokenMaker
  var routing: Routing
  var jobs: [UInt64: Job] = [:]
  /// Jobs that are not fed wholly; ended ones may stand there, too.
  var waiting: Queue<UInt64> = Queue()
  /// Jobs with calls that have a timeout.
  var timedJobs = 0
  /// The number that the next job will get.
  var nextJob: UInt64 = 0
  var isOpen = false
  /// Since when; nil: it is not to stop.
  var stoppedAt: UInt64?
  var isStopping: Bool { stoppedAt != nil }
  /// Jobs that were cancelled and may still have calls, and since when.
  var cancelled: [(tags: ClosedRange<UInt64>, at: UInt64)] = []
  /// The main lane's worker is dead and gets no successor.
  var isLaneEnded = false
  /// Runs before the runner sleeps: what was written may go out.
  var beforeWait: () -> Void = {}

  /// Kernels of which a person was told that they change their process.
  var toldChanges: Set<Int> = []
  /// What is known of calls that did not end with their first start, by tag.
  var cares: [UInt64: Care] = [:]
  /// Calls to submit again, before new ones.
  var again: Queue<UInt64> = Queue()
  /// Calls to retry, each at its time; of the same time the first to fail first.
  var delayed = Heap<Delayed> { ($0.due, $0.number) < ($1.due, $1.number) }
  var delayedCount: UInt64 = 0
  /// Calls that wait for a process of their own.
  var soloQueue: Queue<UInt64> = Queue()
  var solos: [Solo] = []
  /// What ran in the main lane's worker since it was fresh.
  var history: History
  let verdicts: Verdicts
  /// Starts of workers that failed one after the other, why, and when to try again.
  var failedStarts = 0
  var lastStartError: SystemError?
  var reviveAt: UInt64?
  /// Solo lanes that could not be made, one after the other, and when to try again.
  var failedSolos = 0
  var soloAt: UInt64?
  /// The process that workers descend from is gone.
  var isLaneGone = false
  /// Deaths in no kernel's code, one after the other.
  var silentDeaths = 0
  /// When no worker was to be had after many tries; nil: there is one, or there may be.
  var gaveUpAt: UInt64?
  var isGivingUp: Bool { gaveUpAt != nil }
  var nextCheck: UInt64 = 0
  /// When those who observe want to see what runs.
  var nextLook: UInt64 = .max

  /// A call's tag: the job's number above, the call's below.
  static let callBits: UInt64 = 40
  /// How often workers are looked at while a call has limits.
  static let checkPeriod: UInt64 = 5_000_000

  /// Job numbers that a tag has room for; they are used again.
  static let jobNumbers: UInt64 = 1 << (64 - callBits)

  struct Delayed {
    let due: UInt64
    let number: UInt64
    let tag: UInt64
  }

  final class Job {
    let number: UInt64
    let source: any CallSource
    let sink: any CallSink
    var next: Int
    /// Behind its last call; comes down when calls are given back.
    var end: Int
    var remaining: Int
    /// Calls that were taken out of the middle of it: they are others'.
    var takenBack: [Int] = []
    /// Calls that were cancelled before they were submitted: all from here on.
    var isCancelled = false

    init(number: UInt64, source: any CallSource, sink: any CallSink) {
      self.number = number
      self.source = source
      self.sink = sink
      next = source.firstCall
      end = source.callCount
      remaining = end - next
    }
  }

  /// The main lane is made here; with isolation its worker is started, too.
  init(_ settings: RunnerSettings, _ provider: any LaneProvider) throws(SystemError) {
    self.settings = settings
    self.provider = provider
    lane = try provider.makeLane(
      liveLimit: settings.liveLimit, lanes: settings.lanes, silence: settings.silence)
    let catalogue = provider.catalogue
    tokens = TokenMaker(
      catalogue: catalogue, sandbox: settings.sandbox, withoutThreads: settings.withoutThreads)
    let count = catalogue.signatures.count
    routing = Routing(isolation: settings.isolation, kernelCount: count)
    history = History(kernelCount: count)
    verdicts =
      settings.verdicts ?? Verdicts(kernelCount: count, crashLimit: settings.crashLimit)
    settings.bell.attach(lane.signal)
    if settings.lookPeriod != .max { nextLook = provider.now + settings.lookPeriod }
    guard settings.isolation == .process else { return }
    do throws(SystemError) {
      try lane.start()
    } catch {
      // Somebody killed the spawner just now: another takes its place.
      if error.code != SystemError.noProcess { throw error }
      isLaneGone = true
      reviveAt = 0
    }
  }

  /// Some call has no token yet.
  var isBusy: Bool { !jobs.isEmpty }

  /// Whether a number is left for another job.
  var hasRoomForJob: Bool { UInt64(jobs.count) < Self.jobNumbers - 1 }

  /// Queues a job; answers its number, for `cancel`. Only where there is room.
  @discardableResult
  func add(_ source: any CallSource, _ sink: any CallSink) -> UInt64 {
    precondition(hasRoomForJob, "too many jobs at a time")
    while jobs[nextJob] != nil { nextJob = (nextJob + 1) % Self.jobNumbers }
    let number = nextJob
    nextJob = (nextJob + 1) % Self.jobNumbers
    let job = Job(number: number, source: source, sink: sink)
    if job.remaining == 0 {
      sink.finished()
    } else {
      jobs[number] = job
      if source.hasTimeouts { timedJobs += 1 }
      waiting.append(number)
      tryAgainToStart()
    }
    return number
  }

  /// Ends a job's live calls between two steps, and the others before their start. In a worker,
  /// a step that does not return within its grace ends with that.
  func cancel(_ number: UInt64) {
    guard let job = jobs[number] else { return }
    job.isCancelled = true
    let first = number << Self.callBits
    let tags = first...first | (1 << Self.callBits - 1)
    lane.cancel(tags)
    for solo in solos { solo.lane.cancel(tags) }
    dropQueued { tags.contains($0) }
    if lane.isIsolated { cancelled.append((tags, provider.now)) }
  }

  /// Feeds what there is room for and takes what has ended; sleeps if there was nothing.
  func turn() {
    if settings.bell.hasRung, !isStopping { stop() }
    var progress = false
    // First of all: the calls of a dead worker wait.
    if lane.isIsolated, lane.hasDied, reviveAt == nil, !isLaneEnded,
      !isGivingUp || lane.liveCount > 0
    {
      buryMain()
      progress = true
    }
    progress = feed() || progress
    lane.flush()
    var chunks = 0
    while chunks < Self.chunksAtOnce, take(lane) > 0 {
      chunks += 1
      progress = true
    }
    if lane.isIsolated { progress = takeSolos() || progress }
    let now = provider.now
    progress = checkWorkers(now) || progress
    if now >= nextLook { look(now) }
    if !progress {
      if hasNothingLeft, isBusy { return loseMissing() }
      beforeWait()
      let busy = solos.filter { $0.tag != nil }.map { $0.lane }
      provider.wait([lane] + busy, nanoseconds: patience(now))
    }
  }

  /// Runs until every job has its tokens.
  func run() {
    while isBusy { turn() }
  }

  static func tag(_ job: UInt64, _ call: Int) -> UInt64 { job << callBits | UInt64(call) }
  static func call(_ tag: UInt64) -> Int { Int(tag & ((1 << callBits) - 1)) }
}
