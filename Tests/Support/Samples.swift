import Foundation

/// A sample of CSources/plugins/samples: the library that it is over, and how to build it.
public struct PluginSample: Sendable, CustomStringConvertible {
  /// The file.
  public let source: String
  /// The arguments after the source on the compiler's command line.
  public let links: [String]
  /// The smallest program that needs the same; with it, the sample has to compile.
  let probe: String
  /// The package that has it on Debian.
  let package: String

  public var description: String { source }
  public var path: String { Repository.path + "/CSources/plugins/samples/" + source }
  /// Why tests of it are skipped.
  public var why: String { "\(source) needs \(package), which is not there" }

  public static let zlib = PluginSample(
    source: "zlib_deflate.c", links: ["-lz"],
    probe: "#include <zlib.h>\nint main(void) { return zlibVersion() == 0; }",
    package: "zlib1g-dev")
  public static let sqlite = PluginSample(
    source: "sqlite_query.c", links: ["-lsqlite3"],
    probe: "#include <sqlite3.h>\nint main(void) { return sqlite3_threadsafe(); }",
    package: "libsqlite3-dev")
  public static let fftw = PluginSample(
    source: "fftw_transform.c", links: ["-lfftw3", "-lm"],
    probe: "#include <fftw3.h>\nint main(void) { fftw_cleanup(); return 0; }",
    package: "libfftw3-dev")
  public static let openblas = PluginSample(
    source: "openblas_dgemm.c", links: ["-lopenblas"],
    probe: "#include <cblas.h>\nint main(void) { openblas_set_num_threads(1); return 0; }",
    package: "libopenblas-dev")
  public static let counter = PluginSample(
    source: "counter.cpp", links: [],
    probe: "#include <map>\nint main() { return std::map<int, int>().size() != 0; }",
    package: "g++")
  public static let collatz = PluginSample(
    source: "collatz.rs", links: [], probe: "fn main() {}", package: "rustc")
  public static let all = [zlib, sqlite, fftw, openblas, counter, collatz]

  private enum Language { case c, cPlusPlus, rust }
  private var language: Language {
    source.hasSuffix(".rs") ? .rust : source.hasSuffix(".cpp") ? .cPlusPlus : .c
  }

  /// The compilers of its language that are on the PATH.
  public var compilers: [String] {
    let names =
      switch language {
      case .c: ["gcc", "clang"]
      case .cPlusPlus: ["g++", "clang++"]
      case .rust: ["rustc"]
      }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return names.filter { name in
      folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
  }

  /// Whether what it is over is there.
  public var isAvailable: Bool {
    guard let compiler = compilers.first, let folder = try? TemporaryFolder() else { return false }
    let name = "probe" + source.drop { $0 != "." }
    guard (try? folder.write(probe, to: name)) != nil else { return false }
    let command = [compiler, folder.path(name)] + links + ["-o", folder.path("probe")]
    return (try? Child("/usr/bin/env", command).finish())?.end == .exit(0)
  }

  /// Compiles it to a library in a folder, with every warning an error. Returns the library's path.
  public func build(in folder: TemporaryFolder, compiler: String? = nil) throws -> String {
    let library = folder.path("lib" + source.prefix { $0 != "." } + ".so")
    let command =
      switch language {
      case .rust:
        ["-D", "warnings", "--crate-type", "cdylib", "-O", "-Cpanic=abort", path, "-o", library]
      default:
        [
          language == .c ? "-std=c11" : "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
          "-O1", "-shared", "-fPIC", "-I", Repository.path + "/include", path,
        ] + links + ["-o", library]
      }
    let compiler = compiler ?? compilers.first ?? "cc"
    let build = try Child("/usr/bin/env", [compiler] + command).finish()
    guard build.end == .exit(0) else { throw Plugins.Failure(description: build.err) }
    return library
  }
}
