import KernelBridge
import KernelHost
import TaskModel

/// `host run MANIFEST`.
enum RunCommand: Subcommand {
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
    ] + RecordOptions.options + SelectionOptions.options + WatchOptions.options
    + KernelOptions.options

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    var options = Run.Options()
    let loaded: ManifestLoader.Loaded
    let watch: WatchOptions
    let selected: (Selection, added: Int)?
    let isDry: Bool
    let kernelOptions: KernelOptions
    let parsedOperand: String
    let stats: Stats?
    // The watch is set up first, so that all threads leave the signals to it.
    let stopper = Stopper(console)
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: Self.options)
      let input = try parsed.choice(
        "input", ManifestFormat.init(rawValue:), ManifestFormat.allCases)
      options.format = try parsed.choice("format", Format.init(rawValue:), Format.allCases) ?? .text
      options.outputPath = parsed.values["output"]
      options.outputDescriptor = console.results
      options.printDescriptor = parsed.flags.contains("quiet") ? nil : 2
      options.liveLimit = try parsed.number("live", 1...(1 << 24))
      options.crashLimit = try parsed.number("crash-limit", 1...1_000_000_000)
      options.mode = try parsed.choice("mode", Mode.init(rawValue:), Mode.allCases)
      options.jobs = try parsed.number("jobs", 1...1024)
      // Who says how many wants them.
      if options.jobs != nil, options.mode == nil { options.mode = .parallel }
      options.order = try parsed.choice("order", Order.init(rawValue:), Order.allCases) ?? .call
      try RecordOptions.read(parsed, &options)
      options.halt = try parsed.halt()
      let grace = try parsed.seconds("grace")
      let kernels = try KernelOptions(parsed)
      let outputs = try OutputNames(parsed)
      watch = try WatchOptions(parsed, options)
      kernelOptions = kernels
      guard parsed.operands.count == 1 else {
        throw .init(message: Messages.oneManifest(parsed.operands))
      }
      do throws(ManifestLoader.Failure) {
        loaded = try ManifestLoader.load(
          parsed.operands[0], input: input, kernels, grace: grace, outputs: outputs,
          mode: options.mode, jobs: options.jobs)
      } catch {
        guard case .said(let lines) = error else { return .usage }
        for line in lines { console.say(line) }
        return .usage
      }
      parsedOperand = parsed.operands[0]
      selected = try SelectionOptions(parsed).selection(loaded.plan)
      stats = parsed.flags.contains("stats") ? loaded.stats : nil
      isDry = parsed.flags.contains("dry-run")
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
    for warning in loaded.warnings { console.say(warning) }
    if kernelOptions.checksMemory, loaded.kernels.setup.isolation == .none {
      console.say(Messages.error(Messages.memoryCheckWithoutProcess))
      return .usage
    }
    if isDry { return console.show(PlanCommand.overview(loaded.plan, selected)) }
    if let added = selected?.added, added > 0 { console.say(Messages.alsoCalled(added)) }
    options.selection = selected?.0
    options.crashLimit = options.crashLimit ?? loaded.plan.manifest.crashLimit
    options.origin = loaded.origin(at: parsedOperand)
    options.measuresWriting = stats != nil
    let watcher: RunWatcher
    do throws(SystemError) {
      watcher = try RunWatcher(watch, loaded.plan, options, console)
    } catch {
      console.say(Messages.error(Messages.system(error) + "; nothing ran"))
      return .notWritten
    }
    options.screen = watcher.screen
    options.hasColours = TerminalStyle.hasColours
    return execute(
      Run(loaded.plan, loaded.kernels, options), stopper, stats, console, watcher: watcher)
  }

  static func execute(
    _ run: Run, _ stopper: Stopper, _ stats: Stats?, _ console: Console,
    watcher: RunWatcher? = nil, observers: [any RunObserver] = []
  ) -> ExitCode {
    stopper.watch(run, watcher?.screen)
    let summary: Run.Summary
    do throws(RunError) {
      summary = try run.run((watcher?.observers ?? []) + observers)
    } catch {
      switch error {
      case .cannotWrite(let reason):
        console.say(Messages.error(reason + "; nothing ran"))
        return .notWritten
      case .cannotStart(let reason):
        console.say(Messages.error(reason + "; nothing ran"))
        return .usage
      }
    }
    if var stats {
      stats.end("run")
      for line in stats.lines(summary) { console.say(line) }
    }
    if summary.counts.notOK > 0 {
      console.say(Messages.notOK(summary.counts.occurred, of: summary.callCount))
    }
    watcher?.sayEnd(console)
    let failures = (summary.failure.map { [$0] } ?? []) + (watcher?.failures ?? [])
    for failure in failures { console.say(Messages.error(failure)) }
    if !failures.isEmpty { return .notWritten }
    if let signal = stopper.signal { return .signal(signal) }
    return summary.counts[.ok] == summary.callCount ? .ok : .notOK
  }
}

/// Turns signals into an end: the first lets each live call finish its step and keeps all
/// tokens; the second ends steps that have not returned, and what is known is written; the third
/// ends the process at once. Ctrl-Z stops the workers, too.
final class Stopper: Sendable {
  private struct State: Sendable {
    var run: Run?
    var signal: Int32?
    var count = 0
    var screen: StatusArea?
  }

  private let state = Locked(State())

  init(_ console: Console) {
    SignalWatch.start(SignalWatch.ending + [SignalWatch.suspend]) { [self] signal in
      if signal == SignalWatch.suspend { return suspend() }
      let state = state.withLock { state -> State in
        // Before anything runs there is nothing to keep.
        if state.run != nil {
          state.signal = state.signal ?? signal
          state.count += 1
        }
        return state
      }
      guard let run = state.run, state.count < 3 else {
        state.screen?.wipe()
        HostProcess.exitNow(128 + (state.signal ?? signal))
      }
      if state.count == 1 {
        Stopper.sayStopping(signal, state.screen)
        run.stop()
      } else {
        run.stop(urgently: true)
        endSoon(run)
      }
    }
  }

  /// The run ends by itself now, but for what cannot be killed: steps inside this process, and
  /// results that nobody takes.
  private func endSoon(_ run: Run) {
    HostThread.start { [self] in
      HostThread.sleep(seconds: 0.25)
      let (signal, screen) = state.withLock { ($0.signal ?? SignalWatch.interrupt, $0.screen) }
      run.abandon {
        screen?.wipe()
        HostProcess.exitNow(128 + signal)
      }
    }
  }

  private func suspend() {
    state.withLock { $0.screen }?.wipe()
    HostProcess.suspend()
  }

  /// The signal that ended the run; nil: none did.
  var signal: Int32? { state.withLock { $0.signal } }

  /// `screen`: what shares the terminal with what is said.
  func watch(_ run: Run, _ screen: StatusArea?) {
    state.withLock { state in
      state.run = run
      state.screen = screen
    }
  }

  private static func sayStopping(_ signal: Int32, _ screen: StatusArea?) {
    let standardError = OutputFile(descriptor: 2, name: "standard error", screen: screen)
    try? standardError.write(Messages.stopping(signal) + "\n")
    try? standardError.flush()
  }
}
