import Foundation
import KernelHostTestSupport
import Testing

/// Plugins that describe themselves wrongly, in each way that there is; old ones, new ones,
/// and ones that change.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct PluginFaultTests {
  /// What stands between the header and the end of a file, and what is said of it.
  private static let faults: [(code: String, words: [String])] = [
    (
      "static const kh_field twins[] = {{.name = \"a\", .type = KH_F64, .offset = 0},\n"
        + "{.name = \"a\", .type = KH_F64, .offset = 8}, {0}};\n"
        + "KH_KERNEL(thing, .step = step, .params = twins);",
      ["two fields \"a\""]
    ),
    (
      "static const kh_field far[] = {{.name = \"x\", .type = KH_F64, .offset = 1000}, {0}};\n"
        + "KH_KERNEL(thing, .step = step, .params = far);",
      ["field \"x\"", "outside of its state"]
    ),
    (
      "static const kh_field both[] = {{.name = \"x\", .type = KH_F64, .offset = 0},\n"
        + "{.name = \"y\", .type = KH_F64, .offset = 4}, {0}};\n"
        + "KH_KERNEL(thing, .step = step, .params = both);",
      ["\"x\" and \"y\"", "overlap"]
    ),
    (
      "static const kh_field odd[] = {{.name = \"x\", .type = 77, .offset = 0}, {0}};\n"
        + "KH_KERNEL(thing, .step = step, .params = odd);",
      ["type 77"]
    ),
    ("KH_KERNEL(thing, .summary = \"Nothing.\");", ["no step function"]),
    (
      """
      KH_KERNEL(thing, .step = step, .defaults = KH_DEFAULTS(thing, .a = 5),
        .params = KH_PARAMS(KH_PARAM(thing, a, "", .range = KH_RANGE(0, 3))));
      """, ["default of \"a\"", "range"]
    ),
    (
      """
      KH_KERNEL(thing, .step = step);
      typedef struct { char much[2000000]; } huge;
      KH_KERNEL(huge, .step = step);
      """, ["\"huge\"", "1 MiB", "kh_alloc"]
    ),
    (
      """
      static const kh_error wrong[] = {{.name = "E_MINE", .text = "x", .code = 5}, {0}};
      KH_KERNEL(thing, .step = step, .errors = wrong);
      """, ["E_MINE", "negative"]
    ),
  ]

  @Test(arguments: faults.indices) func isRefused(_ index: Int) throws {
    let fault = Self.faults[index]
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      typedef struct { double a, b; } thing;
      static int step(kh_call *call, void *state) { (void)call; (void)state; return KH_DONE; }
      \(fault.code)

      """, to: "a.c")
    try folder.write(#"{"plugins": ["a.c"], "tasks": []}"#, to: "m.json")
    for isolation in ["process", "none"] {
      let run = try HostBinary.run(
        ["m.json", "--isolation", isolation],
        environment: ["XDG_CACHE_HOME": folder.path("cache")], folder: folder.path)
      #expect(run.end == .exit(2) && run.out.isEmpty, "\(run.err)")
      // By the source's name, with its place.
      #expect(run.err.hasPrefix("m.json:1:14: error: cannot load plugin \"a.c\": "), "\(run.err)")
      for word in fault.words { #expect(run.err.contains(word), "\(word): \(run.err)") }
    }
  }

  /// All of them are named at once.
  @Test func severalWrongOnes() throws {
    let folder = try TemporaryFolder()
    let bad = try ["loading/loading_crash.c", "loading/loading_magic.c"].map {
      try Plugins.library($0)
    }
    let good = try Plugins.library("neighbours.c")
    try folder.write(
      """
      {"plugins": ["\(bad[0])",
        "\(good)",
        "none.so",
        "\(bad[1])"], "tasks": []}
      """, to: "m.json")
    let run = try HostBinary.run(["m.json"], folder: folder.path)
    let errors = run.err.lines.filter { $0.contains("error: cannot load plugin") }
    #expect(
      errors.map { $0.prefix { $0 != " " } } == ["m.json:1:14:", "m.json:3:3:", "m.json:4:3:"],
      "\(run.err)")
    try folder.write("nonsense", to: "a.c")
    try folder.write("int x = y;", to: "b.c")
    try folder.write(#"{"plugins": ["a.c", "b.c"], "tasks": []}"#, to: "m.json")
    let compiled = try HostBinary.run(
      ["m.json"], environment: ["XDG_CACHE_HOME": folder.path("cache")], folder: folder.path)
    #expect(compiled.err.contains("m.json:1:14:") && compiled.err.contains("m.json:1:21:"))
  }

  /// Two plugins with a kernel of one name: both are named.
  @Test func twoOfOneName() throws {
    let folder = try TemporaryFolder()
    let library = try Plugins.library("neighbours.c")
    try FileManager.default.copyItem(atPath: library, toPath: folder.path("other.so"))
    try folder.write(#"{"plugins": ["\#(library)", "other.so"], "tasks": []}"#, to: "m.json")
    let run = try HostBinary.run(["m.json"], folder: folder.path)
    #expect(run.end == .exit(2) && run.err.contains("\"other.so\""), "\(run.err)")
    #expect(run.err.contains("exists already, in") && run.err.contains(library), "\(run.err)")
  }

  /// A library of version 1.0 loads for ever, however its descriptions were made.
  @Test func version10ByHand() throws {
    let folder = try TemporaryFolder()
    let source = Repository.path + "/CSources/plugins/version_1_0.c"
    let tasks = ["[]", "[5]", "[-1]"].map { #"{"kernel": "halve_1_0", "args": \#($0)}"# }
    try folder.write(
      #"{"plugins": ["\#(source)"], "tasks": [\#(tasks.joined(separator: ","))]}"#, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "--format", "tokens"], environment: ["XDG_CACHE_HOME": folder.path("cache")],
      folder: folder.path)
    #expect(
      run.out.lines == [
        "[3.5, true, \"\"]", "[2.5, true, \"\"]", "[null, false, \"NEGATIVE: n is negative\"]",
      ], "\(run.err)")
  }

  /// A library that is replaced while the host runs: the old code goes on, the next run has
  /// the new one.
  @Test func replacedWhileItRuns() throws {
    let folder = try TemporaryFolder()
    func build(_ answer: Int) throws {
      try folder.write(
        """
        #include "kernel_host.h"
        typedef struct { int64_t steps, value; } thing;
        static int step(kh_call *call, void *state) {
            thing *self = (thing *)state;
            if (self->steps++ == 0) { kh_print(call, "begun\\n"); return kh_sleep(call, 0.3); }
            self->value = \(answer);
            return KH_DONE;
        }
        KH_KERNEL(thing, .step = step, .results = KH_RESULTS(KH_RESULT(thing, value, "")));

        """, to: "a.c")
      let environment = ["XDG_CACHE_HOME": folder.path("cache")]
      let built = try HostBinary.run(
        ["build", "a.c", "-o", "new.so"], environment: environment, folder: folder.path)
      #expect(built.end == .exit(0), "\(built.err)")
      try Data(contentsOf: URL(fileURLWithPath: folder.path("new.so")))
        .write(to: URL(fileURLWithPath: folder.path("a.so")), options: .atomic)
    }
    try build(1)
    try folder.write(#"{"plugins": ["a.so"], "tasks": [{"kernel": "thing"}]}"#, to: "m.json")
    let child = try HostBinary.start(["m.json"], folder: folder.path)
    try child.read { String(decoding: $0.standardOutput, as: UTF8.self).contains("begun") }
    try build(2)
    #expect(try child.finish().out.contains("Results: [[1, true, \"\"]]"))
    let next = try HostBinary.run(["m.json"], folder: folder.path)
    #expect(next.out.contains("Results: [[2, true, \"\"]]"), "\(next.err)")
  }
}
