import KernelBridge
import KernelHostModel

/// `host completions SHELL`: a script for the shell, and what that script asks.
enum CompletionsCommand: Subcommand {
  static let form = "completions SHELL"
  static let summary = "print a completion script for bash, zsh or fish"
  static let help = """
    host completions - print a completion script for a shell

    usage: host completions bash|zsh|fish
           host completions SHELL --complete -- WORD ...

    When the script is loaded, the Tab key completes commands, options and their
    values, and files. It also completes kernels and their parameters, with those of
    plugins on the line. Add the line for your shell to its start file:

      bash  in ~/.bashrc:              source <(host completions bash)
      zsh   in ~/.zshrc, after compinit:   source <(host completions zsh)
      fish  in ~/.config/fish/config.fish:  host completions fish | source

    The script asks the host for completions, so it is never out of date. Plugins
    are loaded for that in a separate process, with a limit of half a second. C and
    C++ files are not compiled for it, so their kernels are offered after the first
    run.

      --complete  for scripts: takes the words of a line after the program's name,
                  up to the cursor, and prints completions of the last one. The
                  first line is the part of the word that is kept, and the second
                  the part that is completed. Each other line is "word" with text
                  and meaning, "file" with endings, or "folder", with tabs between

    example: host completions bash > ~/.local/share/bash-completion/completions/host

    """

  static let options = [Option("complete")]
  static let operands = [Completion.words(Shell.allCases.map { $0.rawValue })]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let known = Shell.allCases.map { $0.rawValue }
    let isQuestion = parsed.flags.contains("complete")
    let names = isQuestion ? Array(parsed.operands.prefix(1)) : parsed.operands
    guard names.count == 1 else {
      throw .usage(Messages.oneShell(known, found: names.count))
    }
    guard let shell = Shell(rawValue: names[0]) else {
      let near = NearName.nearest(to: names[0], among: known)
      throw .usage(Messages.unknownShell(names[0], near: near, known))
    }
    if !isQuestion { return console.show(shell.script(for: ProgramName.current), isData: true) }
    let words = shell.unquoted(Array(parsed.operands.dropFirst()))
    return console.show(Completer(words).completions.text, isData: true)
  }
}

extension Messages {
  fileprivate static func oneShell(_ known: [String], found: Int) -> String {
    (found == 0 ? "no shell given" : "\(found) shells given, expected one")
      + ": host completions \(known.joined(separator: "|"))"
  }

  fileprivate static func unknownShell(_ name: String, near: String?, _ known: [String]) -> String {
    "there is no completion script for the shell \(quoted(name))"
      + (near.map { "; did you mean \(quoted($0))?" }
        ?? "; expected one of \(known.joined(separator: ", "))")
  }
}

/// The shells for which there is a completion script.
enum Shell: String, CaseIterable {
  case bash, zsh, fish

  /// Returns the words of a line as a program would get them. Bash passes all words as they were
  /// typed, fish only the last one, and zsh no word.
  func unquoted(_ words: [String]) -> [String] {
    switch self {
    case .bash: words.map(Self.unquoted)
    case .zsh: words
    case .fish: words.dropLast() + words.suffix(1).map(Self.unquoted)
    }
  }

  /// Removes quotes and backslashes. An open quote extends to the end. Variables keep their names,
  /// because only the shell knows their values.
  private static func unquoted(_ word: String) -> String {
    var text = ""
    var quote: Character?
    var isEscaped = false
    for character in word {
      if isEscaped {
        // Inside double quotes, a backslash escapes only these.
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
