import KernelBridge
import KernelHost
import KernelHostModel

/// `host schema [MANIFEST]`: the JSON Schema of manifests, for editors.
enum SchemaCommand: Subcommand {
  static let form = "schema [MANIFEST]"
  static let summary = "print a JSON Schema of manifests, for editors"
  static let help = """
    host schema - print a JSON Schema (draft 2020-12) of manifests, for editors

    usage: host schema [--plugin PATH ...] [--no-plugins] [MANIFEST]
           host schema [--plugin PATH ...] serve

    It has all keys of a manifest and the parameters of all kernels, with type,
    unit, default, range and meaning: of those built in, of the plugins given, and
    of the plugins of MANIFEST, if one is given. An editor that finds it completes
    and checks a manifest while it is written:

        { "$schema": "./manifest.schema.json", "tasks": [ ... ] }

      --plugin PATH  kernels of this plugin, too; as for run
      --no-plugins   compile, load and run nothing: kernels that are built in only

    `serve` is not a manifest: it prints the schema of the lines of host serve.
    host check also finds what a schema cannot say: keys and names that appear
    twice, plugins that cannot be loaded. The schema's $comment lists it.

    example: host schema > manifest.schema.json

    """

  static let options = KernelOptions.ofKernels + [WithoutPlugins.option]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    guard parsed.operands.count <= 1 else {
      throw .usage(Messages.oneManifest(parsed.operands))
    }
    let options = try KernelOptions(parsed)
    if parsed.operands.first == Command.serve.rawValue {
      let schema = ManifestSchema(kernels: try options.signatures())
      return console.show(schema.serveText, isData: true)
    }
    let loadsPlugins = !parsed.flags.contains("no-plugins")
    let kernels =
      if let manifest = parsed.operands.first {
        try ManifestLoader.kernels(of: manifest, options, loadsPlugins: loadsPlugins)
      } else {
        loadsPlugins ? try options.signatures() : CallHost.builtInKernels
      }
    return console.show(ManifestSchema(kernels: kernels).text, isData: true)
  }
}
