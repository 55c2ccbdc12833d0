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
  private(set) var jobs: [UInt64: Job] = [:]
  /// Jobs that are not fed wholly; ended ones may stand there, too.
  var waiting: Queue<UInt64> = Queue()
  /// Jobs with calls that have a timeout.
  private(set) var timedJobs = 0
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
  private var toldChanges: Set<Int> = []
  /// What is known of calls that did not end with their first start, by tag.
  var cares: [UInt64: Care] = [:]
  /// Calls to submit again, before new ones.
  var again: Queue<UInt64> = Queue()
  /// Calls to retry, each at its time; of the same time the first to fail first.
  var delayed = Heap<Delayed> { ($0.due, $0.number) < ($1.due, $1.number) }
  private var delayedCount: UInt64 = 0
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

  // MARK: Taking

  /// Takes what a lane has; answers how many calls ended.
  func take(_ lane: any Lane, number: Int32? = nil) -> Int {
    let number = number ?? settings.number
    return lane.take(
      text: { piece in
        guard let job = jobs[piece.tag >> Self.callBits] else { return }
        if piece.isOutput {
          job.sink.wrote(call: Self.call(piece.tag), piece.bytes)
        } else {
          job.sink.printed(call: Self.call(piece.tag), piece.bytes)
        }
      },
      completions: { complete($0, number) })
  }

  /// Makes tokens and hands them on, as many at a time as belong to one job.
  private func complete(_ completions: borrowing Completions, _ laneNumber: Int32) {
    if laneNumber == settings.number, lane.isIsolated { history.note(completions) }
    let hasDamage = completions.haveDamage
    var index = 0
    while index < completions.count {
      let number = completions.tag(index) >> Self.callBits
      guard let job = jobs[number] else {
        index += 1
        continue
      }
      if job.source.hasLimits || !cares.isEmpty || hasDamage {
        completeOne(completions[index], job, laneNumber)
        index += 1
        continue
      }
      let first = index
      while index < completions.count, completions.tag(index) >> Self.callBits == number {
        index += 1
      }
      var doubtful: [Int] = []
      end(job, index - first) { offset in
        let completion = completions[first + offset]
        let call = Self.call(completion.tag)
        let timeout = completion.status == .timeout ? job.source.timeout(ofCall: call) : 0
        let token = tokens.token(completion, timeout: timeout)
        // Behind the reading of its results: a neighbour may have written over them meanwhile.
        guard completion.overrunsNow.isEmpty else {
          doubtful.append(first + offset)
          return nil
        }
        return EndedCall(
          call: call, token: token,
          ran: Ran(
            began: completion.began, lane: laneNumber, elapsed: Float(completion.elapsed)))
      }
      for position in doubtful { completeOne(completions[position], job, laneNumber) }
    }
  }

  private func completeOne(_ completion: Completion, _ job: Job, _ laneNumber: Int32) {
    let call = Self.call(completion.tag)
    let care = cares[completion.tag]
    if !completion.changes.isEmpty { tell(completion.changes, of: completion.kernel, job) }
    let limits = job.source.hasLimits ? job.source.limits(ofCall: call) : .standard
    var token = tokens.token(
      completion, timeout: job.source.timeout(ofCall: call), earlierStarts: care?.starts ?? 0,
      limits: limits)
    let overruns = completion.overrunsNow  // behind the reading of its results
    if !overruns.isEmpty {
      if laneNumber == settings.number, doubts(completion, overruns) { return }
      token =
        isStopping && !completion.wasStarted
        ? tokens.cancelled(starts: care?.starts ?? 0) : tokens.overrun(token, overruns)
    } else if let verification = care?.verification, completion.status != .cancelled {
      acquit(completion.tag, verification)
    }
    finish(
      completion.tag, token,
      Ran(began: completion.began, lane: laneNumber, elapsed: Float(completion.elapsed)))
  }

  /// Once for each kernel.
  private func tell(_ changes: ProcessChanges, of kernel: Int, _ job: Job) {
    guard toldChanges.insert(kernel).inserted else { return }
    job.sink.warned(
      call: nil,
      Wording.changed(
        lane.catalogue.signatures[kernel].name, changes.parts, isSure: !changes.contains(.perhaps)))
  }

  /// The call's token, unless it is to be tried again.
  func finish(_ tag: UInt64, _ token: Token<Value>, _ ran: Ran = .never) {
    guard let job = jobs[tag >> Self.callBits] else { return }
    let call = Self.call(tag)
    let care = cares[tag]
    if let error = token.error, job.source.hasLimits, !isStopping, !isGivingUp, !job.isCancelled,
      let retries = job.source.limits(ofCall: call).retries,
      care?.retries ?? 0 < retries.times, retries.covers(status: error.status, name: error.name),
      !verdicts.isBroken(job.source.kernel(ofCall: call))
    {
      var next = care ?? Care()
      next.retry(after: token, ran)
      cares[tag] = next
      job.sink.noted(.retried(call: call, token, ran, delay: retries.delay))
      delay(tag, seconds: retries.delay)
      return
    }
    cares[tag] = nil
    let last = care.map { tokens.explained(token, $0) } ?? token
    end(job, 1) { _ in EndedCall(call: call, token: last, ran: ran) }
  }

  private func delay(_ tag: UInt64, seconds: Double) {
    let due = provider.now + UInt64(min(seconds, 9e9) * 1e9)
    delayed.insert(Delayed(due: due, number: delayedCount, tag: tag))
    delayedCount += 1
  }

  func end(_ job: Job, _ count: Int, _ call: (_ index: Int) -> EndedCall?) {
    lose(job.sink.ended(count, call), of: job)
  }

  /// So many calls of a job are no more this runner's.
  func lose(_ count: Int, of job: Job) {
    job.remaining -= count
    if job.remaining == 0, count > 0 {
      jobs[job.number] = nil
      if job.source.hasTimeouts { timedJobs -= 1 }
      job.sink.finished()
    }
  }

  static func tag(_ job: UInt64, _ call: Int) -> UInt64 { job << callBits | UInt64(call) }
  static func call(_ tag: UInt64) -> Int { Int(tag & ((1 << callBits) - 1)) }
}
