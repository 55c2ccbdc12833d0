public import KernelHostModel

/// The arguments of a call that is being submitted, written where the call will live.
///
/// For kernels with texts or arrays the caller's closure runs twice: first to measure what lies
/// after the state, then to write; it must set the same arguments each time. A call with a wrong
/// argument does not run: its token has the error EINVAL. Nothing is ever written outside the
/// call's own bytes.
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
  /// Why the call cannot run: the first wrong argument; nil: all of them fit.
  private(set) var problem: CallError?

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

  /// Sets the parameter at a position in declared order. If the position or the value is wrong, the
  /// call does not run, and its token says why. O(1) for numbers.
  public mutating func set(_ position: Int, to value: Value) {
    guard layout.hasParameter(position) else {
      let signature = unsafe catalogue.signatures[kernel]
      return refuse(
        Wording.wrongPosition(
          position, kernel: signature.name, count: signature.parameters.count))
    }
    let field = layout.parameter(position)
    switch value {
    case .integer(let number) where field.sure.contains(number):
      integer(number, for: position)
    case .number(let number) where field.sure.contains(number):
      self.number(number, for: position)
    default: setSlowly(position, to: value)
    }
  }

  /// Sets a parameter by name. If the name or the value is wrong, the call does not run, and its
  /// token says why. O(parameters).
  public mutating func set(_ name: String, to value: Value) {
    let signature = unsafe catalogue.signatures[kernel]
    guard let position = signature.parameterIndex(name) else {
      return refuse(
        Wording.unknownParameter(
          name, kernel: signature.name, known: signature.parameters.map { $0.name }))
    }
    set(position, to: value)
  }

  private mutating func setSlowly(_ position: Int, to value: Value) {
    let parameter = unsafe catalogue.signatures[kernel].parameters[position]
    if let reason = ArgumentCheck.problem(with: value, for: parameter) { return refuse(reason) }
    self.value(value, for: position)
  }

  /// Keeps the call from running.
  package mutating func refuse(_ reason: String) {
    if problem == nil { problem = Wording.badArgument(reason) }
  }

  /// Compares what was written with what was measured.
  mutating func finish(measured payload: Int) {
    guard used != payload else { return }
    refuse(Wording.argumentsDiffer(kernel: unsafe catalogue.signatures[kernel].name))
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
    guard field.shape == .bool else { return }
    unsafe state.storeBytes(of: value ? 1 : 0, toByteOffset: field.offset, as: UInt8.self)
  }

  package mutating func integer(_ value: Int64, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    guard let state = unsafe state else { return }
    let field = layout.parameter(parameter)
    guard field.shape == .number else { return }
    unsafe field.number.store(value, at: state + field.offset)
  }

  /// A whole number above `Int64.max`.
  package mutating func unsigned(_ value: UInt64, for parameter: Int) {
    let field = layout.parameter(parameter)
    guard field.number == .u64 else { return number(Double(value), for: parameter) }
    integer(Int64(bitPattern: value), for: parameter)
  }

  package mutating func number(_ value: Double, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    guard let state = unsafe state else { return }
    let field = layout.parameter(parameter)
    guard field.shape == .number else { return }
    unsafe field.number.store(value, at: state + field.offset)
  }

  /// Sets UTF-8 of a text, or bytes. A text for an f64 is one of the three that stand for numbers
  /// that JSON does not have.
  package mutating func bytes(_ value: ArraySlice<UInt8>, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    let field = layout.parameter(parameter)
    switch field.shape {
    case .text, .bytes: put(value, at: field)
    case .path: put(unsafe catalogue.resolved(path: value)[...], at: field)
    case .choice: choice(value, for: parameter)
    case .fixedBytes:
      guard let state = unsafe state, value.count == Int(field.count) else { return }
      unsafe value.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        unsafe (state + field.offset).copyMemory(from: start, byteCount: bytes.count)
      }
    case .number where field.number.isReal:
      number(NonFiniteName.value(value) ?? .nan, for: parameter)
    case .number, .bool, .array, .fixedArray: break
    }
  }

  package mutating func integers(_ value: ArraySlice<Int64>, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    let field = layout.parameter(parameter)
    if field.number.isReal { return numbers(value.map { Double($0) }[...], for: parameter) }
    guard let target = unsafe room(for: value.count, in: field) else { return }
    unsafe field.number.store(value, at: target)
  }

  package mutating func numbers(_ value: ArraySlice<Double>, for parameter: Int) {
    if layout.hasMarks { mark(parameter) }
    let field = layout.parameter(parameter)
    guard field.number.isReal, let target = unsafe room(for: value.count, in: field) else {
      return
    }
    unsafe field.number.store(value, at: target)
  }

  /// The index of a text among the parameter's choices.
  private mutating func choice(_ value: ArraySlice<UInt8>, for parameter: Int) {
    let field = layout.parameter(parameter)
    let choices = unsafe catalogue.signatures[kernel].parameters[parameter].choices
    guard let state = unsafe state,
      let index = choices.firstIndex(where: { $0.utf8.elementsEqual(value) })
    else { return }
    unsafe field.number.store(Int64(index), at: state + field.offset)
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
      if layout.parameter(parameter).valueType == .f64Array {
        numbers(pools.reals(range)[...], for: parameter)
      } else {
        integers(pools.integers[range.indices], for: parameter)
      }
    case .numbers(let range): numbers(pools.numbers[range.indices], for: parameter)
    }
  }

  /// Puts bytes behind the state. A NUL follows them, as C expects of a text.
  private mutating func put(_ value: ArraySlice<UInt8>, at field: FieldLayout) {
    guard
      let target = unsafe payload(size: value.count, padding: 1, count: value.count, of: field)
    else { return }
    unsafe value.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe target.copyMemory(from: start, byteCount: bytes.count)
    }
    unsafe target.storeBytes(of: 0, toByteOffset: value.count, as: UInt8.self)
  }

  /// Where an array's elements are to be written; nil: nowhere, as while measuring.
  private mutating func room(for count: Int, in field: FieldLayout) -> UnsafeMutableRawPointer? {
    switch field.shape {
    case .array:
      return unsafe payload(size: count * field.number.size, padding: 0, count: count, of: field)
    case .fixedArray:
      guard let state = unsafe state, count == Int(field.count) else { return nil }
      return unsafe state + field.offset
    case .bool, .number, .choice, .text, .path, .bytes, .fixedBytes: return nil
    }
  }

  /// Takes room behind the state and points the field at it.
  private mutating func payload(
    size: Int, padding: Int, count: Int, of field: FieldLayout
  ) -> UnsafeMutableRawPointer? {
    let start = used
    used = (start + size + padding + 15) & ~15
    guard let state = unsafe state, let payload = unsafe payload, used <= payloadSize else {
      return nil
    }
    let target = unsafe payload + start
    let address = UInt64(UInt(bitPattern: target)) &+ UInt64(bitPattern: distance)
    unsafe state.storeBytes(of: address, toByteOffset: field.offset, as: UInt64.self)
    unsafe state.storeBytes(of: count, toByteOffset: field.offset + 8, as: Int.self)
    return unsafe target
  }
}
