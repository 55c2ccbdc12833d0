/// Decides whether a value may be a parameter's argument: the one place that does.
///
/// Values of the Swift API, of manifests and of files of points are all held against it;
/// `ArgumentCheck` says why it refused one. It holds nothing that must be counted to be copied,
/// for it decides about a million arguments.
package struct ArgumentRule {
  package let type: ValueType
  /// The whole numbers allowed. `lowest` is above `highest` where no whole number is.
  package let lowest: Int64
  package let highest: Int64
  /// The numbers allowed; NaN is not among them where there is a range.
  package let low: Double
  package let high: Double
  private let isRanged: Bool
  private let isFloat: Bool
  /// The whole numbers above `Int64.max` that are allowed; the first is above the last where
  /// no such number is.
  private let lowestUnsigned: UInt64
  private let highestUnsigned: UInt64
  let hasChoices: Bool
  /// Elements that an array must have, or bytes; -1: any number.
  let count: Int

  package init(_ field: FieldSignature) {
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

  /// An argument as the rule sees it, whatever it was read from.
  enum Given {
    case bool
    case integer(Int64)
    /// A whole number above `Int64.max`.
    case unsigned(UInt64)
    case number(Double)
    /// With the count of its bytes.
    case text(Int)
    case bytes(Int)
    case integers(ArraySlice<Int64>)
    case numbers(ArraySlice<Double>)
    case other
  }

  /// Returns whether the argument is allowed. For a text with choices it returns false: the caller asks
  /// `FieldSignature.takes(choice:)`. O(1), and O(elements) for arrays.
  @inline(__always)
  func allows(_ given: Given) -> Bool {
    switch given {
    case .bool: type == .bool
    case .integer(let value):
      type == .i64 ? allows(integer: value) : type == .f64 && allows(number: Double(value))
    case .unsigned(let value):
      type == .i64 ? allows(unsigned: value) : type == .f64 && allows(number: Double(value))
    case .number(let value): type == .f64 && allows(number: value)
    case .text(let bytes): type == .text ? !hasChoices : type == .bytes && allows(count: bytes)
    case .bytes(let bytes): type == .bytes && allows(count: bytes)
    case .integers(let values):
      type.isArray && allows(count: values.count)
        && (type == .i64Array
          ? values.allSatisfy { allows(integer: $0) }
          : values.allSatisfy { allows(number: Double($0)) })
    case .numbers(let values):
      type == .f64Array && allows(count: values.count)
        && values.allSatisfy { allows(number: $0) }
    case .other: false
    }
  }

  /// The same for an element of an array.
  func allows(element given: Given) -> Bool {
    switch given {
    case .integer(let value):
      type == .i64Array
        ? allows(integer: value) : type == .f64Array && allows(number: Double(value))
    case .unsigned(let value): type == .f64Array && allows(number: Double(value))
    case .number(let value): type == .f64Array && allows(number: value)
    case .bool, .text, .bytes, .integers, .numbers, .other: false
    }
  }

  // MARK: Of numbers and counts

  /// Whether an i64 is allowed, or an element of an array of them.
  @inline(__always)
  func allows(integer value: Int64) -> Bool { value >= lowest && value <= highest }

  /// The same above `Int64.max`.
  @inline(__always)
  func allows(unsigned value: UInt64) -> Bool {
    value >= lowestUnsigned && value <= highestUnsigned
  }

  /// Whether an f64 is allowed, or an element of an array of them. NaN is in no range.
  @inline(__always)
  func allows(number value: Double) -> Bool {
    (!isRanged || (value >= low && value <= high)) && (!isFloat || Self.fitsFloat(value))
  }

  /// Returns whether an array may have this number of elements, or bytes.
  @inline(__always)
  func allows(count: Int) -> Bool { self.count < 0 || self.count == count }

  /// Whether a number that is finite stays finite with 32 bits.
  private static func fitsFloat(_ value: Double) -> Bool {
    !value.isFinite || Float(value).isFinite
  }

  /// What -0 is: a whole number, or a number with its sign.
  var zero: Manifest.Cell { type == .i64 ? .integer(0) : .number(-0.0) }
}

// MARK: What arguments are read from

extension ArgumentRule {
  /// Whether the value of an argument in a manifest is allowed. O(1), and O(elements) for arrays.
  @inline(__always)
  func allows(_ cell: Manifest.Cell, in pools: ValuePools) -> Bool {
    allows(Given(cell, in: pools, for: type))
  }
}

extension ArgumentRule.Given {
  /// A text stands for a number where one is wanted.
  @inline(__always)
  init(_ cell: Manifest.Cell, in pools: ValuePools, for type: ValueType) {
    switch cell {
    case .bool: self = .bool
    case .integer(let value): self = .integer(value)
    case .unsigned(let value): self = .unsigned(value)
    case .minusZero: self = .integer(0)
    case .number(let value), .bigInteger(let value): self = .number(value)
    case .text(let range):
      if type == .f64, let value = NonFiniteName.value(pools.text[range.indices]) {
        self = .number(value)
      } else {
        self = .text(Int(range.count))
      }
    case .bytes(let range): self = .bytes(Int(range.count))
    case .integers(let range): self = .integers(pools.integers[range.indices])
    case .numbers(let range): self = .numbers(pools.numbers[range.indices])
    case .null, .reference, .mixed, .other: self = .other
    }
  }

  init(_ value: Value, for type: ValueType) {
    switch value {
    case .bool: self = .bool
    case .integer(let value): self = .integer(value)
    case .unsigned(let value): self = .unsigned(value)
    case .number(let value): self = .number(value)
    case .text(let text):
      if type == .f64, let value = NonFiniteName.value(text) {
        self = .number(value)
      } else {
        self = .text(text.utf8.count)
      }
    case .bytes(let bytes): self = .bytes(bytes.count)
    case .integers(let values): self = .integers(values[...])
    case .numbers(let values): self = .numbers(values[...])
    case .null, .record: self = .other
    }
  }

  init(_ element: Manifest.Element) {
    switch element {
    case .integer(let value): self = .integer(value)
    case .minusZero: self = .integer(0)
    case .number(let value): self = .number(value)
    case .reference: self = .other
    }
  }

  /// An element of an array as it is written. `type`: that of the elements.
  init(_ found: Found, for type: ValueType) {
    switch found {
    case .integer(let text):
      if let value = Int64(text) {
        self = .integer(value)
      } else if let value = UInt64(text) {
        self = .unsigned(value)
      } else {
        self = .number(Double(text) ?? .nan)
      }
    case .number(let text): self = .number(Double(text) ?? .nan)
    case .text(let text):
      self = type == .f64 ? NonFiniteName.value(text).map { .number($0) } ?? .other : .other
    default: self = .other
    }
  }
}

extension FieldSignature {
  /// Whether a text is one of the choices, byte by byte: texts that look alike are different
  /// ones to C.
  func takes(choice text: String) -> Bool { choices.contains { $0.hasBytes(of: text) } }

  /// Whether a value may be the argument.
  func allows(_ value: Value) -> Bool {
    if case .text(let text) = value, type == .text, !choices.isEmpty {
      return takes(choice: text)
    }
    return ArgumentRule(self).allows(.init(value, for: type))
  }
}
