import Foundation
import KernelHostTestSupport
import Testing

/// `after`, and results as arguments, through the real binary.
struct DependencyTests {
  private static let study = """
    { "tasks": [
      { "name": "all", "kernel": "moments",
        "args": { "values": { "results": "map" } } },
      { "name": "map", "kernel": "logistic_map", "args": { "n": 100 },
        "sweep": { "r": { "from": 2.5, "to": 3.5, "count": 101 } } },
      { "name": "p", "kernel": "primes", "args": { "limit": 100 } },
      { "name": "q", "kernel": "primes", "args": { "limit": { "result": "p.largest" } } },
      { "kernel": "moments",
        "args": { "values": [1, 2.5, { "result": "p.count" }, { "result": "q.largest" }] } },
      { "kernel": "fft", "args": { "real": { "result": "w.real" }, "imag": { "result": "w.imag" } } },
      { "name": "w", "kernel": "fft", "args": { "real": [1, 2, 3, 4] } } ] }
    """

  @Test(arguments: ["process", "call", "none"], [nil, "1", "3"])
  func resultsAreArguments(_ isolation: String, _ jobs: String?) throws {
    let arguments = ["--isolation", isolation] + (jobs.map { ["-j", $0] } ?? [])
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    let run = try HostBinary.run(["m.json", "--format", "jsonl"] + arguments, folder: folder.path)
    #expect(run.end == .exit(0), "\(run.err)")
    let records = try run.out.callRecords
    try #require(records.count == 107)
    let map = records[1...101].compactMap { $0["result"] as? Double }
    let all = try #require(records[0]["result"] as? [String: Any])
    #expect(all["count"] as? Int == 101 && all["min"] as? Double == map.min())
    #expect(abs((all["mean"] as? Double ?? 0) - map.reduce(0, +) / 101) < 1e-12)
    #expect((records[103]["result"] as? [String: Any])?["largest"] as? Int == 97)
    let mixed = try #require(records[104]["result"] as? [String: Any])
    #expect(mixed["count"] as? Int == 4 && mixed["mean"] as? Double == (1 + 2.5 + 25 + 97) / 4)
    // Twice transformed: the same backwards, four times as large.
    let twice = try #require((records[105]["result"] as? [String: Any])?["real"] as? [Double])
    #expect(zip(twice, [4.0, 16, 12, 8]).allSatisfy { abs($0 - $1) < 1e-12 }, "\(twice)")
  }

  /// Whoever waits begins when the other has ended.
  @Test func afterIsAnOrder() throws {
    let run = try Invocation(
      """
      [{"kernel": "for_loop", "args": [10, 1, 13], "name": "c", "after": ["b"]},
       {"kernel": "for_loop", "args": [0, 1, 3], "name": "a"},
       {"kernel": "for_loop", "args": [5, 1, 8], "name": "b", "after": "a"}]
      """)
    let numbers = run.lines.dropLast(2).filter { !$0.hasPrefix("Looping") }.compactMap { Int($0) }
    #expect(numbers == [0, 1, 2, 5, 6, 7, 10, 11, 12])
  }

  /// The reason, and the way to it.
  @Test func aFailureIsPassedOn() throws {
    let run = try Invocation(
      """
      { "tasks": [
        { "name": "bad", "kernel": "for_loop", "sweep": { "increment": [1, 0, 0] }, "args": { "max": 1 } },
        { "name": "b", "kernel": "primes", "after": "bad" },
        { "name": "c", "kernel": "primes", "after": "b", "repeat": 2 },
        { "name": "d", "kernel": "primes", "after": "c" }, { "name": "e", "kernel": "primes", "after": "d" },
        { "name": "f", "kernel": "primes", "after": ["good", "e"] }, { "name": "good", "kernel": "primes" } ] }
      """, "--format", "jsonl", "-q")
    #expect(run.outcome.end == .exit(1))
    #expect(
      run.outcome.err.contains("8 of 10 calls not ok: 2 error, 6 skipped"), "\(run.outcome.err)")
    let records = try run.records
    let failure = "which failed (call 1): EINVAL: increment must not be 0"
    for (call, words) in [
      (3, "waited for \"bad\", \(failure)"),
      (4, "waited for \"b\", which waited for \"bad\", \(failure)"),
      (5, "waited for \"b\", which waited for \"bad\", \(failure)"),
      (
        8,
        "waited for \"e\", which waited for \"d\", which waited for \"c\", which waited for 1 more task "
          + "and finally for \"bad\", \(failure)"
      ),
    ] {
      let error = try #require(records[call]["error"] as? [String: Any])
      #expect(
        records[call]["status"] as? String == "skipped" && records[call]["attempts"] as? Int == 0)
      #expect(error["name"] as? String == "DEPENDENCY" && error["message"] as? String == words)
    }
    #expect(records[9]["status"] as? String == "ok")
  }

  /// What the parameter does not take is found when it is there.
  @Test func aResultThatIsOutOfRange() throws {
    let run = try Invocation(
      """
      [{"name": "p", "kernel": "primes", "args": [100]},
       {"name": "m", "kernel": "logistic_map", "args": {"r": {"result": "p.count"}}, "repeat": 2},
       {"kernel": "primes", "after": "m"}]
      """, "--format", "tokens")
    #expect(
      run.lines[1].contains(
        "EINVAL: argument \\\"r\\\" must be from 0 to 4; found 25, which is the result of another task"
      ),
      "\(run.lines)")
    #expect(
      run.lines[2] == run.lines[1] && run.lines[3].contains("DEPENDENCY: waited for \\\"m\\\""))
  }

  @Test func selecting() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    func run(_ arguments: String...) throws -> Outcome {
      try HostBinary.run(["m.json", "--format", "jsonl", "-q"] + arguments, folder: folder.path)
    }
    func calls(_ outcome: Outcome) throws -> [Int] {
      try outcome.out.lines.compactMap { try JSON.object($0)["call"] as? Int }
    }
    let q = try run("--only", "q")
    #expect(try calls(q) == [102, 103] && q.end == .exit(0))
    #expect(q.err == "host: 1 more call is made, which those selected wait for\n")
    #expect(try calls(run("--only", "p", "--only", "w")) == [102, 106])
    #expect(try calls(run("--calls", "3..5,4,7,100..101")) == [3, 4, 5, 7, 100, 101])
    #expect(try calls(run("--calls", "..3", "--only", "map")) == [1, 2, 3])
    #expect(try calls(run("--calls", "106..", "-j", "2")) == [106])
    #expect(
      try calls(run("--only", "*p*", "-j", "2", "--order", "completion")).sorted() == Array(1...102)
    )
    // What was selected has the results that it has in the whole.
    let whole = try run().out.lines
    let part = try run("--calls", "50").out.lines
    #expect(part.count == 2 && part[1].prefix(120) == whole[51].prefix(120))
    let dry = try run("--calls", "0", "--dry-run")
    #expect(
      dry.out.hasPrefix("102 calls of 107, 101 that others wait for\n") && dry.end == .exit(0))
  }

  @Test(arguments: [
    (["--calls", "107"], "the calls are 0 to 106"), (["--calls", "5..3"], "\"5..3\""),
    (["--calls", ""], "\"\""),
    (["--calls", "1...3"], "\"1...3\""), (["--calls", "-1"], "\"-1\""),
    (["--calls", "1.5"], "\"1.5\""),
    (["--calls", "99999999999999999999"], "expected numbers of calls"),
    (["--only", "maap"], "did you mean \"map\"?"), (["--only", ""], "option --only needs a value"),
    (["--only", "p", "--calls", "0"], "select no call"),
    (["--halt", "0"], "(the first failure), a number"),
    (["--halt", "101%"], #"expected "error""#), (["--halt", "x"], #"expected "error""#),
    (["--order", "time"], "one of call, completion"),
  ])
  func wrongSelections(_ arguments: [String], _ words: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    let run = try HostBinary.run(["m.json"] + arguments, folder: folder.path)
    #expect(run.end == .exit(2) && run.out == "" && run.err.contains(words), "\(run.err)")
  }

  @Test func halting() throws {
    let manifest = """
      { "tasks": [ { "kernel": "for_loop", "args": { "increment": 0 }, "repeat": 100 },
                   { "name": "n", "kernel": "sleep", "args": [60], "after": "s" },
                   { "name": "s", "kernel": "primes", "repeat": 300000, "args": [10] } ] }
      """
    let run = try Invocation(manifest, "--format", "jsonl", "-q", "--halt", "3")
    let records = try run.records
    #expect(records.count == 300_101 && run.outcome.end == .exit(1))
    let skipped = records.filter { $0["status"] as? String == "skipped" }
    // What the lane has is ended; most never came to it.
    #expect(skipped.count > 100_000, "\(skipped.count)")
    #expect(records[100]["status"] as? String == "skipped")
    let message = (skipped.last?["error"] as? [String: Any])?["message"] as? String
    #expect(message == "not called: --halt ended the run after 3 failed calls")
    let never = try Invocation(
      manifest, "--format", "tokens", "-q", "--halt", "1%", "--calls", "0..99")
    #expect(never.lines.count == 100 && never.outcome.end == .exit(1))
  }

  /// A chain, a million that wait for one, and one that waits for a million.
  @Test func longAndWide() throws {
    let folder = try TemporaryFolder()
    let chain = (0..<20_000).map { task in
      #"{"kernel": "for_loop", "args": [0, 1, 0], "name": "t\#(task)""#
        + (task == 0 ? "}" : #", "after": "t\#(task - 1)"}"#)
    }
    try folder.write(chain.joined(separator: "\n"), to: "chain.jsonl")
    let long = try HostBinary.run(["chain.jsonl", "--format", "tokens", "-q"], folder: folder.path)
    #expect(long.end == .exit(0) && long.out.lines.count == 20_000)
    let broken = [#"{"kernel": "for_loop", "args": [0, 0, 0], "name": "t0"}"#] + chain.dropFirst()
    try folder.write(broken.joined(separator: "\n"), to: "broken.jsonl")
    let none = try HostBinary.run(
      ["broken.jsonl", "--format", "tokens", "-q"], folder: folder.path)
    #expect(none.err.contains("20000 of 20000 calls not ok: 1 error, 19999 skipped"))
    #expect(none.out.lines.allSatisfy { $0.utf8.count < 300 })
    try folder.write(
      """
      [{"name": "x", "kernel": "for_loop", "args": [0, 1, 0]},
       {"name": "y", "kernel": "logistic_map", "args": {"n": 1, "r": 2}, "after": "x", "repeat": 200000},
       {"kernel": "moments", "args": [{"results": "y"}]}]
      """, to: "wide.json")
    let wide = try HostBinary.run(["wide.json", "--format", "tokens", "-q"], folder: folder.path)
    #expect(wide.end == .exit(0) && wide.out.lines.last?.contains("\"count\": 200000") == true)
  }

  /// Interrupted, what waits is cancelled as all others are, and nothing is left out.
  @Test func interrupted() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      [{"name": "s", "kernel": "for_loop", "args": {"max": 9000000000000}},
       {"kernel": "primes", "after": "s", "repeat": 1000}]
      """, to: "m.json")
    for jobs in ["1", "3"] {
      let child = try HostBinary.start(
        ["m.json", "-j", jobs, "--format", "tokens"], folder: folder.path)
      try child.read { !$0.standardError.isEmpty }
      child.send(SIGINT)
      let outcome = try child.finish()
      #expect(outcome.end == .exit(130))
      #expect(outcome.out.lines.count { $0.contains("ECANCELED") } == 1001)
    }
  }
}
