/// Whether a value may be a parameter's: the one place that knows.
public enum ArgumentCheck {
  /// Why `value` cannot be the argument for `field`, as a sentence; nil if it can.
  /// O(1), and O(elements) for arrays with a range.
  public static func problem(with value: Value, for field: FieldSignature) -> String? {
    reason(value, field).map { Wording.argument($0, parameter: field.name, kernel: nil) }
  }

  static func reason(_ value: Value, _ field: FieldSignature) -> ArgumentProblem? {
    switch (value, field.type) {
    case (.bool, .bool): nil
    case (.bytes(let bytes), .bytes): count(bytes.count, field)
    case (.text(let text), .bytes): count(text.utf8.count, field)
    case (.integer(let value), .i64): integer(value, String(value), field)
    case (.unsigned(let value), .i64): unsigned(value, field)
    case (.unsigned(let value), .f64): number(Double(value), String(value), field)
    case (.integer(let value), .f64): number(Double(value), String(value), field)
    case (.number(let value), .f64): number(value, value.description, field)
    case (.text(let text), .f64):
      NonFiniteName.value(text).map { number($0, text, field) } ?? mismatch(.text(text), field)
    case (.text(let text), .text): choice(text, field)
    case (.integers(let values), .i64Array):
      count(values.count, field) ?? element(values, field) { integer($0, String($0), field) }
    case (.integers(let values), .f64Array):
      count(values.count, field) ?? element(values, field) { number(Double($0), String($0), field) }
    case (.numbers(let values), .f64Array):
      count(values.count, field) ?? element(values, field) { number($0, $0.description, field) }
    default: mismatch(Found(value), field)
    }
  }

  /// Of an array's elements, or of bytes.
  static func count(_ found: Int, _ field: FieldSignature) -> ArgumentProblem? {
    guard let expected = field.count, expected != found else { return nil }
    return .wrongCount(
      found, expected: expected, of: field.type == .bytes ? "byte" : "element")
  }

  static func mismatch(_ found: Found, _ field: FieldSignature) -> ArgumentProblem {
    switch found {
    // A choice has a name in the manifest, also where it is a number in C.
    case .integer(let text) where !field.choices.isEmpty,
      .number(let text) where !field.choices.isEmpty:
      .notAmong(text, choices: field.choices, near: nil)
    default: .wrongType(expected: field.type, found: found)
    }
  }

  /// `written`: the number as its writer wrote it.
  static func integer(
    _ value: Int64, _ written: String, _ field: FieldSignature
  ) -> ArgumentProblem? {
    if !field.width.contains(value) { return tooWide(written, field) }
    if field.range == nil || ArgumentRule(field).allows(integer: value) { return nil }
    return .outOfRange(written, limits: Wording.limits(field), unit: field.unit)
  }

  /// A whole number above `Int64.max`.
  static func unsigned(_ value: UInt64, _ field: FieldSignature) -> ArgumentProblem? {
    if !field.isUnsigned { return tooWide(String(value), field) }
    if field.range == nil || ArgumentRule(field).allows(unsigned: value) { return nil }
    return .outOfRange(String(value), limits: Wording.limits(field), unit: field.unit)
  }

  /// Of a whole number that is written with a point or an exponent. Nil: the form alone is wrong.
  static func outOfRange(
    _ whole: WholeNumber, _ written: String, _ field: FieldSignature
  ) -> ArgumentProblem? {
    switch whole {
    case .fraction: nil
    case .huge: tooWide(written, field)
    case .value(let value):
      if let value = Int64(exactly: value) {
        integer(value, written, field)
      } else if let value = UInt64(exactly: value), field.isUnsigned {
        unsigned(value, field)
      } else {
        tooWide(written, field)
      }
    }
  }

  static func tooWide(_ written: String, _ field: FieldSignature) -> ArgumentProblem {
    .tooWide(written, from: field.width.lowerBound, to: field.highest)
  }

  static func number(
    _ value: Double, _ written: String, _ field: FieldSignature
  ) -> ArgumentProblem? {
    if let limits = field.numberLimits, !limits.contains(value) {
      return .outOfRange(written, limits: Wording.limits(field), unit: field.unit)
    }
    return field.isFloat && !ArgumentRule.fitsFloat(value) ? .beyondFloat(written) : nil
  }

  static func choice(_ text: String, _ field: FieldSignature) -> ArgumentProblem? {
    if field.choices.isEmpty || field.takes(choice: text) { return nil }
    return .notAmong(
      text, choices: field.choices, near: NearName.nearest(to: text, among: field.choices))
  }

  private static func element<Element>(
    _ values: [Element], _ field: FieldSignature, _ problem: (Element) -> ArgumentProblem?
  ) -> ArgumentProblem? {
    let limited = field.range != nil || field.width != Int64.min...Int64.max || field.isFloat
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
  private let isFloat: Bool
  /// The whole numbers above `Int64.max` that are allowed; none if the first is above the last.
  private let lowestUnsigned: UInt64
  private let highestUnsigned: UInt64
  let hasChoices: Bool
  /// Elements that an array must have, or bytes; -1: any number.
  let count: Int

  init(_ field: FieldSignature) {
    count = field.count ?? -1
    type = field.type
    hasChoices = !field.choices.isEmpty
    isRanged = field.range != nil
    isFloat = field.isFloat
    lowestUnsigned = field.unsignedLimits?.lowerBound ?? 1
    highestUnsigned = field.unsignedLimits?.upperBound ?? 0
    low = field.numberLimits?.lowerBound ?? -.infinity
    high = field.numberLimits?.upperBound ?? .infinity
    (lowest, highest) = field.exactLimits
  }

  /// What -0 is: a whole number, or a number with its sign.
  var zero: Manifest.Cell { type == .i64 ? .integer(0) : .number(-0.0) }

  /// Of an i64.
  @inline(__always)
  func allows(integer value: Int64) -> Bool { value >= lowest && value <= highest }

  /// The same above `Int64.max`.
  @inline(__always)
  func allows(unsigned value: UInt64) -> Bool {
    value >= lowestUnsigned && value <= highestUnsigned
  }

  /// Of an array's elements, or of bytes.
  @inline(__always)
  func allows(count: Int) -> Bool { self.count < 0 || self.count == count }

  /// Of an f64. NaN is in no range.
  @inline(__always)
  func allows(number value: Double) -> Bool {
    (!isRanged || (value >= low && value <= high)) && (!isFloat || Self.fitsFloat(value))
  }

  /// Whether a number stays finite, if it is, with 32 bits.
  static func fitsFloat(_ value: Double) -> Bool { !value.isFinite || Float(value).isFinite }

  /// Whether the value of an argument is allowed; a text that must be one of
  /// several is left to the caller. O(1), and O(elements) for arrays.
  @inline(__always)
  func allows(_ cell: Manifest.Cell, in pools: ValuePools) -> Bool {
    switch (type, cell) {
    case (.i64, .integer(let value)): allows(integer: value)
    case (.i64, .unsigned(let value)): allows(unsigned: value)
    case (.i64, .minusZero): allows(integer: 0)
    case (.f64, .minusZero): allows(number: 0)
    case (.f64, .unsigned(let value)): allows(number: Double(value))
    case (.f64, .number(let value)), (.f64, .bigInteger(let value)): allows(number: value)
    case (.f64, .integer(let value)): allows(number: Double(value))
    case (.f64, .text(let range)):
      NonFiniteName.value(pools.text[range.indices]).map { allows(number: $0) } ?? false
    case (.bool, .bool): true
    case (.bytes, .bytes(let range)), (.bytes, .text(let range)): allows(count: Int(range.count))
    case (.text, .text): !hasChoices
    case (.i64Array, .integers(let range)):
      allows(count: Int(range.count))
        && pools.integers[range.indices].allSatisfy { allows(integer: $0) }
    case (.f64Array, .integers(let range)):
      allows(count: Int(range.count))
        && pools.integers[range.indices].allSatisfy { allows(number: Double($0)) }
    case (.f64Array, .numbers(let range)):
      allows(count: Int(range.count))
        && pools.numbers[range.indices].allSatisfy { allows(number: $0) }
    default: false
    }
  }
}

extension FieldSignature {
  /// Whether a text is one of the choices, byte by byte: texts that look alike are different
  /// ones to C.
  func takes(choice text: String) -> Bool { choices.contains { $0.hasBytes(of: text) } }
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
