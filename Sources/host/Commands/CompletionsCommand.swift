import TaskModel

/// `host completions SHELL`: a script for the shell, and what that script asks.
enum CompletionsCommand: Subcommand {
  static let options = [Option("complete")]
  static let operands = [Completion.words(Shell.allCases.map { $0.rawValue })]

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      let known = Shell.allCases.map { $0.rawValue }
      let isQuestion = parsed.flags.contains("complete")
      let names = isQuestion ? Array(parsed.operands.prefix(1)) : parsed.operands
      guard names.count == 1 else {
        throw .init(message: Messages.oneShell(known, found: names.count))
      }
      guard let shell = Shell(rawValue: names[0]) else {
        let near = NearName.nearest(to: names[0], among: known)
        throw .init(message: Messages.unknownShell(names[0], near: near, known))
      }
      if !isQuestion { return console.show(shell.script, isData: true) }
      let words = shell.unquoted(Array(parsed.operands.dropFirst()))
      return console.show(Completer(words).answer.text, isData: true)
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }
}

/// The shells that can be told what to offer.
enum Shell: String, CaseIterable {
  case bash, zsh, fish

  /// The words of a line as a program would get them. Bash hands them on as they were typed;
  /// fish the last one alone; zsh none.
  func unquoted(_ words: [String]) -> [String] {
    switch self {
    case .bash: words.map(Self.unquoted)
    case .zsh: words
    case .fish: words.dropLast() + words.suffix(1).map(Self.unquoted)
    }
  }

  /// A quote that is not closed yet goes to the end. A variable stays its name: what stands in
  /// it is the shell's to know.
  private static func unquoted(_ word: String) -> String {
    var text = ""
    var quote: Character?
    var isEscaped = false
    for character in word {
      if isEscaped {
        // Within double quotes a backslash is one but before these.
        if quote != nil, !"\\\"$`".contains(character) { text.append("\\") }
        text.append(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if character == quote {
        quote = nil
      } else if quote == nil, character == "'" || character == "\"" {
        quote = character
      } else {
        text.append(character)
      }
    }
    return text
  }
}
