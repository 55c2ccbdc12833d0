extension ManifestParser {
  /// Notes a mistake about the value that comes next, and skips it.
  mutating func refuse(_ problem: (Found) -> Problem) throws(JSONError) {
    _ = json.next()
    let place = json.at
    // Skipped first: what is shown must be JSON.
    _ = try json.skipValue()
    diagnostics.add(problem(manifest.source.found(at: place)), at: place)
  }

  /// Whether the next value has the kind. If not, it is refused.
  @inline(__always)
  mutating func expect(
    _ kind: JSONKind, _ expected: Problem.Expected, of key: ManifestKey
  ) throws(JSONError) -> Bool {
    if try json.kind() == kind { return true }
    try refuse { .wrongType(of: key.text, expected: expected, found: $0) }
    return false
  }

  /// One of the words that a key takes.
  mutating func readWord<Word: RawRepresentable<String>>(
    of key: ManifestKey, _ make: (String) -> Word?, _ words: [Word]
  ) throws(JSONError) -> Word? {
    guard try expect(.text, .words(words.map { $0.rawValue }), of: key) else { return nil }
    let text = try json.readText()
    let found = json.string(text)
    if let word = make(found) { return word }
    let allowed = words.map { $0.rawValue }
    diagnostics.add(
      .wrongWord(
        of: key.text, found: found, allowed: allowed,
        near: NearName.nearest(to: found, among: allowed)), at: text.place)
    return nil
  }

  mutating func readJobs() throws(JSONError) -> Int? {
    guard try expect(.number, .wholeNumber, of: .jobs) else { return nil }
    let place = json.at
    if let value = try json.readNumber().asInteger, 1...1024 ~= value { return Int(value) }
    diagnostics.add(.wrongJobs(manifest.source.written(at: place)), at: place)
    return nil
  }

  /// Seconds above 0; nil if it is something else, which has been reported.
  mutating func readTimeout(of key: ManifestKey = .timeout) throws(JSONError) -> Double? {
    guard try expect(.number, .seconds, of: key) else { return nil }
    let place = json.at
    let seconds = try json.readNumber().asDouble
    if seconds > 0, seconds.isFinite { return seconds }
    diagnostics.add(.wrongTimeout(key.text, manifest.source.written(at: place)), at: place)
    return nil
  }

  /// The value of an argument, which comes next; what is long goes to the pools.
  @inline(__always)
  mutating func readCell() throws(JSONError) -> Manifest.Cell {
    switch try json.kind() {
    case .text: return .text(pool(try json.readText()))
    case .bool: return .bool(try json.readBool())
    case .array: return try readArray()
    case .object: return try readObject()
    case .null:
      try json.readNull()
      return .null
    default:
      let place = json.at
      switch try json.readNumber() {
      case .integer(let value): return .integer(value)
      case .unsigned(let value): return .unsigned(value)
      case .minusZero: return .minusZero
      case .bigInteger(let value): return .bigInteger(value)
      case .number(let value): return .number(value)
      case .outOfRange: return outOfRange(place)
      }
    }
  }

  private mutating func outOfRange(_ place: Int) -> Manifest.Cell {
    diagnostics.add(.numberOutOfRange(manifest.source.written(at: place)), at: place)
    return .other(.broken)
  }

  /// An array: of integers as long as all are, of numbers from the first that is
  /// not whole. With anything else in it, it is skipped. O(length).
  private mutating func readArray() throws(JSONError) -> Manifest.Cell {
    let firstInteger = manifest.pools.integers.count
    let firstNumber = manifest.pools.numbers.count
    var isWhole = true
    var other: Manifest.Cell?
    // From the first reference on, all go there.
    var mixed: Int?
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      let number: Double
      switch try json.kind() {
      case .number:
        let place = json.at
        let found = try json.readNumber()
        if found == .outOfRange {
          other = outOfRange(place)
          continue
        }
        number = found.asDouble
        if let value = found.asInteger {
          if mixed != nil {
            manifest.elements.append(found == .minusZero ? .minusZero : .integer(value))
            continue
          }
          if isWhole {
            if found == .minusZero {
              manifest.pools.minusZeros.append(manifest.pools.integers.count)
            }
            Self.makeRoom(&manifest.pools.integers, json.progress)
            manifest.pools.integers.append(value)
            readRun(isWhole: true)
            continue
          }
        }
      case .text:
        let text = try json.readText()
        // As it is written, each character may be an escape of six bytes.
        guard text.range.count <= NonFiniteName.longest * 6,
          let value = NonFiniteName.value(json.string(text))
        else {
          other = other ?? .other(.array)
          continue
        }
        number = value
      case .object where manifest.source.isReference(at: json.at):
        let cell = try readObject()
        guard case .reference(let index) = cell else {
          other = other ?? cell
          continue
        }
        if mixed == nil {
          mixed = manifest.elements.count
          for index in firstInteger..<manifest.pools.integers.count {
            manifest.elements.append(
              manifest.pools.isMinusZero(index)
                ? .minusZero : .integer(manifest.pools.integers[index]))
          }
          for value in manifest.pools.numbers[firstNumber...] {
            manifest.elements.append(.number(value))
          }
          manifest.pools.dropIntegers(from: firstInteger)
          manifest.pools.numbers.removeLast(manifest.pools.numbers.count - firstNumber)
        }
        manifest.elements.append(.reference(index))
        continue
      default:
        _ = try json.skipValue()
        other = other ?? .other(.array)
        continue
      }
      if mixed != nil {
        manifest.elements.append(.number(number))
        continue
      }
      if isWhole {
        isWhole = false
        let integers = PoolRange(
          start: firstInteger, count: manifest.pools.integers.count - firstInteger)
        manifest.pools.numbers.append(contentsOf: manifest.pools.reals(integers))
        manifest.pools.dropIntegers(from: firstInteger)
      }
      Self.makeRoom(&manifest.pools.numbers, json.progress)
      manifest.pools.numbers.append(number)
      readRun(isWhole: false)
    }
    let integers = manifest.pools.integers.count - firstInteger
    let numbers = manifest.pools.numbers.count - firstNumber
    if let other {
      manifest.pools.dropIntegers(from: firstInteger)
      manifest.pools.numbers.removeLast(numbers)
      if let mixed { manifest.elements.removeLast(manifest.elements.count - mixed) }
      return other
    }
    if let mixed {
      return .mixed(PoolRange(start: mixed, count: manifest.elements.count - mixed))
    }
    return isWhole
      ? .integers(PoolRange(start: firstInteger, count: integers))
      : .numbers(PoolRange(start: firstNumber, count: numbers))
  }

  /// Takes the numbers behind an element of an array, up to one that is written in an unusual way;
  /// `isWhole`: up to one that is no integer. All mistakes are left to the reader. O(length).
  private mutating func readRun(isWhole: Bool) {
    let bytes = json.bytes
    let text = bytes.span
    let end = json.end
    var at = json.at
    while true {
      var index = at
      Self.passSpace(text, &index, end)
      guard index < end, text[index] == UInt8(ascii: ",") else { break }
      index &+= 1
      Self.passSpace(text, &index, end)
      guard index < end, let number = PlainNumber.read(text, &index, end: end) else { break }
      if isWhole {
        guard case .integer(let value) = number else { break }
        Self.makeRoom(&manifest.pools.integers, (index, text.count))
        manifest.pools.integers.append(value)
      } else {
        Self.makeRoom(&manifest.pools.numbers, (index, text.count))
        manifest.pools.numbers.append(number.asDouble)
      }
      at = index
    }
    json.at = at
  }

  @inline(__always)
  private static func passSpace(_ text: Span<UInt8>, _ index: inout Int, _ end: Int) {
    while index < end, text[index] <= 0x20 {
      switch text[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
      default: return
      }
    }
  }

  /// `{"base64": "..."}`, or a reference; any other object is no value, which the planner
  /// says.
  private mutating func readObject() throws(JSONError) -> Manifest.Cell {
    let place = json.at
    if manifest.source.isReference(at: place) { return try readReference() }
    guard manifest.source.firstKey(inObject: place) == ManifestKey.base64.text else {
      _ = try json.skipValue()
      return .other(.object)
    }
    var cell = Manifest.Cell.other(.broken)
    let before = diagnostics.total
    var seen = ManifestKeySet()
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      if key(text, in: .bytes, &seen, object: place) == .base64 {
        cell = try readBase64()
      } else {
        _ = try json.skipValue()
      }
    }
    return diagnostics.total == before ? cell : .other(.broken)
  }

  private mutating func readBase64() throws(JSONError) -> Manifest.Cell {
    guard try expect(.text, .text, of: .base64) else { return .other(.broken) }
    let text = try json.readText()
    let range = pool(text)
    if let problem = Base64.decode(in: &manifest.pools.text, from: Int(range.start)) {
      diagnostics.add(.wrongBase64(problem), at: text.place)
      return .other(.broken)
    }
    return .bytes(pooled(from: Int(range.start)))
  }
}
