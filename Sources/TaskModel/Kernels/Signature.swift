/// What a kernel says of one parameter or one result.
public struct FieldSignature: Sendable, Hashable {
  public let name: String
  public let type: ValueType
  /// The elements that an array, or the bytes that bytes must have exactly; nil: any number.
  public let count: Int?
  public let doc: String
  public let unit: String?
  /// The declared range of a number, or of each number of an array; both ends are allowed where
  /// they are not open.
  public let range: ClosedRange<Double>?
  public let isLowOpen: Bool
  public let isHighOpen: Bool
  /// What the C type can hold, for integers narrower than 64 bits and unsigned ones.
  public let width: ClosedRange<Int64>
  /// An f64 whose C type has 32 bits.
  public let isFloat: Bool
  /// The texts allowed; empty: any.
  public let choices: [String]
  /// A text that names a file: a relative one means the manifest's folder.
  public let isPath: Bool
  public let isRequired: Bool
  /// What a parameter is when it is not given; null for results and required parameters.
  public let defaultValue: Value

  public init(
    name: String, type: ValueType, count: Int? = nil, doc: String = "", unit: String? = nil,
    range: ClosedRange<Double>? = nil, isLowOpen: Bool = false, isHighOpen: Bool = false,
    width: ClosedRange<Int64> = Int64.min...Int64.max,
    isFloat: Bool = false, choices: [String] = [], isPath: Bool = false,
    isRequired: Bool = false, defaultValue: Value = .null
  ) {
    self.name = name
    self.type = type
    self.count = count
    self.isPath = isPath
    self.doc = doc
    self.unit = unit
    self.range = range
    self.isLowOpen = isLowOpen
    self.isHighOpen = isHighOpen
    self.width = width
    self.isFloat = isFloat
    self.choices = choices
    self.isRequired = isRequired
    self.defaultValue = defaultValue
  }
}

extension FieldSignature {
  /// The type for people: "f64 array of 3", "bytes of 32".
  public var typeName: String { type.rawValue + (count.map { " of \($0)" } ?? "") }

  /// Whether the C type has 64 bits and no sign: `width` ends where those of an `Int64` do.
  public var isUnsigned: Bool { width == 0...Int64.max }

  /// The highest whole number that the C type can hold.
  public var highest: UInt64 { isUnsigned ? .max : UInt64(clamping: width.upperBound) }

  /// The whole numbers above `Int64.max` that both the C type and the declared range hold; nil:
  /// there are none of these. Exact.
  public var unsignedLimits: ClosedRange<UInt64>? {
    guard type == .i64, isUnsigned else { return nil }
    let first = UInt64(Int64.max) + 1
    guard let range else { return first...UInt64.max }
    guard range.upperBound >= 0x1p63, range.lowerBound < 0x1p64 else { return nil }
    // From 2^63 on each f64 is whole.
    var low = first
    if range.lowerBound >= 0x1p63 { low = UInt64(range.lowerBound) + (isLowOpen ? 1 : 0) }
    var high = UInt64.max
    if range.upperBound < 0x1p64 { high = UInt64(range.upperBound) - (isHighOpen ? 1 : 0) }
    return low <= high ? low...high : nil
  }

  /// The numbers allowed: the declared range, where an open end is the next number; nil: all.
  public var numberLimits: ClosedRange<Double>? {
    guard let range else { return nil }
    let low = isLowOpen ? range.lowerBound.nextUp : range.lowerBound
    let high = isHighOpen ? range.upperBound.nextDown : range.upperBound
    return low...max(low, high)
  }

  /// The whole numbers allowed: what both the C type and the declared range hold. If
  /// no number is in both, only the lowest that the C type holds.
  public var integerLimits: ClosedRange<Int64> {
    let (low, high) = exactLimits
    return low <= high ? low...high : width.lowerBound...width.lowerBound
  }

  /// The same; `low` is above `high` if no number is allowed. Exact, where comparing
  /// as doubles would round.
  var exactLimits: (low: Int64, high: Int64) {
    guard let range else { return (width.lowerBound, width.upperBound) }
    let (low, high) = (range.lowerBound, range.upperBound)
    if low >= 0x1p63 || high < -0x1p63 { return (1, 0) }
    // Conversion cuts towards zero: that is up for what is below zero.
    var lowest = low > -0x1p63 ? Int64(low) : Int64.min
    if Double(lowest) < low || isLowOpen && Double(lowest) == low { lowest += 1 }
    var highest = high < 0x1p63 ? Int64(high) : Int64.max
    if high < 0x1p63, Double(highest) > high || isHighOpen && Double(highest) == high {
      if highest == Int64.min { return (1, 0) }
      highest -= 1
    }
    return (max(lowest, width.lowerBound), min(highest, width.upperBound))
  }
}

/// An error code that a kernel declares.
public struct DeclaredError: Sendable, Hashable {
  public let code: Int32
  public let name: String
  public let text: String

  public init(code: Int32, name: String, text: String) {
    self.code = code
    self.name = name
    self.text = text
  }
}

/// What a caller needs to know of a kernel; no pointer, no C.
public struct KernelSignature: Sendable, Hashable {
  public let name: String
  public let summary: String
  /// In declared order, which is the order of positional arguments.
  public let parameters: [FieldSignature]
  /// Empty: a call's result is null. One: its value. Several: an object.
  public let results: [FieldSignature]
  public let errors: [DeclaredError]
  /// May be run again with the same arguments to the same effect.
  public let isPure: Bool
  /// May be resumed from a copy of its bytes.
  public let isFlat: Bool
  /// Where the kernel comes from: "built-in", or a library's path.
  public var origin: String

  public init(
    name: String, summary: String = "", parameters: [FieldSignature] = [],
    results: [FieldSignature] = [], errors: [DeclaredError] = [], isPure: Bool = false,
    isFlat: Bool = false, origin: String = "built-in"
  ) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.results = results
    self.errors = errors
    self.isPure = isPure
    self.isFlat = isFlat
    self.origin = origin
  }

  /// The index of a parameter by name; nil: the name is unknown. O(parameters).
  public func parameterIndex(_ name: String) -> Int? {
    parameters.firstIndex { $0.name.hasBytes(of: name) }
  }
}
