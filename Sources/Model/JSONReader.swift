/// Reads JSON (RFC 8259, UTF-8) value by value, without a tree in between.
///
/// The caller asks for what it expects and gets an error with its place where
/// the text is something else. Nothing here recurses, so no nesting is too deep
/// to be refused.
public struct JSONReader {
  public let bytes: [UInt8]
  /// The next byte to read.
  public internal(set) var at: Int
  /// Behind the last byte to read: a line's end in JSON Lines.
  public let end: Int
  var depth = 0

  /// How deep arrays and objects may lie in each other.
  public static let depthLimit = 512

  public init(_ bytes: [UInt8], from start: Int = 0, to end: Int? = nil) {
    self.bytes = bytes
    at = start
    self.end = end ?? bytes.count
  }

  // MARK: Structure

  /// Skips white space; answers the next byte, or nil at the end.
  mutating func next() -> UInt8? {
    let span = bytes
    var index = at
    while index < end {
      switch span[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index += 1
      default:
        at = index
        return span[index]
      }
    }
    at = index
    return nil
  }

  /// The kind of the next value, by its first byte.
  mutating func kind(_ expected: String) throws(Diagnostic) -> JSONKind {
    switch next() {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .text
    case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    default: throw unexpected(expected)
    }
  }

  /// Steps into an object or array whose first byte comes next.
  mutating func enter() throws(Diagnostic) {
    if depth == Self.depthLimit { throw Diagnostic(.tooDeep(limit: Self.depthLimit), at: at) }
    depth += 1
    at += 1
  }

  /// Whether another element follows in the array entered; steps out if none.
  mutating func nextElement(first: inout Bool) throws(Diagnostic) -> Bool {
    try nextItem(first: &first, close: UInt8(ascii: "]"), "\",\" or \"]\"")
  }

  /// Whether another member follows in the object entered, and where its key is
  /// (between the quotes); steps out if none. The value comes next.
  mutating func nextMember(first: inout Bool) throws(Diagnostic) -> Range<Int>? {
    guard try nextItem(first: &first, close: UInt8(ascii: "}"), "\",\" or \"}\"") else { return nil }
    guard next() == UInt8(ascii: "\"") else {
      throw unexpected("a key in double quotes", isKey: true)
    }
    let key = try skipText()
    guard next() == UInt8(ascii: ":") else { throw unexpected("\":\" after the key") }
    at += 1
    return key
  }

  private mutating func nextItem(
    first: inout Bool, close: UInt8, _ expected: String
  ) throws(Diagnostic) -> Bool {
    guard let byte = next() else { throw unexpected(first ? "a value or its end" : expected) }
    if byte == close {
      at += 1
      depth -= 1
      return false
    }
    if first {
      first = false
      return true
    }
    guard byte == UInt8(ascii: ",") else { throw unexpected(expected) }
    let comma = at
    at += 1
    if next() == close { throw Diagnostic(.trailingComma, at: comma) }
    return true
  }

  /// After the last value: nothing but white space may follow.
  mutating func finish() throws(Diagnostic) {
    if next() != nil {
      if bytes[at] == UInt8(ascii: "/") || bytes[at] == UInt8(ascii: "#") { throw unexpected("") }
      throw Diagnostic(.trailingText(found: shown(at)), at: at)
    }
  }

  // MARK: Values

  /// Skips one value of any kind, checking all of it; answers where it was.
  mutating func skipValue() throws(Diagnostic) -> Range<Int> {
    // True: an object; the innermost last.
    var open: [Bool] = []
    var firsts: [Bool] = []
    _ = next()
    let start = at
    repeat {
      switch try kind("a value") {
      case .object:
        try enter()
        open.append(true)
        firsts.append(true)
      case .array:
        try enter()
        open.append(false)
        firsts.append(true)
      case .text: _ = try skipText()
      case .number, .integer: _ = try readNumber()
      case .bool: _ = try readBool()
      case .null: try readNull()
      }
      // Close what ends here; stop where another value follows.
      while let isObject = open.last {
        let more =
          isObject
          ? try nextMember(first: &firsts[firsts.count - 1]) != nil
          : try nextElement(first: &firsts[firsts.count - 1])
        if more { break }
        open.removeLast()
        firsts.removeLast()
      }
    } while !open.isEmpty
    return start..<at
  }

  mutating func readBool() throws(Diagnostic) -> Bool {
    let isTrue = bytes[at] == UInt8(ascii: "t")
    try literal(isTrue ? "true" : "false")
    return isTrue
  }

  mutating func readNull() throws(Diagnostic) { try literal("null") }

  private mutating func literal(_ word: StaticString) throws(Diagnostic) {
    let start = at
    let expected = "\(word)"
    var index = at
    for byte in expected.utf8 {
      guard index < end, bytes[index] == byte else { throw misspelled(start) }
      index += 1
    }
    if index < end, Self.isWord(bytes[index]) { throw misspelled(start) }
    at = index
  }

  // MARK: Errors

  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "-"), UInt8(ascii: "+"):
      true
    default: false
    }
  }

  /// The word that begins at a place, at most 24 bytes of it.
  func word(_ start: Int) -> String {
    var index = start
    while index < end, index - start < 24, Self.isWord(bytes[index]) { index += 1 }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  /// What stands at a place, for a message.
  private func shown(_ place: Int) -> String {
    if Self.isWord(bytes[place]) { return word(place) }
    var stop = place + 1
    while stop < end, stop - place < 4, bytes[stop] & 0xC0 == 0x80 { stop += 1 }
    return Printable.columns(bytes[place..<stop]).joined()
  }

  private func misspelled(_ start: Int) -> Diagnostic {
    let word = word(start)
    switch word.lowercased() {
    case "true", "false", "null":
      return Diagnostic(.misspelledLiteral(found: word, write: word.lowercased()), at: start)
    case "none", "nil", "undefined":
      return Diagnostic(.misspelledLiteral(found: word, write: "null"), at: start)
    case "nan":
      return Diagnostic(.misspelledLiteral(found: word, write: "\"NaN\""), at: start)
    case "inf", "infinity", "+inf", "+infinity":
      return Diagnostic(.misspelledLiteral(found: word, write: "\"Infinity\""), at: start)
    case "-inf", "-infinity":
      return Diagnostic(.misspelledLiteral(found: word, write: "\"-Infinity\""), at: start)
    default:
      return Diagnostic(.unquotedText(word), at: start)
    }
  }

  /// The error for whatever is at the current place.
  func unexpected(_ expected: String, isKey: Bool = false) -> Diagnostic {
    guard at < end else { return Diagnostic(.unexpectedEnd(expected: expected), at: end) }
    switch bytes[at] {
    case UInt8(ascii: "/"), UInt8(ascii: "#"): return Diagnostic(.comment, at: at)
    case UInt8(ascii: "'"): return Diagnostic(.singleQuotes, at: at)
    case UInt8(ascii: "+") where !isKey:
      return word(at).lowercased().hasPrefix("+inf")
        ? misspelled(at) : Diagnostic(.number(found: word(at), .plus), at: at)
    case UInt8(ascii: ".") where !isKey:
      return Diagnostic(.number(found: word(at), .point), at: at)
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"):
      return isKey ? Diagnostic(.unquotedText(word(at)), at: at) : misspelled(at)
    case 0xEF where bytes[at...].starts(with: [0xEF, 0xBB, 0xBF]):
      return Diagnostic(.byteOrderMark, at: at)
    case 0x80...:
      let found = shown(at)
      return found.unicodeScalars.contains("\u{FFFD}")
        ? Diagnostic(.invalidUTF8, at: at)
        : Diagnostic(.unexpected(found: found, expected: expected), at: at)
    case 0..<0x20: return Diagnostic(.controlCharacter(bytes[at]), at: at)
    default: return Diagnostic(.unexpected(found: shown(at), expected: expected), at: at)
    }
  }

  mutating func advance(to place: Int) { at = place }
}
