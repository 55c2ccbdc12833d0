/// `host man`: the manual page.
enum ManCommand: Subcommand {
  static let options: [Option] = []
  static let operands: [Completion] = []

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      if let first = parsed.operands.first { throw .init(message: Messages.noOperand(first)) }
      return console.show(ManPage().text, isData: true)
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }
}
