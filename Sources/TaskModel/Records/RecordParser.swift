/// What a line of a file of records holds: the record of a run, of a call, or of both, as
/// version 1 has it.
struct RecordLine {
  var run: RunOrigin?
  var call: RunRecord?
}

/// One line to one record.
struct RecordParser {
  var reader: JSONReader
  /// What was found out of place; the first counts, and only in a line that is sound JSON.
  private(set) var failure: Failure?

  struct Failure: Error {
    let problem: RecordProblem
    let place: Int
  }

  init(_ reader: JSONReader) { self.reader = reader }

  /// There is nothing but white space.
  var isBlank: Bool {
    mutating get { reader.next() == nil }
  }

  /// O(length).
  mutating func line() throws(Failure) -> RecordLine {
    let line: RecordLine?
    do throws(JSONError) {
      line = try read()
      try reader.finish()
    } catch {
      throw Failure(problem: .json(error.problem), place: error.place)
    }
    if let failure { throw failure }
    guard let line else { throw Failure(problem: .notObject, place: 0) }
    return line
  }

  private mutating func read() throws(JSONError) -> RecordLine? {
    guard try reader.kind() == .object else {
      refuse(.notObject, at: reader.at)
      _ = try reader.skipValue()
      return nil
    }
    let place = reader.at
    var record = RunRecord(call: -1, kernel: "", status: .ok)
    var origin: RunOrigin?
    var found: Set<String> = []
    var error = (code: 0, name: "", message: "")
    var marks: [String] = []
    try reader.enter()
    var isFirst = true
    while let text = try reader.nextMember(&isFirst) {
      let key = reader.string(text)
      switch key {
      case NonFiniteMark.key: marks = try texts()
      case "call": record.call = try whole(key, 0...Int.max >> 1) ?? 0
      case "task": record.task = try self.text(key)
      case "kernel": record.kernel = try self.text(key) ?? ""
      case "status": record.status = try status()
      case "point": record.point = try fields(key)
      case "args": record.args = try fields(key, isDeep: true)
      case "result": record.result = try value()
      case "error": error = try self.error()
      case "attempts": record.attempts = try whole(key, 0...Int.max) ?? 0
      case "steps": record.steps = try whole(key, 0...Int.max) ?? 0
      case "seconds": record.seconds = try number(key) ?? 0
      case "elapsed": record.elapsed = try number(key)
      case "start": record.start = try number(key)
      case "lane": record.lane = try whole(key, Int.min...Int.max)
      case "run": origin = try self.origin()
      case "warning": record.warning = try self.text(key)
      default:
        _ = try reader.skipValue()
        continue
      }
      found.insert(key)
    }
    record.restore(marks)
    let needed = ["call", "kernel", "status"]
    if origin != nil, !needed.contains(where: { found.contains($0) }) {
      return RecordLine(run: origin, call: nil)
    }
    for key in needed where !found.contains(key) { refuse(.missing(key), at: place) }
    if record.status != .ok {
      record.error = CallError(
        status: record.status, code: Int32(clamping: error.code), name: error.name,
        message: error.message)
    }
    return RecordLine(run: origin, call: record)
  }

  private mutating func refuse(_ problem: RecordProblem, at place: Int) {
    if failure == nil { failure = Failure(problem: problem, place: place) }
  }

  // MARK: Members

  /// Nil: it is null.
  mutating func whole(
    _ key: String, _ range: ClosedRange<Int>
  ) throws(JSONError) -> Int? {
    let kind = try reader.kind()
    let place = reader.at
    if kind == .null {
      try reader.readNull()
      return nil
    }
    guard kind == .number else { return try wrong(key, "an integer", at: place) }
    guard let value = try reader.readNumber().asInteger, range.contains(Int(value)) else {
      refuse(.wrong(key, expected: "an integer"), at: place)
      return nil
    }
    return Int(value)
  }

  /// Nil: it is null, or no finite number, which records have as a text.
  mutating func number(_ key: String) throws(JSONError) -> Double? {
    let kind = try reader.kind()
    let place = reader.at
    switch kind {
    case .null:
      try reader.readNull()
      return nil
    case .text:
      _ = try reader.readText()
      return nil
    case .number:
      let number = try reader.readNumber()
      return number == .outOfRange ? nil : number.asDouble
    default: return try wrong(key, "a number of seconds", at: place)
    }
  }

  mutating func text(_ key: String) throws(JSONError) -> String? {
    let kind = try reader.kind()
    let place = reader.at
    switch kind {
    case .null:
      try reader.readNull()
      return nil
    case .text: return reader.string(try reader.readText())
    default: return try wrong(key, "a text", at: place)
    }
  }

  /// Of an array; what is no text in it is passed over.
  private mutating func texts() throws(JSONError) -> [String] {
    guard try reader.kind() == .array else {
      _ = try reader.skipValue()
      return []
    }
    var texts: [String] = []
    try reader.enter()
    var isFirst = true
    while try reader.nextElement(&isFirst) {
      if try reader.kind() == .text {
        texts.append(reader.string(try reader.readText()))
      } else {
        _ = try reader.skipValue()
      }
    }
    return texts
  }

  mutating func status() throws(JSONError) -> Status {
    let words = Status.allCases.map { $0.rawValue }.joined(separator: ", ")
    let kind = try reader.kind()
    let place = reader.at
    guard kind == .text else { return try wrong("status", "one of \(words)", at: place) ?? .ok }
    if let status = Status(rawValue: reader.string(try reader.readText())) { return status }
    refuse(.wrong("status", expected: "one of \(words)"), at: place)
    return .ok
  }

  mutating func error() throws(JSONError) -> (code: Int, name: String, message: String) {
    var result = (code: 0, name: "", message: "")
    for field in try fields("error") {
      switch (field.name, field.value) {
      case ("code", .integer(let code)): result.code = Int(code)
      case ("name", .text(let name)): result.name = name
      case ("message", .text(let message)): result.message = message
      default: break
      }
    }
    return result
  }

  /// Returns the members of an object, or the elements of an array with their numbers as names.
  /// Null has no fields. `isDeep`: the objects in it are read, too, one level deep.
  mutating func fields(
    _ key: String, isDeep: Bool = false
  ) throws(JSONError) -> [Value.Field] {
    let kind = try reader.kind()
    let place = reader.at
    var isFirst = true
    var fields: [Value.Field] = []
    switch kind {
    case .null: try reader.readNull()
    case .object:
      try reader.enter()
      while let name = try reader.nextMember(&isFirst) {
        let name = reader.string(name)
        fields.append(.init(name: name, value: try value(isInside: !isDeep)))
      }
    case .array:
      try reader.enter()
      while try reader.nextElement(&isFirst) {
        fields.append(.init(name: String(fields.count), value: try value(isInside: true)))
      }
    default: _ = try wrong(key, "an object", at: place) as Int?
    }
    return fields
  }

  private mutating func wrong<T>(
    _ key: String, _ expected: String, at place: Int
  ) throws(JSONError) -> T? {
    _ = try reader.skipValue()
    refuse(.wrong(key, expected: expected), at: place)
    return nil
  }

  /// What lies inside an object, and arrays everywhere, stays JSON.
  mutating func value(isInside: Bool = false) throws(JSONError) -> Value {
    let kind = try reader.kind()
    switch kind {
    case .null:
      try reader.readNull()
      return .null
    case .bool: return .bool(try reader.readBool())
    case .text: return .text(reader.string(try reader.readText()))
    case .number:
      let begin = reader.at
      switch try reader.readNumber() {
      case .integer(let value): return .integer(value)
      case .unsigned(let value): return .unsigned(value)
      case .minusZero: return .number(-0.0)
      case .number(let value): return .number(value)
      case .bigInteger, .outOfRange: return raw(begin..<reader.at)
      }
    case .object where !isInside: return .record(try fields("result"))
    default: return raw(try reader.skipValue())
    }
  }

  private func raw(_ range: Range<Int>) -> Value {
    .text(String(decoding: reader.bytes[range], as: UTF8.self))
  }
}
