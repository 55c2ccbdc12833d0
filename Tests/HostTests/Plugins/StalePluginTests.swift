import Foundation
import KernelHostTestSupport
import Testing

/// A compiled plugin is made again whenever anything that it was made from is not as it was:
/// old code would give wrong numbers in silence.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct StalePluginTests {
  /// A folder with a manifest of one call, whose result is a number.
  private final class Place {
    let folder: TemporaryFolder
    var environment: [String: String]
    var manifest = "\"a.c\""

    init() throws {
      folder = try TemporaryFolder()
      environment = ["XDG_CACHE_HOME": folder.path("cache")]
    }

    func write(_ text: String, to name: String) throws {
      let path = (folder.path(name) as NSString).deletingLastPathComponent
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try folder.write(text, to: name)
    }

    func kernel(_ answer: String, before: String = "", in name: String = "a.c") throws {
      try write(
        """
        #include "kernel_host.h"
        \(before)
        typedef struct { double value; } answer;
        static int answer_step(kh_call *call, void *state) {
            (void)call;
            ((answer *)state)->value = \(answer);
            return KH_DONE;
        }
        KH_KERNEL(answer, .results = KH_RESULTS(KH_RESULT(answer, value, "")), .step = answer_step);
        """, to: name)
    }

    func tool(_ words: String...) throws {
      let outcome = try Child("/usr/bin/env", words, folder: folder.path).finish()
      #expect(outcome.end == .exit(0), "\(outcome.err)")
    }

    /// An archive or a library with a function `number`.
    func library(_ number: Int, _ name: String) throws {
      try write("double number(void) { return \(number); }\n", to: "number.c")
      if name.hasSuffix(".so") {
        try tool(Plugins.compiler!, "-shared", "-fPIC", "number.c", "-o", name)
      } else {
        try tool(Plugins.compiler!, "-c", "-fPIC", "number.c", "-o", "number.o")
        try? FileManager.default.removeItem(atPath: folder.path(name))
        try tool("ar", "rcs", name, "number.o")
      }
    }

    func run(from elsewhere: String? = nil) throws -> String {
      try write(
        #"{"plugins": [\#(manifest)], "tasks": [{"kernel": "answer"}]}"#, to: "m.json")
      let outcome = try HostBinary.run(
        [folder.path("m.json"), "--format", "tokens"], environment: environment,
        folder: elsewhere ?? folder.path)
      return outcome.end == .exit(0) ? outcome.out.lines.first ?? "" : outcome.err
    }

    /// Each change is seen by the next run, and the run after it finds what was made.
    func expect(_ numbers: [Int], _ change: (Int) throws -> Void) throws {
      for number in numbers {
        try change(number)
        for _ in 0..<2 { #expect(try run() == "[\(number).0, true, \"\"]") }
      }
    }
  }

  private static let declaration = "double number(void);"

  @Test func anArchiveByItsPath() throws {
    let place = try Place()
    try place.kernel("number()", before: Self.declaration)
    place.manifest = #"{"path": "a.c", "libraries": ["./libv.a"]}"#
    try place.expect([1, 2]) { try place.library($0, "libv.a") }
  }

  @Test func anArchiveByItsName() throws {
    let place = try Place()
    try place.kernel("number()", before: Self.declaration)
    try place.write("", to: "first/none")
    place.manifest = #"{"path": "a.c", "flags": ["-Lfirst", "-L."], "libraries": ["v"]}"#
    try place.expect([1, 2]) { try place.library($0, "libv.a") }
    // One that is found before it.
    try place.expect([3]) { try place.library($0, "first/libv.a") }
  }

  @Test func moreSourcesAndObjects() throws {
    for plugin in [
      #"{"path": "a.c", "flags": ["number.c"]}"#, #"{"path": "a.c", "flags": ["number.o"]}"#,
      #"{"path": "a.c", "sources": ["number.c"]}"#, #"{"path": "a.c", "sources": ["number.o"]}"#,
    ] {
      let place = try Place()
      try place.kernel("number()", before: Self.declaration)
      place.manifest = plugin
      try place.expect([1, 2]) { try place.library($0, "libv.a") }
    }
  }

  @Test func aHeaderNamedAsTheSource() throws {
    for header in ["a.coeffs.h", "a.c.inc", "a.c.h", "a.cc"] {
      let place = try Place()
      try place.kernel("NUMBER", before: "#include \"\(header)\"")
      try place.expect([1, 2]) { try place.write("#define NUMBER \($0)\n", to: header) }
    }
  }

  @Test func headersOfFoldersThatAreGiven() throws {
    let place = try Place()
    try place.kernel("NUMBER", before: "#include <number.h>")
    try place.write("", to: "first/none")
    place.manifest = #"{"path": "a.c", "include": ["first", "second"]}"#
    try place.expect([1, 2]) { try place.write("#define NUMBER \($0)\n", to: "second/number.h") }
    try place.expect([3]) { try place.write("#define NUMBER \($0)\n", to: "first/number.h") }
    place.manifest = #"{"path": "a.c", "flags": ["-Ifirst", "-Isecond"]}"#
    try FileManager.default.removeItem(atPath: place.folder.path("first/number.h"))
    #expect(try place.run(from: "/") == "[2.0, true, \"\"]")
    try place.expect([4]) { try place.write("#define NUMBER \($0)\n", to: "first/number.h") }
  }

  @Test func theEnvironmentsFolders() throws {
    let place = try Place()
    try place.kernel("NUMBER", before: "#include <number.h>")
    try place.expect([1, 2, 1]) {
      try place.write("#define NUMBER \($0)\n", to: "of\($0)/number.h")
      place.environment["CPATH"] = place.folder.path("of\($0)")
    }
  }

  @Test func whatMayBeThere() throws {
    let place = try Place()
    try place.kernel(
      "NUMBER",
      before: """
        #if __has_include("conf.h")
        #include "conf.h"
        #else
        #define NUMBER 1
        #endif
        """)
    try place.expect([1]) { _ in }
    try place.expect([2, 3]) { try place.write("#define NUMBER \($0)\n", to: "conf.h") }
    try place.expect([1]) { _ in
      try FileManager.default.removeItem(atPath: place.folder.path("conf.h"))
    }
  }

  @Test func whatTheAssemblerReads() throws {
    let place = try Place()
    let data = place.folder.path("number.bin")
    try place.kernel(
      "number[0]",
      before: """
        __asm__(".section .rodata\\n.globl number\\nnumber: .incbin \\"\(data)\\"\\n.previous");
        __attribute__((visibility("hidden"))) extern const unsigned char number[];
        """)
    try place.expect([49, 50]) { try place.write($0 == 49 ? "1" : "2", to: "number.bin") }
  }

  /// The same bytes at another time are the same; other bytes of the same size and time are not.
  @Test func bytesDecide() throws {
    let place = try Place()
    try place.kernel("NUMBER", before: "#include \"number.h\"\nstatic int unused;")
    try place.write("#define NUMBER 1\n", to: "number.h")
    #expect(try place.run() == "[1.0, true, \"\"]")
    func time() throws -> Date? {
      try FileManager.default.attributesOfItem(atPath: place.folder.path("number.h"))[
        .modificationDate] as? Date
    }
    let old = try time()
    try place.write("#define NUMBER 1\n", to: "number.h")
    // A compiler would say again that something is not used.
    let again = try HostBinary.run(
      ["m.json"], environment: place.environment, folder: place.folder.path)
    #expect(again.end == .exit(0) && again.err.isEmpty, "\(again.err)")
    try place.write("#define NUMBER 2\n", to: "number.h")
    try FileManager.default.setAttributes(
      [.modificationDate: old!], ofItemAtPath: place.folder.path("number.h"))
    #expect(try place.run() == "[2.0, true, \"\"]")
  }

  /// C and C++ in one plugin.
  @Test func bothLanguages() throws {
    let place = try Place()
    try place.kernel("number()", before: Self.declaration)
    place.manifest = #"{"path": "a.c", "sources": ["number.cpp"]}"#
    try place.expect([1, 2]) {
      try place.write(
        """
        #include <vector>
        extern "C" double number() { return (double)std::vector<int>(\($0)).size(); }
        """, to: "number.cpp")
    }
  }

  /// Warnings are shown once, with what is loaded; or with the reason why nothing is.
  @Test func warnings() throws {
    let place = try Place()
    try place.kernel("1", before: "static int unused;")
    func said() throws -> String {
      try HostBinary.run(
        ["m.json"], environment: place.environment, folder: place.folder.path
      ).err
    }
    // Another plugin keeps the run from beginning: the warning waits for one that does.
    place.manifest = #""a.c", "none.c""#
    #expect(try place.run().contains("none.c"))
    place.manifest = "\"a.c\""
    try place.write(
      #"{"plugins": ["a.c"], "tasks": [{"kernel": "answer"}]}"#, to: "m.json")
    #expect(try said().contains("unused"))
    #expect(try said().isEmpty)
    try place.kernel("undeclared()", before: "")
    for _ in 0..<2 {
      let text = try said()
      #expect(text.contains("plugin \"a.c\": undefined symbol: undeclared; "), "\(text)")
      #expect(text.contains("a.c:6:") && text.contains("implicit declaration"), "\(text)")
      #expect(!text.contains("cache"), "\(text)")
    }
  }
}
