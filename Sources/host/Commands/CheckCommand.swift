import KernelHost
import TaskModel

/// `host check MANIFEST`: everything that a run would check, and nothing runs.
enum CheckCommand: Subcommand {
  static let options =
    [Option("input", choices: ManifestFormat.self), Option("verbose"), WithoutPlugins.option]
    + KernelOptions.options

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      if parsed.flags.contains("no-plugins") {
        if parsed.flags.contains("verbose") { throw .init(message: Messages.verboseLoads) }
        return try WithoutPlugins.show(parsed, console) { Help.checked(parsed.operands[0], $0) }
      }
      guard let loaded = try ManifestLoader.load(parsed, console) else { return .usage }
      let details = parsed.flags.contains("verbose") ? Help.inForce(loaded.kernels) : ""
      return console.show(Help.checked(parsed.operands[0], loaded.plan) + details)
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }
}
