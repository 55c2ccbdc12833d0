import TaskModel

/// A parameter or a result: its value in each kept row, and figures that include all rows.
struct ReportColumn {
  enum Kind: String { case point, args, result, more }

  let kind: Kind
  let name: String
  /// The numbers by row, up to the last row with a number. A missing number is NaN.
  private(set) var numbers: [Double] = []
  /// The texts by row, as numbers of the text table, 0 for a missing text. A number that an f64
  /// cannot hold exactly also has a text.
  private(set) var texts: [UInt32] = []
  /// Figures of the finite numbers of all rows, kept or not.
  private(set) var count = 0
  private(set) var least = Double.infinity
  private(set) var most = -Double.infinity
  private(set) var mean = 0.0

  init(kind: Kind, name: String) {
    self.kind = kind
    self.name = name
  }

  /// Returns the number and the text that represent a value.
  static func cell(_ value: Value) -> (number: Double, text: String?) {
    switch value {
    case .null: (.nan, nil)
    case .bool(let value): (.nan, value ? "true" : "false")
    case .integer(let value):
      (Double(value), value.magnitude <= 1 << 53 ? nil : String(value))
    case .unsigned(let value): (Double(value), String(value))
    case .number(let value):
      value.isFinite
        ? (value, nil) : (.nan, value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    case .text(let text): (.nan, text)
    case .bytes, .integers, .numbers, .record: (.nan, json(value))
    }
  }

  private static func json(_ value: Value) -> String {
    var buffer: [UInt8] = []
    JSONWriter.value(value, to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  mutating func countNumber(_ number: Double) {
    guard number.isFinite else { return }
    count += 1
    least = min(least, number)
    most = max(most, number)
    // Two divisions, so that the largest numbers do not overflow.
    mean += number / Double(count) - mean / Double(count)
  }

  mutating func set(_ number: Double, _ text: UInt32, row: Int) {
    if !number.isNaN {
      while numbers.count < row { numbers.append(.nan) }
      numbers.append(number)
    }
    if text != 0 {
      while texts.count < row { texts.append(0) }
      texts.append(text)
    }
  }

  /// Keeps the rows that are true in `kept`, in their order.
  mutating func keep(_ kept: [Bool], _ renumber: (UInt32) -> UInt32) {
    numbers = numbers.enumerated().filter { kept[$0.offset] }.map { $0.element }
    texts = texts.enumerated().filter { kept[$0.offset] }.map {
      $0.element == 0 ? 0 : renumber($0.element)
    }
  }

  /// Extends columns that are not empty to the number of rows.
  mutating func pad(rows: Int) {
    if !numbers.isEmpty { numbers += repeatElement(.nan, count: rows - numbers.count) }
    if !texts.isEmpty { texts += repeatElement(0, count: rows - texts.count) }
  }
}
