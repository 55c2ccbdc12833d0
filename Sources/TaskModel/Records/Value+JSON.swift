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

  static func bytes(inBase64 digits: [UInt8]) -> Value? {
    var bytes = digits
    return Base64.decode(in: &bytes, from: 0) == nil ? .bytes(bytes) : nil
  }

  /// An array of numbers; nil: the text is not one.
  init?(numbersIn text: String) {
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
