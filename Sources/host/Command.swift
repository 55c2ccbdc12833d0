import KernelHost

/// The commands of the command line.
enum Command: String, CaseIterable {
  case run, check, plan, kernels, schema, new, build, help

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
      return RunCommand.run(arguments, console, isBare: true)
    }
    if rest.contains("--help") || rest.contains("-h"), command != .help {
      return console.show(Help.text(command))
    }
    switch command {
    case .run: return RunCommand.run(rest, console)
    case .check: return CheckCommand.run(rest, console)
    case .plan: return PlanCommand.run(rest, console)
    case .kernels: return KernelsCommand.run(rest, console)
    case .new: return NewCommand.run(rest, console)
    case .build: return BuildCommand.run(rest, console)
    case .schema: return SchemaCommand.run(rest, console)
    case .help: return help(rest, console)
    }
  }

  private static func help(_ arguments: [String], _ console: Console) -> ExitCode {
    guard let name = arguments.first, name != "--help", name != "-h" else {
      return console.show(Help.overview)
    }
    guard let command = Command(rawValue: name), command != .help else {
      console.say(Messages.error(Messages.unknownCommand(name)))
      return .usage
    }
    return console.show(Help.text(command))
  }
}
