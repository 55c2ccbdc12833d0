/// What exactly is wrong. Nothing here runs for a text that is JSON.
extension JSONReader {
  /// The error for whatever comes next, where something else was expected.
  func unexpected(_ expected: JSONProblem.Expected) -> JSONError {
    guard at < end else {
      // Behind what was written last: an empty line shows nothing.
      var last = end
      while last > 0, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[last - 1]) { last -= 1 }
      return JSONError(isLine ? .lineEndsEarly(expected) : .endsEarly(expected), at: last)
    }
    let found = scalar(at: at)
    if bytes[at] >= 0x80, Self.scalarLength(bytes, at, end) == 0 {
      return JSONError(.invalidUTF8(bytes[at]), at: at)
    }
    if let problem = foreign(found) { return JSONError(problem, at: at) }
    switch expected {
    case .colon: return JSONError(.missingColon(found: found), at: at)
    case .commaOrEnd(let container):
      if found == "]" || found == "}" {
        return JSONError(.wrongCloser(found: found, container), at: at)
      }
      return JSONError(
        startsValue(found) ? .missingComma(after: container) : .unexpected(found, expected), at: at)
    case .key, .keyOrEnd:
      if Self.isNameByte(bytes[at]) { return JSONError(.unquotedKey(word(at: at)), at: at) }
      if found == "," { return JSONError(.missingValue(before: found), at: at) }
      if at > 1, "0"..."9" ~= found, bytes[at - 1] == UInt8(ascii: ","),
        (0x30...0x39).contains(bytes[at - 2])
      {
        return JSONError(.digitComma, at: at)
      }
      return JSONError(startsValue(found) ? .keyNotText : .unexpected(found, expected), at: at)
    case .value, .valueOrEnd, .restOfNumber:
      switch found {
      case ",", "]", "}": return JSONError(.missingValue(before: found), at: at)
      case "+", ".": return wrongNumber(at)
      default: break
      }
      if Self.isNameByte(bytes[at]) { return wrongWord(at: at) }
      return JSONError(.unexpected(found, expected), at: at)
    }
  }

  /// What JSON has nowhere outside of texts, and other languages have.
  private func foreign(_ found: Unicode.Scalar) -> JSONProblem? {
    switch found {
    case "/", "#": .comment
    case "'", "`": .singleQuotes
    case "\u{201C}"..."\u{201F}", "\u{2018}"..."\u{201B}", "\u{00AB}", "\u{00BB}":
      .typographicQuotes
    case "\0": .nul
    case "\u{FEFF}", "\u{A0}", "\u{2000}"..."\u{200D}", "\u{2028}"..."\u{2029}", "\u{202F}",
      "\u{205F}", "\u{2060}", "\u{3000}", "\u{B}", "\u{C}", "\u{85}":
      .strangeSpace(found)
    case "\u{2010}"..."\u{2015}", "\u{2212}": .minusSign(found)
    default: nil
    }
  }

  private func startsValue(_ found: Unicode.Scalar) -> Bool {
    found == "\"" || found == "{" || found == "["
      || found.isASCII && (Self.isNameByte(UInt8(found.value)) || Self.isNumberByte(found))
  }

  private static func isNumberByte(_ found: Unicode.Scalar) -> Bool {
    "0"..."9" ~= found || found == "-" || found == "+" || found == "."
  }

  /// What follows the one value of a text.
  func textAfterEnd(_ byte: UInt8) -> JSONError {
    let found = scalar(at: at)
    if byte < 0x80 || Self.scalarLength(bytes, at, end) > 0, let problem = foreign(found) {
      return JSONError(problem, at: at)
    }
    let isObject = byte == UInt8(ascii: "{")
    return JSONError(isLine ? .textAfterTask : .textAfterEnd(startsValue: isObject), at: at)
  }

  /// A word other than true, false and null.
  func wrongWord(at start: Int) -> JSONError {
    let word = word(at: start)
    switch word.lowercased() {
    case "true", "false", "null":
      return JSONError(.wrongWord(word, right: word.lowercased()), at: start)
    case "none", "nil", "undefined", "nullptr", "na":
      return JSONError(.wrongWord(word, right: "null"), at: start)
    case "yes", "on": return JSONError(.wrongWord(word, right: "true"), at: start)
    case "no", "off": return JSONError(.wrongWord(word, right: "false"), at: start)
    case "nan", "+nan", "-nan":
      return JSONError(.nonFinite(NonFiniteName.name(.nan)), at: start)
    case "infinity", "inf", "+infinity", "+inf":
      return JSONError(.nonFinite(NonFiniteName.name(.infinity)), at: start)
    case "-infinity", "-inf":
      return JSONError(.nonFinite(NonFiniteName.name(-.infinity)), at: start)
    default:
      // A word cut off by the end of the text is the fault of the end.
      let isCut = start + word.utf8.count == end
      if isCut, ["true", "false", "null"].contains(where: { $0.hasPrefix(word) }) {
        return JSONError(isLine ? .lineEndsEarly(.value) : .endsEarly(.value), at: end)
      }
      return JSONError(.unknownWord(word), at: start)
    }
  }

  /// What begins at a place like a number and is not one.
  func wrongNumber(_ start: Int) -> JSONError {
    var index = start
    func error(_ problem: JSONProblem) -> JSONError { JSONError(problem, at: index) }
    func isDigit() -> Bool { index < end && bytes[index] >= 0x30 && bytes[index] < 0x3A }
    func ends() -> JSONError {
      JSONError(isLine ? .lineEndsEarly(.restOfNumber) : .endsEarly(.restOfNumber), at: end)
    }
    if bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
      let isPlus = bytes[index] == UInt8(ascii: "+")
      if index + 1 < end, Self.isNameByte(bytes[index + 1]) { return wrongWord(at: start) }
      if isPlus { return error(.leadingPlus) }
      index += 1
    }
    if index == end { return ends() }
    if bytes[index] == UInt8(ascii: ".") { return error(.missingInteger) }
    if !isDigit() { return error(.missingDigits) }
    let first = index
    while isDigit() { index += 1 }
    if index - first > 1, bytes[first] == UInt8(ascii: "0") {
      index = first
      return error(.leadingZero(word(at: start)))
    }
    if index < end, bytes[index] == UInt8(ascii: ".") {
      index += 1
      if index == end { return ends() }
      if !isDigit() { return error(.missingFraction) }
      while isDigit() { index += 1 }
    }
    if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < end, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
        index += 1
      }
      if index == end { return ends() }
      if !isDigit() { return error(.missingExponent) }
      while isDigit() { index += 1 }
    }
    if index < end, bytes[index] == UInt8(ascii: "_") { return error(.digitSeparator) }
    if index == first + 1, bytes[first] == UInt8(ascii: "0"), index < end,
      [UInt8(ascii: "x"), UInt8(ascii: "o"), UInt8(ascii: "b")].contains(bytes[index] | 0x20)
    {
      index = first
      return error(.otherBase(word(at: start)))
    }
    return index < end ? error(.numberRunsOn(scalar(at: index))) : ends()
  }

  func controlInText(_ byte: UInt8, _ place: Int, _ textStart: Int) -> JSONError {
    switch byte {
    case 0x0A, 0x0D: JSONError(.lineBreakInText, at: textStart - 1)
    case 0x09: JSONError(.tabInText, at: place)
    default: JSONError(.controlInText(byte), at: place)
    }
  }

  /// The scalar at a place; U+FFFD for invalid UTF-8.
  func scalar(at place: Int) -> Unicode.Scalar {
    guard place < end else { return "\u{FFFD}" }
    let length = Self.scalarLength(bytes, place, end)
    if length == 0 { return "\u{FFFD}" }
    return String(decoding: bytes[place..<place + length], as: UTF8.self).unicodeScalars.first
      ?? "\u{FFFD}"
  }

  /// The word at a place, with its sign: at most 40 bytes of it.
  private func word(at start: Int) -> String {
    var index = start
    while index < end, index - start < 40, Self.isWordByte(bytes[index]) { index += 1 }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  /// What may stand in a number or a bare word.
  @inline(__always)
  static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      true
    default: isNameByte(byte)
    }
  }

  @inline(__always)
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"), UInt8(ascii: "$"):
      true
    default: false
    }
  }
}
