/// Whether a value may be a parameter's: the one place that knows.
public enum ArgumentCheck {
  /// Why `value` cannot be the argument for `field`, as a sentence; nil if it can.
  /// O(1), and O(elements) for arrays with a range.
  public static func problem(with value: Value, for field: FieldSignature) -> String? {
    reason(value, field).map { Wording.argument($0, parameter: field.name, kernel: nil) }
  }

  static func reason(_ value: Value, _ field: FieldSignature) -> ArgumentProblem? {
    switch (value, field.type) {
    case (.bool, .bool), (.bytes, .bytes), (.text, .bytes): nil
    case (.integer(let value), .i64): integer(value, String(value), field)
    case (.unsigned(let value), .i64): .tooWide(String(value), field.width)
    case (.unsigned(let value), .f64): number(Double(value), String(value), field)
    case (.integer(let value), .f64): number(Double(value), String(value), field)
    case (.number(let value), .f64): number(value, value.description, field)
    case (.text(let text), .f64):
      nonFinite(text).map { number($0, text, field) } ?? mismatch(.text(text), field)
    case (.text(let text), .text): choice(text, field)
    case (.integers(let values), .i64Array):
      element(values, field) { integer($0, String($0), field) }
    case (.integers(let values), .f64Array):
      element(values, field) { number(Double($0), String($0), field) }
    case (.numbers(let values), .f64Array):
      element(values, field) { number($0, $0.description, field) }
    default: mismatch(Found(value), field)
    }
  }

  static func mismatch(_ found: Found, _ field: FieldSignature) -> ArgumentProblem {
    .wrongType(expected: field.type, found: found)
  }

  /// `written`: the number as its writer wrote it.
  static func integer(
    _ value: Int64, _ written: String, _ field: FieldSignature
  ) -> ArgumentProblem? {
    if !field.width.contains(value) { return .tooWide(written, field.width) }
    guard let range = field.range, !ArgumentRule(field).allows(integer: value) else { return nil }
    return .outOfRange(written, range, unit: field.unit)
  }

  static func number(
    _ value: Double, _ written: String, _ field: FieldSignature
  ) -> ArgumentProblem? {
    guard let range = field.range, !range.contains(value) else { return nil }
    return .outOfRange(written, range, unit: field.unit)
  }

  static func choice(_ text: String, _ field: FieldSignature) -> ArgumentProblem? {
    if field.choices.isEmpty || field.choices.contains(text) { return nil }
    return .notAmong(
      text, choices: field.choices, near: NearName.nearest(to: text, among: field.choices))
  }

  /// The numbers that JSON cannot write.
  static func nonFinite(_ text: String) -> Double? {
    switch text {
    case "NaN": .nan
    case "Infinity": .infinity
    case "-Infinity": -.infinity
    default: nil
    }
  }

  private static func element<Element>(
    _ values: [Element], _ field: FieldSignature, _ problem: (Element) -> ArgumentProblem?
  ) -> ArgumentProblem? {
    let limited = field.range != nil || field.width != Int64.min...Int64.max
    if !limited { return nil }
    for (index, value) in values.enumerated() {
      if let problem = problem(value) { return .element(index, problem) }
    }
    return nil
  }
}

/// What a parameter takes, without anything that must be counted to be copied:
/// a million arguments are held against it.
struct ArgumentRule {
  let type: ValueType
  /// The whole numbers allowed; none if `lowest` is above `highest`.
  private let lowest: Int64
  private let highest: Int64
  private let low: Double
  private let high: Double
  private let isRanged: Bool
  let hasChoices: Bool

  init(_ field: FieldSignature) {
    type = field.type
    hasChoices = !field.choices.isEmpty
    isRanged = field.range != nil
    low = field.range?.lowerBound ?? -.infinity
    high = field.range?.upperBound ?? .infinity
    (lowest, highest) = field.exactLimits
  }

  /// Of an i64.
  @inline(__always)
  func allows(integer value: Int64) -> Bool { value >= lowest && value <= highest }

  /// Of an f64. NaN is in no range.
  @inline(__always)
  func allows(number value: Double) -> Bool { !isRanged || (value >= low && value <= high) }

  /// Whether the value of an argument is allowed; a text that must be one of
  /// several is left to the caller. O(1), and O(elements) for arrays.
  @inline(__always)
  func allows(_ cell: Manifest.Cell, in pools: ValuePools) -> Bool {
    switch (type, cell) {
    case (.i64, .integer(let value)): allows(integer: value)
    case (.f64, .number(let value)), (.f64, .bigInteger(let value)): allows(number: value)
    case (.f64, .integer(let value)): allows(number: Double(value))
    case (.f64, .text(let range)):
      range.count <= 9
        && (ArgumentCheck.nonFinite(pools.string(range)).map { allows(number: $0) } ?? false)
    case (.bool, .bool), (.bytes, .bytes), (.bytes, .text): true
    case (.text, .text): !hasChoices
    case (.i64Array, .integers(let range)):
      pools.integers[range.indices].allSatisfy { allows(integer: $0) }
    case (.f64Array, .integers(let range)):
      pools.integers[range.indices].allSatisfy { allows(number: Double($0)) }
    case (.f64Array, .numbers(let range)):
      pools.numbers[range.indices].allSatisfy { allows(number: $0) }
    default: false
    }
  }
}

extension Found {
  /// What a value of the Swift API is.
  init(_ value: Value) {
    switch value {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(String(value))
    case .unsigned(let value): self = .integer(String(value))
    case .number(let value): self = .number(value.description)
    case .text(let value): self = .text(value)
    case .bytes: self = .bytes
    case .integers, .numbers: self = .array
    case .record: self = .object
    }
  }
}
