import Foundation
import KernelHostTestSupport
import Testing

/// A plugin's own functions and variables are its own, whatever names other libraries have; where
/// they are not, because others built it, that is said.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct OwnSymbolTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func tool(_ words: String...) throws {
    let outcome = try Child("/usr/bin/env", words, folder: folder.path).finish()
    #expect(outcome.end == .exit(0), "\(outcome.err)")
  }

  private func run(_ plugins: String, _ kernels: String..., isolation: String = "process") throws
    -> Outcome
  {
    let tasks = kernels.map { #"{"kernel": "\#($0)", "args": [3]}"# }.joined(separator: ",")
    try folder.write(#"{"plugins": [\#(plugins)], "tasks": [\#(tasks)]}"#, to: "m.json")
    return try HostBinary.run(
      ["m.json", "--format", "tokens", "--isolation", isolation],
      environment: ["XDG_CACHE_HOME": folder.path("cache")], folder: folder.path)
  }

  private static func kernel(_ name: String, _ value: String) -> String {
    """
    typedef struct { double x, y; } \(name)_state;
    static int \(name)_step(kh_call *c, void *s) {
        \(name)_state *g = (\(name)_state *)s;
        (void)c;
        g->y = \(value);
        return KH_DONE;
    }
    KH_KERNEL_AS("\(name)", \(name)_state,
        .params = KH_PARAMS(KH_PARAM(\(name)_state, x, "x")),
        .results = KH_RESULTS(KH_RESULT(\(name)_state, y, "y")), .step = \(name)_step);

    """
  }

  /// Names of functions of libc and libm, which simulations use, too.
  private static let names = [
    "step", "error", "accept", "gamma", "y0", "time", "advance", "select", "send", "link", "index",
    "rand", "clone",
  ]

  private func functions(_ file: String) throws {
    let functions = Self.names.map { "double \($0)(double x) { return x / 2; }\n" }
    let kernels = Self.names.map { Self.kernel("own_" + $0, "\($0)(g->x)") }
    // The compiler has functions of its own for some of these names.
    try folder.write(
      "#include \"kernel_host.h\"\n" + functions.joined() + kernels.joined(), to: file)
  }

  private static let flags = #""flags": ["-w", "-fno-builtin"]"#

  @Test func functionsOfASource() throws {
    try functions("a.c")
    let kernels = Self.names.map { "own_" + $0 }
    let tasks = kernels.map { #"{"kernel": "\#($0)", "args": [3]}"# }.joined(separator: ",")
    try folder.write(
      #"{"plugins": [{"path": "a.c", \#(Self.flags)}], "tasks": [\#(tasks)]}"#, to: "m.json")
    let outcome = try HostBinary.run(
      ["m.json", "--format", "tokens"], environment: ["XDG_CACHE_HOME": folder.path("cache")],
      folder: folder.path)
    #expect(
      outcome.out.lines == kernels.map { _ in "[1.5, true, \"\"]" } && outcome.err.isEmpty,
      "\(outcome.out)\(outcome.err)")
  }

  @Test func variablesOfASource() throws {
    let names = ["y0", "gamma", "error", "step", "time", "timezone", "environ", "optind", "log"]
    let variables = names.enumerated().map { "double \($1) = \($0 + 7);\n" }
    let kernels = names.map { Self.kernel("own_" + $0, $0) }
    try folder.write(
      "#include \"kernel_host.h\"\n" + variables.joined() + kernels.joined(), to: "a.c")
    let tasks = names.map { #"{"kernel": "own_\#($0)"}"# }.joined(separator: ",")
    try folder.write(
      #"{"plugins": [{"path": "a.c", \#(Self.flags)}], "tasks": [\#(tasks)]}"#, to: "m.json")
    let outcome = try HostBinary.run(
      ["m.json", "--format", "tokens"], environment: ["XDG_CACHE_HOME": folder.path("cache")],
      folder: folder.path)
    #expect(
      outcome.out.lines == names.indices.map { "[\($0 + 7).0, true, \"\"]" } && outcome.err.isEmpty,
      "\(outcome.out)\(outcome.err)")
  }

  /// Static variables of templates and inline functions.
  @Test func staticsOfCPlusPlus() throws {
    for number in [1, 2] {
      try folder.write(
        """
        #include "kernel_host.h"
        template <class T> struct Table { static int value; };
        template <class T> int Table<T>::value = \(number);
        inline double &scale() { static double value = \(number) * 0.1; return value; }

        """ + Self.kernel("cx\(number)", "Table<int>::value + scale()"), to: "cx\(number).cpp")
    }
    let outcome = try run("\"cx1.cpp\", \"cx2.cpp\"", "cx1", "cx2")
    #expect(
      outcome.out.lines == ["[1.1, true, \"\"]", "[2.2, true, \"\"]"] && outcome.err.isEmpty,
      "\(outcome.out)\(outcome.err)")
    // Built by others: the variables are one in the process, where the compiler makes them so.
    for number in [1, 2] {
      try tool(
        "g++", "-shared", "-fPIC", "-O1", "-I", Repository.path + "/include", "cx\(number).cpp",
        "-o", "libcx\(number).so")
    }
    let shared = try run("\"libcx1.so\", \"libcx2.so\"", "cx1", "cx2")
    let warning = shared.err.lines.first { $0.hasPrefix("warning: ") } ?? ""
    let areOwn = shared.out.lines == ["[1.1, true, \"\"]", "[2.2, true, \"\"]"]
    for word in ["libcx2.so", "libcx1.so", "Table", "-fno-gnu-unique"] {
      #expect(areOwn || warning.contains(word), "\(shared.out)\(shared.err)")
    }
  }

  /// Libraries that others built: the names are said, and by which library they are replaced.
  @Test func aLibraryOfOthers() throws {
    try functions("a.c")
    try tool(
      Plugins.compiler!, "-shared", "-fPIC", "-O2", "-fno-builtin", "-w", "-I",
      Repository.path + "/include", "a.c", "-o", "liba.so")
    for isolation in ["process", "none"] {
      let outcome = try run("\"liba.so\"", isolation: isolation)
      let line = outcome.err.lines.first { $0.hasPrefix("warning: plugin ") && $0.contains("libc") }
      #expect(line?.contains("liba.so") == true, "\(outcome.err)")
      for name in ["accept", "error", "step", "send"] {
        #expect(line?.contains("\"\(name)\"") == true, "\(name): \(outcome.err)")
      }
      #expect(line?.contains("-Wl,-Bsymbolic") == true && outcome.end == .exit(0))
    }
    // A plain library, for each function that is declared once.
    let plain =
      #"{"library": "./liba.so", "functions": ["double step(double)", "double y0(double)"]}"#
    let outcome = try run(plain)
    #expect(outcome.err.lines.count { $0.contains("\"step\"") } <= 1, "\(outcome.err)")
    // Linked as it says.
    try tool(
      Plugins.compiler!, "-shared", "-fPIC", "-O2", "-fno-builtin", "-w", "-Wl,-Bsymbolic", "-I",
      Repository.path + "/include", "a.c", "-o", "libb.so")
    #expect(try run("\"libb.so\"", "own_step").err.isEmpty)
  }

  /// Two plugins that bring a library each, both of one name: the second gets the first one's.
  @Test func twoLibrariesOfOneName() throws {
    for number in [1, 2] {
      try FileManager.default.createDirectory(
        atPath: folder.path("v\(number)"), withIntermediateDirectories: true)
      try folder.write("double helper(void) { return \(number); }\n", to: "v\(number)/helper.c")
      try folder.write(
        "#include \"kernel_host.h\"\ndouble helper(void);\n"
          + Self.kernel("use\(number)", "helper()"), to: "v\(number)/use.c")
      try tool(
        Plugins.compiler!, "-shared", "-fPIC", "-Wl,-soname,libhelper.so", "v\(number)/helper.c",
        "-o", "v\(number)/libhelper.so")
      try tool(
        Plugins.compiler!, "-shared", "-fPIC", "-I", Repository.path + "/include",
        "v\(number)/use.c", "-o", "v\(number)/libuse.so", "-Lv\(number)", "-lhelper",
        "-Wl,-rpath,$ORIGIN")
    }
    #expect(try run("\"v2/libuse.so\"", "use2").err.isEmpty)
    let both = try run("\"v1/libuse.so\", \"v2/libuse.so\"", "use1", "use2")
    let line = both.err.lines.first { $0.contains("v2/libuse.so") } ?? ""
    #expect(line.hasPrefix("warning: plugin "), "\(both.err)")
    for word in ["\"libhelper.so\"", "v2/libhelper.so", "v1/libhelper.so", "SONAME"] {
      #expect(line.contains(word), "\(both.err)")
    }
  }
}
