public import TaskModel

/// The arguments of a call that is being submitted, written where the call will live.
///
/// For kernels with texts or arrays the caller's closure runs twice: first to measure what lies
/// after the state, then to write. The package has checked what it writes. A value that does not
/// fit its parameter leaves the default, and is never written outside the call's own bytes.
@safe public struct Arguments {
  private let layout: KernelLayout
  /// Nil while measuring.
  private let state: UnsafeMutableRawPointer?
  private let payload: UnsafeMutableRawPointer?
  private let payloadSize: Int
  private let distance: Int64
  /// Bytes of payload so far. Each piece is aligned to 16.
  private(set) var used = 0

  /// For the message about a wrong value. It lives as long as the lane.
  private unowned(unsafe) let catalogue: Catalogue
  private let kernel: Int

  init(measuring kernel: Int, of catalogue: Catalogue) {
    unsafe self.catalogue = catalogue
    self.kernel = kernel
    layout = unsafe catalogue.layouts[kernel]
    unsafe state = nil
    unsafe payload = nil
    payloadSize = 0
    distance = 0
  }

  init(
    kernel: Int, of catalogue: Catalogue, state: UnsafeMutableRawPointer,
    payload: UnsafeMutableRawPointer?,
    payloadSize: Int, distance: Int64
  ) {
    unsafe self.catalogue = catalogue
    self.kernel = kernel
    layout = unsafe catalogue.layouts[kernel]
    unsafe self.state = state
    unsafe self.payload = payload
    self.payloadSize = payloadSize
    self.distance = distance
  }

  /// Sets the parameter at a position in declared order. A wrong value is a programming error, and
  /// ends the process. O(1) for numbers.
  public mutating func set(_ position: Int, to value: Value) {
    let field = layout.parameter(position)
    switch value {
    case .integer(let number) where field.type.valueType == .i64 && field.integers.contains(number):
      integer(number, for: position)
    case .number(let number) where field.type.valueType == .f64 && field.numbers.contains(number):
      self.number(number, for: position)
    default: setSlowly(position, to: value)
    }
  }

  /// Sets a parameter by name. O(parameters).
  public mutating func set(_ name: String, to value: Value) {
    let signature = unsafe catalogue.signatures[kernel]
    guard let position = signature.parameterIndex(name) else {
      preconditionFailure(
        Wording.unknownParameter(
          name, kernel: signature.name, known: signature.parameters.map { $0.name }))
    }
    set(position, to: value)
  }

  private mutating func setSlowly(_ position: Int, to value: Value) {
    let parameter = unsafe catalogue.signatures[kernel].parameters[position]
    if let reason = ArgumentCheck.problem(with: value, for: parameter) {
      preconditionFailure(reason)
    }
    self.value(value, for: position)
  }

  /// Tells the kernel's state that the argument was given.
  private func mark(_ parameter: Int) {
    let mark = layout.parameter(parameter).mark
    guard let state = unsafe state, mark >= 0 else { return }
    unsafe state.storeBytes(of: 1, toByteOffset: Int(mark), as: UInt8.self)
  }

  package mutating func bool(_ value: Bool, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    guard let state = unsafe state else { return }
    let field = layout.parameter(parameter)
    guard field.type == .bool else { return }
    unsafe state.storeBytes(of: value ? 1 : 0, toByteOffset: field.offset, as: UInt8.self)
  }

  package mutating func integer(_ value: Int64, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    guard let state = unsafe state else { return }
    let field = layout.parameter(parameter)
    let at = unsafe state + field.offset
    switch field.type {
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
    case .bool, .text, .bytes, .i64Array, .f64Array, .i32Array, .f32Array, .choice, .path,
      .fixedBytes, .fixedIntegers, .fixedNumbers:
      break
    }
  }

  /// A whole number above `Int64.max`.
  package mutating func unsigned(_ value: UInt64, for parameter: Int) {
    let field = layout.parameter(parameter)
    guard field.type == .u64 else { return number(Double(value), for: parameter) }
    integer(Int64(bitPattern: value), for: parameter)
  }

  package mutating func number(_ value: Double, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    guard let state = unsafe state else { return }
    let field = layout.parameter(parameter)
    let at = unsafe state + field.offset
    switch field.type {
    case .f64: unsafe at.storeBytes(of: value, as: Double.self)
    case .f32: unsafe at.storeBytes(of: Float(value), as: Float.self)
    default: break
    }
  }

  /// Sets UTF-8 of a text, or bytes. A text for an f64 is one of the three that stand for numbers
  /// that JSON does not have.
  package mutating func bytes(_ value: ArraySlice<UInt8>, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    let field = layout.parameter(parameter)
    switch field.type {
    case .text, .bytes:
      // A text ends with a NUL, as C expects.
      unsafe value.withUnsafeBytes { unsafe put($0, count: value.count, padding: 1, at: field) }
    case .path:
      let path = unsafe catalogue.resolved(path: value)
      unsafe path.withUnsafeBytes { unsafe put($0, count: path.count, padding: 1, at: field) }
    case .choice: choice(value, for: parameter)
    case .fixedBytes:
      guard let state = unsafe state, value.count == Int(field.count) else { return }
      for (index, byte) in value.enumerated() {
        unsafe state.storeBytes(of: byte, toByteOffset: field.offset + index, as: UInt8.self)
      }
    case .f64, .f32:
      number(NonFinite(value)?.value ?? .nan, for: parameter)
    default: break
    }
  }

  package mutating func integers(_ value: ArraySlice<Int64>, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    let field = layout.parameter(parameter)
    switch field.type {
    case .i64Array:
      unsafe value.withUnsafeBytes { unsafe put($0, count: value.count, padding: 0, at: field) }
    case .i32Array:
      let narrow = value.map { Int32(truncatingIfNeeded: $0) }
      unsafe narrow.withUnsafeBytes { unsafe put($0, count: value.count, padding: 0, at: field) }
    case .f64Array, .f32Array, .fixedNumbers:
      numbers(value.map { Double($0) }[...], for: parameter)
    case .fixedIntegers:
      guard let state = unsafe state, value.count == Int(field.count) else { return }
      for (index, element) in value.enumerated() {
        let at = unsafe state + field.offset + index * field.element.size
        switch field.element.size {
        case 1: unsafe at.storeBytes(of: Int8(truncatingIfNeeded: element), as: Int8.self)
        case 2: unsafe at.storeBytes(of: Int16(truncatingIfNeeded: element), as: Int16.self)
        case 4: unsafe at.storeBytes(of: Int32(truncatingIfNeeded: element), as: Int32.self)
        default: unsafe at.storeBytes(of: element, as: Int64.self)
        }
      }
    default: break
    }
  }

  package mutating func numbers(_ value: ArraySlice<Double>, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    let field = layout.parameter(parameter)
    switch field.type {
    case .f64Array:
      unsafe value.withUnsafeBytes { unsafe put($0, count: value.count, padding: 0, at: field) }
    case .f32Array:
      let narrow = value.map { Float($0) }
      unsafe narrow.withUnsafeBytes { unsafe put($0, count: value.count, padding: 0, at: field) }
    case .fixedNumbers:
      guard let state = unsafe state, value.count == Int(field.count) else { return }
      for (index, element) in value.enumerated() {
        let at = unsafe state + field.offset + index * field.element.size
        if field.element == .f32 {
          unsafe at.storeBytes(of: Float(element), as: Float.self)
        } else {
          unsafe at.storeBytes(of: element, as: Double.self)
        }
      }
    default: break
    }
  }

  /// The index of a text among the parameter's choices.
  private mutating func choice(_ value: ArraySlice<UInt8>, for parameter: Int) {
    let field = layout.parameter(parameter)
    let choices = unsafe catalogue.signatures[kernel].parameters[parameter].choices
    guard let state = unsafe state,
      let index = choices.firstIndex(where: { $0.utf8.elementsEqual(value) })
    else { return }
    let at = unsafe state + field.offset
    switch field.element.size {
    case 1: unsafe at.storeBytes(of: UInt8(truncatingIfNeeded: index), as: UInt8.self)
    case 2: unsafe at.storeBytes(of: UInt16(truncatingIfNeeded: index), as: UInt16.self)
    case 4: unsafe at.storeBytes(of: UInt32(truncatingIfNeeded: index), as: UInt32.self)
    default: unsafe at.storeBytes(of: UInt64(index), as: UInt64.self)
    }
  }

  /// A value of the Swift API.
  package mutating func value(_ value: Value, for parameter: Int) {
    switch value {
    case .null, .record: break
    case .unsigned(let value): unsigned(value, for: parameter)
    case .bool(let value): bool(value, for: parameter)
    case .integer(let value): integer(value, for: parameter)
    case .number(let value): number(value, for: parameter)
    case .text(let value): bytes(Array(value.utf8)[...], for: parameter)
    case .bytes(let value): bytes(value[...], for: parameter)
    case .integers(let value): integers(value[...], for: parameter)
    case .numbers(let value): numbers(value[...], for: parameter)
    }
  }

  /// A value of a manifest. Long ones are in `pools`.
  package mutating func cell(_ cell: Manifest.Cell, in pools: ValuePools, for parameter: Int) {
    switch cell {
    // The result of another task is given as a value, when it is known.
    case .null, .other, .reference, .mixed, .minusZero: break
    case .unsigned(let value): unsigned(value, for: parameter)
    case .bool(let value): bool(value, for: parameter)
    case .integer(let value): integer(value, for: parameter)
    case .number(let value), .bigInteger(let value): number(value, for: parameter)
    case .text(let range), .bytes(let range): bytes(pools.text[range.indices], for: parameter)
    case .integers(let range):
      if layout.parameter(parameter).type.valueType == .f64Array {
        numbers(pools.reals(range)[...], for: parameter)
      } else {
        integers(pools.integers[range.indices], for: parameter)
      }
    case .numbers(let range): numbers(pools.numbers[range.indices], for: parameter)
    }
  }

  private mutating func put(
    _ source: UnsafeRawBufferPointer, count: Int, padding: Int, at field: FieldLayout
  ) {
    let start = used
    used = (start + source.count + padding + 15) & ~15
    guard let state = unsafe state, let payload = unsafe payload, used <= payloadSize else {
      return
    }
    let target = unsafe payload + start
    if let from = source.baseAddress {
      unsafe target.copyMemory(from: from, byteCount: source.count)
    }
    if padding > 0 { unsafe target.storeBytes(of: 0, toByteOffset: source.count, as: UInt8.self) }
    let address = UInt64(UInt(bitPattern: target)) &+ UInt64(bitPattern: distance)
    unsafe state.storeBytes(of: address, toByteOffset: field.offset, as: UInt64.self)
    unsafe state.storeBytes(of: count, toByteOffset: field.offset + 8, as: Int.self)
  }
}

/// The numbers that JSON cannot write, as texts.
enum NonFinite {
  case nan, infinity, minusInfinity

  init?(_ text: ArraySlice<UInt8>) {
    if text.elementsEqual("NaN".utf8) {
      self = .nan
    } else if text.elementsEqual("Infinity".utf8) {
      self = .infinity
    } else if text.elementsEqual("-Infinity".utf8) {
      self = .minusInfinity
    } else {
      return nil
    }
  }

  var value: Double {
    switch self {
    case .nan: .nan
    case .infinity: .infinity
    case .minusInfinity: -.infinity
    }
  }
}
