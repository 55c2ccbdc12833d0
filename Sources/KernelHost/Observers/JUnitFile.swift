package import KernelBridge
package import KernelHostModel

/// Writes a run as JUnit XML, which build servers show: one suite, and a test case for each call
/// with the kernel as its class. The row of a status says whether it is a failure or an error.
///
/// The counts stand at the beginning of the file and are known at its end. The beginning of a
/// regular file is replaced then; a pipe has only the number of calls there.
package final class JUnitFile: RunObserver {
  package let wishes = RunWishes(records: true)
  private let plan: Plan
  private let file: ObserverFile
  private let name: String
  private var run: RunPlan?

  /// Why the file is not complete; nil if it is.
  package var failure: String? { file.failure }

  /// Creates an observer. `output` is complete or absent, and `name` is that of the suite.
  package init(_ plan: Plan, _ output: OutputFile, name: String) {
    self.plan = plan
    self.name = name
    file = ObserverFile(output)
  }

  package func saw(_ event: RunEvent, at time: Double) {
    switch event {
    case .planned(let run):
      self.run = run
      file.buffer += beginning(nil)
    case .ended(let end):
      file.raw("  </testsuite>\n</testsuites>\n")
      file.commit(beginning: file.canBeginAgain ? beginning(end) : nil)
    default: break
    }
  }

  /// Returns the first lines of the file. Their length does not depend on the counts.
  private func beginning(_ end: RunEnd?) -> [UInt8] {
    let counts = end?.counts ?? StatusCounts()
    var all = " name=\"\(Self.attribute(name))\" tests=\"\(run?.records ?? 0)\""
    var ofSuite = ""
    if file.canBeginAgain {
      all += padded("failures", String(counts.count { $0.junit == .failure }))
      all += padded("errors", String(counts.count { $0.junit == .error }))
      // The schema of Jenkins has milliseconds here, and anything for a test case.
      let seconds = ((end?.seconds ?? 0) * 1000).rounded() / 1000
      all += padded("time", Self.seconds(seconds))
      ofSuite = padded("skipped", String(counts.count { $0.junit == .skipped }))
    }
    // The schemas want wall-clock time in whole seconds and without a zone.
    let began = wallText(run?.wallTime ?? 0).prefix(19)
    return Array(
      ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites\(all)>\n"
        + "  <testsuite\(all)\(ofSuite) timestamp=\"\(began)\">\n").utf8)
  }

  /// Returns an attribute and padding. Blanks between attributes mean nothing.
  private func padded(_ name: String, _ value: String) -> String {
    " \(name)=\"\(value)\"" + String(repeating: " ", count: max(24 - value.utf8.count, 0))
  }

  package func recorded(_ record: CallRecord) {
    let call = record.call
    var title = "call \(call)"
    if let task = plan.taskName(ofCall: call) { title += " \(task)" }
    if plan.isSwept(call: call) {
      var point: [UInt8] = []
      CallRecordWriter.writePoint(ofCall: call, plan, to: &point)
      title += " " + String(decoding: point, as: UTF8.self)
    }
    let kernel = plan.signature(ofCall: call).name
    file.raw("    <testcase name=\"\(Self.attribute(title))\"")
    file.raw(" classname=\"\(Self.attribute(kernel))\"")
    file.raw(" time=\"\(Self.seconds(record.token.seconds))\"")
    guard record.token.error != nil || record.warning != nil else {
      file.raw("/>\n")
      if file.isFull { file.send() }
      return
    }
    file.raw(">\n")
    if let error = record.token.error { outcome(error) }
    if let warning = record.warning {
      file.raw("      <system-err>\(Self.text(warning))</system-err>\n")
    }
    file.raw("    </testcase>\n")
    if file.isFull { file.send() }
  }

  private func outcome(_ error: CallError) {
    let message = Self.attribute(error.description)
    let element: String
    switch error.status.row.junit {
    case .passed: return
    case .skipped: return file.raw("      <skipped message=\"\(message)\"/>\n")
    case .failure: element = "failure"
    case .error: element = "error"
    }
    file.raw("      <\(element) type=\"\(Self.attribute(error.name))\" message=\"\(message)\">")
    file.raw("\(error.status.rawValue): \(Self.text(error.description))</\(element)>\n")
  }

  private static func seconds(_ seconds: Double) -> String {
    var buffer: [UInt8] = []
    JSONWriter.seconds(max(seconds, 0), to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  // MARK: XML 1.0

  /// Escapes the value of an attribute in double quotes. Line breaks and tabs are kept.
  static func attribute(_ text: String) -> String { escaped(text, isAttribute: true) }
  static func text(_ text: String) -> String { escaped(text, isAttribute: false) }

  private static func escaped(_ text: String, isAttribute: Bool) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;".unicodeScalars
      case "<": result += "&lt;".unicodeScalars
      case ">": result += "&gt;".unicodeScalars
      case "\"" where isAttribute: result += "&quot;".unicodeScalars
      case "\t" where isAttribute, "\n" where isAttribute, "\r":
        result += "&#\(scalar.value);".unicodeScalars
      case "\t", "\n": result.append(scalar)
      default: result.append(isAllowed(scalar) ? scalar : "\u{FFFD}")
      }
    }
    return String(result)
  }

  /// Whether XML 1.0 can represent the character in any notation.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
  }
}
