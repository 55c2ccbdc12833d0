import KernelBridge
import KernelHostModel

/// The list of commands. To add one, add its name here and write its `Subcommand`.
enum Command: String, CaseIterable {
  case run, call, check, plan, kernels, new, build, schema, report, replay, status, results
  case finish, merge, emit, serve, client
  case completions, man, install, uninstall, help

  /// The declaration of the command.
  var type: any Subcommand.Type {
    switch self {
    case .run: RunCommand.self
    case .call: CallCommand.self
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
    case .finish: FinishCommand.self
    case .merge: MergeCommand.self
    case .emit: EmitCommand.self
    case .serve: ServeCommand.self
    case .client: ClientCommand.self
    case .completions: CompletionsCommand.self
    case .man: ManCommand.self
    case .install: InstallCommand.self
    case .uninstall: UninstallCommand.self
    case .help: HelpCommand.self
    }
  }

  /// The command whose name is most similar; nil if no name is similar enough.
  static func nearest(to name: String) -> String? {
    NearName.nearest(to: name, among: allCases.map { $0.rawValue })
  }

  /// Finds the command and runs it. `host MANIFEST` means `host run MANIFEST`.
  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    guard let first = arguments.first else {
      console.say(Messages.error("no manifest given"))
      console.say(Help.usage)
      return .usage
    }
    switch first {
    case "-h", "--help": return console.show(Help.overview)
    case "--version": return console.show(Help.version)
    default: break
    }
    if let command = Command(rawValue: first) {
      return command.run(Array(arguments.dropFirst()), console)
    }
    let isOption = first.hasPrefix("-") && first != "-" && first != "--"
    // An existing file is a manifest, whatever its name is. Any other word must be a command.
    if !isOption, FileFacts.isMissing(first), let message = Messages.noCommandOrFile(first) {
      return console.report(.usage(message))
    }
    return Command.run.perform(arguments, console)
  }

  private func run(_ arguments: [String], _ console: Console) -> ExitCode {
    // What follows "--" is not an option.
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    let isHelpWord = { (word: String) in word == "--help" || word == "-h" }
    guard arguments[..<end].contains(where: isHelpWord) else { return perform(arguments, console) }
    if self != .help { return console.show(type.help) }
    return perform(arguments[..<end].filter { !isHelpWord($0) }, console)
  }

  private func perform(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(CommandError) {
      let parsed = try OptionParser(arguments, options: type.options)
      try OutputPlaces.check(parsed)
      return try type.run(parsed, console)
    } catch {
      return console.report(error)
    }
  }
}
