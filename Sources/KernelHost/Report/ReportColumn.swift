import KernelHostModel

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
  /// The arrays by row, in order of the rows, without empty ones. What is not finite is NaN.
  private(set) var arrays: [(row: Int, values: [Double])] = []
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

  /// Returns the numbers of an array, or of a text that is a JSON array of numbers; nil for
  /// anything else. O(size).
  static func array(_ value: Value) -> [Double]? {
    switch value {
    case .numbers(let values): values
    case .integers(let values): values.map { Double($0) }
    case .text(let text): array(ofJSON: text)
    default: nil
    }
  }

  private static func array(ofJSON text: String) -> [Double]? {
    guard text.utf8.first == UInt8(ascii: "["), text.utf8.last == UInt8(ascii: "]") else {
      return nil
    }
    var values: [Double] = []
    for part in text.utf8.dropFirst().dropLast().split(separator: UInt8(ascii: ",")) {
      let word = String(decoding: part.filter { $0 > 0x20 && $0 != 0x22 }, as: UTF8.self)
      if let number = Double(word), number.isFinite {
        values.append(number)
      } else if ["null", "NaN", "Infinity", "-Infinity"].contains(word) {
        values.append(.nan)
      } else {
        return nil
      }
    }
    return values
  }

  mutating func set(_ array: [Double], row: Int) {
    if arrays.last?.row != row { arrays.append((row, array)) }
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
    var places: [Int] = []
    var count = 0
    for isKept in kept {
      places.append(count)
      if isKept { count += 1 }
    }
    arrays = arrays.filter { kept[$0.row] }.map { (places[$0.row], $0.values) }
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
