import TaskModel

/// The type of a field of a state. These are the C types of the header's `enum kh_type`, by their
/// numbers, and further types that the header expresses by flags and choices.
enum FieldType: UInt32, Sendable {
  case bool = 1
  case i8, i16, i32, i64, u8, u16, u32, u64, f32, f64
  case text, bytes, i64Array, f64Array, i32Array, f32Array
  /// An integer that is the index of one of several texts.
  case choice = 256
  /// A text that names a file.
  case path
  /// `uint8_t key[32]`, `int x[3]`, `double y[3]`: the elements are in the state.
  case fixedBytes, fixedIntegers, fixedNumbers

  /// The size in C; 0: it depends on the field's element.
  var size: Int {
    switch self {
    case .bool, .i8, .u8: 1
    case .i16, .u16: 2
    case .i32, .u32, .f32: 4
    case .i64, .u64, .f64: 8
    case .text, .bytes, .i64Array, .f64Array, .i32Array, .f32Array: 16
    case .choice, .path, .fixedBytes, .fixedIntegers, .fixedNumbers: 0
    }
  }

  var isInteger: Bool { rawValue >= Self.i8.rawValue && rawValue <= Self.u64.rawValue }

  var valueType: ValueType {
    switch self {
    case .bool: .bool
    case .i8, .i16, .i32, .i64, .u8, .u16, .u32, .u64: .i64
    case .f32, .f64: .f64
    case .text, .choice, .path: .text
    case .bytes, .fixedBytes: .bytes
    case .i64Array, .i32Array, .fixedIntegers: .i64Array
    case .f64Array, .f32Array, .fixedNumbers: .f64Array
    }
  }

  /// The range of an `Int64`, or of each element, that fits.
  var width: ClosedRange<Int64> {
    switch self {
    case .i8: Int64(Int8.min)...Int64(Int8.max)
    case .i16: Int64(Int16.min)...Int64(Int16.max)
    case .i32, .i32Array: Int64(Int32.min)...Int64(Int32.max)
    case .u8: 0...Int64(UInt8.max)
    case .u16: 0...Int64(UInt16.max)
    case .u32: 0...Int64(UInt32.max)
    case .u64: 0...Int64.max
    default: Int64.min...Int64.max
    }
  }

  /// Whether numbers have 32 bits in C.
  var isFloat: Bool { self == .f32 || self == .f32Array }
}

extension FieldLayout {
  /// Makes a type from the header's number, with the count of a fixed array; nil: there is no such
  /// type.
  init?(described raw: UInt64, offset: Int, hasChoices: Bool, isPath: Bool) {
    guard let element = UInt32(exactly: raw & 0xFF).flatMap({ FieldType(rawValue: $0) }),
      let count = Int32(exactly: raw >> 8)
    else { return nil }
    var type = element
    if count > 0 {
      switch element {
      case .u8: type = .fixedBytes
      case .i8, .i16, .i32, .i64, .u16, .u32: type = .fixedIntegers
      case .f32, .f64: type = .fixedNumbers
      default: return nil
      }
    } else if hasChoices, element.isInteger {
      type = .choice
    } else if isPath {
      type = .path
    }
    self.init(type: type, element: element, count: count, offset: offset)
  }

  /// Bytes of the field in the state.
  var size: Int { element.size * max(Int(count), 1) }

  /// A pointer and a count: the data lies outside the field.
  var isPointer: Bool { element.size == 16 }

  /// The text that an integer stands for. An integer without a text yields its digits.
  func named(_ value: Value, _ choices: [String]) -> Value {
    guard type == .choice, case .integer(let index) = value else { return value }
    guard let index = Int(exactly: index), choices.indices.contains(index) else {
      return .text(String(index))
    }
    return .text(choices[index])
  }
}
