import KernelBridge
import KernelHost
import TaskModel

/// `host replay RESULTS.jsonl --call K`: one call of a run again, inside this process.
enum ReplayCommand: Subcommand {
  static let options = [
    Option("call", value: "K"), Option("debug"),
    Option("manifest", value: "FILE", completion: .manifest),
  ]
  static let operands = [Completion.file(["jsonl"])]

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      guard parsed.operands.count == 1, let results = parsed.operands.first else {
        throw .init(message: Messages.oneRun(found: parsed.operands.count))
      }
      // They are read twice.
      if results == "-" { throw .init(message: Messages.noPipeToReplay) }
      guard let call = try parsed.number("call", 0...Int.max >> 1) else {
        throw .init(message: Messages.noCallToReplay)
      }
      if parsed.flags.contains("debug") { return debug(results, call, parsed, console) }
      return try replay(results, call, manifest: parsed.values["manifest"], console)
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }

  private static func replay(
    _ results: String, _ call: Int, manifest: String?, _ console: Console
  ) throws(OptionParser.UsageError) -> ExitCode {
    let stopper = Stopper(console)
    let past: PastRun
    let loaded: ManifestLoader.Loaded
    do throws(PastRun.Failure) {
      past = try PastRun(results, call: call)
    } catch {
      console.say(error.message)
      return .usage
    }
    guard let path = manifest ?? past.origin?.manifest else {
      throw .init(message: Messages.noManifestToReplay(past.origin != nil))
    }
    do throws(ManifestLoader.Failure) {
      loaded = try ManifestLoader.load(
        path, input: manifest == nil ? past.origin?.input : nil,
        KernelOptions(inProcessWith: past.origin?.commandPlugins ?? []))
    } catch {
      guard case .said(let lines) = error else { return .usage }
      for line in lines { console.say(line) }
      return .usage
    }
    let plan = loaded.plan
    guard call < plan.callCount, plan.signature(ofCall: call).name == past.record.kernel else {
      throw .init(message: Messages.otherManifest(path, call, past.record.kernel))
    }
    var options = Run.Options()
    options.selection = Selection([call..<call + 1])
    options.outputDescriptor = console.results
    do throws(PastRun.Failure) {
      options.known = try past.results(for: call, plan)
    } catch {
      console.say(error.message)
      return .usage
    }
    let now = Run.arguments(ofCall: call, plan, known: options.known)
    let arguments = PastArguments(
      past.record.args, plan.signature(ofCall: call).parameters, now: now)
    options.arguments[call] = arguments.given
    options.origin = loaded.origin(at: path)
    let run = Run(plan, loaded.kernels, options)
    sayChanges(since: past, path, run, arguments, console)
    console.say(Messages.replaying(past.record, plan, now, arguments.given))
    return end(run, past.record, plan, stopper, console)
  }

  /// What is not as it was when the results were written.
  private static func sayChanges(
    since past: PastRun, _ path: String, _ run: Run, _ arguments: PastArguments,
    _ console: Console
  ) {
    if let then = past.origin {
      let now = run.origin()
      if then.fingerprint != now.fingerprint {
        console.say(Messages.changedManifest(path, hasArguments: !past.record.args.isEmpty))
      }
      for difference in now.differences(from: then) {
        console.say(Messages.warning(Wording.changed(difference)))
      }
    }
    for difference in arguments.differences {
      console.say(Messages.warning(Wording.changed(difference)))
    }
  }

  private static func end(
    _ run: Run, _ record: RunRecord, _ plan: Plan, _ stopper: Stopper, _ console: Console
  ) -> ExitCode {
    let made = LastRecord()
    let code = RunCommand.execute(run, stopper, nil, console, observers: [made])
    guard code == .ok || code == .notOK, let token = made.token else { return code }
    let results = plan.signature(ofCall: record.call).results
    let differences = record.differences(from: token, results)
    for difference in differences { console.say(Messages.note(Wording.other(difference))) }
    if differences.isEmpty { console.say(Messages.note(Wording.asRecorded)) }
    return differences.isEmpty ? code : .differs
  }

  /// The same command again, under a debugger that stops where it dies.
  private static func debug(
    _ results: String, _ call: Int, _ parsed: OptionParser, _ console: Console
  ) -> ExitCode {
    var command = [Program.own ?? HostProcess.name, "replay", results, "--call", "\(call)"]
    if let manifest = parsed.values["manifest"] { command += ["--manifest", manifest] }
    let isAttended = isTerminal(0)
    if Folders.program("gdb") != nil {
      let batch = isAttended ? [] : ["-batch"]
      let trace = isAttended ? [] : ["-ex", "backtrace"]
      // What it thinks of other libraries' debug information is of no use here.
      let start =
        ["gdb", "-q", "-iex", "set complaints 0"] + batch + ["-ex", "run"] + trace + ["--args"]
      console.say(Messages.system(Program.become(start + command)))
    } else if Folders.program("lldb") != nil {
      let start = isAttended ? ["lldb", "-o", "run"] : ["lldb", "-b", "-o", "run", "-k", "bt"]
      console.say(Messages.system(Program.become(start + ["--"] + command)))
    } else {
      console.say(Messages.error(Messages.noDebugger))
    }
    return .usage
  }
}

/// Keeps the token of a run of one call.
private final class LastRecord: RunObserver {
  let wishes = RunWishes(records: true)
  private(set) var token: Token<Value>?

  func recorded(_ record: CallRecord) { token = record.token }
}
