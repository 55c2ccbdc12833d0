import KernelBridge
import Synchronization
public import TaskModel

/// A manifest, run from its plan to its results, on the calling thread.
public final class Run: Sendable {
  /// What came of it.
  public struct Summary: Sendable {
    public let counts: StatusCounts
    /// The calls to make; `counts.total` is equal to it, whatever happened.
    public let callCount: Int
    /// Why a result could not be written; nil: all were.
    public let failure: String?
    public let wasStopped: Bool
    /// Of the run, those in which results were written; 0 if that was not measured.
    public let writingSeconds: Double
  }

  public struct Options: Sendable {
    public var format = Format.text
    /// A file for the results; nil: the descriptor.
    public var outputPath: String?
    /// Where results go without a path; nil: standard output is closed.
    public var outputDescriptor: Int32?
    /// Where printed text goes if it is no part of the results; nil: nowhere.
    public var printDescriptor: Int32?
    /// Calls in the lane at a time; nil: the lane's own limit.
    public var liveLimit: Int?
    /// Where warnings go, and what kernels write to descriptors 1 and 2 by themselves.
    public var warningDescriptor: Int32? = 2
    /// Crashes of one kernel after which its other calls are skipped; nil: the default.
    public var crashLimit: Int?
    /// Nil: the manifest's, or concurrent.
    public var mode: Mode?
    /// Lanes in mode parallel; nil: the manifest's, or the processors that may be used.
    public var jobs: Int?
    public var order = Order.call
    /// How records in JSON have what JSON has no number for.
    public var nan = NaNStyle.null
    /// How the format csv has its columns.
    public var table = ResultTable.Style()
    /// The calls to make; nil: all.
    public var selection: Selection?
    /// Nil: all calls are made, whatever becomes of others.
    public var halt: Halt?
    /// Results of calls that are not made but that others wait for.
    public var known: [Int: Value] = [:]
    /// What only the caller knows of what makes the results: the command line, and which file the
    /// manifest was. The run adds the rest.
    public var origin: RunOrigin?
    /// In place of what the plan gives these calls; each value fits its parameter.
    public var arguments: [Int: [TakenArgument]] = [:]
    /// Costs a few nanoseconds a call.
    public var measuresWriting = false
    /// Half-done calls are kept in files, and continued; nil: they are not.
    public var snapshots: RunSnapshots?
    /// What shares the terminal that standard error leads to; nil: nothing does.
    public var screen: StatusArea?
    /// Whether warnings have colours.
    public var hasColours = false

    public init() {}
  }

  private let plan: Plan
  private let options: Options
  private let kernels: LoadedKernels
  private let settings: EngineSettings
  private let selection: Selection
  /// While calls run.
  private let current = Locked<RunEngine?>(nil)

  /// `kernels`: those that the plan was made with.
  public init(_ plan: Plan, _ kernels: LoadedKernels, _ options: Options) {
    self.plan = plan
    self.kernels = kernels
    self.options = options
    selection = options.selection ?? Selection(allOf: plan)
    settings = kernels.settings(crashLimit: options.crashLimit, liveLimit: options.liveLimit)
  }

  /// Ends the live calls between two steps and the others before their start:
  /// all have their tokens. In a worker, a step that does not return within its grace ends with
  /// that; `urgently`, it ends now. On any thread, at any time.
  public func stop(urgently: Bool = false) { settings.cancellation.cancel(urgently: urgently) }

  /// Writes what is known of a run that does not end: each call that has no token gets one, and
  /// the results are complete. Then `end` runs, which ends the process: nothing else may be done
  /// with the run. Returns if there is no run, or it is about to end. On any thread.
  public func abandon(_ end: () -> Never) {
    current.withLock({ $0 })?.abandon(end)
  }

  /// Runs all calls. The results are complete when it returns, or `failure` says why not.
  /// `observers` see it while it goes on, in their order.
  public func run(_ observers: [any RunObserver] = []) throws(RunError) -> Summary {
    let (output, sidecar) = try openOutput()
    let lanes = laneCount
    // Before the run's time begins: it may read large files.
    let traits = options.format.traits
    let wantsOrigin = traits.origin != .nowhere || observers.contains { $0.wishes.origin }
    let origin = wantsOrigin ? self.origin() : nil
    let events = RunEvents(observers)
    var settings = settings
    settings.lanes = lanes
    if plan.dependencies == nil { settings.silence = LaneSilence.long }
    settings.began = events?.began ?? monotonicNanoseconds()
    settings.lookPeriod = events?.lookPeriod ?? .max
    settings.dedicatedLimit = max((processLimit ?? settings.dedicatedLimit) / lanes, 1)
    settings.isDedicatedLimitStrict = processLimit != nil
    let tracker = DependencyTracker(
      plan: plan, selection: selection, known: options.known,
      recordsArguments: recordedTaken(events))
    var scheduler = RunScheduler(
      selection, tracker, lanes: lanes, halt: options.halt,
      window: RunScheduler.window(plan, options.order, liveLimit: options.liveLimit))
    let source = PlannedCalls(plan, tracker?.store, given: options.arguments)
    settings.snapshots = options.snapshots.map {
      LaneSnapshots(
        $0, source, kernels.catalogue.signatures, lanes: lanes, &scheduler)
    }
    let driver: LaneDriver
    do throws(SystemError) {
      driver = try LaneDriver(settings, kernels.lanes)
    } catch {
      throw .cannotStart(Wording.system(error.action, error.path, error.reason))
    }
    events?.planned(
      plan, selection, lanes: lanes, mode: mode, isolation: settings.isolation, origin: origin)
    let engine = engine(
      scheduler, hasDependencies: tracker != nil, origin, events, output, sidecar)
    options.snapshots?.store.onProblem { [catalogue = kernels.catalogue] problem in
      engine.tell { $0.warned(call: nil, Self.text(problem, catalogue)) }
    }
    current.withLock { $0 = engine }
    let breaker = driver.scheduler.breaker
    LanePool.run(
      source, engine, lanes: lanes, first: driver
    ) { @Sendable [settings, kernels] (number: Int) throws(SystemError) in
      try LaneDriver(settings.another(number: number, breaker: breaker), kernels.lanes)
    }
    options.snapshots?.store.wait()
    current.withLock { $0 = nil }
    let failure = engine.finish()
    let counts = engine.counts
    let wasStopped = settings.cancellation.isCancelled
    events?.ended(counts, wasStopped: wasStopped)
    return Summary(
      counts: counts, callCount: selection.count,
      failure: failure.map { Wording.system($0.action, $0.path, $0.reason) },
      wasStopped: wasStopped, writingSeconds: Double(engine.writingNanoseconds) * 1e-9)
  }

  private func engine(
    _ scheduler: RunScheduler, hasDependencies: Bool, _ origin: RunOrigin?,
    _ events: RunEvents?, _ output: OutputFile, _ sidecar: RunSidecar?
  ) -> RunEngine {
    var table = options.table
    // Whatever it leads to: what stands behind a pipe mostly shows it on a terminal.
    table.isForTerminal = options.outputPath == nil
    let writer = ResultWriter(
      format: options.format, plan: plan, callCount: selection.count, origin: origin,
      nan: options.nan, table: table, output: output, sidecar: sidecar)
    let results = RunResults(
      plan, selection, options: options, hasDependencies: hasDependencies, events: events, writer)
    return RunEngine(scheduler, results) { [cancellation = settings.cancellation] in
      cancellation.cancel()
    }
  }

  private static func text(_ problem: SnapshotStore.Problem, _ catalogue: Catalogue) -> String {
    switch problem {
    case .stray(let stray):
      Wording.strayPointer(
        catalogue.signatures[stray.kernel].name, offset: stray.offset, block: stray.block)
    case .unwritten(let error):
      Wording.snapshotUnwritten(Wording.system(error.action, error.path, error.reason))
    }
  }

  private func recordedTaken(_ events: RunEvents?) -> DependencyTracker.RecordedTaken {
    let arguments = options.format.traits.arguments
    return arguments == .none && events?.wantsCalls == true ? .recorded : arguments
  }

  private var mode: Mode { options.mode ?? plan.manifest.mode ?? RunDefaults.mode }

  /// One in mode concurrent. With isolation `call` there are several processes at a time
  /// in any case.
  private var laneCount: Int {
    if mode == .concurrent || settings.isolation == .call { return 1 }
    return min(options.jobs ?? plan.manifest.jobs ?? Processors.usable, max(selection.count, 1))
  }

  /// Processes with calls at a time: as many as lanes were asked for; nil: one for each lane,
  /// and as many for calls that need one of their own as a driver has by itself.
  private var processLimit: Int? {
    options.jobs ?? plan.manifest.jobs ?? (mode == .parallel ? Processors.usable : nil)
  }

  /// What made the results of a run of these calls, as it is now. O(bytes of the plugins).
  public func origin() -> RunOrigin {
    kernels.origin(options.origin, of: plan, mode: mode, lanes: laneCount)
  }

  /// The arguments of a call in declared order, with the results of others that are known; nil:
  /// one that is not, or cannot be the argument. O(size).
  public static func arguments(ofCall call: Int, _ plan: Plan, known: [Int: Value]) -> [Value?] {
    let tracker = DependencyTracker(
      plan: plan, selection: Selection([call..<call + 1]), known: known)
    let call = plan.locate(call)
    return plan.arguments(of: call, taken: tracker?.taken(byTask: call.task) ?? [])
  }

  private func openOutput() throws(RunError) -> (OutputFile, RunSidecar?) {
    do throws(SystemError) {
      if let path = options.outputPath {
        let output = try OutputFile(path: path)
        guard let ending = options.format.traits.sidecarEnding, output.isRegular else {
          return (output, nil)
        }
        return (output, try RunSidecar(beside: path, ending: ending))
      }
      guard let descriptor = options.outputDescriptor else {
        throw SystemError(
          "write the results to", path: "standard output", code: Errno.badDescriptor.number)
      }
      let output = OutputFile(
        descriptor: descriptor, name: "standard output",
        screen: Terminal.isSame(descriptor, 2) ? options.screen : nil)
      return (output, nil)
    } catch {
      throw .cannotWrite(Wording.system(error.action, error.path, error.reason))
    }
  }
}

/// Why a run did not begin.
public enum RunError: Error, Sendable, Hashable {
  case cannotWrite(String)
  case cannotStart(String)
}
