import TaskModel

/// What is said of a call that is made again.
extension Messages {
  static let noCallToReplay = "no call given: add --call K, its number in the results"

  static func noRecord(_ path: String, _ call: Int, count: Int) -> String {
    "\(quoted(path)) has no record of call \(call), among \(count); give the results of the run "
      + "that made it"
  }

  /// `isKnown`: the results say where the manifest came from.
  static func noManifestToReplay(_ isKnown: Bool) -> String {
    (isKnown
      ? "the manifest came from standard input" : "the results do not name their manifest")
      + "; name its file: --manifest FILE"
  }

  static func otherManifest(_ path: String, _ call: Int, _ kernel: String) -> String {
    "call \(call) of \(quoted(path)) does not call \(quoted(kernel)), as it did when the results "
      + "were written; name the manifest of that time: --manifest FILE"
  }

  static func changedManifest(_ path: String) -> String {
    "host: warning: \(quoted(path)) has changed since the results were written; the arguments may "
      + "be others"
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

  static func replaying(_ record: RunRecord, _ plan: Plan) -> String {
    var arguments: [UInt8] = []
    plan.writeArguments(ofCall: record.call, to: &arguments)
    let text = Wording.plainLine(
      Array(arguments.prefix(400)) + (arguments.count > 400 ? Array("...".utf8) : []))
    return "host: call \(record.call), \(quoted(record.kernel)) with \(text), inside this process; "
      + "before it ended with \(ending(record))"
  }

  static func endedOtherwise(_ record: RunRecord) -> String {
    "host: it ended otherwise before: \(ending(record))"
  }

  private static func ending(_ record: RunRecord) -> String {
    record.status.rawValue
      + (record.error.map { ", " + Wording.plainLine(Array($0.description.utf8)) } ?? "")
  }

  static let noDebugger = "neither gdb nor lldb is on the PATH; install one of them"
}
