import KernelHost
import TaskModel

/// `host check MANIFEST`: everything that a run would check, and nothing runs.
enum CheckCommand {
  static let options =
    [Option("input", value: "json|jsonl"), Option("verbose")] + KernelOptions.options

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      guard parsed.operands.count == 1 else {
        throw .init(message: Messages.oneManifest(found: parsed.operands.count))
      }
      let input = try parsed.choice(
        "input", ManifestFormat.init(rawValue:), ManifestFormat.allCases)
      let kernels = try KernelOptions(parsed)
      do throws(ManifestLoader.Failure) {
        let loaded = try ManifestLoader.load(parsed.operands[0], input: input, kernels)
        for warning in loaded.warnings { console.say(warning) }
        let details = parsed.flags.contains("verbose") ? Help.inForce(loaded.kernels) : ""
        return console.show(Help.checked(parsed.operands[0], loaded.plan) + details)
      } catch {
        guard case .said(let lines) = error else { return .usage }
        for line in lines { console.say(line) }
        return .usage
      }
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }
}
