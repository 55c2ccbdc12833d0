import Foundation
import KernelHostTestSupport
import Testing

/// Sweeps and repeats, through the real binary.
struct SweepTests {
  private static let study = """
    { "tasks": [
      { "kernel": "logistic_map", "name": "map", "args": { "n": 50 },
        "sweep": { "r": { "from": 2.5, "to": 4, "count": 31 }, "x0": [0.1, 0.2] } },
      { "kernel": "for_loop", "args": { "max": 1 } },
      { "kernel": "monte_carlo_pi", "args": { "samples": 500 }, "repeat": 4 } ] }
    """

  /// Each point's result is that of the same call written out.
  @Test func aSweepIsItsCalls() throws {
    let run = try Invocation(Self.study, "--format", "jsonl", "-q")
    let records = try run.records
    #expect(records.count == 67)
    var tasks: [String] = []
    for r in 0..<31 {
      let value = Double(250 + 5 * r) / 100
      for x0 in [0.1, 0.2] {
        let arguments = #"{"n": 50, "r": \#(value), "x0": \#(x0)}"#
        tasks.append(#"{"kernel": "logistic_map", "args": \#(arguments)}"#)
      }
    }
    tasks.append(#"{"kernel": "for_loop", "args": {"max": 1}}"#)
    for seed in 0..<4 {
      tasks.append(#"{"kernel": "monte_carlo_pi", "args": {"samples": 500, "seed": \#(seed)}}"#)
    }
    let written = try Invocation(
      "[\(tasks.joined(separator: ","))]", "--format", "tokens", "-q")
    let swept = try Invocation(Self.study, "--format", "tokens", "-q")
    #expect(swept.lines == written.lines)
    // Which point it was stands in the record.
    let point = try #require(records[61]["point"] as? [String: Any])
    #expect(point["r"] as? Double == 4 && point["x0"] as? Double == 0.2)
    #expect(records[61]["task"] as? String == "map" && records[62]["point"] == nil)
    let repeated = try #require(records[66]["point"] as? [String: Any])
    #expect(repeated["repeat"] as? Int == 3 && repeated["seed"] as? Int == 3)
    #expect(Set(records[63...].map { "\($0["result"] ?? "")" }).count == 4)
  }

  @Test func csvHasThePoint() throws {
    let run = try Invocation(Self.study, "--format", "csv", "-q")
    #expect(
      run.lines[0].hasPrefix(
        "call,task,kernel,repeat,r,x0,n,min,increment,max,samples,seed,x,pi,inside,ok,"),
      "\(run.lines[0])")
    #expect(run.lines[1].hasPrefix("0,map,logistic_map,0,2.5,0.1,50,,,,,,0."), "\(run.lines[1])")
    #expect(run.lines[63].hasPrefix("62,,for_loop,0,,,,0,1,1,,,,,,true,ok,"), "\(run.lines[63])")
    #expect(run.lines[67].hasPrefix("66,,monte_carlo_pi,3,,,,,,,500,3,,"), "\(run.lines[67])")
  }

  /// The order of what is printed is that of as many tasks.
  @Test func takingTurns() throws {
    let swept = try Invocation(#"[{"kernel": "for_loop", "sweep": {"max": [3, 6, 9, 12]}}]"#)
    let written = try Invocation(
      "["
        + [3, 6, 9, 12].map { #"{"kernel": "for_loop", "args": {"max": \#($0)}}"# }
        .joined(separator: ",") + "]")
    #expect(swept.outcome.out == written.outcome.out)
  }

  @Test func plan() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    func plan(_ arguments: String...) throws -> Outcome {
      try HostBinary.run(["plan", "m.json"] + arguments, folder: folder.path)
    }
    let all = try plan()
    #expect(all.end == .exit(0) && all.out.lines.first == "67 calls", "\(all.err)")
    #expect(all.out.contains("task 0 \"map\", logistic_map: 62 calls = r (31) x x0 (2)\n"))
    let ends = "  call 0: {\"r\":2.5,\"x0\":0.1}\n  call 61: {\"r\":4.0,\"x0\":0.2}\n"
    #expect(all.out.contains(ends))
    #expect(all.out.contains("task 2, monte_carlo_pi: 4 calls = repeat (4)\n"))
    let one = try plan("--call", "64")
    #expect(one.out.contains("call 64 of task 2, monte_carlo_pi"), "\(one.out)")
    #expect(one.out.contains(#"arguments: {"samples":500,"seed":1}"#), "\(one.out)")
    #expect(try plan("--call", "62").out.contains(#"arguments: {"max":1}"#))
    for wrong in ["67", "-1", "x", ""] {
      let refused = try plan("--call", wrong)
      #expect(refused.end == .exit(2) && refused.err.contains("0 to 66"), "\(refused.err)")
    }
    try folder.write("[{}]", to: "m.json")
    #expect(try plan().end == .exit(2))
    try folder.write("[]", to: "m.json")
    #expect(try plan().out == "0 calls\n")
  }

  /// A sweep is never expanded: what there is of it to plan and to check is its ends.
  @Test func aSweepThatIsTooLongToBeMade() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      [{"kernel": "logistic_map", "repeat": 1000,
        "sweep": {"r": {"from": 0, "to": 4, "count": 1000000000}}}]
      """, to: "m.json")
    let check = try HostBinary.run(["check", "m.json"], folder: folder.path)
    #expect(check.out.contains("1000000000000 calls"), "\(check.out)\(check.err)")
    let plan = try HostBinary.run(
      ["plan", "m.json", "--call", "999999999999"], folder: folder.path)
    #expect(plan.out.contains(#"arguments: {"r":4.0}"#), "\(plan.out)\(plan.err)")
  }

  @Test func mistakesHaveTheirPlace() throws {
    try Refusal(
      #"[{"kernel": "primes", "sweep": {¦"limti": [1]}}]"#, "did you mean \"limit\"?"
    ).expect()
    try Refusal(
      #"[{"kernel": "primes", "sweep": {"limit": ¦{"from": 1, "to": 2}}}]"#, "\"count\" or \"step\""
    ).expect()
  }
}
