/// Escapes text for roff, so that it contains no request and no escape.
enum Roff {
  /// Escapes prose. Hyphens stay hyphens; options get minus signs, which can be copied.
  static func text(_ text: String) -> String {
    text.split(separator: " ").map { word(String($0)) }.joined(separator: " ")
  }

  /// Escapes a word of prose; options are bold.
  static func word(_ word: String) -> String {
    let opening = word.prefix { "([\"".contains($0) }
    let rest = word.dropFirst(opening.count)
    guard rest.hasPrefix("-"), rest.dropFirst().contains(where: { $0.isLetter }) else {
      // In names of files, a hyphen is a minus sign.
      let isName = word.contains { "/._~=<>|".contains($0) }
      return isName ? code(word) : escaped(word, minus: false)
    }
    let option = rest.prefix { $0.isLetter || $0.isNumber || "-_".contains($0) }
    return code(String(opening)) + "\\fB" + code(String(option)) + "\\fR"
      + code(String(rest.dropFirst(option.count)))
  }

  /// Returns the head of an item: options are bold, and placeholders are slanted.
  static func head(_ head: String) -> String {
    let words = head.split(separator: " ", omittingEmptySubsequences: false).map { part in
      let isValue = !part.isEmpty && part.allSatisfy { $0.isUppercase || "[]_".contains($0) }
      if isValue, part.count(where: { $0.isUppercase }) > 0 {
        return "\\fI\(code(String(part)))\\fR"
      }
      return part.isEmpty ? "" : "\\fB\(code(String(part)))\\fR"
    }
    return guarded(words.joined(separator: " "))
  }

  /// Escapes text that people copy. `isArgument`: whether it is the quoted argument of a macro.
  static func code(_ text: String, isArgument: Bool = false) -> String {
    let text = escaped(text, minus: true)
    return isArgument ? text.split(separator: "\"").joined(separator: "\\(dq") : text
  }

  /// Returns a line that does not begin like a request.
  static func guarded(_ line: String) -> String {
    line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
  }

  private static func escaped(_ text: String, minus: Bool) -> String {
    text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\\": "\\e"
      case "-": minus ? "\\-" : "-"
      case "'": "\\(aq"
      case "`": "\\(ga"
      case "^": "\\(ha"
      case "~": "\\(ti"
      default:
        scalar.isASCII
          ? String(scalar) : "\\[u\(hex(scalar.value))]"
      }
    }.joined()
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
