/// Why a text is no JSON, told apart by what its writer should do about it.
public enum JSONProblem: Sendable, Hashable {
  // The text as a whole.
  case empty
  case onlyWhiteSpace
  case byteOrderMark
  case utf16
  case utf32
  case binary
  case compressed
  case nul
  case textAfterEnd(startsValue: Bool)
  /// In JSON Lines: behind the task of a line.
  case textAfterTask
  case tooDeep(limit: Int)

  // Where something else should stand.
  case endsEarly(Expected)
  /// In JSON Lines: the line ends inside a value.
  case lineEndsEarly(Expected)
  case unexpected(Unicode.Scalar, Expected)
  case missingComma(after: Container)
  case trailingComma(Container)
  case missingValue(before: Unicode.Scalar)
  case missingColon(found: Unicode.Scalar)
  case wrongCloser(found: Unicode.Scalar, Container)
  case unquotedKey(String)
  case keyNotText

  // What other languages allow.
  case comment
  case singleQuotes
  case typographicQuotes
  /// True, None, nil: the word, and the JSON for it.
  case wrongWord(String, right: String)
  /// NaN, Infinity.
  case nonFinite(String)
  case unknownWord(String)
  case strangeSpace(Unicode.Scalar)

  // Numbers.
  case leadingPlus
  case leadingZero(String)
  case missingInteger
  case missingFraction
  case missingExponent
  case missingDigits
  case otherBase(String)
  case digitSeparator
  /// A comma between digits, where it ends the number.
  case digitComma
  case numberRunsOn(Unicode.Scalar)
  case minusSign(Unicode.Scalar)

  // Texts.
  case unterminatedText
  case lineBreakInText
  case tabInText
  case controlInText(UInt8)
  case unknownEscape(Unicode.Scalar)
  case wrongUnicodeEscape
  case loneSurrogate(UInt16)
  case invalidUTF8(UInt8)

  public enum Expected: Sendable, Hashable {
    case value
    case key
    case colon
    case commaOrEnd(Container)
    case keyOrEnd
    case valueOrEnd
    case restOfNumber
  }

  public enum Container: Sendable, Hashable {
    case array
    case object
  }
}

/// A JSON syntax error and its offset.
struct JSONError: Error, Hashable {
  let problem: JSONProblem
  let place: Int
}
