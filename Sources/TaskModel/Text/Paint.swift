/// Colours of messages on a terminal: the place, the word that says how bad it is, and the caret.
/// They are put into the finished text, so that it is the same without them.
public enum Paint {
  private static let bold = "1"
  private static let error = "1;31"
  private static let warning = "1;33"
  private static let caret = "1;32"

  /// Paints a message of several lines, without characters that control a terminal. O(length).
  public static func message(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(line)
      .joined(separator: "\n")
  }

  /// What stands before the word: the program's name, which may be another than `host`.
  private static let starts = ["host: ", "kernelhost: ", ""]

  private static func line(_ line: Substring) -> String {
    let text = line.drop { $0 == " " }
    if text == "^" { return line.dropLast() + painted("^", caret) }
    for (word, colour) in [("error:", error), ("warning:", warning)] {
      for start in starts where line.hasPrefix(start + word) {
        return painted(start, bold) + painted(word, colour)
          + line.dropFirst(start.count + word.count)
      }
      if let place = place(line, before: word) {
        return painted(String(place), bold) + " " + painted(word, colour)
          + line.dropFirst(place.count + 1 + word.count)
      }
    }
    return String(line)
  }

  /// "file:3:14:" where a line begins so and goes on with the word.
  private static func place(_ line: Substring, before word: String) -> Substring? {
    guard let range = line.firstRange(of: ": " + word) else { return nil }
    let start = line[..<range.lowerBound]
    let parts = start.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts.suffix(2).allSatisfy({ Int($0) != nil }) else { return nil }
    return line[..<line.index(after: range.lowerBound)]
  }

  private static func painted(_ text: String, _ colour: String) -> String {
    text.isEmpty ? "" : "\u{1B}[\(colour)m\(text)\u{1B}[0m"
  }
}
