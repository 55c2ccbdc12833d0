extension JournalRecord {
  /// Reads a line's JSON object, its checksum included. Nil: it is no record, though its checksum
  /// may be right. O(length).
  public init?(reading bytes: [UInt8], _ range: Range<Int>) {
    var parser = RecordParser(
      JSONReader(bytes, from: range.lowerBound, to: range.upperBound, isLine: true))
    guard let record = try? parser.journalRecord(), parser.failure == nil else { return nil }
    self = record
  }
}

extension JournalEnd {
  /// The record with its result as the kernel gives it. Nil: the result cannot be from its kernel.
  public func typed(_ results: [FieldSignature]) -> JournalEnd? {
    guard let result = token.result else { return self }
    guard let typed = result.read(as: results) else { return nil }
    var other = self
    other.token = .ok(
      typed, attempts: token.attempts, steps: token.steps, seconds: token.seconds)
    return other
  }
}

extension RecordParser {
  /// Nil: it is no record.
  fileprivate mutating func journalRecord() throws(JSONError) -> JournalRecord? {
    guard try reader.kind() == .object else { return nil }
    try reader.enter()
    var isFirst = true
    guard let first = try reader.nextMember(&isFirst) else { return nil }
    let key = reader.string(first)
    let record = try record(key, &isFirst)
    while try reader.nextMember(&isFirst) != nil { _ = try reader.skipValue() }
    try reader.finish()
    return record
  }

  private static var largest: Int { Int.max >> 1 }

  /// The record that a first member's key belongs to; nil: the member's value is wrong.
  private mutating func record(
    _ key: String, _ isFirst: inout Bool
  ) throws(JSONError) -> JournalRecord? {
    switch key {
    case "b":
      guard let calls = try range() else { return nil }
      var number: Int?
      try rest(&isFirst) { (parser, key) throws(JSONError) in
        if key == "k" {
          number = try parser.whole(key, 1...Self.largest)
        } else {
          _ = try parser.reader.skipValue()
        }
      }
      return .begun(calls, number: number)
    case "l": return try range().map { .live($0) }
    case "again": return try range().map { .again($0) }
    case "end": return try text(key).map { .closed(isComplete: $0 == "complete") }
    case "t":
      guard let seconds = try number(key) else { return nil }
      return .mark(try mark(seconds, &isFirst))
    case "c", "h", "segment":
      guard let number = try whole(key, 0...Self.largest) else { return nil }
      switch key {
      case "c": return .ended(try end(ofCall: number, &isFirst))
      case "h": return .halfDone(try snapshot(number, &isFirst))
      default: return .segment(try head(number, &isFirst))
      }
    default:
      _ = try reader.skipValue()
      return .other
    }
  }

  /// Gives `body` each member that follows.
  private mutating func rest(
    _ isFirst: inout Bool, _ body: (inout RecordParser, String) throws(JSONError) -> Void
  ) throws(JSONError) {
    while !isAtEnd, let name = try reader.nextMember(&isFirst) {
      try body(&self, reader.string(name))
    }
  }

  /// Whether the object's end is next: it is left for the caller.
  private var isAtEnd: Bool {
    mutating get { reader.next() == UInt8(ascii: "}") }
  }

  private mutating func end(
    ofCall call: Int, _ isFirst: inout Bool
  ) throws(JSONError) -> JournalEnd {
    var status = Status.ok
    var error = (code: 0, name: "", message: "")
    var result = Value.null
    var (steps, attempts, seconds) = (0, 1, 0.0)
    var warning: String?
    var source: String?
    try rest(&isFirst) { (parser, key) throws(JSONError) in
      switch key {
      case "status": status = try parser.status()
      case "error": error = try parser.error()
      case "r": result = try parser.value()
      case "n": steps = try parser.whole(key, 0...Int.max) ?? 0
      case "s": seconds = try parser.number(key) ?? 0
      case "a": attempts = try parser.whole(key, 0...Int(Int32.max)) ?? 1
      case "w": warning = try parser.text(key)
      case "from": source = try parser.text(key)
      default: _ = try parser.reader.skipValue()
      }
    }
    let token: Token<Value> =
      status == .ok
      ? .ok(result, attempts: Int32(attempts), steps: Int64(steps), seconds: seconds)
      : .failed(
        CallError(
          status: status, code: Int32(clamping: error.code), name: error.name,
          message: error.message),
        attempts: Int32(attempts), steps: Int64(steps), seconds: seconds)
    return JournalEnd(call: call, token: token, warning: warning, source: source)
  }

  private mutating func snapshot(
    _ call: Int, _ isFirst: inout Bool
  ) throws(JSONError) -> JournalSnapshot {
    var snapshot = JournalSnapshot(call: call, steps: 0, seconds: 0, attempts: 1, file: "")
    try rest(&isFirst) { (parser, key) throws(JSONError) in
      switch key {
      case "n": snapshot.steps = try parser.whole(key, 0...Int.max) ?? 0
      case "s": snapshot.seconds = try parser.number(key) ?? 0
      case "a": snapshot.attempts = try parser.whole(key, 0...Int(Int32.max)) ?? 1
      case "file": snapshot.file = try parser.text(key) ?? ""
      default: _ = try parser.reader.skipValue()
      }
    }
    return snapshot
  }

  private mutating func mark(
    _ seconds: Double, _ isFirst: inout Bool
  ) throws(JSONError) -> JournalMark {
    var mark = JournalMark(
      seconds: seconds, counts: [Int](repeating: 0, count: Status.allCases.count))
    try rest(&isFirst) { (parser, key) throws(JSONError) in
      switch key {
      case "done":
        for field in try parser.fields(key) {
          guard let status = Status(rawValue: field.name), case .integer(let count) = field.value
          else { continue }
          mark.counts[status.index] = max(Int(count), 0)
        }
      case "of": mark.planned = try parser.whole(key, 0...Self.largest) ?? 0
      case "k": mark.begins = try parser.whole(key, 0...Self.largest)
      default: _ = try parser.reader.skipValue()
      }
    }
    return mark
  }

  private mutating func head(
    _ number: Int, _ isFirst: inout Bool
  ) throws(JSONError) -> JournalSegmentHead {
    var head = JournalSegmentHead(number: number, run: "", host: "", process: 0, began: "")
    try rest(&isFirst) { (parser, key) throws(JSONError) in
      switch key {
      case "format": head.major = try parser.whole(key, 0...Self.largest) ?? 0
      case "run": head.run = try parser.text(key) ?? ""
      case "host": head.host = try parser.text(key) ?? ""
      case "process": head.process = try parser.whole(key, 0...Self.largest) ?? 0
      case "began": head.began = try parser.text(key) ?? ""
      case "shards": head.shards = try parser.text(key)
      default: _ = try parser.reader.skipValue()
      }
    }
    return head
  }

  /// The first and the last call; nil: they are not a range.
  private mutating func range() throws(JSONError) -> Range<Int>? {
    guard try reader.kind() == .array else { return nil }
    try reader.enter()
    var isFirst = true
    var ends: [Int] = []
    while try reader.nextElement(&isFirst) {
      guard try reader.kind() == .number, let number = try reader.readNumber().asInteger,
        number >= 0, number < Self.largest
      else { return nil }
      ends.append(Int(number))
    }
    guard ends.count == 2, ends[0] <= ends[1] else { return nil }
    return ends[0]..<ends[1] + 1
  }
}
