import Foundation
import KernelHostTestSupport
import Testing

/// Results that cannot be written: exit code 3, said why, and nothing half-written.
struct UnwritableTests {
  static let formats = ["text", "tokens", "jsonl", "json", "csv"]

  private func expectUnwritten(_ outcome: Outcome, _ words: String...) {
    #expect(outcome.end == .exit(3), "\(outcome.err)")
    #expect(outcome.out == "")
    for word in words {
      #expect(outcome.err.contains(word), "expected \(word) in: \(outcome.err)")
    }
  }

  @Test func folderThatDoesNotExist() throws {
    let run = try Invocation(Sample.mixed, "-o", "no/such/out.json")
    expectUnwritten(run.outcome, "no/such/out.json", "No such file")
    #expect(!run.outcome.err.contains("Looping"), "something ran")
    #expect(try run.folder.names == ["m.json"])
  }

  @Test(arguments: [".", "/", "/dev", "m.json/out"])
  func noFileToBe(_ path: String) throws {
    let run = try Invocation(Sample.mixed, "-o", path)
    expectUnwritten(run.outcome, path, "irectory")
    #expect(try run.folder.names == ["m.json"])
  }

  @Test func fileWithoutName() throws {
    let run = try Invocation(Sample.mixed, "-o", "")
    #expect(run.outcome.end == .exit(2))
    #expect(run.outcome.out == "")
    #expect(run.outcome.err.contains("host: error: "))
    #expect(try run.folder.names == ["m.json"])
  }

  /// Some calls fail, too: not written is the graver of the two.
  @Test(arguments: formats)
  func fullDisk(_ format: String) throws {
    let run = try Invocation(Sample.mixed, "--format", format, "-o", "/dev/full")
    expectUnwritten(run.outcome, "/dev/full", "No space left")
    #expect(try run.folder.names == ["m.json"])
  }

  @Test(arguments: formats)
  func fullDiskAsStandardOutput(_ format: String) throws {
    let run = try Invocation(Sample.mixed, "--format", format, output: .path("/dev/full"))
    expectUnwritten(run.outcome, "standard output", "No space left")
  }

  @Test(arguments: formats)
  func closedStandardOutput(_ format: String) throws {
    let run = try Invocation(Sample.mixed, "--format", format, output: .closed)
    expectUnwritten(run.outcome, "standard output")
  }

  /// As after `| head`: there is nothing to complain about.
  private func expectQuiet(_ outcome: Outcome) {
    #expect(outcome.end == .exit(141) && !outcome.err.contains("host:"), "\(outcome)")
  }

  @Test(arguments: formats)
  func readerThatIsGone(_ format: String) throws {
    let run = try Invocation(Sample.mixed, "--format", format, output: .broken)
    expectQuiet(run.outcome)
  }

  @Test func readerOfAJournalThatIsGone() throws {
    let folder = try TemporaryFolder()
    try folder.write(Sample.mixed, to: "m.json")
    for words in [
      ["run", "--journal", "s.kh", "-q", "m.json"], ["results", "s.kh"], ["merge", "s.kh"],
    ] {
      expectQuiet(try HostBinary.run(words, folder: folder.path, output: .broken))
    }
  }

  @Test(arguments: [
    ["--help"], ["--version"], ["kernels"], ["kernels", "--json"], ["check", "m.json"],
  ])
  func whatWasAskedFor(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write("[]", to: "m.json")
    for output: Child.Output in [.closed, .broken, .path("/dev/full")] {
      let run = try HostBinary.run(arguments, folder: folder.path, output: output)
      if case .broken = output {
        expectQuiet(run)
      } else {
        expectUnwritten(run, "standard output")
      }
    }
  }

  /// With results in a file nobody needs standard output.
  @Test func closedStandardOutputAndAFile() throws {
    let run = try Invocation(
      #"[{"kernel": "for_loop", "args": [0, 1, 2]}]"#, "-o", "out.txt", output: .closed)
    #expect(run.outcome.end == .exit(0), "\(run.outcome.err)")
    #expect(
      try run.folder.read("out.txt")
        == "Looping for: 2\n0\nLooping for: 2\n1\nAll Complete\nResults: [[null, true, \"\"]]\n")
  }

  /// A run whose output nobody can read any more ends, though its calls would not.
  @Test func readerThatIsGoneEndsEndlessCalls() throws {
    let run = try Invocation(
      #"[{"kernel": "while_loop_increment", "args": [0, 0, 1]}, {"kernel": "sleep", "args": [1000]}]"#,
      output: .broken)
    expectQuiet(run.outcome)
  }

  /// A disk that fills up in the middle: the file that was there stays as it was,
  /// and what was written so far is gone. A limit for file sizes stands in for it.
  @Test(arguments: [true, false])
  func diskThatFillsUp(_ fileExists: Bool) throws {
    let folder = try TemporaryFolder()
    try folder.write(#"[{"kernel": "for_loop", "args": [0, 1, 20000]}]"#, to: "m.json")
    if fileExists { try folder.write("old", to: "out.txt") }
    // The limit holds for memory that is shared with workers, too.
    let limited = "ulimit -f 64; exec \"$@\""
    let run = try Child(
      "/bin/sh",
      ["-c", limited, "sh", HostBinary.path, "--isolation", "none", "m.json", "-o", "out.txt"],
      folder: folder.path
    ).finish()
    expectUnwritten(run, "out.txt", "too large")
    #expect(try folder.names == (fileExists ? ["m.json", "out.txt"] : ["m.json"]))
    if fileExists { #expect(try folder.read("out.txt") == "old") }
  }
}
