import KernelBridge
import KernelHost
import TaskModel

/// `host build FILE.c -o libfile.so`: the compile step alone.
enum BuildCommand: Subcommand {
  static let options = [
    Option("output", short: "o", value: "FILE"),
    Option("flag", value: "FLAG", isRepeatable: true),
    Option("library", short: "l", value: "NAME", isRepeatable: true),
  ]
  static let operands = [Completion.source]

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      guard parsed.operands.count == 1, let source = parsed.operands.first else {
        throw .init(message: Messages.oneSource(found: parsed.operands.count))
      }
      var plugin = Plugin(path: Paths.absolute(source, in: Paths.current))
      plugin.folder = Paths.current
      plugin.flags = parsed.repeated["flag"] ?? []
      plugin.libraries = parsed.repeated["library"] ?? []
      guard plugin.language != nil else { throw .init(message: Messages.noSource(source)) }
      guard let output = parsed.values["output"] else {
        throw .init(message: Messages.noOutput(PluginBuilder.library(named: source)))
      }
      if let conflict = OutputNames(output: output).conflict(with: "the source", plugin.path) {
        throw .init(message: conflict)
      }
      do throws(PluginBuilder.Failure) {
        let warnings = try PluginBuilder().build(
          plugin, to: Paths.absolute(output, in: Paths.current))
        if !warnings.isEmpty { console.say(warnings) }
        return .ok
      } catch {
        console.say(Messages.error(Messages.notBuilt(source, error.reason)))
        return .usage
      }
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }
}
