extension JSONReader {
  /// Passes the text that comes next, checking its escapes and its UTF-8. O(length).
  @inline(__always)
  mutating func readText() throws(JSONError) -> Text {
    let start = at + 1
    let index = Self.endOfPlainText(bytes.span, start, end)
    if index < end, bytes[index] == UInt8(ascii: "\"") {
      at = index + 1
      return Text(start: start, end: index, isPlain: true)
    }
    return try readTextSlowly(start, from: index)
  }

  /// The first byte from an index on that is no plain ASCII of a text: a quote, a backslash, a
  /// control, part of a longer character, or the end.
  @inline(__always)
  static func endOfPlainText(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var index = start
    while index < end {
      let special = ByteWord.special(text.word(at: index))
      if special != 0 { return min(index &+ ByteWord.index(special), end) }
      index &+= 8
    }
    return end
  }

  /// The same from the first byte on that is not plain ASCII.
  private mutating func readTextSlowly(_ start: Int, from first: Int) throws(JSONError) -> Text {
    var index = first
    var isPlain = true
    while index < end {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        at = index + 1
        return Text(start: start, end: index, isPlain: isPlain)
      case UInt8(ascii: "\\"):
        isPlain = false
        index = try escape(at: index, of: start).next
      case 0x20..<0x80: index += 1
      case 0x80...:
        let length = Self.scalarLength(bytes, index, end)
        if length == 0 { throw JSONError(.invalidUTF8(byte), at: index) }
        index += length
      default: throw controlInText(byte, index, start)
      }
    }
    throw JSONError(.unterminatedText, at: start - 1)
  }

  /// Appends a text without its escapes, as UTF-8. O(length).
  @inline(__always)
  func append(_ text: Text, to buffer: inout [UInt8]) {
    if text.isPlain {
      buffer.append(contentsOf: bytes[text.range])
    } else {
      appendDecoded(text, to: &buffer)
    }
  }

  private func appendDecoded(_ text: Text, to buffer: inout [UInt8]) {
    var index = text.start
    while index < text.end {
      let byte = bytes[index]
      // Reading has checked the escapes.
      if byte == UInt8(ascii: "\\"), let escape = try? escape(at: index, of: text.start) {
        buffer.append(contentsOf: UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter)
        index = escape.next
      } else {
        buffer.append(byte)
        index += 1
      }
    }
  }

  /// A text as a string. O(length).
  func string(_ text: Text) -> String {
    if text.isPlain { return String(decoding: bytes[text.range], as: UTF8.self) }
    var buffer: [UInt8] = []
    appendDecoded(text, to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  /// The scalar that the escape at a backslash stands for, and where it ends.
  private func escape(
    at start: Int, of textStart: Int
  ) throws(JSONError) -> (scalar: Unicode.Scalar, next: Int) {
    guard start + 1 < end else { throw JSONError(.unterminatedText, at: textStart - 1) }
    let scalar: Unicode.Scalar
    switch bytes[start + 1] {
    case UInt8(ascii: "\""): scalar = "\""
    case UInt8(ascii: "\\"): scalar = "\\"
    case UInt8(ascii: "/"): scalar = "/"
    case UInt8(ascii: "b"): scalar = "\u{8}"
    case UInt8(ascii: "f"): scalar = "\u{C}"
    case UInt8(ascii: "n"): scalar = "\n"
    case UInt8(ascii: "r"): scalar = "\r"
    case UInt8(ascii: "t"): scalar = "\t"
    case UInt8(ascii: "u"): return try unicodeEscape(at: start)
    default: throw JSONError(.unknownEscape(self.scalar(at: start + 1)), at: start)
    }
    return (scalar, start + 2)
  }

  /// `\uXXXX`, or the two of them that make one scalar beyond 16 bits.
  private func unicodeEscape(
    at start: Int
  ) throws(JSONError) -> (scalar: Unicode.Scalar, next: Int) {
    guard let unit = hexadecimal(at: start + 2) else {
      throw JSONError(.wrongUnicodeEscape, at: start)
    }
    if let scalar = Unicode.Scalar(unit) { return (scalar, start + 6) }
    guard unit < 0xDC00, start + 7 < end, bytes[start + 6] == UInt8(ascii: "\\"),
      bytes[start + 7] == UInt8(ascii: "u"), let low = hexadecimal(at: start + 8),
      (0xDC00...0xDFFF).contains(low),
      let scalar = Unicode.Scalar(
        0x10000 + UInt32(unit - 0xD800) << 10 + UInt32(low - 0xDC00))
    else { throw JSONError(.loneSurrogate(unit), at: start) }
    return (scalar, start + 12)
  }

  private func hexadecimal(at start: Int) -> UInt16? {
    guard start + 4 <= end else { return nil }
    var value: UInt16 = 0
    for index in start..<start + 4 {
      switch bytes[index] {
      case let digit where digit >= 0x30 && digit < 0x3A: value = value << 4 | UInt16(digit - 0x30)
      case let digit where digit | 0x20 >= 0x61 && digit | 0x20 < 0x67:
        value = value << 4 | (UInt16(digit | 0x20) - 0x57)
      default: return nil
      }
    }
    return value
  }

  /// The length of the UTF-8 scalar at an index; 0: invalid (Unicode 15, table 3-7).
  static func scalarLength(_ bytes: [UInt8], _ index: Int, _ end: Int) -> Int {
    let first = bytes[index]
    var second: ClosedRange<UInt8> = 0x80...0xBF
    let length: Int
    switch first {
    case 0..<0x80: return 1
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: return 0
    }
    guard index + length <= end, second.contains(bytes[index + 1]) else { return 0 }
    for next in index + 2..<max(index + length, index + 2) where bytes[next] & 0xC0 != 0x80 {
      return 0
    }
    return length
  }
}
