import Foundation
import KernelHostTestSupport
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
    .init(source: "loading/loading_crash.c", words: ["load", "SIGSEGV"]),
    .init(source: "loading/loading_exit.c", words: ["exit(0)"]),
    .init(source: "loading/loading_nothing.c", words: ["no kernels", "KH_KERNEL"]),
    .init(source: "loading/loading_empty.c", words: ["no kernels"]),
    .init(source: "loading/loading_magic.c", words: ["0x", "expected", "kernel_host.h"]),
    .init(source: "loading/loading_major.c", words: ["version", "expected 1"]),
    .init(source: "loading/loading_size.c", words: ["bytes, expected at least"]),
    .init(source: "loading/loading_null_step.c", words: ["no step function"]),
    .init(source: "loading/loading_missing.c", words: ["undefined symbol"]),
    .init(source: "loading/loading_twice.c", words: ["\"for_loop\"", "built in"]),
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
    try refuse(folder.path("text.so"), ["it is not a library", ".cpp"])
    try refuse(folder.path, ["directory"])
    try refuse(folder.path("nothing.so"), ["No such file"])
    try folder.write(
      """
      /* GNU ld script
      */
      OUTPUT_FORMAT(elf64-x86-64)
      GROUP ( /lib/x86_64-linux-gnu/libm.so.6  AS_NEEDED ( /lib/x86_64-linux-gnu/libmvec.so.1 ) )
      """, to: "script.so")
    try refuse(folder.path("script.so"), ["linker script", "\"libm.so.6\""])
    let whole = try Data(
      contentsOf: URL(fileURLWithPath: try Plugins.library("hostile/memory.c")))
    // Within what is loaded; what only debuggers read may be missing.
    for length in [20, 64, 1000, 5000] {
      try folder.write(Array(whole.prefix(length)), to: "cut.so")
      try refuse(folder.path("cut.so"), ["cut off: it has ", "expected at least"])
    }
    try folder.write([UInt8](), to: "cut.so")
    try refuse(folder.path("cut.so"), ["it is not a library"])
    var foreign = Array(whole)
    foreign[18] = 0xF3
    try folder.write(foreign, to: "foreign.so")
    try refuse(folder.path("foreign.so"), ["another machine", "RISC-V"])
  }

  /// The same file twice, by whatever path.
  @Test func theSameTwice() throws {
    let folder = try TemporaryFolder()
    let library = try Plugins.library("neighbours.c")
    try FileManager.default.copyItem(atPath: library, toPath: folder.path("lib.so"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link.so"), withDestinationPath: "lib.so")
    try FileManager.default.copyItem(
      atPath: Repository.path + "/CSources/plugins/neighbours.c", toPath: folder.path("n.c"))
    for (plugins, options) in [
      (#""lib.so", "./lib.so""#, []), (#""lib.so", "link.so""#, []),
      (#""lib.so""#, ["--plugin", "lib.so"]), (#""n.c", "./n.c""#, []),
    ] {
      try folder.write(#"{"plugins": [\#(plugins)], "tasks": []}"#, to: "m.json")
      let run = try HostBinary.run(
        ["m.json"] + options, environment: ["XDG_CACHE_HOME": folder.path("cache")],
        folder: folder.path)
      #expect(run.end == .exit(2), "\(run.err)")
      #expect(run.err.contains("is given twice: it is the same file as "), "\(run.err)")
      #expect(!run.err.contains("rename"))
    }
  }

  /// What the loader's own sentences do not say.
  @Test func whereToLookForIt() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: try Plugins.library("neighbours.c"), toPath: folder.path("libown.so"))
    let plugin = #"{"library": "libown.so", "functions": ["int f(void)"]}"#
    try folder.write(#"{"plugins": [\#(plugin)], "tasks": []}"#, to: "m.json")
    let run = try HostBinary.run(["m.json"], folder: folder.path)
    #expect(run.end == .exit(2) && run.err.contains("write \"./\" before it"), "\(run.err)")
    // A linker script of the system, by its name alone.
    try folder.write(
      #"{"plugins": [{"library": "libm.so", "functions": ["double j0(double)"]}], "tasks": []}"#,
      to: "m.json")
    let script = try HostBinary.run(["m.json"], folder: folder.path)
    #expect(!script.err.contains("invalid ELF header"), "\(script.err)")
  }

  /// The run-time part is loaded first in the processes that run it, and its report is told.
  @Test func sanitized() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      #include <stdlib.h>
      static int64_t writes(int64_t at) {
        volatile char *volatile bytes = malloc(16);
        bytes[at] = 1;
        int64_t value = bytes[at];
        free((void *)bytes);
        return value;
      }
      KH_FUNCTION(writes, int64_t, (int64_t, at));
      """, to: "n.c")
    let plugin = #"{"path": "n.c", "flags": ["-fsanitize=address"]}"#
    let tasks = #"{"kernel": "writes", "args": [15]}, {"kernel": "writes", "args": [16]}"#
    try folder.write(#"{"plugins": [\#(plugin)], "tasks": [\#(tasks)]}"#, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "--format", "tokens", "-q"],
      environment: ["XDG_CACHE_HOME": folder.path("cache")], folder: folder.path)
    // A compiler without it says so itself.
    if run.err.contains("asan") && run.err.contains("not compiled") { return }
    #expect(run.out.contains("[1, true, \"\"]"), "\(run.out) \(run.err)")
    #expect(run.out.contains("AddressSanitizer: heap-buffer-overflow"), "\(run.out) \(run.err)")
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
