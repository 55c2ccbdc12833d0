extension Value {
  /// A result that was read from a record as what a kernel with these results gives: records have
  /// arrays and bytes as JSON, and a number that JSON cannot write as a text. Nil: it is no such
  /// result. O(size).
  public func read(as results: [FieldSignature]) -> Value? {
    guard let first = results.first else { return self == .null ? .null : nil }
    if results.count == 1 { return read(as: first.type) }
    guard case .record = self else { return nil }
    var fields: [Field] = []
    for result in results {
      guard let value = self[result.name]?.read(as: result.type) else { return nil }
      fields.append(.init(name: result.name, value: value))
    }
    return .record(fields)
  }

  private func read(as type: ValueType) -> Value? {
    switch (type, self) {
    case (.bool, .bool), (.i64, .integer), (.i64, .unsigned), (.text, .text), (.f64, .number):
      return self
    case (.f64, .integer(let value)): return .number(Double(value))
    case (.f64, .unsigned(let value)): return .number(Double(value))
    case (.f64, .text(let text)): return NonFiniteName.value(text).map { .number($0) }
    case (.i64Array, .text(let text)), (.f64Array, .text(let text)):
      guard let value = Value(numbersIn: text) else { return nil }
      switch (type, value) {
      case (.i64Array, .integers), (.f64Array, .numbers): return value
      case (.f64Array, .integers(let values)): return .numbers(values.map { Double($0) })
      default: return nil
      }
    case (.bytes, .record(let fields)):
      guard fields.count == 1, fields[0].name == ManifestKey.base64.text,
        case .text(let text) = fields[0].value
      else { return nil }
      return Self.bytes(inBase64: Array(text.utf8))
    case (.bytes, .text(let text)):
      // In an object it is JSON that was not read.
      var json = JSONReader(Array(text.utf8))
      guard let kind = try? json.kind(), kind == .object else { return nil }
      var isFirst = true
      guard (try? json.enter()) != nil, let key = try? json.nextMember(&isFirst),
        json.string(key) == ManifestKey.base64.text, let kind = try? json.kind(), kind == .text,
        let digits = try? json.readText()
      else { return nil }
      return Self.bytes(inBase64: Array(json.bytes[digits.range]))
    default: return nil
    }
  }

  private static func bytes(inBase64 digits: [UInt8]) -> Value? {
    var bytes = digits
    return Base64.decode(in: &bytes, from: 0) == nil ? .bytes(bytes) : nil
  }

  /// An array of numbers; nil: it is none.
  private init?(numbersIn text: String) {
    var json = JSONReader(Array(text.utf8))
    var integers: [Int64]? = []
    var numbers: [Double] = []
    do throws(JSONError) {
      try json.enter()
      var isFirst = true
      while try json.nextElement(&isFirst) {
        switch try json.kind() {
        case .text:
          guard let value = NonFiniteName.value(json.string(try json.readText())) else {
            return nil
          }
          integers = nil
          numbers.append(value)
        case .number:
          let number = try json.readNumber()
          if number == .outOfRange { return nil }
          if case .integer(let value) = number { integers?.append(value) } else { integers = nil }
          numbers.append(number.asDouble)
        default: return nil
        }
      }
      try json.finish()
    } catch {
      return nil
    }
    self = integers.map { .integers($0) } ?? .numbers(numbers)
  }
}
