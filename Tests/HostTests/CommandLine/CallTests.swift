import Foundation
import KernelHostTestSupport
import Testing

/// A kernel without a manifest, and options that change what the manifest says.
struct CallTests {
  private static let two = #"[{"kernel": "for_loop", "args": [0, 1, 3]}, {"kernel": "primes"}]"#

  @Test func aKernelIsCalledFromTheLine() throws {
    let run = try HostBinary.run(["call", "for_loop", "max=2", "-q", "--format", "tokens"])
    #expect(run.end == .exit(0) && run.out == "[null, true, \"\"]\n", "\(run)")
    let sweep = try HostBinary.run([
      "call", "logistic_map", "x0=0.2", "--sweep", "r=2.5:4:4", "--format", "csv",
    ])
    #expect(sweep.out.lines.count == 5 && sweep.out.lines[2].hasPrefix("1,,logistic_map,3.0,0.2,"))
  }

  /// Each way to write the values of a sweep, as the manifest that it stands for.
  @Test(arguments: [
    ("r=2.5:4:1001", #"{"from":2.5,"to":4,"count":1001}"#),
    ("r=1:4:4:log", #"{"from":1,"to":4,"count":4,"log":true}"#),
    ("r=1:4:step=0.5", #"{"from":1,"to":4,"step":0.5}"#), ("r=1,2.5", "[1,2.5]"), ("r=3", "[3]"),
    ("r=[1,2]", "[1,2]"),
  ])
  func valuesOfASweep(_ word: String, _ json: String) throws {
    let run = try HostBinary.run(["call", "logistic_map", "--sweep", word, "--show-manifest"])
    #expect(
      run.out == #"[{"kernel": "logistic_map", "sweep": {"r": \#(json)}}]"# + "\n", "\(run)")
  }

  /// Nothing in a word ends the value that it is.
  @Test func wordsAreNotTakenApart() throws {
    let run = try HostBinary.run([
      "call", "for_loop", #"max=3],"kernel":"x"#, #"min="a""#, "--show-manifest",
    ])
    let task = try #require(try JSON.array(run.out).first as? [String: Any])
    let args = try #require(task["args"] as? [String: Any])
    #expect(args["max"] as? String == #"3],"kernel":"x"# && args["min"] as? String == "a")
  }

  @Test(arguments: [
    ([], "no kernel given"), (["for_loop", "3"], "NAME=VALUE"),
    (["for_loop", "--sweep", "max=1:2"], "FROM:TO:COUNT"), (["nosuch"], "is unknown"),
  ])
  func wrongWords(_ words: [String], _ message: String) throws {
    let run = try HostBinary.run(["call"] + words)
    #expect(run.end == .exit(2) && run.err.contains(message), "\(run)")
  }

  @Test func aParameterIsSetInAllTasks() throws {
    let run = try Invocation(Self.two, "--set", "max=1", "--format", "tokens")
    #expect(run.outcome.err.hasPrefix("Looping for: 1\n0\n") && run.outcome.end == .exit(0))
    let wrong = try Invocation(Self.two, "--set", "mx=1")
    #expect(wrong.outcome.end == .exit(2) && wrong.outcome.err.contains(#"did you mean "max"?"#))
    let text = try Invocation(Self.two, "--set", "max=x")
    #expect(
      text.outcome.end == .exit(2)
        && text.outcome.err.contains(#"option --set: argument "max" of "for_loop" is an integer"#)
        && text.outcome.err.contains(#"found the string "x""#), "\(text.outcome)")
    let swept = try Invocation(
      #"[{"kernel": "logistic_map", "sweep": {"r": [1, 2]}}]"#, "--set", "r=3")
    #expect(swept.outcome.end == .exit(2) && swept.outcome.err.contains("sweeps the parameter"))
  }

  @Test func limitsOfTheLine() throws {
    let run = try Invocation(
      #"[{"kernel": "sleep", "args": [1000]}, {"kernel": "sleep", "args": [0.1], "timeout": 100}]"#,
      "--timeout", "0.01", "--retries", "1", "--format", "jsonl")
    let records = try run.records
    #expect(records.map { $0["status"] as? String } == ["timeout", "ok"])
    #expect(records[0]["attempts"] as? Int == 2)
  }

  /// Only the failed calls of results, with or without the name of their manifest.
  @Test func failedCallsAreMadeAgain() throws {
    let folder = try TemporaryFolder()
    try folder.write(Sample.mixed, to: "m.json")
    _ = try HostBinary.run(
      ["m.json", "-q", "--format", "jsonl", "-o", "r.jsonl"], folder: folder.path)
    for words in [["r.jsonl"], ["m.json", "r.jsonl"]] {
      let run = try HostBinary.run(
        ["run", "--rerun", "failed", "--format", "tokens"] + words, folder: folder.path)
      #expect(run.end == .exit(1) && run.out == Sample.failure + "\n", "\(run)")
    }
    let none = try HostBinary.run(
      ["run", "--rerun", "lost", "r.jsonl"], folder: folder.path)
    #expect(none.end == .exit(2) && none.err.contains("has no call that is lost"))
  }

  /// Errors begin below each other, so that the table's width cuts their ends and not their begins.
  @Test func errorsInATable() throws {
    let folder = try TemporaryFolder()
    let terminal = try PseudoTerminal(columns: 60, rows: 30)
    let child = try terminal.start(
      ["call", "for_loop", "--sweep", "increment=0", "--progress", "none"], folder: folder.path)
    try terminal.read()
    #expect(try child.finish().end == .exit(1))
    let lines = terminal.screen.text.lines
    #expect(
      lines.contains { $0.hasPrefix("call  increment  ") && $0.hasSuffix("error") }, "\(lines)")
    #expect(lines.contains { $0.hasSuffix("0  EINVAL: increment must not be 0") }, "\(lines)")
  }

  /// A table for a person; a pipe gets what the seed prints.
  @Test func aSweepAtATerminalIsATable() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      #"[{"kernel": "logistic_map", "sweep": {"r": {"from": 2.5, "to": 4, "count": 100}}}]"#,
      to: "m.json")
    let terminal = try PseudoTerminal(columns: 80, rows: 60)
    let child = try terminal.start(["m.json", "--progress", "none"], folder: folder.path)
    try terminal.read()
    #expect(try child.finish().end == .exit(0))
    let lines = terminal.screen.text.lines
    #expect(lines.count == 23 && lines[0] == "All Complete", "\(lines)")
    #expect(lines[1].split(separator: " ").map(String.init) == ["call", "r", "x"], "\(lines)")
    #expect(lines.last?.hasPrefix("100 results, of which the first 20 are shown") == true)
    let piped = try HostBinary.run(["m.json"], folder: folder.path)
    #expect(piped.out.lines.count == 2 && piped.out.lines[1].hasPrefix("Results: [[0.6, true"))
  }
}
