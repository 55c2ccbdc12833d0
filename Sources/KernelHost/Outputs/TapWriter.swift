import KernelHostModel

/// Tokens in the Test Anything Protocol, version 13: one test point for each call. The points are
/// numbered in the order of the results, so that a selection of calls has no gaps.
struct TapWriter: RecordWriter {
  static let traits = FormatTraits(
    help: """
      Test Anything Protocol, version 13, for prove
      and others
      """)

  private let plan: Plan
  private let callCount: Int
  private var number = 0

  init(_ run: WrittenRun) {
    plan = run.plan
    callCount = run.callCount
  }

  mutating func begin(to buffer: inout [UInt8]) {
    JSONWriter.raw("TAP version 13\n1..\(callCount)", to: &buffer)
    JSONWriter.raw(callCount == 0 ? " # SKIP no calls\n" : "\n", to: &buffer)
  }

  /// Appends a test point, and the details of a failure below it in YAML.
  mutating func record(_ record: CallRecord, to buffer: inout [UInt8]) {
    number += 1
    let token = record.token
    let result = token.status.row.tap
    JSONWriter.raw(result == .notOK ? "not ok " : "ok ", to: &buffer)
    JSONWriter.unsigned(UInt64(number), to: &buffer)
    JSONWriter.raw(" - ", to: &buffer)
    JSONWriter.raw(Self.description(ofCall: record.call, plan), to: &buffer)
    if result == .skip {
      JSONWriter.raw(" # SKIP \(Self.oneLine(token.error?.message ?? ""))", to: &buffer)
    }
    buffer.append(10)
    guard let error = token.error, result == .notOK else { return }
    JSONWriter.raw("  ---\n  message: ", to: &buffer)
    Self.yaml(error.description, to: &buffer)
    JSONWriter.raw("\n  status: \(error.status.rawValue)\n  name: ", to: &buffer)
    Self.yaml(error.name, to: &buffer)
    JSONWriter.raw("\n  call: \(record.call)\n  attempts: \(token.attempts)", to: &buffer)
    JSONWriter.raw("\n  steps: \(token.steps)\n  seconds: ", to: &buffer)
    JSONWriter.seconds(token.seconds, to: &buffer)
    JSONWriter.raw("\n  ...\n", to: &buffer)
  }

  private static func description(ofCall call: Int, _ plan: Plan) -> String {
    var text = plan.taskName(ofCall: call) ?? plan.signature(ofCall: call).name
    if plan.isSwept(call: call) {
      var point: [UInt8] = []
      CallRecordWriter.writePoint(ofCall: call, plan, to: &point)
      text += " " + String(decoding: point, as: UTF8.self)
    }
    return oneLine(text)
  }

  /// Nothing in it ends the line or begins a directive.
  private static func oneLine(_ text: String) -> String {
    var result = ""
    // A backslash stands there twice, as TAP reads it.
    for scalar in Wording.oneLine(text).unicodeScalars {
      if scalar == "#" { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  /// In double quotes: JSON's escapes are YAML's, too. What YAML has no place for in a text
  /// is made a picture or a question mark before.
  private static func yaml(_ text: String, to buffer: inout [UInt8]) {
    JSONWriter.text(Wording.plainLine(Array(text.utf8)), to: &buffer)
  }
}
