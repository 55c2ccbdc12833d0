import Foundation
import Support
import Testing

/// Plugins that cannot be loaded: each is a message with its place, and the host lives.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct PluginTests {
  struct Bad: Sendable, CustomTestStringConvertible {
    let source: String
    let words: [String]
    var testDescription: String { source }
  }

  static let bad: [Bad] = [
    .init(source: "hostile/loading_crash.c", words: ["load", "SIGSEGV"]),
    .init(source: "hostile/loading_exit.c", words: ["exit(0)"]),
    .init(source: "hostile/loading_nothing.c", words: ["no kernels", "KH_KERNEL"]),
    .init(source: "hostile/loading_empty.c", words: ["no kernels"]),
    .init(source: "hostile/loading_magic.c", words: ["0x", "expected", "kernel_host.h"]),
    .init(source: "hostile/loading_major.c", words: ["version", "expected 1"]),
    .init(source: "hostile/loading_size.c", words: ["bytes, expected at least"]),
    .init(source: "hostile/loading_null_step.c", words: ["no step function"]),
    .init(source: "hostile/loading_missing.c", words: ["undefined symbol"]),
    .init(source: "hostile/loading_twice.c", words: ["\"for_loop\"", "built in"]),
  ]

  private func refuse(_ path: String, _ words: [String], options: [String] = []) throws {
    let folder = try TemporaryFolder()
    try folder.write("{\"plugins\": [\"\(path)\"], \"tasks\": []}", to: "m.json")
    let run = try HostBinary.run(["m.json"] + options, folder: folder.path)
    #expect(run.end == .exit(2), "\(run.err)")
    #expect(run.out == "")
    #expect(run.err.hasPrefix("m.json:1:14: error: cannot load plugin"), "\(run.err)")
    for word in words { #expect(run.err.contains(word), "expected \(word) in \(run.err)") }
  }

  @Test(arguments: bad) func isRefused(_ bad: Bad) throws {
    try refuse(try Plugins.library(bad.source), bad.words)
  }

  @Test func noLibraryAtAll() throws {
    let folder = try TemporaryFolder()
    try folder.write(String(repeating: "this is a text\n", count: 100), to: "text.so")
    try refuse(folder.path("text.so"), ["invalid ELF header"])
    try refuse(folder.path, ["directory"])
    try refuse(folder.path("nothing.so"), ["No such file"])
    let whole = try Data(
      contentsOf: URL(fileURLWithPath: try Plugins.library("hostile/memory.c")))
    // Within what is loaded; what only debuggers read may be missing.
    for length in [0, 20, 64, 1000, 5000] {
      try folder.write(Array(whole.prefix(length)), to: "cut.so")
      try refuse(folder.path("cut.so"), [])
    }
    var foreign = Array(whole)
    foreign[18] = 0xF3  // RISC-V
    try folder.write(foreign, to: "foreign.so")
    try refuse(folder.path("foreign.so"), [])
  }

  /// Relative to the manifest, wherever the host is called; or to where it is, on the
  /// command line.
  @Test func pathsAreRelative() throws {
    let folder = try TemporaryFolder()
    let library = try Plugins.library("neighbours.c")
    try FileManager.default.copyItem(atPath: library, toPath: folder.path("lib.so"))
    try folder.write(
      #"{"plugins": ["lib.so"], "tasks": [{"kernel": "good_flat", "args": [3]}]}"#,
      to: "m.json")
    let elsewhere = try HostBinary.run([folder.path("m.json")], folder: "/")
    #expect(elsewhere.end == .exit(0), "\(elsewhere.err)")
    try folder.write(#"[{"kernel": "good_flat", "args": [3]}]"#, to: "n.json")
    let option = try HostBinary.run(["--plugin", "lib.so", "n.json"], folder: folder.path)
    #expect(option.end == .exit(0), "\(option.err)")
    let kernels = try HostBinary.run(
      ["kernels", "good_flat", "--plugin", "lib.so"], folder: folder.path)
    #expect(kernels.out.contains("steps: i64") && kernels.out.contains("lib.so"))
  }

  /// Texts of plugins as defaults: their bytes lie in another process.
  @Test func defaultsThatPointSomewhere() throws {
    let run = try HostBinary.run(
      [
        "kernels", "prints_raw", "--plugin", try Plugins.library("hostile/descriptors.c"),
      ])
    #expect(run.out.contains("text: text = \""), "\(run.out)\(run.err)")
  }
}
