import Foundation
import KernelHostTestSupport
import Testing

/// A call that crashes through damage that another call did: it runs again alone, succeeds, and
/// a warning names the calls that ran before it. The damage here kills each later victim, so
/// that each run has some.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct NeighbourDamageTests {
  private static let source = """
    #include "kernel_host.h"
    typedef struct { int64_t unused; } poison;
    typedef struct { int64_t unused; int64_t value; } victim;
    static volatile int is_poisoned;
    static volatile int *volatile nowhere;
    static int poison_step(kh_call *call, void *state) {
        (void)call, (void)state;
        is_poisoned = 1;
        return KH_DONE;
    }
    static int victim_step(kh_call *call, void *state) {
        (void)call;
        if (is_poisoned) *nowhere = 1;
        ((victim *)state)->value = 7;
        return KH_DONE;
    }
    KH_KERNEL(poison, .summary = "x", .flags = KH_PURE | KH_FLAT, .step = poison_step,
        .params = KH_PARAMS(KH_PARAM(poison, unused, "x")));
    KH_KERNEL(victim, .summary = "x", .flags = KH_PURE | KH_FLAT, .step = victim_step,
        .params = KH_PARAMS(KH_PARAM(victim, unused, "x")),
        .results = KH_RESULTS(KH_RESULT(victim, value, "x")));
    """

  /// `count` pairs of the two kernels: victims have odd numbers.
  private func run(pairs count: Int, _ options: String...) throws -> Outcome {
    let folder = try TemporaryFolder()
    try folder.write(Self.source, to: "poison.c")
    let pair = #"{"kernel": "poison"}, {"kernel": "victim"}"#
    let tasks = [String](repeating: pair, count: count).joined(separator: ", ")
    try folder.write(#"{"plugins": ["poison.c"], "tasks": [\#(tasks)]}"#, to: "m.json")
    return try HostBinary.run(
      ["m.json", "--format", "jsonl"] + options,
      environment: ["XDG_CACHE_HOME": Plugins.folder + "/cache"], folder: folder.path)
  }

  @Test func theVictimHasItsResultAndAWarning() throws {
    let outcome = try run(pairs: 1)
    let records = try outcome.out.callRecords
    try #require(records.count == 2, "\(outcome.err)")
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    #expect(records[1]["status"] as? String == "ok" && records[1]["result"] as? Int == 7)
    let warning = try #require(records[1]["warning"] as? String)
    #expect(warning.contains("alone") && warning.contains("poison (call 0)"), "\(warning)")
    #expect(records[0]["warning"] == nil)
    #expect(outcome.err.contains("warning"), "\(outcome.err)")
  }

  /// With several lanes, too, suspects have the numbers of their calls, each once.
  @Test func suspectsHaveTheirNumbers() throws {
    let outcome = try run(pairs: 100, "-q", "--mode", "parallel", "-j", "2")
    let records = try outcome.out.callRecords
    #expect(records.count == 200)
    for record in records { #expect(record["status"] as? String == "ok", "\(record)") }
    let warnings = records.compactMap { $0["warning"] as? String }
    #expect(!warnings.isEmpty)
    for warning in warnings {
      let named = try #require(warning.firstMatch(of: #/poison \(calls? ([^)]*)\)/#), "\(warning)")
      let numbers = named.1.matches(of: #/\d+/#).compactMap { Int($0.0) }
      #expect(!numbers.isEmpty && numbers.allSatisfy { $0 % 2 == 0 && $0 < 200 }, "\(warning)")
      #expect(Set(numbers).count == numbers.count, "\(warning)")
    }
  }
}
