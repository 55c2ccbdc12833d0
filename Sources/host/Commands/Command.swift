import KernelBridge
import KernelHost
import TaskModel

/// The commands of the command line.
enum Command: String, CaseIterable {
  case run, check, plan, kernels, schema, new, build, report, replay, status, results
  case completions, man, help

  /// What does it.
  var type: any Subcommand.Type {
    switch self {
    case .run: RunCommand.self
    case .check: CheckCommand.self
    case .plan: PlanCommand.self
    case .kernels: KernelsCommand.self
    case .new: NewCommand.self
    case .build: BuildCommand.self
    case .schema: SchemaCommand.self
    case .report: ReportCommand.self
    case .replay: ReplayCommand.self
    case .status: StatusCommand.self
    case .results: ResultsCommand.self
    case .completions: CompletionsCommand.self
    case .man: ManCommand.self
    case .help: HelpCommand.self
    }
  }

  /// The command that was probably meant; nil: none is near.
  static func nearest(to name: String) -> String? {
    NearName.nearest(to: name, among: allCases.map { $0.rawValue })
  }

  /// Finds the command and runs it: `host MANIFEST` is `host run MANIFEST`.
  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    guard let first = arguments.first else {
      console.say(Messages.error("no manifest given"))
      console.say(Help.usage)
      return .usage
    }
    let rest = Array(arguments.dropFirst())
    switch first {
    case "-h", "--help": return console.show(Help.overview)
    case "--version": return console.show(Help.version)
    default: break
    }
    guard let command = Command(rawValue: first) else {
      if first.hasPrefix("-"), first != "-", first != "--" {
        return RunCommand.run(arguments, console)
      }
      // A file is a manifest, whatever it is called; a word alone is a command or nothing.
      if FileFacts.isMissing(first), let message = Messages.noCommandOrFile(first) {
        console.say(Messages.error(message))
        return .usage
      }
      return RunCommand.run(arguments, console)
    }
    // Behind "--" nothing is an option.
    let options = rest.prefix { $0 != "--" }
    if options.contains("--help") || options.contains("-h"), command != .help {
      return console.show(Help.text(command))
    }
    return command.type.run(rest, console)
  }
}

/// One command: what it takes, as the parser and the shells' completion read it, and what it
/// does.
protocol Subcommand {
  static var options: [Option] { get }
  /// What its operands are, in order; unless it says otherwise, a manifest.
  static var operands: [Completion] { get }
  /// What operands behind those are.
  static var moreOperands: Completion { get }
  static func run(_ arguments: [String], _ console: Console) -> ExitCode
}

extension Subcommand {
  static var operands: [Completion] { [.manifest] }
  static var moreOperands: Completion { .nothing }
}

/// `host help [COMMAND]`.
enum HelpCommand: Subcommand {
  static let options: [Option] = []
  static let operands = [Completion.command]

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    guard let name = arguments.first, name != "--help", name != "-h" else {
      return console.show(Help.overview)
    }
    guard let command = Command(rawValue: name), command != .help else {
      console.say(Messages.error(Messages.unknownCommand(name, near: Command.nearest(to: name))))
      return .usage
    }
    return console.show(Help.text(command))
  }
}
