extension ManifestReader {
  /// Whether the next value is of a kind; if not, it is skipped and reported.
  mutating func expect(
    _ wanted: JSONKind, _ what: String, _ expected: String
  ) throws(Diagnostic) -> Bool {
    let found = try reader.kind(expected)
    if found == wanted { return true }
    let place = reader.at
    let exact = try skip(found)
    report(.wrongType(of: what, found: exact, expected: expected), place)
    return false
  }

  /// Skips the next value; a number is told from an integer.
  mutating func skip(_ kind: JSONKind) throws(Diagnostic) -> JSONKind {
    guard kind == .number else {
      _ = try reader.skipValue()
      return kind
    }
    if case .number = try reader.readNumber() { return .number }
    return .integer
  }

  mutating func readChoice<T>(
    _ key: ManifestKey, _ make: (String) -> T?, _ known: [String]
  ) throws(Diagnostic) -> T? {
    let expected = known.map { "\"\($0)\"" }.joined(separator: ", ")
    guard try expect(.text, key.text, "one of \(expected)") else { return nil }
    let place = reader.at
    let text = reader.string(try reader.skipText())
    if let value = make(text) { return value }
    report(.wrongValue(of: key.text, found: Wording.quoted(text), expected: "one of \(expected)"), place)
    return nil
  }

  mutating func readInteger(
    _ key: ManifestKey, _ range: ClosedRange<Int64>
  ) throws(Diagnostic) -> Int? {
    let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    guard try expect(.number, key.text, expected) else { return nil }
    let place = reader.at
    if case .integer(let value) = try reader.readNumber(), range.contains(value) {
      return Int(value)
    }
    report(.wrongValue(of: key.text, found: reader.word(place), expected: expected), place)
    return nil
  }

  /// A time above zero, in seconds; nil if it is none, which has been reported.
  mutating func readSeconds(_ what: String) throws(Diagnostic) -> Double? {
    let expected = "a number of seconds above 0"
    guard try expect(.number, what, expected) else { return nil }
    let place = reader.at
    let seconds: Double =
      switch try reader.readNumber() {
      case .integer(let value): Double(value)
      case .bigInteger(let value), .number(let value): value
      }
    if seconds > 0 { return seconds }
    report(.wrongValue(of: what, found: reader.word(place), expected: expected), place)
    return nil
  }

  /// The value of an argument: numbers as they are, long things into the pools.
  mutating func readCell() throws(Diagnostic) -> Manifest.Cell {
    switch try reader.kind("a value") {
    case .null:
      try reader.readNull()
      return .null
    case .bool: return .bool(try reader.readBool())
    case .number, .integer: return .init(try reader.readNumber())
    case .text:
      let range = try reader.skipText()
      let start = manifest.pools.text.count
      reader.append(range, to: &manifest.pools.text)
      return .text(PoolRange(start: start, count: manifest.pools.text.count - start))
    case .array: return try readArray()
    case .object: return try readObject()
    }
  }

  /// An array of numbers: integers as long as all are, doubles from the first on that is not.
  private mutating func readArray() throws(Diagnostic) -> Manifest.Cell {
    let start = reader.at
    let firstInteger = manifest.pools.integers.count
    let firstNumber = manifest.pools.numbers.count
    var isIntegers = true
    try reader.enter()
    var first = true
    while try reader.nextElement(first: &first) {
      guard try reader.kind("a value") == .number else {
        // Something else is in it: kept for the message only.
        manifest.pools.integers.removeLast(manifest.pools.integers.count - firstInteger)
        manifest.pools.numbers.removeLast(manifest.pools.numbers.count - firstNumber)
        reader.leave(to: start)
        _ = try reader.skipValue()
        return .other(.array)
      }
      let number = try reader.readNumber()
      if isIntegers, case .integer(let value) = number {
        manifest.pools.integers.append(value)
        continue
      }
      if isIntegers {
        isIntegers = false
        for value in manifest.pools.integers[firstInteger...] {
          manifest.pools.numbers.append(Double(value))
        }
        manifest.pools.integers.removeLast(manifest.pools.integers.count - firstInteger)
      }
      switch number {
      case .integer(let value): manifest.pools.numbers.append(Double(value))
      case .bigInteger(let value), .number(let value): manifest.pools.numbers.append(value)
      }
    }
    return isIntegers
      ? .integers(
        PoolRange(start: firstInteger, count: manifest.pools.integers.count - firstInteger))
      : .numbers(PoolRange(start: firstNumber, count: manifest.pools.numbers.count - firstNumber))
  }

  /// `{"base64": "..."}`, the only object that is a value.
  private mutating func readObject() throws(Diagnostic) -> Manifest.Cell {
    let place = reader.at
    var cell = Manifest.Cell.other(.object)
    var members = 0
    try reader.enter()
    var first = true
    while let range = try reader.nextMember(first: &first) {
      members += 1
      let key = reader.string(range)
      if key == "result" || key == "results" { report(.notYet(key), range.lowerBound - 1) }
      if key == "base64", members == 1, try reader.kind("a text") == .text {
        let place = reader.at
        let text = try reader.skipText()
        let start = manifest.pools.text.count
        if Base64.decode(reader.string(text).utf8, into: &manifest.pools.text) {
          cell = .bytes(PoolRange(start: start, count: manifest.pools.text.count - start))
        } else {
          report(.base64, place)
        }
      } else {
        _ = try reader.skipValue()
      }
    }
    if members != 1, case .bytes = cell {
      report(.wrongValue(of: "an object with base64", found: "\(members) keys", expected: "no other key"), place)
    }
    return cell
  }
}

extension Manifest.Cell {
  init(_ number: JSONNumber) {
    switch number {
    case .integer(let value): self = .integer(value)
    case .bigInteger(let value): self = .bigInteger(value)
    case .number(let value): self = .number(value)
    }
  }
}

extension JSONReader {
  /// Goes back to the start of the array or object entered last.
  mutating func leave(to start: Int) {
    depth -= 1
    advance(to: start)
  }
}
