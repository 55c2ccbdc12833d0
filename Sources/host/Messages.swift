import KernelBridge
import TaskModel

/// The sentences of the command line itself. Those about manifests, kernels and
/// calls are in `Wording`.
enum Messages {
  static func error(_ text: String) -> String { "host: error: \(text)" }

  static func warning(_ text: String) -> String { "host: warning: \(text)" }

  static func note(_ text: String) -> String { "host: \(text)" }

  static func system(_ error: SystemError) -> String {
    Wording.system(error.action, error.path, error.reason)
  }

  static func unknownCommand(_ name: String) -> String {
    "there is no command \(quoted(name)); commands are "
      + Command.allCases.map { $0.rawValue }.joined(separator: ", ")
  }

  static func noOperand(_ found: String) -> String {
    "found \(quoted(found)), expected no more words; see --help"
  }

  static func oneShell(_ known: [String], found: Int) -> String {
    (found == 0 ? "no shell given" : "\(found) shells given, expected one")
      + ": host completions \(known.joined(separator: "|"))"
  }

  static func unknownShell(_ name: String, near: String?, _ known: [String]) -> String {
    "there is no completion script for the shell \(quoted(name))"
      + (near.map { "; did you mean \(quoted($0))?" }
        ?? "; expected one of \(known.joined(separator: ", "))")
  }

  static func unknownParameter(_ name: String, of kernel: String, near: String?) -> String {
    "kernel \(quoted(kernel)) has no parameter \(quoted(name))"
      + (near.map { "; did you mean \(quoted($0))?" } ?? "; see host kernels \(quoted(kernel))")
  }

  static func unknownOption(_ name: String, near: String?) -> String {
    "unknown option \(name)" + (near.map { "; did you mean \($0)?" } ?? "; see host --help")
  }

  static func valueMissing(_ option: String, value: String) -> String {
    "option \(option) needs a value: \(option) \(value)"
  }

  static func noValueWanted(_ option: String, found: String) -> String {
    "option \(option) takes no value, found \(quoted(found))"
  }

  static func optionTwice(_ option: String) -> String { "option \(option) is given twice" }

  static func wrongValue(_ option: String, found: String, expected: String) -> String {
    "option \(option): found \(quoted(found)), expected \(expected)"
  }

  static func optionOfFormat(_ option: String, _ formats: [String]) -> String {
    "option \(option) is for --format \(formats.joined(separator: " and ")) alone; "
      + "choose that, or leave \(option) out"
  }

  static let sandboxWithoutProcess =
    "--sandbox needs processes to shut in, and --isolation none has none; leave one of them out"

  static let memoryCheckWithoutProcess =
    "--check-memory closes memory of worker processes, and with isolation none there are none; "
    + "leave one of them out, or compile the plugin with -fsanitize=address"

  static func sandboxMisses(_ part: String) -> String {
    "host: warning: this machine's kernel has no \(part)"
  }

  static func strictMisses(_ part: String) -> String {
    "--sandbox strict: this machine's kernel has no \(part); nothing ran"
  }

  static let verboseLoads =
    "--verbose loads plugins, to say what is in force for them; leave out --verbose or --no-plugins"

  static func notKnownWithoutPlugins(_ option: String) -> String {
    "--\(option) needs all kernels, and some are of plugins; leave out --\(option) or --no-plugins"
  }

  static func oneManifest(found: Int) -> String {
    found == 0
      ? "no manifest given: name a file, or - for standard input"
      : "\(found) manifests given, expected one: run them one by one"
  }

  static func noSuchCall(_ found: String, count: Int) -> String {
    "option --call: found \(quoted(found)), expected a call's number, "
      + (count == 0 ? "but there are no calls" : "0 to \(count - 1)")
  }

  /// Above the report of a run.
  static func title(_ manifest: String) -> String {
    manifest == "-"
      ? "standard input" : manifest.split(separator: "/").last.map(String.init) ?? manifest
  }

  static let noCallToReplay = "no call given: add --call K, its number in the results"

  static func noRecord(_ path: String, _ call: Int, count: Int) -> String {
    "\(quoted(path)) has no record of call \(call), among \(count); give the results of the run "
      + "that made it"
  }

  /// `isKnown`: the results say where the manifest came from.
  static func noManifestToReplay(_ isKnown: Bool) -> String {
    (isKnown
      ? "the manifest came from standard input" : "the results do not say what their manifest was")
      + "; name its file: --manifest FILE"
  }

  static func otherManifest(_ path: String, _ call: Int, _ kernel: String) -> String {
    "call \(call) of \(quoted(path)) does not call \(quoted(kernel)), as it did when the results "
      + "were written; name the manifest that it was then: --manifest FILE"
  }

  /// `hasArguments`: the record says with which the call was made.
  static func changedManifest(_ path: String, hasArguments: Bool) -> String {
    warning(
      "\(Wording.path(path)) has changed since the results were written"
        + (hasArguments ? "" : "; the arguments may be others"))
  }

  static func neverBegan(_ call: Int, behind record: RunRecord) -> String {
    "call \(call) never began, for it waited for call \(record.call), which ended with "
      + "\(record.status.rawValue); replay that one: --call \(record.call)"
  }

  static func resultsMissing(_ path: String, _ count: Int) -> String {
    "\(quoted(path)) does not have the \(count == 1 ? "one result" : "\(count) results") that the "
      + "call takes; give the results of the whole run"
  }

  static func otherResult(_ path: String, _ record: RunRecord, _ kernel: KernelSignature) -> String
  {
    "the record of call \(record.call) in \(quoted(path)) has a result that kernel "
      + "\(quoted(kernel.name)) does not give; was the file changed, or the kernel since?"
  }

  /// `now`: what the call would get; `given`: what it gets in place of that.
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

  static let noCalls = "no call is left of --only and --calls together; nothing ran"

  static func noTask(_ pattern: String, near: String?) -> String {
    "option --only: found \(quoted(pattern)), expected the name of a task, or a pattern that fits one"
      + (near.map { "; did you mean \(quoted($0))?" } ?? "; `host plan` lists the kernels")
  }

  static func wrongCalls(_ found: String, count: Int) -> String {
    "option --calls: found \(quoted(found)), expected calls' numbers like 7, 10..20, 10.. or "
      + "3,5..9, "
      + (count == 0 ? "but there are no calls" : "from 0 to \(count - 1)")
  }

  static func alsoCalled(_ count: Int) -> String {
    "host: \(count == 1 ? "1 more call is" : "\(count) more calls are") made, which those selected "
      + "wait for"
  }

  static func oneName(found: Int) -> String {
    found == 0
      ? "no name given: host new NAME" : "\(found) names given, expected one: a kernel at a time"
  }

  static func notIdentifier(_ name: String) -> String {
    "\(quoted(name)) cannot be the name of a C struct: expected letters, digits and _, a letter or "
      + "_ first, at most 64, and no word of the language"
  }

  static func nameOfBuiltIn(_ name: String) -> String {
    "\(quoted(name)) is the name of a built-in kernel; choose another"
  }

  static func isThere(_ path: String) -> String {
    "\(quoted(path)) is there already, and nothing was written; move it away, or choose another name"
  }

  static func oneSource(found: Int) -> String {
    found == 0
      ? "no source file given: host build FILE.c -o libfile.so"
      : "\(found) source files given, expected one; another's code can be included"
  }

  static func noSource(_ path: String) -> String {
    "\(quoted(path)) is no source file: expected a name that ends in .c, .cpp, .cc or .cxx"
  }

  static func noOutput(_ proposal: String) -> String {
    "no place for the library given: add -o \(proposal)"
  }

  static func oneResults(found: Int) -> String {
    found == 0
      ? "no records given: host report RESULTS.jsonl -o run.html, or - for standard input"
      : "\(found) files of records given, expected one; make a page of each"
  }

  static func oneRun(found: Int) -> String {
    found == 0
      ? "no records given: host replay RESULTS.jsonl --call K"
      : "\(found) files of records given, expected one: that of the run that made the call"
  }

  static let noPipeToReplay =
    "the records of a replay cannot come from standard input, for they are read more than once; "
    + "name their file"

  static let noReport = "no place for the page given: add -o run.html"

  static func reportOverResults(_ path: String) -> String {
    "the page would be written over the records, \(quoted(path)); choose another name for it"
  }

  static func reportNotWritten(_ error: SystemError) -> String {
    Wording.system("write the page to", error.path, error.reason)
  }

  static func notBuilt(_ path: String, _ reason: String) -> String {
    "cannot build \(quoted(path)): \(reason)"
  }

  static func notOK(_ counts: [(status: Status, count: Int)], of total: Int) -> String {
    let failed = counts.filter { $0.status != .ok }
    let parts = failed.map { "\($0.count) \($0.status.rawValue)" }.joined(separator: ", ")
    return "host: \(failed.reduce(0) { $0 + $1.count }) of \(total) calls not ok: \(parts)"
  }

  static func stopping(_ signal: Int32) -> String {
    "host: stopping: live calls end after their step; once more to end at once"
  }

  /// A name in quotes, with nothing in it that a terminal would obey.
  static func quoted(_ text: String) -> String { Wording.quoted(text) }
}
