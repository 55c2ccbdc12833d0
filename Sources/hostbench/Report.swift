import KernelBridge

/// One measured figure with what it is held against.
struct Row {
  let name: String
  let value: Double
  let unit: String
  /// What the same work costs as a hand-written C loop; nil: no floor.
  let floor: Double?
  /// What CPython takes for it; nil: not measured.
  let python: Double?
  /// What must hold, as text, and whether it does.
  let bars: [(text: String, holds: Bool)]

  var holds: Bool { bars.allSatisfy { $0.holds } }
}

/// The middle value; of ratios taken pair by pair it is the one to quote.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  if sorted.isEmpty { return .nan }
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// The figures as a table or as JSON.
enum Report {
  static let help = """
    hostbench - what a step, a call and a crash cost, against C and CPython in one run

    usage: swift run -c release hostbench [--json] [--quick] [calls] [steps]
                                              [isolation] [seed]

      --json   the figures as JSON
      --quick  fewer repetitions
      calls, steps, isolation, seed: only these parts

    Exit code 0: every bar holds; 1: one does not. CPython rows need python3.

    """

  static func complain(_ text: String) {
    let standardError = OutputFile(descriptor: 2, name: "standard error")
    try? standardError.write(text + "\n")
    try? standardError.flush()
  }

  static func text(_ rows: [Row]) -> String {
    var text = pad("work", 44) + pad("here", 14) + pad("C floor", 14) + pad("CPython", 14)
    text += "bars\n"
    for row in rows {
      text += pad(row.name, 44) + pad("\(short(row.value)) \(row.unit)", 14)
      text += pad(row.floor.map { "\(short($0)) \(row.unit)" } ?? "-", 14)
      text += pad(row.python.map { "\(short($0)) \(row.unit)" } ?? "-", 14)
      text += row.bars.map { "\($0.text): \($0.holds ? "holds" : "DOES NOT HOLD")" }
        .joined(separator: "; ")
      text += "\n"
    }
    return text
  }

  static func json(_ rows: [Row]) -> String {
    func number(_ value: Double?) -> String {
      value.map { $0.isFinite ? "\($0)" : "null" } ?? "null"
    }
    let lines = rows.map { row in
      let bars = row.bars.map { "{\"bar\":\"\($0.text)\",\"holds\":\($0.holds)}" }
      return "  {\"work\":\"\(row.name)\",\"value\":\(number(row.value)),\"unit\":\"\(row.unit)\","
        + "\"floor\":\(number(row.floor)),\"python\":\(number(row.python)),"
        + "\"bars\":[\(bars.joined(separator: ","))]}"
    }
    return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
  }

  /// Three significant digits or so.
  static func short(_ value: Double) -> String {
    if !value.isFinite { return "-" }
    if value >= 100 { return "\(Int(value.rounded()))" }
    return "\((value * 100).rounded() / 100)"
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 1))
  }
}
