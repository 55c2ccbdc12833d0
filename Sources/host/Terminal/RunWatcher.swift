import KernelBridge
import KernelHost
import KernelHostModel

/// The observers of a run that the command line asks for, and their messages at its end.
final class RunWatcher {
  private(set) var observers: [any RunObserver] = []
  /// The status lines on the terminal; nil if there are no status lines.
  private(set) var screen: StatusArea?
  private let options: WatchOptions
  private let plan: Plan
  private let results: Run.Options
  private var summary: RunSummary?
  private var files: [() -> String?] = []

  /// Opens the files. Opening a pipe waits for its reader.
  init(
    _ options: WatchOptions, _ plan: Plan, _ results: Run.Options, _ console: Console
  ) throws(CommandError) {
    self.options = options
    self.plan = plan
    self.results = results
    watchProgress()
    do throws(SystemError) {
      try open(console)
    } catch {
      throw .notWritten(Messages.nothingRan(Messages.system(error)))
    }
  }

  private func open(_ console: Console) throws(SystemError) {
    if let path = options.trace {
      let trace = TraceFile(plan, try OutputFile(path: path, action: "write the trace to"))
      observers.append(trace)
      files.append { trace.failure }
    }
    if let path = options.junit {
      let output = try OutputFile(path: path, action: "write the JUnit report to")
      let junit = JUnitFile(plan, output, name: options.manifest)
      observers.append(junit)
      files.append { junit.failure }
    }
    if let path = options.report {
      let output = try OutputFile(path: path, action: "write the report to")
      let isKept = results.format.traits.readBackEnding != nil
      let report = ReportFile(
        plan, output, title: Messages.title(options.manifest),
        records: isKept ? results.outputPath : nil)
      observers.append(report)
      files.append { report.failure }
    }
    if let path = options.events { try watchEvents(path, console) }
  }

  private func watchProgress() {
    let isAtTerminal = isTerminal(2)
    let canDraw = isAtTerminal && TerminalStyle.canDraw
    switch options.progress {
    case .auto, .bar:
      if canDraw { showBar() } else { showLines() }
    case .lines: showLines()
    case .none: break
    }
    if options.progress != .none, isAtTerminal || options.progress != .bar {
      // In a log, a short run shows its failures only at its end.
      observers.append(
        FirstFailures(
          plan, descriptor: 2, screen: screen, begin: isAtTerminal ? 0 : 10,
          style: TerminalStyle.painted))
    }
    if options.summary || isAtTerminal && options.progress != .none {
      let summary = RunSummary(plan)
      self.summary = summary
      observers.append(summary)
    }
  }

  private func showBar() {
    let area = StatusArea(descriptor: 2)
    screen = area
    observers.append(ProgressBar(plan, area, hasColours: TerminalStyle.hasColours))
  }

  private func showLines() { observers.append(ProgressLines(plan, descriptor: 2)) }

  private func watchEvents(_ path: String, _ console: Console) throws(SystemError) {
    let action = "write the events to"
    let output: OutputFile
    if path == "-" {
      guard let descriptor = console.results else {
        throw SystemError(action, path: "standard output", code: SystemError.badDescriptor)
      }
      output = OutputFile(
        descriptor: descriptor, name: "standard output", action: action,
        screen: Terminal.isSame(descriptor, 2) ? screen : nil)
    } else {
      output = try OutputFile(inPlace: path, action: action)
    }
    let warnings = OutputFile(descriptor: 2, name: "standard error", screen: screen)
    let events = EventStream(plan, output) { reason in
      let line = OwnName.applied(to: Messages.goesOn(reason))
      try? warnings.write(TerminalStyle.painted(line) + "\n")
      try? warnings.flush()
    }
    observers.append(events)
    files.append { events.failure }
  }

  /// Messages about files that could not be written, except the results.
  var failures: [String] { files.compactMap { $0() } }

  /// Shows the summary, if it is wanted and useful.
  func sayEnd(_ console: Console) {
    guard let summary, let counts = summary.counts else { return }
    if !options.summary, counts.total < 2, counts.notOK == 0 { return }
    for line in Messages.summary(summary, plan, again: again) { console.say(line) }
  }

  /// Returns the command that repeats a call.
  private func again(_ call: Int) -> String {
    let program = HostProcess.name.contains("/") ? HostProcess.name : "host"
    var words = [program]
    if results.format.traits.readBackEnding != nil, let path = results.outputPath,
      FileFacts(path)?.isRegular == true, options.again == nil
    {
      words += ["replay", path, "--call", "\(call)"]
      if options.manifest == "-" { words += ["--manifest", "FILE"] }
    } else if let again = options.again {
      words += again + ["--calls", "\(call)"]
    } else {
      words += ["run"] + options.words + ["--calls", "\(call)..\(call)", options.manifest]
    }
    return words.map(Messages.shellWord).joined(separator: " ")
  }
}
