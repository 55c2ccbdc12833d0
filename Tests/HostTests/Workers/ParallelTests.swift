import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// Several lanes: the same tokens in the same order, whatever happens in them.
struct ParallelTests {
  private static let mixed = """
    { "tasks": [
      { "kernel": "monte_carlo_pi", "args": { "samples": 2000 }, "repeat": 300 },
      { "kernel": "for_loop", "args": { "increment": 0 } },
      { "kernel": "logistic_map", "args": { "n": 20 },
        "sweep": { "r": { "from": 2.5, "to": 4, "count": 500 } } },
      { "kernel": "while_loop_increment", "args": { "incr": 0 }, "timeout": 0.05 },
      { "kernel": "fft", "args": { "real": [1, 2, 3, 4] } } ] }
    """

  @Test(arguments: [1, 2, 3, 16], ["process", "call", "none"])
  func theTokensAreThoseOfOneLane(_ jobs: Int, _ isolation: String) throws {
    let one = try Invocation(Self.mixed, "--format", "tokens", "-q")
    let several = try Invocation(
      Self.mixed, "--format", "tokens", "-q", "-j", "\(jobs)", "--isolation", isolation)
    #expect(one.lines.count == 803 && several.outcome.end == .exit(1))
    for (call, (a, b)) in zip(one.lines, several.lines).enumerated() where call != 801 {
      #expect(a == b, "call \(call)")
    }
    #expect(several.lines[801].contains("ETIMEDOUT"))
  }

  @Test func whatIsPrintedComesOnce() throws {
    let run = try Invocation(
      #"{"mode": "parallel", "jobs": 2, "tasks": [{"kernel": "for_loop", "args": [0, 1, 20], "#
        + #""repeat": 50}]}"#)
    let numbers = run.lines.dropLast(2).filter { !$0.hasPrefix("Looping") }.compactMap { Int($0) }
    #expect(numbers.sorted() == (0..<20).flatMap { [Int](repeating: $0, count: 50) })
    #expect(run.lines.dropLast().last == "All Complete")
  }

  /// Calls that sleep do so at the same time, though a lane takes few that are slow.
  @Test func sleepersDoNotQueue() throws {
    let run = try Invocation(
      #"[{"kernel": "sleep", "args": [0.4], "repeat": 400}]"#, "-j", "2", "--format", "jsonl")
    let records = try run.records
    #expect(records.count == 400 && records.allSatisfy { $0["status"] as? String == "ok" })
    #expect(run.outcome.end == .exit(0))
    // How many sleep at a time, at most: two, if each lane waited for its calls.
    let starts = records.compactMap { $0["start"] as? Double }
    let ends = zip(starts, records.compactMap { $0["elapsed"] as? Double }).map { $0 + $1 }
    let most = starts.map { time in starts.count { $0 <= time } - ends.count { $0 <= time } }.max()
    #expect(try #require(most) > 40, "\(most ?? 0)")
  }

  /// Long calls that one lane has got go to others when these have run dry.
  @Test(arguments: ["process", "none"])
  func whatHasNotBegunGoesToOthers(_ isolation: String) throws {
    let run = try Invocation(
      """
      [{"kernel": "primes", "args": [10], "repeat": 6000},
       {"kernel": "monte_carlo_pi", "args": {"samples": 1000000}, "repeat": 300},
       {"kernel": "primes", "args": [10], "repeat": 6000}]
      """, "-j", "2", "--format", "jsonl", "--isolation", isolation)
    let records = try run.records
    #expect(records.count == 12_300 && run.outcome.end == .exit(0))
    let lanes = records[6000..<6300].compactMap { $0["lane"] as? Int }
    #expect(Set(lanes) == [0, 1], "\(lanes)")
    #expect(Set(records.compactMap { $0["call"] as? Int }).count == 12_300)
  }

  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler"))
  func crashesInSeveralLanes() throws {
    let library = try Plugins.library("neighbours.c")
    func run(limit: Int, repeat count: Int) throws -> [String?] {
      let folder = try TemporaryFolder()
      try folder.write(
        """
        {"plugins": ["\(library)"], "crash_limit": \(limit), "mode": "parallel", "jobs": 3,
         "tasks": [{"kernel": "deadly_if", "args": {"steps": 30, "at": 7},
                    "sweep": {"deadly": [false, false, true, false, false]}, "repeat": \(count)}]}
        """, to: "m.json")
      let outcome = try HostBinary.run(["m.json", "--format", "jsonl", "-q"], folder: folder.path)
      return try outcome.out.callRecords.map { $0["status"] as? String }
    }
    let all = try run(limit: 1000, repeat: 60)
    #expect(all.count == 300)
    for (call, status) in all.enumerated() {
      #expect(status == ((120..<180).contains(call) ? "crash" : "ok"), "call \(call)")
    }
    // The limit is the run's; what was under way when it was reached has its own token.
    let few = try run(limit: 10, repeat: 1000)
    #expect(few.count == 5000 && few.count { $0 == "crash" } >= 10)
    #expect(few.contains("skipped"))
    // Those that would have ended well, and had their turn after it, are skipped as well.
    #expect(few[2000..<3000].allSatisfy { $0 == "crash" || $0 == "skipped" })
  }

  @Test func interruptKeepsAllTokens() throws {
    let child = try HostBinary.start(
      ["-", "-j", "3", "--format", "jsonl"],
      input: Array(
        #"[{"kernel": "for_loop", "args": [0, 1, 1]}, {"kernel": "sleep", "args": [1000], "#.utf8)
        + Array(#""repeat": 20}]"#.utf8))
    try child.read { String(decoding: $0.standardError, as: UTF8.self).contains("Looping") }
    child.send(SIGINT)
    let outcome = try child.finish()
    let records = try outcome.out.callRecords
    #expect(outcome.end == .exit(130) && records.count == 21, "\(outcome.err)")
    #expect(records.dropFirst().allSatisfy { $0["status"] as? String == "cancelled" })
  }

  @Test func optionsAndKeys() throws {
    for (options, end) in [
      (["-j", "0"], 2), (["-j", "x"], 2), (["--mode", "fast"], 2), (["--jobs", "2000"], 2),
      (["--mode", "parallel"], 0), (["-j", "2", "--mode", "concurrent"], 0),
    ] {
      let run = try HostBinary.run(["-"] + options, input: Array("[]".utf8))
      #expect(run.end == .exit(Int32(end)), "\(options): \(run.err)")
    }
  }

  /// `-j` is kept where calls have processes of their own, too.
  @Test(arguments: [1, 2], ["call", "process"])
  func processesAtATime(_ jobs: Int, _ isolation: String) throws {
    let memory = isolation == "process" ? #", "memory": "64 MiB""# : ""
    let run = try Invocation(
      #"[{"kernel": "sleep", "args": [0.05]\#(memory), "repeat": 6}]"#, "--isolation", isolation,
      "-j", "\(jobs)", "--format", "jsonl")
    let spans = try run.records.map { record in
      let start = try #require(record["start"] as? Double)
      return start...start + (record["seconds"] as? Double ?? 0)
    }
    #expect(spans.count == 6)
    for span in spans {
      let others = spans.count { $0.contains(span.lowerBound) }
      #expect(others <= jobs, "\(spans)")
    }
  }
}
