import CKernelHostLanes
import KernelHostModel

/// Reads fields out of the bytes of a state.
enum StateReader {
  /// Returns the value of a field that is not a pointer.
  static func value(_ field: FieldLayout, at state: UnsafeRawPointer) -> Value {
    unsafe value(field, at: state) { _, _ in nil }
  }

  /// The value of a field. `view` turns a pointer found there, with its length in bytes, into
  /// one that may be read, or nil. A text that is not UTF-8 is repaired.
  static func value(
    _ field: FieldLayout, at state: UnsafeRawPointer,
    view: (_ pointer: UnsafeRawPointer?, _ length: Int) -> UnsafeRawPointer?
  ) -> Value {
    let at = unsafe state + field.offset
    switch field.shape {
    case .number, .choice: return unsafe field.number.value(at)
    case .bool: return unsafe .bool(at.load(as: UInt8.self) != 0)
    case .fixedArray: return unsafe field.number.values(at, count: Int(field.count))
    case .fixedBytes: return .bytes(unsafe bytes(at, count: Int(field.count)))
    case .text, .path, .bytes, .array:
      // Both words are read once: the kernel may change them meanwhile.
      let pointer = unsafe UnsafeRawPointer(bitPattern: at.loadUnaligned(as: UInt.self))
      let count = unsafe at.loadUnaligned(fromByteOffset: 8, as: Int.self)
      let (length, overflow) = count.multipliedReportingOverflow(by: field.number.size)
      guard count > 0, !overflow, let start = unsafe view(pointer, length) else {
        return zero(field)
      }
      return unsafe pointed(field, at: start, count: count)
    }
  }

  /// The value of a text, bytes or an array that are these bytes.
  static func pointed(_ field: FieldLayout, _ bytes: ArraySlice<UInt8>) -> Value {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return zero(field) }
      return unsafe pointed(field, at: start, count: bytes.count / field.number.size)
    }
  }

  private static func pointed(
    _ field: FieldLayout, at start: UnsafeRawPointer, count: Int
  ) -> Value {
    switch field.shape {
    case .array: return unsafe field.number.values(start, count: count)
    case .text, .path:
      // Copied first: the kernel may change the bytes while they are decoded.
      return .text(String(decoding: unsafe bytes(start, count: count), as: UTF8.self))
    case .bytes, .bool, .number, .choice, .fixedBytes, .fixedArray:
      return .bytes(unsafe bytes(start, count: count))
    }
  }

  private static func bytes(_ start: UnsafeRawPointer, count: Int) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// The field's value in a state of zero bytes.
  static func zero(_ field: FieldLayout) -> Value {
    switch field.shape {
    case .bool: .bool(false)
    case .number: field.number.isReal ? .number(0) : .integer(0)
    case .choice: .integer(0)
    case .text, .path: .text("")
    case .bytes, .fixedBytes: .bytes([UInt8](repeating: 0, count: Int(field.count)))
    case .array, .fixedArray: field.number.zeros(Int(field.count))
    }
  }
}
