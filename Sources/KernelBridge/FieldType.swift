import CKernelHost
import KernelHostModel

/// The C types that a parameter or a result can have: a row for each number of `enum kh_type`.
///
/// What the rows mean for bytes stands in `NumberFormat` and, for what is no number, in
/// `Arguments` and `StateReader`. What they mean for users stands with `ValueType`.
struct FieldType: Sendable {
  /// The number in the header.
  let code: UInt32
  let shape: Shape
  /// Of the number, or of each element.
  let number: NumberFormat

  /// How a field lies in the state.
  enum Shape: UInt8, Sendable {
    case bool, number
    /// An integer that is the index of one of several texts.
    case choice
    /// A text that names a file, as a pointer and a count.
    case path
    /// A pointer and a count: what it points to lies outside the state.
    case text, bytes, array
    /// `uint8_t key[32]`, `int x[3]`: they lie in the state.
    case fixedBytes, fixedArray
  }

  private init(_ code: kh_type, _ shape: Shape, _ number: NumberFormat = .u8) {
    self.code = code.rawValue
    self.shape = shape
    self.number = number
  }

  /// The table. A type is added here, in the header, and, if its numbers are new, in
  /// `NumberFormat`.
  static let all = [
    FieldType(KH_BOOL, .bool),
    FieldType(KH_I8, .number, .i8), FieldType(KH_I16, .number, .i16),
    FieldType(KH_I32, .number, .i32), FieldType(KH_I64, .number, .i64),
    FieldType(KH_U8, .number, .u8), FieldType(KH_U16, .number, .u16),
    FieldType(KH_U32, .number, .u32), FieldType(KH_U64, .number, .u64),
    FieldType(KH_F32, .number, .f32), FieldType(KH_F64, .number, .f64),
    FieldType(KH_TEXT, .text), FieldType(KH_BYTES, .bytes),
    FieldType(KH_I64_ARRAY, .array, .i64), FieldType(KH_F64_ARRAY, .array, .f64),
    FieldType(KH_I32_ARRAY, .array, .i32), FieldType(KH_F32_ARRAY, .array, .f32),
  ]
}

extension FieldType.Shape {
  /// A pointer and a count: what it points to lies outside the state.
  var isPointer: Bool { self == .text || self == .path || self == .bytes || self == .array }

  /// What users see.
  func valueType(of number: NumberFormat) -> ValueType {
    switch self {
    case .bool: .bool
    case .number: number.isReal ? .f64 : .i64
    case .text, .path, .choice: .text
    case .bytes, .fixedBytes: .bytes
    case .array, .fixedArray: number.isReal ? .f64Array : .i64Array
    }
  }
}

/// One field: how it lies in the state, and where.
struct FieldLayout: Sendable {
  let shape: FieldType.Shape
  /// Of the number, or of each element.
  let number: NumberFormat
  let valueType: ValueType
  /// Elements of a fixed array; 0: it is not one.
  let count: Int32
  /// In the state, in bytes.
  let offset: Int
  /// The offset of the bool that says whether the argument was given; -1: there is no such bool.
  var mark: Int32 = -1
  /// Of a parameter.
  var sure = SureNumbers()
}

/// The numbers that a parameter's rule allows for certain, where a call's arguments are set: the
/// rule itself decides about all others.
struct SureNumbers: Sendable {
  // As in the rule, the range may be empty.
  private var lowest = Int64.max
  private var highest = Int64.min
  private var low = Double.infinity
  private var high = -Double.infinity

  init() {}

  init(_ rule: ArgumentRule, isFloat: Bool) {
    if rule.type == .i64 { (lowest, highest) = (rule.lowest, rule.highest) }
    if rule.type == .f64 {
      let greatest = isFloat ? Double(Float.greatestFiniteMagnitude) : .infinity
      (low, high) = (max(rule.low, -greatest), min(rule.high, greatest))
    }
  }

  @inline(__always)
  func contains(_ value: Int64) -> Bool { value >= lowest && value <= highest }

  @inline(__always)
  func contains(_ value: Double) -> Bool { value >= low && value <= high }
}

extension FieldLayout {
  /// From a type as the header writes it, with the count of a fixed array. Returns nil for an
  /// unknown type.
  init?(described raw: UInt64, offset: Int, hasChoices: Bool, isPath: Bool) {
    guard let type = FieldType.all.first(where: { UInt64($0.code) == raw & 0xFF }),
      let count = Int32(exactly: raw >> 8)
    else { return nil }
    var shape = type.shape
    if count > 0 {
      // Elements above `Int64.max` have no place in a `Value`.
      guard shape == .number, type.number != .u64 else { return nil }
      shape = type.number == .u8 ? .fixedBytes : .fixedArray
    } else if hasChoices, shape == .number, !type.number.isReal {
      shape = .choice
    } else if isPath, shape == .text {
      shape = .path
    }
    self.init(
      shape: shape, number: type.number, valueType: shape.valueType(of: type.number),
      count: count, offset: offset)
  }

  /// Bytes of it in the state.
  var size: Int { isPointer ? 16 : number.size * max(Int(count), 1) }

  /// A pointer and a count: what it points to lies outside the field.
  var isPointer: Bool { shape.isPointer }

  /// The whole numbers that the C type holds, also of each element.
  var width: ClosedRange<Int64> {
    shape == .bool || shape == .text || shape == .path || shape == .bytes
      ? Int64.min...Int64.max : number.width
  }

  /// Whether its numbers have 32 bits.
  var isFloat: Bool { number == .f32 }

  /// The value of an integer that stands for a text. An index without a text is its digits.
  func named(_ value: Value, _ choices: [String]) -> Value {
    guard shape == .choice, case .integer(let index) = value else { return value }
    guard let index = Int(exactly: index), choices.indices.contains(index) else {
      return .text(String(index))
    }
    return .text(choices[index])
  }
}
