/// Values as a parameter's or a result's type has them: arguments of a manifest, results that
/// are arguments, and values that are read back from records.
extension Value {
  /// The value of a type that takes it: a whole number as an f64, a text as bytes. A value that
  /// needs no conversion is returned as it is. O(size).
  public func converted(to type: ValueType) -> Value {
    switch (type, self) {
    case (.f64, .integer(let value)): .number(Double(value))
    case (.f64, .unsigned(let value)): .number(Double(value))
    case (.f64, .text(let text)): NonFiniteName.value(text).map { .number($0) } ?? self
    case (.f64Array, .integers(let values)): .numbers(values.map { Double($0) })
    case (.bytes, .text(let text)): .bytes(Array(text.utf8))
    default: self
    }
  }

  /// A value that was read from a record; nil: it is not of the type. Records have arrays and
  /// bytes as JSON. O(size).
  func read(as type: ValueType) -> Value? {
    switch (type, self) {
    case (.bool, .bool), (.i64, .integer), (.i64, .unsigned), (.text, .text): return self
    case (.f64, _):
      let value = converted(to: type)
      if case .number = value { return value }
      return nil
    case (.i64Array, .text(let json)), (.f64Array, .text(let json)):
      guard let value = Value(numbersIn: json)?.converted(to: type) else { return nil }
      switch (type, value) {
      case (.i64Array, .integers), (.f64Array, .numbers): return value
      default: return nil
      }
    case (.bytes, .record(let fields)):
      guard fields.count == 1, fields[0].name == ManifestKey.base64.text,
        case .text(let text) = fields[0].value
      else { return nil }
      return Self.bytes(inBase64: Array(text.utf8))
    case (.bytes, .text(let json)): return Self.bytes(inJSON: json)
    default: return nil
    }
  }

  /// Of an object that was not read: `{"base64":"..."}`.
  private static func bytes(inJSON text: String) -> Value? {
    var json = JSONReader(Array(text.utf8))
    guard let kind = try? json.kind(), kind == .object else { return nil }
    var isFirst = true
    guard (try? json.enter()) != nil, let key = try? json.nextMember(&isFirst),
      json.string(key) == ManifestKey.base64.text, let kind = try? json.kind(), kind == .text,
      let digits = try? json.readText()
    else { return nil }
    return bytes(inBase64: Array(json.bytes[digits.range]))
  }
}

extension Manifest {
  /// An argument that was written, as its parameter's type has it. O(size).
  func value(_ cell: Cell, as type: ValueType) -> Value {
    switch (type, cell) {
    case (.i64, .minusZero): .integer(0)
    // An array of whole numbers may have -0.
    case (.f64Array, .integers(let range)): .numbers(pools.reals(range))
    default: pools.value(cell).converted(to: type)
    }
  }
}
