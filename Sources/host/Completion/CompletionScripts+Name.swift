import KernelBridge

extension Shell {
  /// The script for a program of this name.
  func script(for name: String) -> String {
    if name == ProgramName.usual { return script }
    let function = name.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    return script.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let named = line.replacing("_host", with: "_\(function)")
      let registers = ["complete -F ", "complete -c ", "#compdef ", "compdef "]
      let start = named.drop { $0 == " " }
      if registers.contains(where: { start.hasPrefix($0) }) {
        return named.split(separator: " ", omittingEmptySubsequences: false)
          .map { $0 == ProgramName.usual ? name : String($0) }.joined(separator: " ")
      }
      return OwnName.applied(to: String(named), name: name)
    }.joined(separator: "\n")
  }

  /// Where a shell looks for the script, below the prefix of an installation.
  func place(for name: String) -> String {
    switch self {
    case .bash: "share/bash-completion/completions/\(name)"
    case .zsh: "share/zsh/site-functions/_\(name)"
    case .fish: "share/fish/vendor_completions.d/\(name).fish"
    }
  }
}

extension ManPage {
  /// The page of a program of this name.
  func text(for name: String) -> String {
    if name == ProgramName.usual { return text }
    let heading = ".TH \(ProgramName.usual.uppercased()) "
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      line -> String in
      if line.hasPrefix(heading) {
        return ".TH \(name.uppercased()) " + line.dropFirst(heading.count)
      }
      if line.hasPrefix("host \\- ") { return name + line.dropFirst(ProgramName.usual.count) }
      // The page marks words and dashes with escapes.
      return String(line).replacing("\\fBhost\\fR", with: "\\fB\(name)\\fR")
        .replacing("host \\-\\-", with: "\(name) \\-\\-").replacing("\"host ", with: "\"\(name) ")
    }
    return OwnName.applied(to: lines.joined(separator: "\n"), name: name)
  }
}
