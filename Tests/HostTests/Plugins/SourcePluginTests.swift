import Foundation
import KernelHostTestSupport
import Testing

/// Kernels as C and C++ files: compiled on first use, kept, and made again when they change.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct SourcePluginTests {
  /// A folder with a kernel that answers a number, and a cache of its own.
  private final class Place {
    let folder: TemporaryFolder
    var environment: [String: String]

    init() throws {
      folder = try TemporaryFolder()
      environment = ["XDG_CACHE_HOME": folder.path("cache")]
    }

    func write(_ answer: String, to name: String, before: String = "") throws {
      try folder.write(
        """
        #include "kernel_host.h"
        \(before)
        typedef struct { double value; } answer;
        static int answer_step(kh_call *call, void *state) {
            answer *self = (answer *)state;
            (void)call;
            self->value = \(answer);
            return KH_DONE;
        }
        KH_KERNEL(answer, .summary = "Answer.", .flags = KH_PURE | KH_FLAT,
            .results = KH_RESULTS(KH_RESULT(answer, value, "it")),
            .step = answer_step);
        """, to: name)
    }

    func run(_ plugin: String, _ options: String...) throws -> Outcome {
      let text = #"{"plugins": [\#(plugin)], "tasks": [{"kernel": "answer"}]}"#
      try folder.write(text, to: "m.json")
      return try HostBinary.run(
        ["m.json", "--format", "tokens"] + options, environment: environment, folder: folder.path)
    }

    /// Libraries in the cache.
    var made: Int {
      let files = FileManager.default.enumerator(atPath: folder.path("cache"))
      return files.map { $0.filter { "\($0)".hasSuffix(".so") }.count } ?? 0
    }
  }

  @Test func aFileIsCompiledOnceAndAgainWhenItChanges() throws {
    let place = try Place()
    try place.write("1.5", to: "a.c")
    for _ in 0..<3 {
      let outcome = try place.run("\"a.c\"")
      #expect(outcome.out == "[1.5, true, \"\"]\n", "\(outcome.err)")
    }
    #expect(place.made == 1)
    // Nothing of a compiler is needed for what is there.
    try place.write("2.5", to: "a.c")
    #expect(try place.run("\"a.c\"").out == "[2.5, true, \"\"]\n")
    #expect(place.made == 2)
    try place.write("1.5", to: "a.c")
    #expect(try place.run("\"a.c\"").out == "[1.5, true, \"\"]\n")
    #expect(place.made == 2)
  }

  @Test func whatItIncludesCountsToo() throws {
    let place = try Place()
    try place.write("NUMBER", to: "a.c", before: "#include \"sub folder/number.h\"")
    try FileManager.default.createDirectory(
      atPath: place.folder.path("sub folder"), withIntermediateDirectories: true)
    for number in [3.5, 4.5, 3.5] {
      try place.folder.write("#define NUMBER \(number)\n", to: "sub folder/number.h")
      #expect(try place.run("\"a.c\"").out == "[\(number), true, \"\"]\n")
    }
  }

  @Test func flagsAndLibraries() throws {
    let place = try Place()
    try place.write("NUMBER", to: "a.c")
    for number in [1, 2] {
      let plugin = #"{"path": "a.c", "flags": ["-DNUMBER=\#(number)"], "libraries": ["m"]}"#
      #expect(try place.run(plugin).out == "[\(number).0, true, \"\"]\n")
    }
    let outcome = try place.run(
      #"{"path": "a.c", "flags": ["-DNUMBER=1"], "libraries": ["no_such"]}"#)
    #expect(outcome.end == .exit(2) && outcome.err.contains("no_such"), "\(outcome.err)")
  }

  @Test func cPlusPlus() throws {
    let place = try Place()
    try place.write(
      "(double)std::vector<int>{1, 2, 3}.size()", to: "a.cpp", before: "#include <vector>")
    let outcome = try place.run("\"a.cpp\"")
    #expect(outcome.out == "[3.0, true, \"\"]\n", "\(outcome.err)")
  }

  /// What the compiler says is shown as it is, with the place in the manifest.
  @Test func theCompilersErrors() throws {
    let place = try Place()
    try place.write("no_such_name", to: "a.c")
    let outcome = try place.run("\"a.c\"")
    #expect(outcome.end == .exit(2) && outcome.out.isEmpty)
    #expect(outcome.err.hasPrefix("m.json:1:14: error: cannot load plugin \"a.c\": "))
    #expect(outcome.err.contains("rejected it:\n"))
    #expect(outcome.err.contains("a.c:7:") && outcome.err.contains("no_such_name"))
    // A warning does not stop it, and is shown when it is compiled only.
    try place.write("1", to: "b.c", before: "static int unused(void) { return 0; }")
    let plugin = #"{"path": "b.c", "flags": ["-Wall"]}"#
    let first = try place.run(plugin)
    #expect(first.end == .exit(0) && first.err.contains("unused"), "\(first.err)")
    #expect(try place.run(plugin).err.isEmpty)
  }

  @Test func noCompilerAndNoCache() throws {
    let place = try Place()
    try place.write("1", to: "a.c")
    place.environment["CC"] = "/no/such/compiler"
    var outcome = try place.run("\"a.c\"")
    #expect(outcome.end == .exit(2) && outcome.err.contains("/no/such/compiler"))
    #expect(outcome.err.contains("set CC"))
    place.environment["CC"] = ""
    place.environment["XDG_CACHE_HOME"] = "/proc/no/such"
    outcome = try place.run("\"a.c\"")
    #expect(outcome.end == .exit(2) && outcome.err.contains("set XDG_CACHE_HOME"))
    place.environment["XDG_CACHE_HOME"] = "relative"
    place.environment["HOME"] = "relative"
    outcome = try place.run("\"a.c\"")
    #expect(outcome.end == .exit(2) && outcome.err.contains("set XDG_CACHE_HOME"))
    #expect(try place.run("\"none.c\"").err.contains("No such file or directory"))
  }

  /// Processes that want the same library at the same time wait for the one that makes it.
  @Test func severalAtATime() throws {
    let place = try Place()
    try place.write("7", to: "a.c")
    try place.folder.write(#"{"plugins": ["a.c"], "tasks": [{"kernel": "answer"}]}"#, to: "m.json")
    let hosts = try (0..<6).map { _ in
      try HostBinary.start(
        ["m.json", "--format", "tokens"], environment: place.environment, folder: place.folder.path)
    }
    for host in hosts { #expect(try host.finish().out == "[7.0, true, \"\"]\n") }
    #expect(place.made == 1)
  }

  /// A library that was cut off, or a file of the cache that was written over, is made anew.
  @Test func aDamagedCacheIsMadeAnew() throws {
    let place = try Place()
    try place.write("8", to: "a.c")
    _ = try place.run("\"a.c\"")
    let cache = place.folder.path("cache")
    for case let name as String in FileManager.default.enumerator(atPath: cache)!
    where ["recipe", "included", ".so"].contains(where: { name.hasSuffix($0) }) {
      try Data("x".utf8).write(to: URL(fileURLWithPath: cache + "/" + name))
      #expect(try place.run("\"a.c\"").out == "[8.0, true, \"\"]\n")
    }
  }

  /// By its name alone a plugin is looked for in HOST_PLUGIN_PATH, after its own folder.
  @Test func pluginPath() throws {
    let place = try Place()
    try FileManager.default.createDirectory(
      atPath: place.folder.path("lib"), withIntermediateDirectories: true)
    try place.write("9", to: "lib/a.c")
    #expect(try place.run("\"a.c\"").end == .exit(2))
    place.environment["HOST_PLUGIN_PATH"] = "/no/such/folder:" + place.folder.path("lib")
    #expect(try place.run("\"a.c\"").out == "[9.0, true, \"\"]\n")
    #expect(try place.run("\"./a.c\"").end == .exit(2))
    try place.write("10", to: "a.c")
    #expect(try place.run("\"a.c\"").out == "[10.0, true, \"\"]\n")
    #expect(try place.run("", "--plugin", "lib/a.c").out == "[9.0, true, \"\"]\n")
  }

  /// The same file in the tree, as a library, and as source: the same tokens.
  @Test func allThreeWays() throws {
    let place = try Place()
    let inTree = Repository.path + "/CSources/kernels/moments.c"
    let source = try String(contentsOfFile: inTree, encoding: .utf8)
      .replacingOccurrences(of: "KH_KERNEL(moments", with: "KH_KERNEL_AS(\"again\", moments")
    try place.folder.write(source, to: "again.c")
    let build = try HostBinary.run(
      ["build", "again.c", "-o", "libagain.so"], environment: place.environment,
      folder: place.folder.path)
    #expect(build.end == .exit(0), "\(build.err)")
    func tokens(_ kernel: String, _ plugins: String) throws -> String {
      let values = ["[1, 2, 4]", "[0.1]", "[]", "[-1e300, 1e300, 3]"]
      let tasks = values.map { #"{"kernel": "\#(kernel)", "args": {"values": \#($0)}}"# }
      try place.folder.write(
        #"{"plugins": [\#(plugins)], "tasks": [\#(tasks.joined(separator: ","))]}"#, to: "m.json")
      return try HostBinary.run(
        ["m.json", "--format", "tokens"], environment: place.environment, folder: place.folder.path
      ).out
    }
    let expected = try tokens("moments", "")
    #expect(expected.lines.count == 4 && expected.contains("mean"))
    #expect(try tokens("again", "\"again.c\"") == expected)
    #expect(try tokens("again", "\"libagain.so\"") == expected)
  }

  /// From nothing to a kernel of one's own that runs, by what `host new` says.
  @Test func newKernel() throws {
    let place = try Place()
    func host(_ arguments: String...) throws -> Outcome {
      try HostBinary.run(arguments, environment: place.environment, folder: place.folder.path)
    }
    let made = try host("new", "my_kernel")
    #expect(made.end == .exit(0) && made.out.contains("my_kernel.json"))
    #expect(try place.folder.names == ["kernel_host.h", "my_kernel.c", "my_kernel.json"])
    let run = try host("my_kernel.json", "--format", "tokens")
    #expect(run.out.lines.first == "[55.0, true, \"\"]" && run.err.isEmpty, "\(run.err)")
    let header = try place.folder.read("kernel_host.h")
    let own = Repository.path + "/include/kernel_host.h"
    #expect(try header == String(contentsOfFile: own, encoding: .utf8))
    // Nothing is written over.
    let again = try host("new", "my_kernel")
    #expect(again.end == .exit(2) && again.err.contains("exists already"))
    #expect(try host("new", "other").end == .exit(0))
    for name in ["for", "1st", "a-b", "for_loop", "", "é"] {
      #expect(try host("new", name).end == .exit(2), "\(name)")
    }
    // What it wrote is clean under the strictest compiler.
    let strict = try Child(
      "/usr/bin/env",
      [Plugins.compiler!, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
        + [place.folder.path("my_kernel.c")]
    ).finish()
    #expect(strict.end == .exit(0), "\(strict.err)")
  }

  @Test func buildSaysWhatIsWrong() throws {
    let place = try Place()
    func build(_ arguments: String...) throws -> Outcome {
      try HostBinary.run(
        ["build"] + arguments, environment: place.environment, folder: place.folder.path)
    }
    try place.write("1", to: "a.c")
    #expect(try build("a.c").err.contains("add -o liba.so"))
    #expect(try build("a.txt", "-o", "x").err.contains("not a source file"))
    #expect(try build().err.contains("no source file given"))
    #expect(try build("none.c", "-o", "x").err.contains("No such file"))
    #expect(try build("a.c", "-o", "no/such/folder/x").end == .exit(2))
    #expect(try build("a.c", "-o", "liba.so", "--flag=-O0", "-l", "m").end == .exit(0))
    #expect(try place.run("\"liba.so\"").out == "[1.0, true, \"\"]\n")
  }
}
