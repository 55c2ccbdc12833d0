extension JSONReader {
  /// Skips a text whose quote comes next, checking escapes and UTF-8; answers
  /// what lies between the quotes.
  mutating func skipText() throws(Diagnostic) -> Range<Int> {
    let span = bytes
    let start = at + 1
    var index = start
    while index < end {
      let byte = span[index]
      switch byte {
      case UInt8(ascii: "\""):
        at = index + 1
        return start..<index
      case UInt8(ascii: "\\"): index = try escape(index).next
      case 0..<0x20: throw Diagnostic(.controlCharacter(byte), at: index)
      case 0x80...: index = try scalar(index)
      default: index += 1
      }
    }
    throw Diagnostic(.unexpectedEnd(expected: "a closing quote"), at: end)
  }

  /// Whether a text, as `skipText` answered it, stands for itself.
  func isPlain(_ range: Range<Int>) -> Bool {
    let span = bytes
    for index in range where span[index] == UInt8(ascii: "\\") { return false }
    return true
  }

  /// Appends a text that was skipped, without its escapes.
  func append(_ range: Range<Int>, to buffer: inout [UInt8]) {
    if isPlain(range) {
      buffer += bytes[range]
      return
    }
    var index = range.lowerBound
    while index < range.upperBound {
      if bytes[index] == UInt8(ascii: "\\"), let (scalar, next) = try? escape(index) {
        buffer.append(contentsOf: String(Character(scalar)).utf8)
        index = next
      } else {
        buffer.append(bytes[index])
        index += 1
      }
    }
  }

  /// A text that was skipped, as a string.
  func string(_ range: Range<Int>) -> String {
    var buffer: [UInt8] = []
    append(range, to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  /// The scalar that an escape stands for, and where the text goes on.
  private func escape(_ start: Int) throws(Diagnostic) -> (scalar: Unicode.Scalar, next: Int) {
    guard start + 1 < end else {
      throw Diagnostic(.unexpectedEnd(expected: "a closing quote"), at: end)
    }
    switch bytes[start + 1] {
    case UInt8(ascii: "\""): return ("\"", start + 2)
    case UInt8(ascii: "\\"): return ("\\", start + 2)
    case UInt8(ascii: "/"): return ("/", start + 2)
    case UInt8(ascii: "b"): return ("\u{8}", start + 2)
    case UInt8(ascii: "f"): return ("\u{C}", start + 2)
    case UInt8(ascii: "n"): return ("\n", start + 2)
    case UInt8(ascii: "r"): return ("\r", start + 2)
    case UInt8(ascii: "t"): return ("\t", start + 2)
    case UInt8(ascii: "u"): break
    default:
      let stop = min(start + 2, end)
      throw Diagnostic(.escape(Printable.columns(bytes[start..<stop]).joined()), at: start)
    }
    let unit = try hexadecimal(start)
    if let scalar = Unicode.Scalar(unit) { return (scalar, start + 6) }
    // A surrogate: only a high one with a low one behind it means something.
    let shown = String(decoding: bytes[start..<start + 6], as: UTF8.self)
    guard unit < 0xDC00, start + 7 < end, bytes[start + 6] == UInt8(ascii: "\\"),
      bytes[start + 7] == UInt8(ascii: "u")
    else { throw Diagnostic(.loneSurrogate(shown), at: start) }
    let low = try hexadecimal(start + 6)
    guard 0xDC00...0xDFFF ~= low,
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { throw Diagnostic(.loneSurrogate(shown), at: start) }
    return (scalar, start + 12)
  }

  /// The four hexadecimal digits of `\uXXXX`.
  private func hexadecimal(_ start: Int) throws(Diagnostic) -> UInt32 {
    var value: UInt32 = 0
    for index in start + 2..<start + 6 {
      guard index < end, let digit = Self.hexadecimalDigit(bytes[index]) else {
        let stop = min(index + 1, end)
        throw Diagnostic(.escape(Printable.columns(bytes[start..<stop]).joined()), at: start)
      }
      value = value << 4 | digit
    }
    return value
  }

  private static func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// Checks one scalar of more than one byte (RFC 3629); answers where the next begins.
  private func scalar(_ start: Int) throws(Diagnostic) -> Int {
    let length: Int
    // What the second byte may be, where the first narrows it: no overlong forms,
    // no surrogates, nothing above U+10FFFF.
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch bytes[start] {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: throw Diagnostic(.invalidUTF8, at: start)
    }
    guard start + length <= end, second ~= bytes[start + 1] else {
      throw Diagnostic(.invalidUTF8, at: start)
    }
    for index in start + 2..<max(start + length, start + 2) where bytes[index] & 0xC0 != 0x80 {
      throw Diagnostic(.invalidUTF8, at: start)
    }
    return start + length
  }
}
