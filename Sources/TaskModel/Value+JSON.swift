extension Value {
  /// The same, where arrays stand as their JSON: as records are read. O(size).
  public var parsed: Value {
    switch self {
    case .record(let fields):
      .record(fields.map { .init(name: $0.name, value: $0.value.parsed) })
    case .text(let text) where text.hasPrefix("["): Value(numbersIn: text) ?? self
    default: self
    }
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
          guard let value = ArgumentCheck.nonFinite(json.string(try json.readText())) else {
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
