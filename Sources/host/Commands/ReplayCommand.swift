import KernelBridge
import KernelHost
import KernelHostModel

/// `host replay RESULTS.jsonl --call K`: one call of a run again, inside this process.
enum ReplayCommand: Subcommand {
  static let form = "replay RESULTS ..."
  static let summary = "run one call of a run again, for a debugger"
  static let help = """
    host replay - run one call of a run again, for a debugger

    usage: host replay RESULTS.jsonl --call K [--debug] [--manifest FILE]

    RESULTS.jsonl was written by a run with --format jsonl, or is the folder of a
    journal. Its first record names
    the manifest and the plugins. Call K is repeated with the arguments of its
    record, and with the recorded results of other calls if it takes some. Changes
    since then are shown first: the manifest, an argument, a source, header or
    library, compiler, flags, host, machine. The result is compared with the
    recorded one: numbers exactly, and NaN is equal to NaN. If the record has only
    the hash of a long argument, the argument comes from the manifest and its hash
    is checked.

    The call runs inside this process, without a sandbox or limits, so that a
    debugger or a sanitizer sees its crash. The plugins of the records and of their
    manifest are compiled and loaded: replay only what you trust. Output and token
    are written as by run. To repeat a call in a worker: host run --calls K.

      --call K         the call's number in the results
      --debug          run under gdb, or under lldb if there is no gdb, and stop
                       where the call crashes; without a terminal, print a backtrace
      --manifest FILE  the manifest, if the results do not name it (it came from
                       standard input), or if it was moved

    exit code 0: it succeeded, as recorded; 1: it failed, as recorded; 2: the
    command line or the records are wrong, and nothing ran; 4: it did not end as
    recorded

    example: host replay results.jsonl --call 17 --debug

    """

  static let options = [
    Option("call", value: "K"), Option("debug"),
    Option("manifest", value: "FILE", completion: .manifest),
  ]
  static let operands = [Completion.records]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    guard parsed.operands.count == 1, let results = parsed.operands.first else {
      throw .usage(Messages.oneRun(found: parsed.operands.count))
    }
    // A replay reads the file twice.
    if results == "-" { throw .usage(Messages.noPipeToReplay) }
    guard let call = try parsed.number("call", 0...Int.max >> 1) else {
      throw .usage(Messages.noCallToReplay)
    }
    let manifest = parsed.values["manifest"]
    if parsed.flags.contains("debug") { try debug(results, call, manifest: manifest) }
    return try replay(results, call, manifest: manifest, console)
  }

  private static func replay(
    _ results: String, _ call: Int, manifest: String?, _ console: Console
  ) throws(CommandError) -> ExitCode {
    let stopper = Stopper(console)
    let past = try PastRun(results, call: call)
    guard let path = manifest ?? past.origin?.manifest else {
      throw .usage(Messages.noManifestToReplay(past.origin != nil))
    }
    let loaded = try ManifestLoader.load(
      path, input: manifest == nil ? past.origin?.input : nil,
      KernelOptions(inProcessWith: past.origin?.commandPlugins ?? []), past: past.origin)
    let plan = loaded.plan
    guard call < plan.callCount, plan.signature(ofCall: call).name == past.record.kernel else {
      throw .usage(Messages.otherManifest(path, call, past.record.kernel))
    }
    var options = Run.Options()
    options.selection = Selection([call..<call + 1])
    options.outputDescriptor = console.results
    options.known = try past.results(for: call, plan)
    let now = Run.arguments(ofCall: call, plan, known: options.known)
    let arguments = PastArguments(
      past.record.args, plan.signature(ofCall: call).parameters, now: now)
    options.arguments[call] = arguments.given
    options.origin = loaded.origin(at: path)
    let run = Run(plan, loaded.kernels, options)
    sayChanges(since: past, path, run, arguments, console)
    console.say(Messages.replaying(past.record, plan, now, arguments.given))
    return try end(run, past.record, plan, stopper, console)
  }

  /// Shows what has changed since the results were written.
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
  ) throws(CommandError) -> ExitCode {
    let made = LastRecord()
    let code = try RunCommand.execute(run, stopper, nil, console, observers: [made])
    guard code == .ok || code == .notOK, let token = made.token else { return code }
    let results = plan.signature(ofCall: record.call).results
    let differences = record.differences(from: token, results)
    for difference in differences { console.say(Messages.note(Wording.other(difference))) }
    if differences.isEmpty { console.say(Messages.note(Wording.asRecorded)) }
    return differences.isEmpty ? code : .differs
  }

  /// Replaces this process by a debugger that runs the same command and stops where the call dies.
  /// Throws if no debugger can be started.
  private static func debug(
    _ results: String, _ call: Int, manifest: String?
  ) throws(CommandError) -> Never {
    var command = [Program.own ?? HostProcess.name, "replay", results, "--call", "\(call)"]
    if let manifest { command += ["--manifest", manifest] }
    let isAttended = isTerminal(0)
    var start: [String]
    if Folders.program("gdb") != nil {
      // Its complaints about the debug information of other libraries do not help here.
      start = ["gdb", "-q", "-iex", "set complaints 0"]
      start += isAttended ? ["-ex", "run"] : ["-batch", "-ex", "run", "-ex", "backtrace"]
      start.append("--args")
    } else if Folders.program("lldb") != nil {
      start = isAttended ? ["lldb", "-o", "run"] : ["lldb", "-b", "-o", "run", "-k", "bt"]
      start.append("--")
    } else {
      throw .usage(Messages.noDebugger)
    }
    throw .usage(Messages.system(Program.become(start + command)))
  }
}

/// Keeps the token of a run of one call.
private final class LastRecord: RunObserver {
  let wishes = RunWishes(records: true)
  private(set) var token: Token<Value>?

  func recorded(_ record: CallRecord) { token = record.token }
}

extension Messages {
  fileprivate static func oneRun(found: Int) -> String {
    found == 0
      ? "no records given: host replay RESULTS.jsonl --call K"
      : "\(found) files of records given, expected one: that of the run that made the call"
  }

  fileprivate static let noPipeToReplay =
    "the records of a replay cannot come from standard input, because they are read more than once; "
    + "name their file"

  static let noCallToReplay = "no call given: add --call K, its number in the results"

  static func noRecord(_ path: String, _ call: Int, count: Int) -> String {
    "\(quoted(path)) has no record of call \(call), among \(count); give the results of the run "
      + "that made it"
  }

  /// `isKnown`: whether the results say where the manifest came from.
  static func noManifestToReplay(_ isKnown: Bool) -> String {
    (isKnown
      ? "the manifest came from standard input" : "the results do not name their manifest")
      + "; name its file: --manifest FILE"
  }

  static func otherManifest(_ path: String, _ call: Int, _ kernel: String) -> String {
    "call \(call) of \(quoted(path)) does not call \(quoted(kernel)), as it did when the results "
      + "were written; name the manifest of that time: --manifest FILE"
  }

  /// `hasArguments`: whether the record has the arguments of the call.
  static func changedManifest(_ path: String, hasArguments: Bool) -> String {
    warning(
      "\(Wording.path(path)) has changed since the results were written"
        + (hasArguments ? "" : "; the arguments may be others"))
  }

  static func neverBegan(_ call: Int, behind record: RunRecord) -> String {
    "call \(call) never began, because it waited for call \(record.call), which ended with "
      + "\(record.status.rawValue); replay that one: --call \(record.call)"
  }

  static func resultsMissing(_ path: String, _ count: Int) -> String {
    "\(quoted(path)) does not have the \(count == 1 ? "one result" : "\(count) results") that the "
      + "call takes; give the results of the whole run"
  }

  static func otherResult(_ path: String, _ record: RunRecord, _ kernel: KernelSignature) -> String
  {
    "the record of call \(record.call) in \(quoted(path)) has a result that kernel "
      + "\(quoted(kernel.name)) does not return; give the results of the kernel as it is now"
  }

  /// `now`: the arguments from the manifest. `given`: arguments that replace them.
  static func replaying(
    _ record: RunRecord, _ plan: Plan, _ now: [Value?], _ given: [TakenArgument]
  ) -> String {
    let parameters = plan.signature(ofCall: record.call).parameters
    let fields = parameters.indices.compactMap { index -> Value.Field? in
      let value = given.first { $0.parameter == index }?.value ?? now[index]
      return value.map { .init(name: parameters[index].name, value: $0.recorded) }
    }
    var arguments: [UInt8] = []
    JSONWriter.value(.record(fields), to: &arguments)
    let text = Wording.plainLine(
      Array(arguments.prefix(400)) + (arguments.count > 400 ? Array("...".utf8) : []))
    return "host: call \(record.call), \(quoted(record.kernel)) with \(text), inside this process; "
      + "before it ended with \(ending(record))"
  }

  private static func ending(_ record: RunRecord) -> String {
    record.status.rawValue
      + (record.error.map { ", " + Wording.plainLine(Array($0.description.utf8)) } ?? "")
  }

  static let noDebugger = "neither gdb nor lldb is on the PATH; install one of them"
}
