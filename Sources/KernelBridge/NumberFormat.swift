import KernelHostModel

/// How a number lies in memory: one row for each C type of a number.
///
/// Everything that depends on a number's bits is in this file. Memory may be unaligned: a
/// kernel may have written any pointer.
enum NumberFormat: UInt8, Sendable, CaseIterable {
  case i8, i16, i32, i64, u8, u16, u32, u64, f32, f64

  /// Bytes.
  var size: Int {
    switch self {
    case .i8, .u8: 1
    case .i16, .u16: 2
    case .i32, .u32, .f32: 4
    case .i64, .u64, .f64: 8
    }
  }

  /// Whether it is a floating-point number.
  var isReal: Bool { self == .f32 || self == .f64 }

  /// The whole numbers that fit, of those that an `Int64` holds.
  var width: ClosedRange<Int64> {
    switch self {
    case .i8: Int64(Int8.min)...Int64(Int8.max)
    case .i16: Int64(Int16.min)...Int64(Int16.max)
    case .i32: Int64(Int32.min)...Int64(Int32.max)
    case .u8: 0...Int64(UInt8.max)
    case .u16: 0...Int64(UInt16.max)
    case .u32: 0...Int64(UInt32.max)
    case .u64: 0...Int64.max
    case .i64, .f32, .f64: Int64.min...Int64.max
    }
  }

  // MARK: Reading

  /// The number at an address.
  @inline(__always)
  func value(_ at: UnsafeRawPointer) -> Value {
    switch self {
    case .i8: return unsafe .integer(Int64(at.loadUnaligned(as: Int8.self)))
    case .i16: return unsafe .integer(Int64(at.loadUnaligned(as: Int16.self)))
    case .i32: return unsafe .integer(Int64(at.loadUnaligned(as: Int32.self)))
    case .i64: return unsafe .integer(at.loadUnaligned(as: Int64.self))
    case .u8: return unsafe .integer(Int64(at.loadUnaligned(as: UInt8.self)))
    case .u16: return unsafe .integer(Int64(at.loadUnaligned(as: UInt16.self)))
    case .u32: return unsafe .integer(Int64(at.loadUnaligned(as: UInt32.self)))
    case .u64:
      let number = unsafe at.loadUnaligned(as: UInt64.self)
      return Int64(exactly: number).map { .integer($0) } ?? .unsigned(number)
    case .f32: return unsafe .number(Double(at.loadUnaligned(as: Float.self)))
    case .f64: return unsafe .number(at.loadUnaligned(as: Double.self))
    }
  }

  /// The array of `count` numbers at an address. Each byte is read once. O(count).
  func values(_ at: UnsafeRawPointer, count: Int) -> Value {
    switch self {
    case .i8: .integers(unsafe Self.load(at, count, Int8.self).map { Int64($0) })
    case .i16: .integers(unsafe Self.load(at, count, Int16.self).map { Int64($0) })
    case .i32: .integers(unsafe Self.load(at, count, Int32.self).map { Int64($0) })
    case .i64: .integers(unsafe Self.load(at, count, Int64.self))
    case .u8: .integers(unsafe Self.load(at, count, UInt8.self).map { Int64($0) })
    case .u16: .integers(unsafe Self.load(at, count, UInt16.self).map { Int64($0) })
    case .u32: .integers(unsafe Self.load(at, count, UInt32.self).map { Int64($0) })
    // `FieldType` has no array of these: a `Value` cannot hold their upper half.
    case .u64: .integers(unsafe Self.load(at, count, UInt64.self).map { Int64(clamping: $0) })
    case .f32: .numbers(unsafe Self.load(at, count, Float.self).map { Double($0) })
    case .f64: .numbers(unsafe Self.load(at, count, Double.self))
    }
  }

  /// An array of zeros.
  func zeros(_ count: Int) -> Value {
    isReal
      ? .numbers([Double](repeating: 0, count: count))
      : .integers([Int64](repeating: 0, count: count))
  }

  private static func load<Element: BitwiseCopyable>(
    _ at: UnsafeRawPointer, _ count: Int, _ type: Element.Type
  ) -> [Element] {
    // All empty arrays share their memory, into which this would write.
    if count == 0 { return [] }
    return unsafe Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      if let target = buffer.baseAddress {
        let size = count * MemoryLayout<Element>.stride
        unsafe UnsafeMutableRawPointer(target).copyMemory(from: at, byteCount: size)
      }
      initialized = count
    }
  }

  // MARK: Writing

  /// Writes a whole number that was checked to fit.
  @inline(__always)
  func store(_ value: Int64, at: UnsafeMutableRawPointer) {
    switch self {
    case .i64: unsafe at.storeBytes(of: value, as: Int64.self)
    case .f64: unsafe at.storeBytes(of: Double(value), as: Double.self)
    case .i8: unsafe at.storeBytes(of: Int8(truncatingIfNeeded: value), as: Int8.self)
    case .i16: unsafe at.storeBytes(of: Int16(truncatingIfNeeded: value), as: Int16.self)
    case .i32: unsafe at.storeBytes(of: Int32(truncatingIfNeeded: value), as: Int32.self)
    case .u8: unsafe at.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    case .u16: unsafe at.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
    case .u32: unsafe at.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
    case .u64: unsafe at.storeBytes(of: UInt64(bitPattern: value), as: UInt64.self)
    case .f32: unsafe at.storeBytes(of: Float(value), as: Float.self)
    }
  }

  /// Writes a number; nothing where whole numbers are.
  @inline(__always)
  func store(_ value: Double, at: UnsafeMutableRawPointer) {
    switch self {
    case .f64: unsafe at.storeBytes(of: value, as: Double.self)
    case .f32: unsafe at.storeBytes(of: Float(value), as: Float.self)
    case .i8, .i16, .i32, .i64, .u8, .u16, .u32, .u64: break
    }
  }

  /// Writes an array of whole numbers that were checked to fit. O(elements).
  func store(_ values: ArraySlice<Int64>, at: UnsafeMutableRawPointer) {
    if self == .i64 { return unsafe Self.copy(values, to: at) }
    let size = size
    for (index, value) in values.enumerated() { unsafe store(value, at: at + index * size) }
  }

  /// Writes an array of numbers; nothing where whole numbers are. O(elements).
  func store(_ values: ArraySlice<Double>, at: UnsafeMutableRawPointer) {
    if self == .f64 { return unsafe Self.copy(values, to: at) }
    let size = size
    for (index, value) in values.enumerated() { unsafe store(value, at: at + index * size) }
  }

  private static func copy<Element: BitwiseCopyable>(
    _ values: ArraySlice<Element>, to target: UnsafeMutableRawPointer
  ) {
    unsafe values.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe target.copyMemory(from: start, byteCount: bytes.count)
    }
  }
}
