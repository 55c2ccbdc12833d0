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
        KernelOptions(inProcessWith: past.origin?.plugins ?? []))
    } catch {
      guard case .said(let lines) = error else { return .usage }
      for line in lines { console.say(line) }
      return .usage
    }
    let plan = loaded.plan
    guard call < plan.callCount, plan.signature(ofCall: call).name == past.record.kernel else {
      throw .init(message: Messages.otherManifest(path, call, past.record.kernel))
    }
    if let origin = past.origin,
      origin.fingerprint != RunOrigin.fingerprint(of: plan.manifest)
    {
      console.say(Messages.changedManifest(path))
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
    console.say(Messages.replaying(past.record, plan))
    return end(Run(plan, loaded.kernels, options), past.record, stopper, console)
  }

  private static func end(
    _ run: Run, _ record: RunRecord, _ stopper: Stopper, _ console: Console
  ) -> ExitCode {
    let code = RunCommand.execute(run, stopper, nil, console)
    let isOK = code == .ok
    if code == .ok || code == .notOK, isOK != (record.status == .ok) {
      console.say(Messages.endedOtherwise(record))
    }
    return code
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
