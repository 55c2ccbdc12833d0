/// `host help [COMMAND]`.
enum HelpCommand: Subcommand {
  static let form = "help [COMMAND]"
  static let summary = "the same as host COMMAND --help"
  static var help: String { Help.overview }
  static let options: [Option] = []
  static let operands = [Completion.command]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    guard let name = parsed.operands.first else { return console.show(Help.overview) }
    guard let command = Command(rawValue: name), command != .help else {
      throw .usage(Messages.unknownCommand(name, near: Command.nearest(to: name)))
    }
    return console.show(command.type.help)
  }
}
