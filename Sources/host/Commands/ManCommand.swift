import KernelBridge

/// `host man`: the manual page.
enum ManCommand: Subcommand {
  static let form = "man"
  static let summary = "print the manual page"
  static let help = """
    host man - print the manual page

    usage: host man

    The page has the texts of --help. To read it, or to install it for man host:

        host man | man -l -
        host man > ~/.local/share/man/man1/host.1

    example: host man | man -l -

    """

  static let options: [Option] = []
  static let operands: [Completion] = []

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    if let first = parsed.operands.first { throw .usage(Messages.noOperand(first)) }
    return console.show(ManPage().text(for: ProgramName.current), isData: true)
  }
}
