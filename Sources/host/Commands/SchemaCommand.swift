import KernelBridge
import KernelHost
import TaskModel

/// `host schema [MANIFEST]`: the JSON Schema of manifests, for editors.
enum SchemaCommand: Subcommand {
  static let options = KernelOptions.ofKernels + [WithoutPlugins.option]

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      guard parsed.operands.count <= 1 else {
        throw .init(message: Messages.oneManifest(parsed.operands))
      }
      let options = try KernelOptions(parsed)
      do throws(ManifestLoader.Failure) {
        let kernels =
          if let manifest = parsed.operands.first {
            try ManifestLoader.kernels(
              of: manifest, options, loadsPlugins: !parsed.flags.contains("no-plugins"))
          } else {
            parsed.flags.contains("no-plugins") ? Host.builtInKernels : try options.signatures()
          }
        return console.show(ManifestSchema(kernels: kernels).text, isData: true)
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
