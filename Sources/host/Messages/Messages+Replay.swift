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

  /// `hasArguments`: the record says with which the call was made.
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
}
