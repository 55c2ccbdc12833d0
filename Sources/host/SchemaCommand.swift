import KernelBridge
import KernelHost
import TaskModel

/// `host schema`: the JSON Schema of the manifest, for editors.
enum SchemaCommand {
  static let options = KernelOptions.ofKernels

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      guard parsed.operands.isEmpty else {
        throw .init(message: Messages.noOperand(parsed.operands[0]))
      }
      let kernels = try KernelOptions(parsed)
      do throws(ManifestLoader.Failure) {
        return console.show(ManifestSchema(kernels: try kernels.signatures()).text)
      } catch {
        if case .said(let lines) = error { lines.forEach(console.say) }
        return .usage
      }
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }
}
