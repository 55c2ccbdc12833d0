import Foundation
import KernelHostTestSupport
import Testing

/// A record has all arguments of its call, given ones and defaults.
struct RecordedArgumentTests {
  private func arguments(_ manifest: String, _ options: String...) throws -> [[String: Any]] {
    let folder = try TemporaryFolder()
    try folder.write(manifest, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "-q", "--format", "jsonl"] + options, folder: folder.path)
    return try run.out.callRecords.map { try #require($0["args"] as? [String: Any], "\($0)") }
  }

  @Test func twoTasksAreToldApart() throws {
    let all = try arguments(
      """
      [{"kernel": "logistic_map", "args": {"r": 3.1}}, {"kernel": "logistic_map", "args": [3.5, 1]},
       {"kernel": "logistic_map", "args": {"n": 2}, "sweep": {"x0": [0, 0.25], "r": [1, 1e-300]}},
       {"kernel": "for_loop", "args": {"max": -0}}]
      """)
    #expect(all.map { $0["r"] as? Double } == [3.1, 3.5, 1, 1e-300, 1, 1e-300, nil])
    #expect(all.map { $0["x0"] as? Double } == [0.5, 1, 0, 0, 0.25, 0.25, nil])
    #expect(all.map { $0["n"] as? Int } == [100, 100, 2, 2, 2, 2, nil])
    #expect(all[6] as? [String: Int] == ["min": 0, "increment": 1, "max": 0])
  }

  /// As the parameter's type has it: a column of a reader has one type.
  @Test func numbersHaveTheirType() throws {
    let run = try Invocation(
      #"[{"kernel": "logistic_map", "args": {"r": 3, "x0": -0}}, {"kernel": "moments", "args": [[1, -0]]}]"#,
      "--format", "jsonl")
    #expect(run.lines[1].contains(#""args":{"r":3.0,"x0":-0.0,"n":100},"#), "\(run.lines)")
    #expect(run.lines[2].contains(#""args":{"values":[1.0,-0.0]},"#), "\(run.lines)")
  }

  /// Sweeps, repeats and seeds: in any order, and in several lanes.
  @Test(arguments: [[], ["-j", "2", "--order", "completion"]])
  func ofSweeps(_ options: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      [{"kernel": "monte_carlo_pi", "args": {"samples": 5}, "repeat": 300},
       {"kernel": "logistic_map", "sweep": {"n": [1, 2], "r": {"from": 1, "to": 3, "count": 200}}}]
      """, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "-q", "--format", "jsonl"] + options, folder: folder.path)
    let records = try run.out.callRecords
    #expect(records.count == 700)
    for record in records {
      let arguments = try #require(record["args"] as? [String: Any])
      let point = try #require(record["point"] as? [String: Any])
      for (name, value) in point where name != "repeat" {
        #expect(arguments[name] as? NSNumber == value as? NSNumber, "\(record)")
      }
      #expect(arguments.count == (record["kernel"] as? String == "logistic_map" ? 3 : 2))
    }
  }

  /// The value that came, and where it never came, what was waited for.
  @Test(arguments: [[], ["-j", "2"], ["--live", "1"]])
  func resultsOfOthers(_ options: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      [{"name": "all", "kernel": "moments", "args": [{"results": "map"}]},
       {"name": "map", "kernel": "logistic_map", "args": {"n": 0}, "sweep": {"x0": [0.25, 0.75]}},
       {"kernel": "logistic_map", "args": {"x0": {"result": "all.mean"}}, "repeat": 3},
       {"kernel": "logistic_map", "args": {"x0": {"result": "all.count"}}},
       {"name": "bad", "kernel": "for_loop", "args": [0, 0, 1]},
       {"kernel": "for_loop", "args": {"max": {"result": "some.count"}}, "after": "bad"},
       {"name": "some", "kernel": "primes", "args": [10]}]
      """, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "-q", "--format", "jsonl", "--events", "events"] + options, folder: folder.path)
    let records = try run.out.callRecords
    try #require(records.count == 10, "\(run.err)")
    let arguments = records.map { $0["args"] as? [String: Any] ?? [:] }
    #expect(arguments[0]["values"] as? [Double] == [0.25, 0.75])
    for call in 3...5 { #expect(arguments[call]["x0"] as? Double == 0.5) }
    // 2 is above the parameter's range: it never began.
    #expect(records[6]["status"] as? String == "error")
    #expect(arguments[6]["x0"] as? [String: String] == ["result": "all.count"])
    #expect(records[8]["status"] as? String == "skipped")
    #expect(arguments[8]["max"] as? [String: String] == ["result": "some.count"])
    // The events say the same.
    for line in try folder.read("events").lines where line.contains(#""event":"finished""#) {
      let event = try JSON.object(line)
      let call = try #require(event["call"] as? Int)
      let told = try #require(event["args"] as? [String: Any])
      #expect(NSDictionary(dictionary: told) == NSDictionary(dictionary: arguments[call]))
    }
  }

  /// A long argument is a count and a hash that other programs can make again.
  @Test(.enabled(if: Python.path != nil, "needs python3")) func longOnes() throws {
    let values = (0..<65).map { Double($0) / 3 }
    let list = values.map { "\($0)" }.joined(separator: ", ")
    let all = try arguments(
      """
      [{"kernel": "moments", "args": [[\(list)]]},
       {"kernel": "moments", "args": [[\(values.dropLast().map { "\($0)" }.joined(separator: ", "))]]},
       {"name": "map", "kernel": "logistic_map", "sweep": {"x0": [\(
         values.map { "\($0 / 25)" }.joined(separator: ", "))]}, "args": {"n": 0}},
       {"kernel": "moments", "args": [{"results": "map"}]}]
      """)
    let script = """
      import hashlib, struct
      values = [k / 3 for k in range(65)]
      for numbers in (values, [x / 25 for x in values]):
          print(hashlib.sha256(struct.pack("<65d", *numbers)).hexdigest())
      """
    let hashes = try Child(Python.path!, ["-c", script]).finish().out.lines
    for (call, hash) in [(0, hashes[0]), (all.count - 1, hashes[1])] {
      let digest = try #require(all[call]["values"] as? [String: Any])
      #expect(digest["count"] as? Int == 65 && digest["sha256"] as? String == hash)
    }
    #expect(all[1]["values"] as? [Double] == Array(values.dropLast()))
  }
}
