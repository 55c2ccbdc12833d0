import KernelBridge
import KernelHost
import KernelHostModel

/// `host run MANIFEST`.
enum RunCommand: Subcommand {
  static let form = "run MANIFEST"
  static let summary = "make the calls, write the results"
  static let options =
    [
      Option("format", value: "FORMAT", choices: Format.self),
      Option("output", short: "o", value: "FILE"),
      Option("input", choices: ManifestFormat.self),
      Option("live", value: "N"),
      Option("order", choices: Order.self),
      Option("halt", value: "error|N|N%", completion: .words(["error"])),
      Option("dry-run"),
      Option("stats"),
      Option("mode", choices: Mode.self),
      Option("jobs", short: "j", value: "N"),
      Option("quiet", short: "q"),
      Option("crash-limit", value: "N"),
      Option("grace", value: "SECONDS"),
      Option("check-memory"),
      Option("exit", choices: ExitRule.self),
    ] + OverrideOptions.options + JournalOptions.options + ShardOptions.options
    + StopOptions.options + RecordOptions.options
    + SelectionOptions.options + WatchOptions.options
    + KernelOptions.options

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    // Signals first: every thread that starts later leaves them to the stopper.
    let stopper = Stopper(
      console, early: try StopOptions(parsed).early(hasJournal: parsed.values["journal"] != nil))
    return try run(try RunRequest(parsed, console), stopper, console)
  }

  /// Makes the calls that a command line asks for, or those that a journal's run still needs.
  static func run(
    _ request: RunRequest, _ stopper: Stopper, _ console: Console
  ) throws(CommandError) -> ExitCode {
    if request.shard.explains {
      return try request.shard.explain(request.journal.folder, console)
    }
    let part = try request.shard.part(request.journal.folder)
    let loaded = try request.load()
    var selected = try request.selection.selection(loaded.plan)
    var known: [Int: Value] = [:]
    if let past = request.past, let rerun = request.journal.rerun {
      let again = try past.selection(rerun, loaded.plan)
      known = again.known
      let made = selected.map { $0.0.intersection(again.selection) } ?? again.selection
      if made.count == 0 { throw .usage(Messages.noCalls) }
      selected = (made, added: 0)
      if past.isOther(loaded.origin(at: request.manifest)) {
        if !request.overrides.changesArguments {
          try past.checkArguments(of: made, loaded.plan, known: known)
        }
        console.say(Messages.warning(Messages.rerunChanged(request.manifest)))
      }
    }
    for warning in loaded.warnings { console.say(warning) }
    if request.kernels.checksMemory, loaded.kernels.setup.isolation == .none {
      throw .usage(Messages.memoryCheckWithoutProcess)
    }
    if request.isDry { return console.show(PlanCommand.overview(loaded.plan, selected)) }
    if let added = selected?.added, added > 0 { console.say(Messages.alsoCalled(added)) }

    var options = request.options
    options.selection = selected?.0
    options.known = known
    options.crashLimit = options.crashLimit ?? loaded.plan.manifest.crashLimit
    options.origin = loaded.origin(at: request.manifest)
    if let folder = request.journal.folder {
      let run = Run(loaded.plan, loaded.kernels, options)
      let journal = try request.journal.open(
        folder, run, loaded, options, part, finishes: request.finished != nil,
        again: request.again(part),
        stopped: request.stop.stoppedExit.map(ExitCode.init) ?? .stopped)
      options.journal = journal
      if journal.damageCount > 0 {
        console.say(
          Messages.warning(Messages.damage(journal.damage, count: journal.damageCount)))
      }
      for note in journal.notes { console.say(Messages.note(note)) }
      if journal.part != nil {
        let waiting = loaded.plan.callCount - loaded.plan.independentCalls.count
        if waiting > 0 { console.say(Messages.note(Wording.leftToFinish(waiting, folder))) }
      }
    }
    let watcher = try RunWatcher(request.watch, loaded.plan, options, console)
    options.screen = watcher.screen
    let run = Run(loaded.plan, loaded.kernels, options)
    run.endsWithReader(options)
    return try execute(
      run, stopper, request.hasStats ? loaded.stats : nil, console, watcher: watcher,
      stop: request.stop,
      exit: request.exit)
  }

  /// Runs the calls and says how the run ended.
  static func execute(
    _ run: Run, _ stopper: Stopper, _ stats: Stats?, _ console: Console,
    watcher: RunWatcher? = nil, observers: [any RunObserver] = [], stop: StopOptions? = nil,
    exit: ExitRule = .tokens
  ) throws(CommandError) -> ExitCode {
    stopper.watch(run, watcher?.screen, stop)
    let summary: Run.Summary
    do throws(RunError) {
      summary = try run.run((watcher?.observers ?? []) + observers)
    } catch {
      switch error {
      case .cannotWrite(let reason): throw .notWritten(Messages.nothingRan(reason))
      case .cannotStart(let reason): throw .usage(Messages.nothingRan(reason))
      }
    }
    if summary.isReaderGone, summary.journalFailure == nil, summary.leftCount == 0 {
      return .readerGone
    }
    if var stats {
      stats.end("run")
      for line in stats.lines(summary) { console.say(line) }
    }
    // Where the journal failed, that failure says what is recorded.
    if summary.hasJournal, summary.leftCount > 0, summary.journalFailure == nil {
      console.say(Messages.stopped(summary))
    } else if summary.journalFailure == nil, summary.counts.notOK > 0 {
      console.say(Messages.notOK(summary.counts.occurred, of: summary.callCount))
    }
    watcher?.sayEnd(console)
    let failures =
      [summary.journalFailure, summary.failure].compactMap { $0 } + (watcher?.failures ?? [])
    for failure in failures { console.say(Messages.error(failure)) }
    if !failures.isEmpty { return .notWritten }
    if let code = stopped(stopper, summary, stop) { return code }
    if exit == .done, summary.leftCount == 0, summary.counts.total == summary.callCount {
      return .ok
    }
    return summary.counts[.ok] == summary.callCount ? .ok : .notOK
  }

  /// The exit code of a run that was stopped; nil: it was not.
  private static func stopped(
    _ stopper: Stopper, _ summary: Run.Summary, _ stop: StopOptions?
  ) -> ExitCode? {
    // With a journal a stop that came too late has stopped nothing.
    guard summary.hasJournal ? summary.wasStopped && summary.leftCount > 0 : stopper.hasStopped
    else { return nil }
    if let code = stop?.stoppedExit, stopper.signal != SignalWatch.interrupt {
      return ExitCode(rawValue: code)
    }
    if let signal = stopper.signal, !summary.hasJournal || signal == SignalWatch.interrupt {
      return .signal(signal)
    }
    return .stopped
  }
}

extension Messages {
  fileprivate static func stopped(_ summary: Run.Summary) -> String {
    let failed = Wording.notOK(summary.counts.occurred).map { ", \($0)" } ?? ""
    return
      "host: \(Wording.done(summary.callCount - summary.leftCount, of: summary.callCount)) calls "
      + "are recorded\(failed); the same command goes on with the others"
  }

  fileprivate static func alsoCalled(_ count: Int) -> String {
    "host: \(count == 1 ? "1 more call is" : "\(count) more calls are") made, which those selected "
      + "wait for"
  }

  static func notOK(_ counts: [(status: Status, count: Int)], of total: Int) -> String {
    let failed = counts.filter { $0.status != .ok }
    let parts = failed.map { "\($0.count) \($0.status.rawValue)" }.joined(separator: ", ")
    return "host: \(failed.reduce(0) { $0 + $1.count }) of \(total) calls not ok: \(parts)"
  }
}
