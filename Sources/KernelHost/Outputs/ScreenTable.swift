import KernelBridge
import KernelHostModel

/// The first results of a sweep as a table for a person at a terminal.
struct ScreenTable {
  private let plan: Plan
  private let columns: Int
  private var names = ["call"]
  private var rows: [[String: String]] = []
  private(set) var count = 0

  /// The width of the terminal that results go to; nil: they go elsewhere. `path`: of their file.
  static func columns(_ path: String?, _ descriptor: Int32?) -> Int? {
    guard path == nil, let descriptor, isTerminal(descriptor) else { return nil }
    return Terminal.size(descriptor)?.columns ?? 80
  }

  static let mostRows = 20
  private static let widest = 24

  init(_ plan: Plan, columns: Int) {
    self.plan = plan
    self.columns = columns
  }

  /// Keeps a result if it is one of the first. O(1) for all others.
  mutating func add(_ record: CallRecord) {
    count += 1
    if rows.count >= Self.mostRows { return }
    var row = ["call": "\(record.call)"]
    var fields = plan.shownFields(ofCall: record.call)
    if let error = record.token.error {
      fields.append(.init(name: "error", value: .text(error.description)))
    } else if case .record(let results)? = record.token.result {
      fields += results
    } else {
      let name = plan.signature(ofCall: record.call).results.first?.name ?? "result"
      fields.append(.init(name: name, value: record.token.result ?? .null))
    }
    for field in fields {
      // A result may have the name of a parameter.
      let name = row[field.name] == nil ? field.name : "result.\(field.name)"
      if !names.contains(where: { $0 == name }) { names.append(name) }
      row[name] = Self.cell(field.value)
    }
    rows.append(row)
  }

  /// The table, and how many results it does not show.
  var lines: [String] {
    // The error is the longest.
    let names = names.filter { $0 != "error" } + (names.contains("error") ? ["error"] : [])
    let widths = names.map { name in
      rows.reduce(Self.width(name)) {
        max($0, Self.width($1[name] ?? ""))
      }
    }
    let line = { (cells: [String]) in
      let parts = cells.indices.map { index in
        // Numbers end below each other, sentences begin so.
        names[index] == "error"
          ? cells[index]
          : String(repeating: " ", count: max(widths[index] - Self.width(cells[index]), 0))
            + cells[index]
      }
      return Wording.cut(parts.joined(separator: "  "), columns: columns).text
    }
    var lines = [line(names.map { Wording.plain($0) })]
    for row in rows { lines.append(line(names.map { row[$0] ?? "" })) }
    lines.append(Wording.results(count, shown: rows.count))
    return lines
  }

  private static func width(_ text: String) -> Int { Wording.cut(text, columns: .max).columns }

  private static func cell(_ value: Value) -> String {
    if case .number(let number) = value { return rounded(number).description }
    let text =
      if case .text(let text) = value { Wording.oneLine(text) } else { Plan.short(value) }
    return Wording.cut(text, columns: widest * 2).text
  }

  /// Six digits are enough to look at.
  private static func rounded(_ number: Double) -> Double {
    guard number.isFinite, number != 0 else { return number }
    let digits = RealPower.log10(number.magnitude).rounded(.down)
    guard digits.magnitude < 290 else { return number }
    // A power with a positive exponent is exact for most.
    let scale = RealPower.of(10, (5 - digits).magnitude)
    return digits <= 5 ? (number * scale).rounded() / scale : (number / scale).rounded() * scale
  }
}
