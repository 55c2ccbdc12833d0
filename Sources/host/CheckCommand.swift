import KernelHost
import TaskModel

/// `host check MANIFEST`: everything that a run would check, and nothing runs.
enum CheckCommand {
  static let options = [Option("input", value: "json|jsonl")]

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      guard parsed.operands.count == 1 else {
        throw .init(message: Messages.oneManifest(found: parsed.operands.count))
      }
      var input: ManifestFormat?
      if let text = parsed.values["input"] {
        input = ManifestFormat(rawValue: text)
        if input == nil {
          throw .init(
            message: Messages.wrongValue("--input", found: text, expected: "json or jsonl"))
        }
      }
      do throws(ManifestLoader.Failure) {
        let plan = try ManifestLoader.plan(parsed.operands[0], input: input)
        return console.show(Help.checked(parsed.operands[0], plan))
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
