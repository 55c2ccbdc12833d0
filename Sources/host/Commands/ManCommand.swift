import KernelBridge

/// `host man [5]`: the manual pages.
enum ManCommand: Subcommand {
  static let form = "man [SECTION]"
  static let summary = "print the manual page, or that of manifests"
  static let help = """
    host man - print the manual page, or that of manifests

    usage: host man [1]    the page of the program, with the texts of --help
           host man 5      the page of manifests, with each of their keys

    To read a page, or to install both for man host and man 5 host:

        host man 5 | man -l -
        host man > ~/.local/share/man/man1/host.1
        host man 5 > ~/.local/share/man/man5/host.5

    example: host man | man -l -

    """

  static let options: [Option] = []
  static let operands = [Completion.words(["1", "5"])]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    guard parsed.operands.count <= 1 else {
      throw .usage(Messages.noOperand(parsed.operands[1]))
    }
    let page =
      switch parsed.operands.first {
      case nil, "1": ManPage()
      case "5": ManPage.ofManifests()
      case let other?: throw CommandError.usage(Messages.unknownManSection(other))
      }
    return console.show(page.text(for: ProgramName.current), isData: true)
  }
}

extension Messages {
  fileprivate static func unknownManSection(_ found: String) -> String {
    "there is no page in section \(quoted(found)); expected 1 (the program) or 5 (manifests)"
  }
}
