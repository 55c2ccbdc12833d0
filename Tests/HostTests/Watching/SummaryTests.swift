import KernelHostTestSupport
import Testing

/// What is said at the end of a run.
struct SummaryTests {
  private static let manifest = """
    [{"kernel": "primes", "args": {"limit": 1000}, "repeat": 1230},
     {"kernel": "for_loop", "args": {"increment": 0}, "repeat": 3},
     {"name": "it's late", "kernel": "sleep", "args": [1000], "timeout": 0.02}]
    """

  @Test func countsSlowestAndFailures() throws {
    let run = try Invocation(
      Self.manifest, "--summary", "--format", "tokens", "-o", "out", "--grace", "0.5")
    #expect(run.outcome.end == .exit(1))
    let lines = run.outcome.err.lines
    #expect(lines[0] == "host: 4 of 1234 calls not ok: 3 error, 1 timeout")
    #expect(lines[1].hasPrefix("host: 1,234 calls: 1,230 ok, 3 error, 1 timeout in "))
    #expect(lines[1].hasSuffix(" of processor time"))
    #expect(lines[2] == "host: slowest:" && lines[8] == "host: failures:")
    #expect(lines[3..<8].allSatisfy { $0.contains("s  call ") }, "\(lines)")
    let failures = Array(
      lines[try #require(lines.firstIndex(of: "host: failures:"))...].dropFirst())
    #expect(
      failures.filter { !$0.contains("again:") } == [
        "  for_loop: EINVAL (error), 3 times",
        "    call 1230 (for_loop, repeat=0, increment=0): increment must not be 0",
        "  sleep: ETIMEDOUT (timeout), once",
        "    call 1233 (\"it's late\"): did not end within 0.02 s: stopped after 0 steps, "
          + "0.02 s of its own time",
      ])
    #expect(failures[2].hasSuffix(" run --grace 0.5 --calls 1230..1230 m.json"))
  }

  /// Results in a file of records can be asked for their calls.
  @Test func recordsAreReplayed() throws {
    let run = try Invocation(
      Self.manifest, "--summary", "--format", "jsonl", "-o", "the results.jsonl")
    #expect(
      run.outcome.err.lines.contains {
        $0.hasPrefix("    again: ") && $0.hasSuffix(" replay 'the results.jsonl' --call 1233")
      })
  }

  /// Where standard error is no terminal, as little as ever is said.
  @Test func nothingIsSaidUnasked() throws {
    let run = try Invocation(Self.manifest, "--format", "tokens")
    #expect(run.outcome.err == "host: 4 of 1234 calls not ok: 3 error, 1 timeout\n")
    let well = try Invocation(#"[{"kernel": "primes", "repeat": 3}]"#, "--format", "tokens")
    #expect(well.outcome.err == "")
  }

  @Test func aRunThatWentWell() throws {
    let run = try Invocation(#"[{"kernel": "primes"}]"#, "--format", "tokens", "--summary")
    #expect(run.outcome.end == .exit(0))
    #expect(run.outcome.err.lines.count == 1 && run.outcome.err.hasPrefix("host: 1 call: 1 ok in "))
    let none = try Invocation("[]", "--format", "tokens", "--summary")
    #expect(none.outcome.end == .exit(0) && none.outcome.err.hasPrefix("host: 0 calls in "))
  }
}
