import Foundation
import KernelHostTestSupport
import Testing

/// Names and messages of plugins reach a terminal with nothing in them that it obeys, by each
/// command and in each format. What kernels print as text is theirs.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct PrintedNamesTests {
  /// A command of seven bits, one of eight, a text turned around, and a line of its own.
  private static let evil = #"\033[31m\302\2332J\342\200\256\nforged"#
  private static let source = """
    #include "kernel_host.h"
    typedef struct { int64_t way; int64_t value; kh_text words; } odd;
    static int odd_step(kh_call *call, void *state) {
        odd *self = state;
        self->words = (kh_text){"text\(evil)", 20};
        if (self->way == 1) return kh_fail(call, -7, "%s", "failed\(evil)");
        if (self->way == 2) *(volatile int *)8 = 1;
        return KH_DONE;
    }
    KH_KERNEL(odd, .name = "odd\(evil)", .summary = "does\(evil)", .flags = KH_PURE,
        .step = odd_step,
        .params = KH_PARAMS(KH_PARAM(odd, way, "way\(evil)", .unit = "m\(evil)", .name = "way\(evil)")),
        .results = KH_RESULTS(KH_RESULT(odd, value, "value\(evil)"),
            KH_RESULT(odd, words, "words\(evil)")),
        .errors = KH_ERRORS({.name = "E\(evil)", .text = "wrong\(evil)", .code = -7}));
    """
  private static let manifest = """
    { "plugins": ["odd.c"], "tasks": [ { "kernel": "odd\\u001b[31m\\u009b2J\\u202e\\nforged",
      "sweep": { "way\\u001b[31m\\u009b2J\\u202e\\nforged": [0, 1, 2] } } ] }
    """

  @Test(arguments: [
    ["check", "m.json"], ["plan", "m.json"], ["plan", "m.json", "--call", "1"],
    ["check", "--no-plugins", "m.json"], ["kernels", "--plugin", "odd.c"],
    ["kernels", "odd\u{1B}[31m\u{9B}2J\u{202E}\nforged", "--plugin", "odd.c"],
    ["kernels", "--json", "--plugin", "odd.c"], ["schema", "m.json"],
    ["run", "--summary", "--progress", "lines", "m.json"], ["m.json", "--format", "tokens"],
    ["m.json", "--format", "jsonl"], ["m.json", "--format", "json"], ["m.json", "--format", "csv"],
    ["m.json", "--format", "tap"], ["m.json", "--dry-run"], ["m.json", "--crash-limit", "1"],
    ["m.json", "-q", "-o", "out.txt", "--events", "-"], ["m.json", "--isolation", "call"],
  ])
  func nothingIsObeyed(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.source, to: "odd.c")
    try folder.write(Self.manifest, to: "m.json")
    let outcome = try HostBinary.run(
      arguments, environment: ["XDG_CACHE_HOME": Plugins.folder + "/cache"], folder: folder.path)
    #expect(
      outcome.end == .exit(arguments[0] == "m.json" || arguments[0] == "run" ? 1 : 0)
        || arguments.contains("--dry-run"), "\(outcome.err)")
    for text in [outcome.out, outcome.err] {
      let isObeyed = { (scalar: Unicode.Scalar) in
        scalar != "\n" && scalar != "\t"
          && [.control, .format].contains(scalar.properties.generalCategory)
      }
      #expect(!text.unicodeScalars.contains(where: isObeyed), "\(text)")
      // A name is no line. (CSV has texts of several lines, in quotes.)
      if !arguments.contains("csv") {
        #expect(!text.lines.contains { $0.hasPrefix("forged") }, "\(text)")
      }
    }
  }

  /// What is escaped for terminals is the same text to programs.
  @Test func programsReadTheSame() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.source, to: "odd.c")
    try folder.write(Self.manifest, to: "m.json")
    let outcome = try HostBinary.run(
      ["m.json", "--format", "jsonl"],
      environment: ["XDG_CACHE_HOME": Plugins.folder + "/cache"], folder: folder.path)
    let records = try outcome.out.callRecords
    let name = "odd\u{1B}[31m\u{9B}2J\u{202E}\nforged"
    try #require(records.map { $0["kernel"] as? String } == [name, name, name], "\(outcome.err)")
    let error = try #require(records[1]["error"] as? [String: Any])
    #expect(error["message"] as? String == "failed\u{1B}[31m\u{9B}2J\u{202E}\nforged")
    let result = try #require(records[0]["result"] as? [String: Any])
    #expect((result["words"] as? String)?.hasPrefix("text\u{1B}[31m\u{9B}2J\u{202E}") == true)
  }
}
