/// Reads JSON (RFC 8259, UTF-8) value by value, with no tree in between: the
/// caller asks for what it expects. Strict, and safe against any bytes.
///
/// A text is checked as it is passed over, and decoded only where it is wanted.
/// An error ends the reading; the reader must not be used after one.
struct JSONReader {
  let bytes: [UInt8]
  /// The next byte to read.
  var at: Int
  /// Reading ends here: the end of the bytes, or of a line.
  private(set) var end: Int
  /// In JSON Lines, where a value must end on its line.
  let isLine: Bool
  /// Arrays and objects entered and not left.
  private(set) var depth = 0

  /// How deep arrays and objects may lie in each other.
  static let depthLimit = 512

  init(_ bytes: [UInt8], from start: Int = 0, to end: Int? = nil, isLine: Bool = false) {
    self.bytes = bytes
    self.end = min(max(end ?? bytes.count, 0), bytes.count)
    at = min(max(start, 0), self.end)
    self.isLine = isLine
  }

  /// How many bytes were read, of all.
  typealias Progress = (read: Int, all: Int)

  @inline(__always)
  var progress: Progress { (at, bytes.count) }

  /// Goes on with a line of its own.
  mutating func beginLine(_ line: Range<Int>) {
    at = line.lowerBound
    end = line.upperBound
    depth = 0
  }

  /// A text in the source, between its quotes.
  struct Text {
    let start: Int
    let end: Int
    /// It has no escapes: its bytes are the text.
    let isPlain: Bool

    var range: Range<Int> { start..<end }
    /// The place of the opening quote.
    var place: Int { start - 1 }
  }

  // MARK: Structure

  /// Passes white space; the next byte, or nil at the end.
  @inline(__always)
  mutating func next() -> UInt8? {
    var index = at
    while index < end {
      let byte = bytes[index]
      if byte > 0x20 {
        at = index
        return byte
      }
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
        at = index
        return byte
      }
      index += 1
    }
    at = index
    return nil
  }

  /// The kind of the value that comes next, by its first byte; every number is a `number`.
  @inline(__always)
  mutating func kind(
    or expected: JSONProblem.Expected = .value
  ) throws(JSONError) -> JSONKind {
    guard let byte = next() else { throw unexpected(expected) }
    switch byte {
    case UInt8(ascii: "\""): return .text
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): return .number
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    default: throw unexpected(expected)
    }
  }

  /// Steps into the array or object that comes next.
  @inline(__always)
  mutating func enter() throws(JSONError) {
    if depth == Self.depthLimit { throw JSONError(.tooDeep(limit: Self.depthLimit), at: at) }
    depth += 1
    at += 1
  }

  /// Returns whether another element follows in the array entered; at its end, steps out.
  @inline(__always)
  mutating func nextElement(_ isFirst: inout Bool) throws(JSONError) -> Bool {
    guard let byte = next() else {
      throw unexpected(isFirst ? .valueOrEnd : .commaOrEnd(.array))
    }
    if byte == UInt8(ascii: "]") {
      leave()
      return false
    }
    if isFirst {
      isFirst = false
      return true
    }
    try passComma(byte, in: .array)
    return true
  }

  /// Returns the key of the next member of the object entered, and passes its colon. Returns
  /// nil at the end of the object, and steps out.
  @inline(__always)
  mutating func nextMember(_ isFirst: inout Bool) throws(JSONError) -> Text? {
    guard var byte = next() else {
      throw unexpected(isFirst ? .keyOrEnd : .commaOrEnd(.object))
    }
    if byte == UInt8(ascii: "}") {
      leave()
      return nil
    }
    if isFirst {
      isFirst = false
    } else {
      try passComma(byte, in: .object)
      byte = next() ?? 0
    }
    guard byte == UInt8(ascii: "\"") else { throw unexpected(.key) }
    let key = try readText()
    guard next() == UInt8(ascii: ":") else { throw unexpected(.colon) }
    at += 1
    return key
  }

  private mutating func leave() {
    at += 1
    depth -= 1
  }

  @inline(__always)
  private mutating func passComma(
    _ byte: UInt8, in container: JSONProblem.Container
  ) throws(JSONError) {
    guard byte == UInt8(ascii: ",") else { throw unexpected(.commaOrEnd(container)) }
    let comma = at
    at += 1
    let following = next()
    if following == UInt8(ascii: "]") || following == UInt8(ascii: "}") {
      throw JSONError(.trailingComma(container), at: comma)
    }
  }

  /// After the last value: only white space may follow.
  mutating func finish() throws(JSONError) {
    if let byte = next() { throw textAfterEnd(byte) }
  }

  // MARK: Values

  /// `true` or `false`, which comes next.
  mutating func readBool() throws(JSONError) -> Bool {
    let isTrue = bytes[at] == UInt8(ascii: "t")
    try passWord(isTrue ? "true" : "false")
    return isTrue
  }

  /// `null`, which comes next.
  mutating func readNull() throws(JSONError) { try passWord("null") }

  private mutating func passWord(_ word: String) throws(JSONError) {
    let start = at
    var index = start
    for byte in word.utf8 {
      guard index < end, bytes[index] == byte else { throw wrongWord(at: start) }
      index += 1
    }
    if index < end, Self.isWordByte(bytes[index]) { throw wrongWord(at: start) }
    at = index
  }

  /// Passes one value of any kind, checking all of it; where it stands. Numbers
  /// may be of any size. O(bytes), and does not recurse.
  mutating func skipValue() throws(JSONError) -> Range<Int> {
    _ = next()
    let start = at
    /// The arrays and objects that are open, the innermost last.
    var open: [JSONProblem.Container] = []
    var isFirst = true
    repeat {
      switch try kind() {
      case .text: _ = try readText()
      case .bool: _ = try readBool()
      case .null: try readNull()
      case .array:
        try enter()
        open.append(.array)
        isFirst = true
      case .object:
        try enter()
        open.append(.object)
        isFirst = true
      default: _ = try readNumber()
      }
      // Leaves what ends here, up to where another value follows.
      while let container = open.last {
        let hasMore =
          switch container {
          case .array: try nextElement(&isFirst)
          case .object: try nextMember(&isFirst) != nil
          }
        if hasMore { break }
        open.removeLast()
        isFirst = false
      }
    } while !open.isEmpty
    return start..<at
  }
}

extension JSONError {
  init(_ problem: JSONProblem, at place: Int) {
    self.init(problem: problem, place: place)
  }
}
