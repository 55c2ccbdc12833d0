/// One command: its options, its help text, and what it does. Each command is one file, or a
/// folder where one file would be too long.
///
/// The parser, the overview, the manual page, the shells' completion and the messages about
/// unknown options read these declarations.
protocol Subcommand {
  /// How the overview shows the command: its name and its main operand.
  static var form: String { get }
  /// What the overview says about the command.
  static var summary: String { get }
  /// The text of `host COMMAND --help`, in the form that `HelpText` reads.
  static var help: String { get }
  static var options: [Option] { get }
  /// The kinds of its first operands, in order. The default is one manifest.
  static var operands: [Completion] { get }
  /// The kind of all further operands.
  static var moreOperands: Completion { get }
  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode
}

extension Subcommand {
  static var operands: [Completion] { [.manifest] }
  static var moreOperands: Completion { .nothing }
}
