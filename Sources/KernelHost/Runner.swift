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
  var workers: WorkerGuard?
  var lane: Lane
  let tokens: TokenMaker
  var routing: Routing
  private(set) var jobs: [UInt64: Job] = [:]
  private var waiting: [UInt64] = []
  /// The number that the next job will get.
  private(set) var nextJob: UInt64 = 0
  private var isOpen = false
  private var isStopping = false
  /// Runs before the runner sleeps: what was written may go out.
  var beforeWait: () -> Void = {}

  /// What is known of calls that did not end with their first start, by tag.
  var cares: [UInt64: Care] = [:]
  /// Calls to submit again, before new ones.
  var again: Queue<UInt64> = Queue()
  /// Calls to retry, each at its time; the soonest last.
  private var delayed: [(due: UInt64, tag: UInt64)] = []
  /// Calls that wait for a process of their own.
  var soloQueue: Queue<UInt64> = Queue()
  var solos: [Solo] = []
  /// What ran in the main lane's worker since it was fresh.
  var history: History
  var verdicts: Verdicts
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
  var isGivingUp = false
  private var nextCheck: UInt64 = 0

  /// A call's tag: the job's number above, the call's below.
  static let callBits: UInt64 = 40
  /// How often workers are looked at while a call has limits.
  private static let checkPeriod: UInt64 = 5_000_000

  final class Job {
    let number: UInt64
    let source: any CallSource
    let sink: any CallSink
    var next = 0
    var remaining: Int
    /// Calls that were cancelled before they were submitted: all from here on.
    var isCancelled = false

    init(number: UInt64, source: any CallSource, sink: any CallSink) {
      self.number = number
      self.source = source
      self.sink = sink
      remaining = source.callCount
    }
  }

  /// The main lane is made here; with isolation its worker is started, too.
  init(_ settings: RunnerSettings, catalogue: Catalogue, workers: WorkerGuard?) throws(SystemError)
  {
    self.settings = settings
    self.workers = workers
    lane = try Lane(catalogue: catalogue, workers: workers, liveLimit: settings.liveLimit)
    tokens = TokenMaker(catalogue: catalogue)
    let count = catalogue.signatures.count
    routing = Routing(isolation: settings.isolation, kernelCount: count)
    history = History(kernelCount: count)
    verdicts = Verdicts(kernelCount: count, crashLimit: settings.crashLimit)
    settings.bell.attach(lane.signal)
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

  /// Queues a job; answers its number, for `cancel`.
  @discardableResult
  func add(_ source: any CallSource, _ sink: any CallSink) -> UInt64 {
    let number = nextJob
    nextJob += 1
    let job = Job(number: number, source: source, sink: sink)
    if job.remaining == 0 {
      sink.finished()
    } else {
      jobs[number] = job
      waiting.append(number)
    }
    return number
  }

  /// Ends a job's live calls between two steps, and the others before their start.
  func cancel(_ number: UInt64) {
    guard let job = jobs[number] else { return }
    job.isCancelled = true
    let tags = number << Self.callBits...(number + 1) << Self.callBits - 1
    lane.cancel(tags)
    for solo in solos { solo.lane.cancel(tags) }
    dropQueued { tags.contains($0) }
  }

  /// Feeds what there is room for and takes what has ended; sleeps if there was nothing.
  func turn() {
    if settings.bell.hasRung, !isStopping { stop() }
    var progress = feed()
    lane.flush()
    progress = take(lane) > 0 || progress
    if lane.isIsolated {
      progress = takeSolos() || progress
      if lane.hasDied, reviveAt == nil {
        buryMain()
        progress = true
      }
    }
    let now = monotonicNanoseconds()
    progress = checkWorkers(now) || progress
    if !progress, isBusy || !settings.bell.hasRung {
      beforeWait()
      let busy = solos.filter { $0.tag != nil }.map { $0.lane }
      Lane.wait([lane] + busy, nanoseconds: patience(now))
    }
  }

  /// Runs until every job has its tokens.
  func run() {
    while isBusy { turn() }
  }

  // MARK: Feeding

  /// Submits what fits; answers whether it got any further.
  private func feed() -> Bool {
    if reviveAt != nil { return feedSolos() }
    var progress = feedDelayed()
    progress = feedAgain() || progress
    while again.isEmpty, let number = waiting.first, let job = jobs[number] {
      let count = job.source.callCount
      if job.next == 0, !isOpen, count > 1 { setOpen(true) }
      var room: Lane.Submission? = .soon
      // Not all at once: what has ended meanwhile should not wait for the last.
      let stop = min(count, job.next + 256)
      if job.isCancelled {
        let first = job.next
        job.next = stop
        end(job, stop - first) {
          EndedCall(call: first + $0, token: TokenMaker.cancelledBeforeStart)
        }
        progress = true
      } else if job.next < stop {
        let first = job.next
        (job.next, room) = job.source.submit(
          first..<stop, tag: number << Self.callBits, to: lane, routing)
        progress = progress || job.next > first
        if room == nil {
          // Not for this lane; where it belongs there may be no room.
          guard soloQueue.count < settings.soloLimit * 4 else {
            setOpen(false)
            break
          }
          job.next += 1
          divert(Self.tag(number, job.next - 1))
          progress = true
        } else if case .never = room {
          let call = job.next
          job.next += 1
          end(job, 1) { _ in EndedCall(call: call, token: TokenMaker.tooLarge) }
          progress = true
        }
      }
      if job.next == count {
        if !waiting.isEmpty, waiting.first == number { waiting.removeFirst() }
        setOpen(false)
        continue
      }
      // The lane must go on to make room.
      if case .later = room { setOpen(false) }
      // A thread's port takes what has ended before it feeds more; a worker's ring is short.
      if room != nil, !lane.isIsolated || job.next < stop { break }
    }
    return feedSolos() || progress
  }

  private func feedDelayed() -> Bool {
    var progress = false
    while let next = delayed.last, next.due <= monotonicNanoseconds() {
      delayed.removeLast()
      progress = true
      guard let job = jobs[next.tag >> Self.callBits] else { continue }
      let call = Self.call(next.tag)
      let isAlone = job.source.hasLimits && job.source.limits(ofCall: call).memory != nil
      if isAlone || routing.diverts(job.source.kernel(ofCall: call)) {
        divert(next.tag)
      } else {
        again.append(next.tag)
      }
    }
    return progress
  }

  private func feedAgain() -> Bool {
    var progress = false
    while let tag = again.first {
      guard let job = jobs[tag >> Self.callBits] else {
        again.removeFirst()
        continue
      }
      let kernel = job.source.kernel(ofCall: Self.call(tag))
      if routing.diverts(kernel) {
        again.removeFirst()
        divert(tag)
        progress = true
        continue
      }
      if let token = verdicts.refusal(kernel, tokens) {
        again.removeFirst()
        finish(tag, cares[tag]?.last ?? token)
        progress = true
        continue
      }
      guard case .submitted = submit(tag, of: job, to: lane) else { break }
      again.removeFirst()
      progress = true
    }
    return progress
  }

  /// Submits one call, with what is known of earlier starts.
  func submit(_ tag: UInt64, of job: Job, to lane: Lane) -> Lane.Submission {
    let call = Self.call(tag)
    let limits = job.source.hasLimits ? job.source.limits(ofCall: call) : .standard
    let options = CallOptions(
      tag: tag, timeout: job.source.timeout(ofCall: call), grace: nanoseconds(limits.grace),
      memory: limits.memory ?? 0, skippedText: cares[tag]?.shownText ?? 0)
    return lane.submit(kernel: job.source.kernel(ofCall: call), options: options) {
      job.source.write(argumentsOfCall: call, to: &$0)
    }
  }

  private func setOpen(_ open: Bool) {
    if open != isOpen { lane.setOpen(open) }
    isOpen = open
  }

  // MARK: Taking

  /// Takes what a lane has; answers how many calls ended.
  func take(_ lane: Lane) -> Int {
    lane.take(
      text: { piece in
        guard let job = jobs[piece.tag >> Self.callBits] else { return }
        if piece.isOutput {
          job.sink.wrote(call: Self.call(piece.tag), piece.bytes)
        } else {
          job.sink.printed(call: Self.call(piece.tag), piece.bytes)
        }
      },
      completions: { complete($0, isMain: lane === self.lane) })
  }

  /// Makes tokens and hands them on, as many at a time as belong to one job.
  private func complete(_ completions: borrowing Completions, isMain: Bool) {
    if isMain, lane.isIsolated { history.note(completions) }
    var index = 0
    while index < completions.count {
      let number = completions.tag(index) >> Self.callBits
      guard let job = jobs[number] else {
        index += 1
        continue
      }
      if job.source.hasLimits || !cares.isEmpty {
        completeOne(completions[index], job)
        index += 1
        continue
      }
      let first = index
      while index < completions.count, completions.tag(index) >> Self.callBits == number {
        index += 1
      }
      end(job, index - first) { offset in
        let completion = completions[first + offset]
        let call = Self.call(completion.tag)
        let timeout = completion.status == .timeout ? job.source.timeout(ofCall: call) : 0
        return EndedCall(call: call, token: tokens.token(completion, timeout: timeout))
      }
    }
  }

  private func completeOne(_ completion: Completion, _ job: Job) {
    let call = Self.call(completion.tag)
    let care = cares[completion.tag]
    if let verification = care?.verification, completion.status != .cancelled {
      acquit(completion.tag, verification)
    }
    let limits = job.source.hasLimits ? job.source.limits(ofCall: call) : .standard
    finish(
      completion.tag,
      tokens.token(
        completion, timeout: job.source.timeout(ofCall: call), earlierStarts: care?.starts ?? 0,
        memory: limits.memory))
  }

  /// The call's token, unless it is to be tried again.
  func finish(_ tag: UInt64, _ token: Token<Value>) {
    guard let job = jobs[tag >> Self.callBits] else { return }
    let call = Self.call(tag)
    if let error = token.error, job.source.hasLimits, !isStopping, !isGivingUp, !job.isCancelled,
      let retries = job.source.limits(ofCall: call).retries,
      Int(token.attempts) <= retries.times, retries.covers(status: error.status, name: error.name),
      !verdicts.isBroken(job.source.kernel(ofCall: call))
    {
      cares[tag] = Care(starts: token.attempts, last: token)
      delay(tag, seconds: retries.delay)
      return
    }
    cares[tag] = nil
    end(job, 1) { _ in EndedCall(call: call, token: token) }
  }

  private func delay(_ tag: UInt64, seconds: Double) {
    let due = monotonicNanoseconds() + UInt64(min(seconds, 9e9) * 1e9)
    let index = delayed.firstIndex { $0.due <= due } ?? delayed.count
    delayed.insert((due, tag), at: index)
  }

  func end(_ job: Job, _ count: Int, _ call: (_ index: Int) -> EndedCall) {
    job.sink.ended(count, call)
    job.remaining -= count
    if job.remaining == 0 {
      jobs[job.number] = nil
      waiting.removeAll { $0 == job.number }
      job.sink.finished()
    }
  }

  // MARK: Stopping and watching

  private func stop() {
    isStopping = true
    lane.signal.stop()
    for solo in solos { solo.lane.signal.stop() }
    dropQueued { _ in true }
  }

  /// Ends calls that wait outside of lanes.
  private func dropQueued(_ which: (UInt64) -> Bool) {
    for tag in takeQueued(which) {
      finish(tag, tokens.cancelled(starts: cares[tag]?.starts ?? 0))
    }
  }

  /// Takes calls out of the queues.
  func takeQueued(_ which: (UInt64) -> Bool = { _ in true }) -> [UInt64] {
    var taken = again.remove(which) + soloQueue.remove(which)
    taken += delayed.filter { which($0.tag) }.map { $0.tag }
    delayed.removeAll { which($0.tag) }
    return taken
  }

  /// Gives tokens to the calls that were never submitted.
  func endUnfed(_ token: () -> Token<Value>) {
    for number in waiting {
      guard let job = jobs[number] else { continue }
      let first = job.next
      job.next = job.source.callCount
      end(job, job.next - first) { EndedCall(call: first + $0, token: token()) }
    }
  }

  var isWatching: Bool {
    lane.isIsolated
      && (jobs.values.contains { $0.source.hasTimeouts } || lane.isStopped
        || solos.contains { $0.tag != nil && ($0.memoryLimit > 0 || $0.lane.isStopped) })
  }

  /// Answers whether there is something to feed again.
  private func checkWorkers(_ now: UInt64) -> Bool {
    var progress = false
    if let due = reviveAt, due <= now {
      reviveMain()
      progress = true
    }
    if let due = soloAt, due <= now {
      soloAt = nil
      progress = true
    }
    guard now >= nextCheck, isWatching else { return progress }
    nextCheck = now + Self.checkPeriod
    lane.check()
    for solo in solos where solo.tag != nil { solo.lane.check(memoryLimit: solo.memoryLimit) }
    return progress
  }

  /// How long the runner may sleep; nil: until something happens.
  private func patience(_ now: UInt64) -> Int64? {
    var until = UInt64.max
    if isWatching { until = now + Self.checkPeriod }
    if let due = delayed.last?.due { until = min(until, due) }
    if let due = reviveAt { until = min(until, due) }
    if let due = soloAt { until = min(until, due) }
    return until == .max ? nil : Int64(clamping: until > now ? until - now : 0)
  }

  static func tag(_ job: UInt64, _ call: Int) -> UInt64 { job << callBits | UInt64(call) }
  static func call(_ tag: UInt64) -> Int { Int(tag & ((1 << callBits) - 1)) }
}
