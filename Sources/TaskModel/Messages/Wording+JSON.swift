/// The messages about JSON itself.
extension Wording {
  static func json(_ problem: JSONProblem) -> String {
    switch problem {
    case .empty: "the manifest is empty; the shortest one is {\"tasks\": []}"
    case .onlyWhiteSpace:
      "the manifest is only white space; the shortest one is {\"tasks\": []}"
    case .byteOrderMark:
      "the manifest begins with a byte order mark, which JSON does not have; save it as UTF-8 "
        + "without BOM"
    case .utf16: "the manifest is UTF-16; JSON is UTF-8: convert it (iconv -f UTF-16 -t UTF-8)"
    case .utf32: "the manifest is UTF-32; JSON is UTF-8: convert it (iconv -f UTF-32 -t UTF-8)"
    case .binary: "the manifest is a binary file; a manifest is JSON, which is text"
    case .compressed: "the manifest is compressed; unpack it, or pipe it in: zcat FILE | host -"
    case .nul: "found a NUL byte; JSON is text: remove it"
    case .textAfterEnd(let startsValue):
      startsValue
        ? "another value follows the end of the manifest; a file with one task on each line is "
          + "JSON Lines: call it *.jsonl, or add --input jsonl"
        : "text follows the end of the manifest; remove it"
    case .textAfterTask:
      "text follows the task; in JSON Lines each task has a line of its own: remove it"
    case .tooDeep(let limit):
      "arrays and objects are nested deeper than \(limit) levels, the limit"
    case .endsEarly(let expected):
      "the manifest ends here; expected \(expectation(expected)): is the file cut off?"
    case .lineEndsEarly(let expected):
      "the line ends here; expected \(expectation(expected)): in JSON Lines each task is on "
        + "one line"
    case .unexpected(let found, let expected):
      "found \(shown(found)); expected \(expectation(expected))"
    case .missingComma(let container):
      "a comma is missing before this \(container == .array ? "element" : "key")"
    case .trailingComma(let container):
      "a comma after the last \(container == .array ? "element" : "value"); JSON has no "
        + "trailing comma: remove it"
    case .missingValue(let before): "a value is missing before \(shown(before))"
    case .missingColon(let found): "found \(shown(found)); expected \":\" after the key"
    case .wrongCloser(let found, let container):
      "found \(shown(found)); expected "
        + (container == .array ? "\"]\", which ends the array" : "\"}\", which ends the object")
    case .unquotedKey(let key): "JSON keys take double quotes: write \(quoted(key))"
    case .keyNotText: "a key is a string in double quotes"
    case .comment: "JSON has no comments; remove it, or keep notes under the key \"metadata\""
    case .singleQuotes: "JSON strings take double quotes (\"), not single ones"
    case .typographicQuotes: "JSON strings take straight double quotes (\"), not typographic ones"
    case .wrongWord(let word, let right): "\(quoted(word)) is not JSON; write \(right)"
    case .nonFinite(let name): "JSON has no \(name); write it as a string: \(quoted(name))"
    case .unknownWord(let word):
      "\(quoted(word)) is not a JSON value; a string takes double quotes"
    case .strangeSpace(let found): "\(shown(found)) is not white space in JSON; write a space"
    case .leadingPlus, .leadingZero, .missingInteger, .missingFraction, .missingExponent,
      .missingDigits, .otherBase, .digitSeparator, .digitComma, .numberRunsOn, .minusSign:
      jsonNumber(problem)
    case .unterminatedText, .lineBreakInText, .tabInText, .controlInText, .unknownEscape,
      .wrongUnicodeEscape, .loneSurrogate, .invalidUTF8:
      jsonText(problem)
    }
  }

  private static func jsonNumber(_ problem: JSONProblem) -> String {
    switch problem {
    case .leadingPlus: "JSON numbers have no leading plus; remove it"
    case .leadingZero(let found): "JSON numbers have no leading zeros; found \(found)"
    case .missingInteger: "a digit is missing before the point; write 0.5, not .5"
    case .missingFraction: "a digit is missing after the point; write 1.0, not 1."
    case .missingExponent: "a digit is missing in the exponent; write 1e5"
    case .missingDigits: "a digit is missing after the sign; write -1, or remove the sign"
    case .otherBase(let found): "JSON numbers are decimal; found \(found)"
    case .digitComma:
      "a key is a string in double quotes; if the comma before this digit separates thousands, remove "
        + "it, because JSON numbers have no separators"
    case .digitSeparator: "JSON numbers have no separators between digits; remove the \"_\""
    case .minusSign(let found): "\(shown(found)) is not a minus sign in JSON; write \"-\""
    case .numberRunsOn(let found): "found \(shown(found)) in a number; a string takes double quotes"
    default: "\(problem)"
    }
  }

  private static func jsonText(_ problem: JSONProblem) -> String {
    switch problem {
    case .unterminatedText: "the string that begins here does not end; close it with a double quote"
    case .lineBreakInText:
      "the string that begins here does not end on its line; close it with a double quote, or "
        + "write a line break as \\n"
    case .tabInText: "a tab in a string; write it as \\t"
    case .controlInText(let byte):
      "the control character \(code(UInt32(byte))) in a string; write it as "
        + "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
    case .unknownEscape(let found):
      "\(shown(found)) after a backslash is not an escape in JSON, which has \\\" \\\\ \\/ \\b \\f \\n "
        + "\\r \\t \\uXXXX, and a backslash itself is \\\\"
    case .wrongUnicodeEscape: "\\u takes four hexadecimal digits, like \\u00e9"
    case .loneSurrogate(let unit):
      "\\u\(String(unit, radix: 16)) is one half of a surrogate pair, without the other; a "
        + "character beyond U+FFFF takes both, like \\ud83d\\ude00"
    case .invalidUTF8(let byte):
      "the byte 0x\(String(byte, radix: 16, uppercase: true)) is not UTF-8 here; save the manifest "
        + "as UTF-8 (iconv -f LATIN1 -t UTF-8)"
    default: "\(problem)"
    }
  }

  private static func expectation(_ expected: JSONProblem.Expected) -> String {
    switch expected {
    case .value: "a value"
    case .key: "a key in double quotes"
    case .colon: "\":\""
    case .commaOrEnd(.array): "\",\" or \"]\""
    case .commaOrEnd(.object): "\",\" or \"}\""
    case .keyOrEnd: "a key in double quotes or \"}\""
    case .valueOrEnd: "a value or \"]\""
    case .restOfNumber: "the rest of a number"
    }
  }

  /// Returns a visible character in quotes, and the code of any other.
  private static func shown(_ found: Unicode.Scalar) -> String {
    if found == "\"" { return "a double quote" }
    return found.value > 0x20 && found.value < 0x7F ? "\"\(found)\"" : code(found.value)
  }

  private static func code(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
