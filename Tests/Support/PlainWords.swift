/// Checks that a text is plain technical English: short sentences, and no quaint words.
public enum PlainWords {
  /// The most words of a sentence.
  public static let limit = 25

  /// Words and phrases that a plainer one replaces: "no calls" for "none", "returns" for
  /// "answers".
  private static let refused = [
    "none", "nobody", "somebody", "whoever", "answer", "answers", "answered", "obey", "obeys",
    "bury", "buried", "condemn", "condemned", "acquit", "acquitted", "mend", "mends", "mended",
    "so many", "so often", "by itself", "by themselves", "in vain", "for ever", "all the same",
    "came of",
  ]

  /// Returns the faults of a text, one line each. Names and values in quotes or backticks may be
  /// anything. Each counts as one word if `countsNames`; lists of names may be long in messages.
  public static func faults(
    _ text: String, limit: Int = limit, countsNames: Bool = true
  ) -> [String] {
    sentences(withoutNames(text)).flatMap { sentence in
      let words = sentence.split { !$0.isLetter && $0 != "'" && $0 != "-" }
      let plain = " " + words.joined(separator: " ").lowercased() + " "
      var faults = refused.filter { plain.contains(" \($0) ") }.map { "\"\($0)\" in: \(sentence)" }
      let count = sentence.split(separator: " ").filter { countsNames || $0.first != "X" }.count
      if count > limit { faults.append("\(count) words in: \(sentence)") }
      return faults
    }
  }

  /// Returns the parts of a text that each hold one thought. They end with a full stop, a colon or
  /// a semicolon before a blank.
  private static func sentences(_ text: String) -> [String] {
    var sentences: [String] = []
    var sentence = ""
    for character in text {
      sentence.append(character == "\n" ? " " : character)
      if character == " " || character == "\n", let last = sentence.dropLast().last,
        ".:;!?".contains(last)
      {
        sentences.append(sentence)
        sentence = ""
      }
    }
    return (sentences + [sentence]).filter { $0.contains { $0 != " " } }
  }

  /// Returns the text with one "X" in place of each part in quotes or backticks.
  private static func withoutNames(_ text: String) -> String {
    var result = ""
    var end: Character?
    var isEscaped = false
    for character in text {
      if isEscaped || character == "\\" {
        isEscaped.toggle()
      } else if let quote = end {
        if character == quote { end = nil }
      } else if character == "\"" || character == "`" {
        end = character
        result.append("X")
      } else {
        result.append(character)
      }
    }
    return result
  }
}

/// A comment of a source file, or the text of neighbouring string literals.
public struct SourceRemark {
  public let line: Int
  public let text: String

  /// Returns the comments of a Swift file, a paragraph each. Marks, code and lists of parameters
  /// are left out.
  public static func comments(_ source: String) -> [SourceRemark] {
    blocks(source) { line in
      guard let start = line.firstRange(of: "//"),
        line[..<start.lowerBound].allSatisfy({ $0 == " " })
      else { return nil }
      let text = line[start.upperBound...].drop { $0 == "/" }
      let isProse =
        !text.hasPrefix("     ") && !text.hasPrefix(" MARK") && !text.hasPrefix(" swift-format")
      return isProse && text.count > 1 ? String(text) : nil
    }
  }

  /// Returns the string literals of a Swift file, those of neighbouring lines together.
  /// Interpolations and quotes inside count as one name.
  public static func literals(_ source: String) -> [SourceRemark] {
    blocks(source) { line in
      let code = line.drop { $0 == " " }
      if code.hasPrefix("//") || code.hasPrefix("case ") { return nil }
      let text = literal(line)
      return text.contains(" ") ? text : nil
    }
  }

  private static func literal(_ line: Substring) -> String {
    var text = ""
    var isInside = false
    var depth = 0
    var isEscaped = false
    for character in line {
      if depth > 0 {
        depth += character == "(" ? 1 : character == ")" ? -1 : 0
      } else if isEscaped {
        isEscaped = false
        if character == "(" { depth = 1 }
        text.append(character == "(" ? "X" : character == "n" ? "\n" : character)
      } else if isInside, character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isInside.toggle()
      } else if isInside {
        text.append(character)
      }
    }
    return text
  }

  private static func blocks(
    _ source: String, _ part: (Substring) -> String?
  ) -> [SourceRemark] {
    var remarks: [SourceRemark] = []
    var text = ""
    var start = 0
    for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      if let part = part(line) {
        if text.isEmpty { start = index + 1 }
        text += part
      } else if !text.isEmpty {
        remarks.append(SourceRemark(line: start, text: text))
        text = ""
      }
    }
    return text.isEmpty ? remarks : remarks + [SourceRemark(line: start, text: text)]
  }
}
