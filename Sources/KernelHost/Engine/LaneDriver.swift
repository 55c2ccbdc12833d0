import KernelBridge
import KernelHostModel

/// Carries out on one thread what a `Scheduler` decides: feeds calls to lanes, makes tokens of
/// their ends and hands them to the sinks of their jobs, starts and ends workers.
final class LaneDriver {
  let settings: EngineSettings
  /// Where lanes are from: another after the death of the fork server.
  var provider: any LaneProvider
  /// The main lane.
  var lane: any Lane
  var scheduler: Scheduler
  let tokens: TokenMaker
  /// What calls of a job are made of, and where their tokens go.
  var ports: [UInt64: JobPort] = [:]
  /// Lanes whose workers live for one call, by their numbers.
  var dedicated: [(number: Int32, lane: DedicatedLane)] = []
  /// Runs before the driver sleeps: what was written may go out.
  var beforeWait: () -> Void = {}
  /// Kernels of which a person was told that they change their process.
  var toldChanges: Set<Int> = []
  var nextCheck: UInt64 = 0
  /// When observers want to see what runs.
  var nextLook: UInt64 = .max
  /// When half-done calls are copied next.
  var nextSnapshot: UInt64 = .max
  /// Calls that the lane continues, and the numbers of their jobs, until they are added.
  var restored: [(job: UInt64, call: SavedCall)] = []
  /// Calls that were reserved for this lane, and begin anew.
  var notRestored: [Int] = []
  /// The lane has not taken all calls that it continues: it gets no others, and is not stopped, for
  /// its last copy would not have them.
  var isRestoring = false

  struct JobPort {
    let source: any CallSource
    let sink: any CallSink
  }

  /// A lane whose worker lives for one call at a time.
  final class DedicatedLane {
    let lane: any Lane
    var isNew = true

    init(_ lane: any Lane) { self.lane = lane }
  }

  /// Makes the main lane; with isolation its worker is started, too.
  init(_ settings: EngineSettings, _ provider: any LaneProvider) throws(SystemError) {
    self.settings = settings
    self.provider = provider
    lane = try provider.makeLane(
      liveLimit: settings.liveLimit, lanes: settings.lanes, silence: settings.silence,
      copiesCalls: settings.snapshots != nil)
    let catalogue = provider.catalogue
    tokens = TokenMaker(
      catalogue: catalogue, sandbox: settings.sandbox, withoutThreads: settings.withoutThreads,
      crashLimit: settings.crashLimit)
    scheduler = Scheduler(settings, catalogue.signatures, isIsolated: lane.isIsolated)
    settings.cancellation.attach(lane.signal)
    if settings.lookPeriod != .max { nextLook = provider.now + settings.lookPeriod }
    guard settings.isolation == .process else {
      notRestored = settings.snapshots?.reserved(forLane: Int(settings.number)) ?? []
      return
    }
    if let snapshots = settings.snapshots {
      restoreCalls(snapshots)
      nextSnapshot = snapshots.interval == .max ? .max : provider.now + snapshots.interval
    }
    do throws(SystemError) {
      try lane.start()
    } catch {
      // The fork server was killed just now: another takes its place.
      if error.code != Errno.noProcess.number { throw error }
      scheduler.startsWithoutForkServer()
    }
  }

  /// Whether some call has no token yet.
  var isBusy: Bool { scheduler.isBusy }

  /// Whether there may be something to give to other lanes.
  var hasUnbegun: Bool { !scheduler.waiting.isEmpty || lane.waitingCount > 1 }

  /// Queues a job. Returns its number, for `cancel`. Only where `scheduler.hasRoomForJob`.
  @discardableResult
  func add(_ source: any CallSource, _ sink: any CallSink) -> UInt64 {
    let number = scheduler.add(source, now: provider.now)
    ports[number] = JobPort(source: source, sink: sink)
    perform()
    return number
  }

  /// Ends a job's live calls between two steps, and the others before their start. In a worker, a
  /// step that does not return within its grace ends with that.
  /// O(calls in the lane), for one order or many.
  func cancel(_ orders: [JobCalls]) {
    let known = orders.filter { ports[$0.job] != nil && !$0.calls.isEmpty }
    if known.isEmpty { return }
    let tags = TagSet(known.map { CallTag.of($0.calls, ofJob: $0.job) })
    lane.cancel(tags)
    for one in dedicated { one.lane.lane.cancel(tags) }
    scheduler.cancel(known, tags, now: provider.now)
    perform()
  }

  /// Ends all calls of jobs.
  func cancel(jobs numbers: [UInt64]) {
    cancel(
      numbers.compactMap { number in
        ports[number].map {
          JobCalls(job: number, calls: $0.source.firstCall..<$0.source.callCount)
        }
      })
  }

  /// Gives back calls that were not begun, for other lanes.
  func giveBack() -> [JobCalls] {
    let ranges = scheduler.giveBackUnfed() + scheduler.tookBack(lane.takeBack())
    perform()
    return ranges
  }

  /// Feeds what there is room for and takes what has ended; sleeps if there was nothing.
  func turn() {
    scheduler.hasProgress = false
    if isRestoring { lookAtRestored() }
    if settings.cancellation.isCancelled, !scheduler.isStopping, !isRestoring {
      scheduler.stop(now: provider.now)
      perform()
    }
    // First of all: the calls of a dead worker wait.
    if isMainDead { reapMain() }
    if !isRestoring { scheduler.feed(liveCount: lane.liveCount, now: provider.now) }
    perform()
    lane.flush()
    var blocks = 0
    while blocks < Scheduler.blocksAtOnce, take(lane, number: settings.number) > 0 {
      blocks += 1
      scheduler.hasProgress = true
    }
    if lane.isIsolated { takeDedicated() }
    let now = provider.now
    scheduler.timePasses(now)
    perform()
    checkWorkers(now)
    if now >= nextLook { look(now) }
    copyCalls(now)
    if !scheduler.hasProgress { rest(now) }
  }

  private func rest(_ now: UInt64) {
    if scheduler.hasNothingLeft(liveCount: lane.liveCount), isBusy { return loseMissing() }
    beforeWait()
    provider.wait([lane] + busyDedicated.map { $0.lane.lane }, nanoseconds: patience(now))
  }

  /// Seconds of the run at a time of the lanes' clock; NaN at 0, which is no time.
  @inline(__always)
  func seconds(_ time: UInt64) -> Double {
    time == 0 ? .nan : Double(time > settings.began ? time - settings.began : 0) * 1e-9
  }

  func ended(_ call: Int, _ token: Token<Value>, _ place: Placement) -> EndedCall {
    EndedCall(
      call: call, token: token, start: seconds(place.began), elapsed: place.elapsed,
      lane: place.lane)
  }

  /// Takes calls from a supply and makes a turn. Returns false when all is done.
  func turn(_ supply: any CallSupply) -> Bool {
    guard supply.supply(self) else { return false }
    turn()
    return true
  }

  func run(_ supply: any CallSupply) {
    while turn(supply) {}
  }

  // MARK: A last net

  /// Nothing is left, and jobs have calls without a token: the host has lost sight of them, which
  /// is its own fault. They get their tokens.
  private func loseMissing() {
    for (number, job) in scheduler.jobs {
      guard let port = ports[number] else { continue }
      let others = Set(job.takenBack)
      for range in port.sink.missing(in: job.source.firstCall..<job.end) {
        for call in range where !others.contains(call) && scheduler.jobs[number] != nil {
          port.sink.warned(call: call, Wording.missingToken)
          give(number, 1) { _ in EndedCall(call: call, token: TokenMaker.missing) }
        }
      }
      if let left = scheduler.jobs[number]?.remaining { scheduler.ended(left, ofJob: number) }
    }
    perform()
  }
}

/// Where a driver's calls come from: those of a run that may begin, or the orders of a host.
protocol CallSupply: AnyObject {
  /// Gives a driver calls. Returns false when no calls are left and no more will come.
  func supply(_ driver: LaneDriver) -> Bool
}
