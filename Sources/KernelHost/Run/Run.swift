// Over 300 lines, for its options are declared here; what it does is in order, once.
import KernelBridge
package import KernelHostModel
import Synchronization

/// A manifest, run from its plan to its results, on the calling thread.
package final class Run: Sendable {
  package struct Options: Sendable {
    package var format = Format.text
    /// A file for the results; nil: the descriptor.
    package var outputPath: String?
    /// Where results go without a path; nil: standard output is closed.
    package var outputDescriptor: Int32?
    /// Where printed text goes if it is no part of the results; nil: nowhere.
    package var printDescriptor: Int32?
    /// Calls in the lane at a time; nil: the lane's own limit.
    package var liveLimit: Int?
    /// Where warnings go, and what kernels write to descriptors 1 and 2 directly.
    package var warningDescriptor: Int32? = 2
    /// Crashes of one kernel after which its other calls are skipped; nil: the default.
    package var crashLimit: Int?
    /// Nil: the manifest's, or concurrent.
    package var mode: Mode?
    /// Lanes in mode parallel; nil: the manifest's, or the processors that may be used.
    package var jobs: Int?
    package var order = Order.call
    /// How records in JSON have what JSON has no number for.
    package var nan = NaNStyle.null
    /// How the format csv has its columns.
    package var table = ResultTable.Style()
    /// The calls to make; nil: all.
    package var selection: Selection?
    /// Nil: all calls are made, even if others fail.
    package var halt: Halt?
    /// Results of calls that are not made but that others wait for.
    package var known: [Int: Value] = [:]
    /// What only the caller knows of what makes the results: the command line, and which file the
    /// manifest was. The run adds the rest.
    package var origin: RunOrigin?
    /// In place of what the plan gives these calls; each value fits its parameter.
    package var arguments: [Int: [TakenArgument]] = [:]
    /// Costs a few nanoseconds a call.
    package var measuresWriting = false
    /// Half-done calls are kept in files, and continued; nil: they are not.
    package var snapshots: RunSnapshots?
    /// What shares the terminal that standard error leads to; nil: nothing does.
    package var screen: StatusArea?
    /// Whether warnings have colours.
    package var hasColours = false
    /// Where the run goes on after its process; nil: it ends with it.
    package var journal: RunJournal?
    /// Results go to the observers alone, in the order that `order` says.
    var isForObservers = false

    package init() {}

    /// Lanes for any number of calls. There is one in mode concurrent. With isolation `call` there
    /// are several processes at a time in any case.
    package func lanes(_ manifest: Manifest, _ isolation: Isolation) -> Int {
      if mode(manifest) == .concurrent || isolation == .call { return 1 }
      return jobs ?? manifest.jobs ?? Processors.usable
    }

    func mode(_ manifest: Manifest) -> Mode { mode ?? manifest.mode ?? RunDefaults.mode }
  }

  private let plan: Plan
  private let options: Options
  private let kernels: LoadedKernels
  private let settings: EngineSettings
  private let selection: Selection
  /// While calls run.
  private let current = Locked<RunEngine?>(nil)

  /// `kernels`: those that the plan was made with.
  package init(_ plan: Plan, _ kernels: LoadedKernels, _ options: Options) {
    self.plan = plan
    self.kernels = kernels
    self.options = options
    selection = options.journal?.remaining ?? options.selection ?? Selection(allOf: plan)
    settings = kernels.settings(crashLimit: options.crashLimit, liveLimit: options.liveLimit)
  }

  /// Ends the live calls between two steps and the others before their start:
  /// all have their tokens. In a worker, a step that does not return within its grace ends with
  /// that; `urgently`, it ends now. On any thread, at any time.
  package func stop(urgently: Bool = false) { settings.cancellation.cancel(urgently: urgently) }

  /// Writes what is known of a run that does not end: each call that has no token gets one, and
  /// the results are complete. Then `end` runs, which ends the process: nothing else may be done
  /// with the run. Returns if there is no run, or it is about to end. On any thread.
  package func abandon(_ end: () -> Never) {
    current.withLock({ $0 })?.abandon { [journal = options.journal] in
      journal?.abandon()
      end()
    }
  }

  /// Runs all calls. The results are complete when it returns, or `failure` says why not.
  /// `observers` see it while it goes on, in their order. With a journal, only the calls that have no
  /// record run, and the results are written when all have one.
  package func run(_ observers: [any RunObserver] = []) throws(RunError) -> Summary {
    let journal = options.journal
    let writesNow = journal.map { writesResults(besides: $0) } ?? !options.isForObservers
    let (output, sidecar) = writesNow ? try openOutput() : (nil, nil)
    let lanes = laneCount
    // Before the run's time begins: it may read large files.
    let traits = options.format.traits
    let wantsOrigin =
      writesNow && traits.origin != .nowhere || observers.contains { $0.wishes.origin }
    let origin = wantsOrigin ? journal?.folder.run.origin ?? self.origin() : nil
    let events = RunEvents(observers)
    var settings = settings
    settings.lanes = lanes
    if plan.dependencies == nil { settings.silence = LaneSilence.long }
    settings.began = events?.began ?? monotonicNanoseconds()
    settings.lookPeriod = events?.lookPeriod ?? .max
    settings.dedicatedLimit = max((processLimit ?? settings.dedicatedLimit) / lanes, 1)
    settings.isDedicatedLimitStrict = processLimit != nil
    // Calls of shards wait for no others, and keep no results for them.
    let tracker =
      journal?.part != nil
      ? nil
      : DependencyTracker(
        plan: plan, selection: selection,
        known: options.known.merging(journal?.known ?? [:]) { $1 },
        failed: journal?.failed ?? [:], recordsArguments: recordedTaken(events))
    let source = PlannedCalls(plan, tracker?.store, given: options.arguments)
    var scheduler = scheduler(tracker, lanes: lanes, writesNow: writesNow || options.isForObservers)
    let snapshots = journal?.snapshots ?? options.snapshots
    settings.snapshots = snapshots.map {
      LaneSnapshots($0, source, kernels.catalogue.signatures, lanes: lanes, &scheduler)
    }
    // With a journal there may be nothing left to do.
    let driver = selection.count == 0 && journal != nil ? nil : try firstDriver(settings)
    events?.planned(
      plan, selection, lanes: lanes, mode: mode, isolation: settings.isolation, origin: origin,
      before: journal?.before ?? StatusCounts())
    if let journal, let events, events.wishes.records {
      do throws(SystemError) {
        try journal.earlierRecords(plan) { events.recorded($0) }
      } catch {
        throw .cannotStart(Wording.system(error.action, error.path, error.reason))
      }
    }
    let writer = output.map { self.writer(origin, $0, sidecar) }
    let engine = engine(scheduler, hasDependencies: tracker != nil, events, writer)
    snapshots?.store.onProblem { [catalogue = kernels.catalogue] problem in
      engine.tell { $0.warned(call: nil, Self.text(problem, catalogue)) }
    }
    current.withLock { $0 = engine }
    if let driver {
      let breaker = driver.scheduler.breaker
      LanePool.run(
        source, engine, lanes: lanes, first: driver
      ) { @Sendable [settings, kernels] (number: Int) throws(SystemError) in
        try LaneDriver(settings.another(number: number, breaker: breaker), kernels.lanes)
      }
    }
    snapshots?.store.wait()
    current.withLock { $0 = nil }
    let failure = engine.finish()
    let wasStopped = settings.cancellation.isCancelled
    events?.ended(engine.counts, wasStopped: wasStopped)
    var summary = Summary(
      counts: engine.counts, callCount: (journal?.selection ?? selection).count,
      failure: failure.map { Wording.system($0.action, $0.path, $0.reason) },
      wasStopped: wasStopped, writingSeconds: Double(engine.writingNanoseconds) * 1e-9)
    summary.isReaderGone = failure?.isBrokenPipe == true && options.outputPath == nil
    if let journal { finish(journal, engine, isWritten: writesNow, &summary) }
    return summary
  }

  /// Whether the results of a run with a journal are written while it goes on: into a file that gets
  /// its name at the end, where no earlier process made a part of them.
  private func writesResults(besides journal: RunJournal) -> Bool {
    guard journal.part == nil, let path = options.outputPath, journal.before.total == 0,
      journal.alone.isEmpty,
      selection.count > 0, !options.format.traits.takesPrintedText
    else { return false }
    return FileFacts(path)?.isRegular ?? true
  }

  private func firstDriver(_ settings: EngineSettings) throws(RunError) -> LaneDriver {
    do throws(SystemError) {
      return try LaneDriver(settings, kernels.lanes)
    } catch {
      throw .cannotStart(Wording.system(error.action, error.path, error.reason))
    }
  }

  private func writer(
    _ origin: RunOrigin?, _ output: OutputFile, _ sidecar: RunSidecar?
  ) -> ResultWriter {
    var table = options.table
    // This holds for every kind of output: the reader of a pipe mostly shows it on a terminal.
    table.isForTerminal = options.outputPath == nil
    return ResultWriter(
      format: options.format, plan: plan, callCount: selection.count, origin: origin,
      nan: options.nan, table: table,
      columns: ScreenTable.columns(options.outputPath, options.outputDescriptor), output: output,
      sidecar: sidecar)
  }

  private func scheduler(
    _ tracker: DependencyTracker?, lanes: Int, writesNow: Bool
  ) -> RunScheduler {
    let journal = options.journal
    let window =
      writesNow
      ? RunScheduler.window(plan, options.order, liveLimit: options.liveLimit) : nil
    return RunScheduler(
      selection, tracker, lanes: lanes, halt: options.halt, window: window,
      total: journal?.selection.count, alone: journal?.alone ?? [])
  }

  private func engine(
    _ scheduler: RunScheduler, hasDependencies: Bool, _ events: RunEvents?,
    _ writer: ResultWriter?
  ) -> RunEngine {
    let journal = options.journal
    let results = RunResults(
      plan, selection, options: options, hasDependencies: hasDependencies, events: events, writer,
      log: journal, before: journal?.before ?? StatusCounts())
    let stop = { @Sendable [cancellation = settings.cancellation] in cancellation.cancel() }
    journal?.onFailure(stop)
    journal?.watch(settings.cancellation)
    return RunEngine(scheduler, results, log: journal, onFailure: stop)
  }

  /// Ends this process' part of a journal. The results are written if no call is left to make, or
  /// if the run was halted. `isWritten`: they were written while it went on.
  private func finish(
    _ journal: RunJournal, _ engine: RunEngine, isWritten: Bool, _ summary: inout Summary
  ) {
    let left = selection.count - engine.loggedCount
    summary.hasJournal = true
    summary.leftCount = left
    let isComplete = left == 0 && selection.count == journal.openCount
    if let failure = journal.close(isComplete: isComplete) {
      summary.journalFailure = failure.sentence
      return
    }
    // Each call has its record: no copy is needed but of calls that others make.
    if left == 0, let snapshots = journal.snapshots {
      snapshots.store.removeFiles(isOpen: snapshots.isOpen)
    }
    guard journal.part == nil, left == 0 && !isWritten || left > 0 && engine.wasHalted else {
      return
    }
    var results = JournalResults.Options()
    (results.format, results.nan, results.table) = (options.format, options.nan, options.table)
    results.outputPath = options.outputPath
    results.outputDescriptor = options.outputDescriptor
    results.selection = journal.selection
    if left > 0 { results.absent = engine.refusal }
    results.mustBeWhole = left == 0 && options.outputPath != nil
    let start = monotonicNanoseconds()
    do throws(SystemError) {
      let written = try JournalResults(journal.folder, journal.newIndex(), plan).write(results)
      summary.counts = written.counts
      if let failure = written.failure { throw failure }
      if written.missing > 0 { summary.failure = Wording.recordsMissing(written.missing) }
    } catch {
      summary.failure = Wording.system(error.action, error.path, error.reason)
      summary.isReaderGone = error.isBrokenPipe && options.outputPath == nil
    }
    summary.writingSeconds += Double(monotonicNanoseconds() - start) * 1e-9
  }

  private func recordedTaken(_ events: RunEvents?) -> DependencyTracker.RecordedTaken {
    let arguments = options.format.traits.arguments
    return arguments == .none && events?.wantsCalls == true ? .recorded : arguments
  }

  private var mode: Mode { options.mode(plan.manifest) }

  private var laneCount: Int {
    min(options.lanes(plan.manifest, settings.isolation), max(selection.count, 1))
  }

  /// The limit of processes that have calls at a time: the number of lanes that was asked for. Nil:
  /// one for each lane, and a driver's own limit for calls that need a process each.
  private var processLimit: Int? {
    options.jobs ?? plan.manifest.jobs ?? (mode == .parallel ? Processors.usable : nil)
  }

  /// What made the results of a run of these calls, as it is now. O(bytes of the plugins).
  package func origin() -> RunOrigin {
    kernels.origin(options.origin, of: plan, mode: mode, lanes: laneCount)
  }

  /// The arguments of a call in declared order, with the results of others that are known; nil:
  /// one that is not, or cannot be the argument. O(size).
  package static func arguments(ofCall call: Int, _ plan: Plan, known: [Int: Value]) -> [Value?] {
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
