/// What a value is in Swift. Each property is nil if the value is of another kind, or does not fit
/// without loss.
extension Value {
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  public var int64: Int64? { if case .integer(let value) = self { value } else { nil } }

  public var int: Int? { int64.flatMap { Int(exactly: $0) } }

  public var uint64: UInt64? {
    switch self {
    case .integer(let value): UInt64(exactly: value)
    case .unsigned(let value): value
    default: nil
    }
  }

  /// A number; also a whole one that a `Double` represents exactly.
  public var double: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(exactly: value)
    case .unsigned(let value): Double(exactly: value)
    default: nil
    }
  }

  public var string: String? { if case .text(let value) = self { value } else { nil } }

  public var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }

  public var ints: [Int64]? { if case .integers(let value) = self { value } else { nil } }

  /// Numbers; also whole ones that `Double`s represent exactly. O(elements).
  public var doubles: [Double]? {
    switch self {
    case .numbers(let values): return values
    case .integers(let values):
      var numbers: [Double] = []
      numbers.reserveCapacity(values.count)
      for value in values {
        guard let number = Double(exactly: value) else { return nil }
        numbers.append(number)
      }
      return numbers
    default: return nil
    }
  }
}

/// A Swift type that kernels take and return: `Value(x)` makes an argument of it, and
/// `kernel.as(Double.self)` returns results as it.
public protocol ValueConvertible: Sendable {
  /// Returns nil if the value is of another kind, or does not fit without loss.
  init?(_ value: Value)
  /// The value that a kernel takes.
  var value: Value { get }
  /// Whether some result of a declared type can be read as this type.
  static func canRead(_ type: ValueType) -> Bool
}

extension Value: ValueConvertible {
  public init(_ value: Value) { self = value }
  public var value: Value { self }
  public static func canRead(_ type: ValueType) -> Bool { true }

  /// Makes the value of a Swift variable: `Value(x)`.
  public init(_ variable: some ValueConvertible) { self = variable.value }
}

extension Bool: ValueConvertible {
  public init?(_ value: Value) {
    guard let bool = value.bool else { return nil }
    self = bool
  }
  public var value: Value { .bool(self) }
  public static func canRead(_ type: ValueType) -> Bool { type == .bool }
}

extension Int: ValueConvertible {
  public init?(_ value: Value) {
    guard let int = value.int else { return nil }
    self = int
  }
  public var value: Value { .integer(Int64(self)) }
  public static func canRead(_ type: ValueType) -> Bool { type == .i64 }
}

extension Int64: ValueConvertible {
  public init?(_ value: Value) {
    guard let int = value.int64 else { return nil }
    self = int
  }
  public var value: Value { .integer(self) }
  public static func canRead(_ type: ValueType) -> Bool { type == .i64 }
}

extension UInt64: ValueConvertible {
  public init?(_ value: Value) {
    guard let number = value.uint64 else { return nil }
    self = number
  }
  public var value: Value { Int64(exactly: self).map { .integer($0) } ?? .unsigned(self) }
  public static func canRead(_ type: ValueType) -> Bool { type == .i64 }
}

extension Double: ValueConvertible {
  public init?(_ value: Value) {
    guard let double = value.double else { return nil }
    self = double
  }
  public var value: Value { .number(self) }
  public static func canRead(_ type: ValueType) -> Bool { type == .f64 || type == .i64 }
}

extension String: ValueConvertible {
  public init?(_ value: Value) {
    guard let string = value.string else { return nil }
    self = string
  }
  public var value: Value { .text(self) }
  public static func canRead(_ type: ValueType) -> Bool { type == .text }
}

/// The elements of arrays that kernels take and return.
public protocol ValueElement: Sendable {
  /// Returns nil if the value is no array of such elements.
  static func elements(of value: Value) -> [Self]?
  static func value(of elements: [Self]) -> Value
  /// Whether some result of a declared type can be read as an array of these.
  static func canRead(arrayOf type: ValueType) -> Bool
}

extension Double: ValueElement {
  public static func elements(of value: Value) -> [Double]? { value.doubles }
  public static func value(of elements: [Double]) -> Value { .numbers(elements) }
  public static func canRead(arrayOf type: ValueType) -> Bool {
    type == .f64Array || type == .i64Array
  }
}

extension Int64: ValueElement {
  public static func elements(of value: Value) -> [Int64]? { value.ints }
  public static func value(of elements: [Int64]) -> Value { .integers(elements) }
  public static func canRead(arrayOf type: ValueType) -> Bool { type == .i64Array }
}

extension Int: ValueElement {
  public static func elements(of value: Value) -> [Int]? { value.ints?.map { Int($0) } }
  public static func value(of elements: [Int]) -> Value { .integers(elements.map { Int64($0) }) }
  public static func canRead(arrayOf type: ValueType) -> Bool { type == .i64Array }
}

extension UInt8: ValueElement {
  public static func elements(of value: Value) -> [UInt8]? { value.bytes }
  public static func value(of elements: [UInt8]) -> Value { .bytes(elements) }
  public static func canRead(arrayOf type: ValueType) -> Bool { type == .bytes }
}

extension Array: ValueConvertible where Element: ValueElement {
  public init?(_ value: Value) {
    guard let elements = Element.elements(of: value) else { return nil }
    self = elements
  }
  public var value: Value { Element.value(of: self) }
  public static func canRead(_ type: ValueType) -> Bool { Element.canRead(arrayOf: type) }
}
