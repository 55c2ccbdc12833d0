import KernelBridge

/// Puts the name that the program was called by into texts.
///
/// Texts say `host` for the program where a person would type it: before a command, an option or an
/// operand, and at the begin of a message. The word for the process that runs calls stays.
enum OwnName {
  static func applied(to text: String, name: String = ProgramName.current) -> String {
    if name == ProgramName.usual { return text }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.map { index in
      var line = applied(toLine: lines[index], name)
      if index + 1 < lines.count, isProgram(atEndOf: line, before: lines[index + 1]) {
        line = line.dropLast(ProgramName.usual.count) + name
      }
      for (before, after) in files {
        line.replace(before + ProgramName.usual + after, with: before + name + after)
      }
      return line
    }.joined(separator: "\n")
  }

  /// What stands around the name where it is that of a file or a page.
  private static let files = [
    ("completions/", ""), ("man1/", ".1"), ("man5/", ".5"), ("for man ", " and"), ("man 5 ", ":"),
  ]

  /// Whether a line ends with the name, and the next one begins with a command.
  private static func isProgram(atEndOf line: String, before next: Substring) -> Bool {
    let ends = [" ", "(", "`"].contains { line.hasSuffix($0 + ProgramName.usual) }
    let command = next.drop { $0 == " " }.prefix { $0.isLetter }
    return ends && !line.hasSuffix("the " + ProgramName.usual) && commands.contains(String(command))
  }

  private static let commands = Set(Command.allCases.map { $0.rawValue })
  /// Words of usage lines and examples that follow the program's name.
  private static let operands = ["MANIFEST", "COMMAND", "Sources/"]

  private static func applied(toLine line: Substring, _ name: String) -> String {
    var result = ""
    var rest = line
    while let found = rest.firstRange(of: ProgramName.usual) {
      let before = rest[..<found.lowerBound]
      let after = rest[found.upperBound...]
      result += before
      let last = (result.isEmpty ? nil : result.last)
      let isWord = !(last.map { $0.isLetter || $0.isNumber || "-_./\"'~$".contains($0) } ?? false)
      result += isWord && isProgram(after, isFirst: result.isEmpty) ? name : ProgramName.usual
      rest = after
    }
    return result + rest
  }

  /// Whether what follows is that of a command line.
  private static func isProgram(_ after: Substring, isFirst: Bool) -> Bool {
    if isFirst, after.hasPrefix(": ") || after.hasPrefix(" - ") { return true }
    guard after.hasPrefix(" ") else { return false }
    if isFirst, after.dropFirst().first?.isNumber == true { return true }
    let word = after.dropFirst().drop { $0 == " " }.prefix { !" `,;:?)'\"".contains($0) }
    if word.hasPrefix("-") || word.hasPrefix("[") { return word != "-" || !isFirst }
    // A sentence may end behind the command.
    let command = word.hasSuffix(".") ? word.dropLast() : word
    return command.split(separator: "|").contains { commands.contains(String($0)) }
      || operands.contains { word.hasPrefix($0) } || word.hasSuffix(".json")
  }
}
