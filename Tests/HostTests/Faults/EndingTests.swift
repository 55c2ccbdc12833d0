import Glibc
import KernelHostTestSupport
import Testing

/// Calls that would not end by themselves: timeouts and signals.
struct EndingTests {
  /// By the third turn of the last all others have begun, and the loop before it has ended;
  /// two sleep for longer than any test.
  private static let waiting = """
    [{"kernel": "sleep", "args": [1000]}, {"kernel": "for_loop", "args": {"increment": 0}},
     {"kernel": "sleep", "args": [2000]}, {"kernel": "for_loop", "args": [0, 1, 1]},
     {"kernel": "for_loop", "args": [0, 1, 3]}]
    """

  private func start(_ manifest: String, _ arguments: String...) throws -> Child {
    try HostBinary.start(["-"] + arguments, input: Array(manifest.utf8))
  }

  private func text(_ child: Child) -> String {
    String(decoding: child.standardOutput + child.standardError, as: UTF8.self)
  }

  @Test func interruptKeepsAllTokens() throws {
    let child = try start(Self.waiting)
    try child.read { text($0).contains("Looping for: 3\n2\n") }
    child.send(SIGINT)
    let outcome = try child.finish()
    #expect(outcome.end == .exit(130))
    let last = try #require(outcome.out.lines.last)
    #expect(
      outcome.out.hasPrefix(
        "Looping for: 1\n0\nLooping for: 3\n0\nLooping for: 3\n1\nLooping for: 3\n2\nAll Complete\n"
          + "Results: [[null, false, \""))
    #expect(outcome.err.contains("cancelled"))
    let tokens = try JSON.array(String(last.dropFirst("Results: ".count)))
    try #require(tokens.count == 5)
    let oks = tokens.map { ($0 as? [Any])?[1] as? Bool }
    #expect(oks.prefix(4) == [false, false, false, true])
    let errors = tokens.map { ($0 as? [Any])?[2] as? String ?? "" }
    #expect(errors[0].contains("cancelled") && errors[2].contains("cancelled"))
    #expect(errors[1] == "EINVAL: increment must not be 0")
  }

  /// A shell's kill, a closed terminal and a scheduler's warning end it as cleanly.
  @Test(arguments: [SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU])
  func otherSignals(_ signal: Int32) throws {
    let child = try start(Self.waiting, "--format", "jsonl")
    try child.read { text($0).contains("Looping for: 3\n2\n") }
    child.send(signal)
    let outcome = try child.finish()
    #expect(outcome.end == .exit(128 + signal))
    let statuses = try outcome.out.callRecords.map { $0["status"] as? String }
    #expect(statuses.count == 5 && statuses.prefix(4) == ["cancelled", "error", "cancelled", "ok"])
  }

  /// Calls that never pause, and ones that have not begun, get their tokens, too.
  @Test func interruptOfBusyCalls() throws {
    var tasks = (1...3).map { #"{"kernel": "while_loop_increment", "args": [0, 0, \#($0)]}"# }
    tasks += [String](repeating: #"{"kernel": "for_loop", "args": [0, 1, 1]}"#, count: 50)
    let manifest = "[" + tasks.joined(separator: ",") + "]"
    let child = try start(manifest, "--format", "json", "--live", "3")
    try child.read { text($0).contains("Looping for: 3\n0\n") }
    child.send(SIGINT)
    let outcome = try child.finish()
    #expect(outcome.end == .exit(130))
    let document = try JSON.object(outcome.out)
    let calls = try #require(document["calls"] as? [[String: Any]])
    #expect(calls.count == 53)
    #expect(calls.allSatisfy { $0["status"] as? String == "cancelled" })
    #expect(document["counts"] as? [String: Int] == ["cancelled": 53])
    #expect(calls.prefix(3).allSatisfy { ($0["steps"] as? Int ?? 0) > 0 })
    #expect(calls.dropFirst(3).allSatisfy { $0["steps"] as? Int == 0 })
    #expect(calls.dropFirst(3).allSatisfy { $0["attempts"] as? Int == 0 })
  }

  /// What the parent told it to ignore (nohup) stays ignored.
  @Test func ignoredHangUp() throws {
    let manifest = """
      [{"kernel": "for_loop", "args": [0, 1, 1]}, {"kernel": "sleep", "args": [0.3]}]
      """
    let child = try Child(
      "/bin/sh", ["-c", "trap '' HUP; exec \"$@\"", "sh", HostBinary.path, "-"],
      input: Array(manifest.utf8))
    try child.read { text($0).contains("Looping for: 1\n0\n") }
    child.send(SIGHUP)
    #expect(try child.finish().end == .exit(0))
  }

  @Test func timeout() throws {
    let run = try Invocation(
      """
      [{"kernel": "for_loop", "args": [0, 1, 3], "timeout": 50},
       {"kernel": "while_loop_increment", "args": [0, 0, 1], "timeout": 0.05},
       {"kernel": "sleep", "args": [1000], "timeout": 0.05},
       {"kernel": "while_loop_increment", "args": [0, 1, 3]}]
      """, "--format", "jsonl", "--quiet")
    #expect(run.outcome.end == .exit(1))
    let records = try run.records
    #expect(records.map { $0["status"] as? String } == ["ok", "timeout", "timeout", "ok"])
    try #require(records.count == 4)
    #expect(try #require(records[1]["steps"] as? Int) > 1)
    for record in records[1...2] {
      let seconds = try #require(record["seconds"] as? Double)
      #expect(seconds >= 0.049 && seconds < 20, "\(seconds)")
      let error = try #require(record["error"] as? [String: Any])
      #expect((error["message"] as? String)?.contains("0.05") == true)
    }
    #expect(run.outcome.err.contains("2 timeout"))
  }

  /// The manifest's default holds for tasks without a timeout of their own.
  @Test func defaultTimeout() throws {
    let run = try Invocation(
      """
      {"defaults": {"timeout": 0.05},
       "tasks": [{"kernel": "sleep", "args": [1000]},
                 {"kernel": "sleep", "args": [0.2], "timeout": 50},
                 {"kernel": "for_loop", "args": [0, 1, 3]}]}
      """, "--format", "jsonl")
    #expect(run.outcome.end == .exit(1))
    #expect(try run.records.map { $0["status"] as? String } == ["timeout", "ok", "ok"])
  }

  /// Sleeps go on side by side, and burn no processor time.
  @Test func sleepsAreSimultaneous() throws {
    let tasks = [String](repeating: #"{"kernel": "sleep", "args": [0.4]}"#, count: 50)
    let start = ContinuousClock.now
    let run = try Invocation("[" + tasks.joined(separator: ",") + "]", "--format", "jsonl")
    let elapsed = ContinuousClock.now - start
    #expect(run.outcome.end == .exit(0))
    #expect(elapsed >= .seconds(0.4) && elapsed < .seconds(10))
    for record in try run.records {
      #expect(try #require(record["steps"] as? Int) < 10)
      #expect(try #require(record["seconds"] as? Double) >= 0.4)
    }
  }
}
