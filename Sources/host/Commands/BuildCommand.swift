import KernelBridge
import KernelHost
import KernelHostModel

/// `host build FILE.c -o libfile.so`: the compile step alone.
enum BuildCommand: Subcommand {
  static let form = "build FILE.c -o LIB"
  static let summary = "compile kernels to a library"
  static let help = """
    host build - compile a C or C++ file of kernels to a library

    usage: host build FILE.c -o libfile.so [--flag FLAG ...] [--library NAME ...]

    Compiles without running. A manifest may also name the source file itself. The
    compiler is cc (c++ for .cpp, .cc, .cxx), or the one that CC (CXX) names, with
    this host's kernel_host.h. Messages of the compiler are shown unchanged.

      -o, --output FILE   where the library is written
      --flag FLAG         a flag for the compiler, after -O2 -g -fPIC -shared
      -l, --library NAME  "z" links libz; a path is linked as it is

    example: host build my_kernel.c -o libmy_kernel.so --flag=-O3

    """

  static let options = [
    Option("output", short: "o", value: "FILE"),
    Option("flag", value: "FLAG", isRepeatable: true),
    Option("library", short: "l", value: "NAME", isRepeatable: true),
  ]
  static let operands = [Completion.source]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    guard parsed.operands.count == 1, let source = parsed.operands.first else {
      throw .usage(Messages.oneSource(found: parsed.operands.count))
    }
    var plugin = Plugin(path: Paths.absolute(source, in: Paths.current))
    plugin.folder = Paths.current
    plugin.flags = parsed.repeated["flag"] ?? []
    plugin.libraries = parsed.repeated["library"] ?? []
    guard plugin.language != nil else { throw .usage(Messages.noSource(source)) }
    guard let output = parsed.values["output"] else {
      throw .usage(Messages.noOutput(PluginBuilder.library(named: source)))
    }
    if let conflict = OutputNames(output: output).conflict(with: "the source", plugin.path) {
      throw .usage(conflict)
    }
    do throws(PluginBuilder.Failure) {
      let warnings = try PluginBuilder().build(
        plugin, to: Paths.absolute(output, in: Paths.current))
      if !warnings.isEmpty { console.say(warnings) }
      return .ok
    } catch {
      throw .usage(Messages.notBuilt(source, error.reason))
    }
  }
}

extension Messages {
  fileprivate static func oneSource(found: Int) -> String {
    found == 0
      ? "no source file given: host build FILE.c -o libfile.so"
      : "\(found) source files given, expected one; a manifest's \"sources\" can have several"
  }

  fileprivate static func noSource(_ path: String) -> String {
    "\(quoted(path)) is not a source file: expected a name that ends in .c, .cpp, .cc or .cxx"
  }

  fileprivate static func noOutput(_ proposal: String) -> String {
    "no output file given: add -o \(proposal)"
  }

  fileprivate static func notBuilt(_ path: String, _ reason: String) -> String {
    "cannot build \(quoted(path)): \(reason)"
  }
}
