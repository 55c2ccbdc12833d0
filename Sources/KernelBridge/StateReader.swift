import CLanes
import TaskModel

/// Reads fields out of the bytes of a state.
enum StateReader {
  /// Returns the value of a field that is not a pointer.
  static func value(_ field: FieldLayout, at state: UnsafeRawPointer) -> Value {
    unsafe value(field, at: state) { _, _ in nil }
  }

  /// Returns the value of a field. `view` turns a pointer of the field, to `length` bytes, into one
  /// that may be read, or nil. A text that is not UTF-8 is repaired.
  static func value(
    _ field: FieldLayout, at state: UnsafeRawPointer,
    view: (_ pointer: UnsafeRawPointer?, _ length: Int) -> UnsafeRawPointer?
  ) -> Value {
    let at = unsafe state + field.offset
    switch field.type {
    case .bool: return unsafe .bool(at.load(as: UInt8.self) != 0)
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
    case .choice, .fixedBytes, .fixedIntegers, .fixedNumbers:
      return unsafe inside(field, at: state)
    case .text, .path:
      return .text(String(decoding: unsafe elements(at, of: UInt8.self, view), as: UTF8.self))
    case .bytes: return .bytes(unsafe elements(at, of: UInt8.self, view))
    case .i64Array: return .integers(unsafe elements(at, of: Int64.self, view))
    case .f64Array: return .numbers(unsafe elements(at, of: Double.self, view))
    case .i32Array:
      return .integers(unsafe elements(at, of: Int32.self, view).map { Int64($0) })
    case .f32Array:
      return .numbers(unsafe elements(at, of: Float.self, view).map { Double($0) })
    }
  }

  /// Returns the value of a number that stands for a text, or of an array in the state.
  private static func inside(_ field: FieldLayout, at state: UnsafeRawPointer) -> Value {
    func element(_ index: Int) -> Value {
      let offset = field.offset + index * field.element.size
      return unsafe value(
        FieldLayout(type: field.element, element: field.element, count: 0, offset: offset),
        at: state)
    }
    switch field.type {
    case .fixedBytes:
      let start = unsafe state + field.offset
      return .bytes(unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(field.count))))
    case .fixedIntegers:
      return .integers(
        (0..<Int(field.count)).map {
          if case .integer(let value) = element($0) { value } else { 0 }
        })
    case .fixedNumbers:
      return .numbers(
        (0..<Int(field.count)).map { if case .number(let value) = element($0) { value } else { 0 } }
      )
    default: return element(0)
    }
  }

  /// Returns the value of a text, bytes or an array from its bytes.
  static func pointed(_ type: FieldType, _ bytes: ArraySlice<UInt8>) -> Value {
    func elements<Element: BitwiseCopyable>(_: Element.Type) -> [Element] {
      let size = MemoryLayout<Element>.size
      return unsafe bytes.withUnsafeBytes { bytes in
        (0..<bytes.count / size).map {
          unsafe bytes.loadUnaligned(fromByteOffset: $0 * size, as: Element.self)
        }
      }
    }
    switch type {
    case .text: return .text(String(decoding: bytes, as: UTF8.self))
    case .i64Array: return .integers(elements(Int64.self))
    case .f64Array: return .numbers(elements(Double.self))
    case .i32Array: return .integers(elements(Int32.self).map { Int64($0) })
    case .f32Array: return .numbers(elements(Float.self).map { Double($0) })
    default: return .bytes(Array(bytes))
    }
  }

  /// Returns the field's value in a state of zero bytes.
  static func zero(_ field: FieldLayout) -> Value {
    switch field.type {
    case .choice: return .integer(0)
    case .fixedBytes: return .bytes([UInt8](repeating: 0, count: Int(field.count)))
    case .fixedIntegers: return .integers([Int64](repeating: 0, count: Int(field.count)))
    case .fixedNumbers: return .numbers([Double](repeating: 0, count: Int(field.count)))
    default: break
    }
    return switch field.type.valueType {
    case .bool: .bool(false)
    case .i64: .integer(0)
    case .f64: .number(0)
    case .text: .text("")
    case .bytes: .bytes([])
    case .i64Array: .integers([])
    case .f64Array: .numbers([])
    }
  }

  /// Copies the data of a pointer-and-count field. Both words are read once.
  private static func elements<Element: BitwiseCopyable>(
    _ field: UnsafeRawPointer, of type: Element.Type,
    _ view: (UnsafeRawPointer?, Int) -> UnsafeRawPointer?
  ) -> [Element] {
    let pointer = unsafe UnsafeRawPointer(bitPattern: field.loadUnaligned(as: UInt.self))
    let count = unsafe field.loadUnaligned(fromByteOffset: 8, as: Int.self)
    let (length, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count > 0, !overflow, let start = unsafe view(pointer, length) else { return [] }
    return unsafe Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      unsafe UnsafeMutableRawPointer(buffer.baseAddress!).copyMemory(from: start, byteCount: length)
      initialized = count
    }
  }
}
