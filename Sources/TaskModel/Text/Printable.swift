/// Foreign text made fit for a terminal: nothing in it moves the cursor, hides or
/// turns text around, and each character is one element.
enum Printable {
  /// The text in double quotes, with JSON's escapes; what is longer than `most`
  /// characters is cut. O(most).
  static func quoted(_ text: String, most: Int = 60) -> String {
    var result = "\""
    var count = 0
    for scalar in text.unicodeScalars {
      if count == most { return result + "...\"" }
      count += 1
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default: result += isSafe(scalar) ? String(scalar) : escape(scalar)
      }
    }
    return result + "\""
  }

  /// Returns the text without characters that control a terminal.
  static func plain(_ text: String) -> String {
    text.unicodeScalars.map(shown).joined()
  }

  /// Returns the text without characters that control a terminal, except for line feeds and tabs.
  /// It is for texts of several lines with foreign parts. O(length), little for plain ASCII.
  static func lines(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { 0x20..<0x7F ~= $0 || $0 == 0x0A || $0 == 0x09 }
    if isPlain { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case _ where scalar == "\n" || scalar == "\t": result.append(scalar)
      case .nonspacingMark: result.append(scalar)
      default: result.append(contentsOf: shown(scalar).unicodeScalars)
      }
    }
    return String(result)
  }

  /// A number as it was written, cut after 40 characters.
  static func number(_ text: String) -> String {
    let most = 40
    return text.utf8.count > most ? plain(String(text.prefix(most))) + "..." : plain(text)
  }

  /// On one line, where nothing that is different comes to look alike: what may not stand in it
  /// is there by its code, and a backslash twice.
  static func oneLine(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      default: result += isSafe(scalar) ? String(scalar) : escape(scalar)
      }
    }
    return result
  }

  private static func shown(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0x09: " "
    // The pictures of control characters: one column, and harmless.
    case 0..<0x20: String(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
    case 0x7F: "\u{2421}"
    default: isSafe(scalar) ? String(scalar) : "\u{FFFD}"
    }
  }

  private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value >= 0x20, scalar.value < 0x7F || isJoined(scalar) { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      return false
    default: return true
    }
  }

  /// Marks on the character before, and what joins two or parts them: names are written with
  /// them, and they move nothing.
  static func isJoined(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x300 { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return true
    default: return scalar == "\u{200C}" || scalar == "\u{200D}"
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let hex = String(scalar.value, radix: 16, uppercase: true)
    let digits = String(repeating: "0", count: max(0, 4 - hex.count)) + hex
    return scalar.value > 0xFFFF ? "\\u{\(digits)}" : "\\u\(digits)"
  }
}
