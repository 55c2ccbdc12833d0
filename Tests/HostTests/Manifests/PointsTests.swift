import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// Sweeps that take their points from a file, through the real binary.
struct PointsTests {
  private static func study(_ sweep: String, _ more: String = "") -> String {
    #"{"tasks": [{"kernel": "logistic_map", "name": "map", "sweep": \#(sweep)\#(more)}]}"#
  }

  /// The calls are those of the same values written out, in the order of the rows.
  @Test func rowsArePoints() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path("study"), withIntermediateDirectories: false)
    try folder.write("r,n,x0\r\n3.7,100,0.25\r\n\"1e0\", 3.0 ,.5\r\n", to: "study/points.csv")
    try folder.write(
      Self.study(#"{"file": "points.csv"}"#, #", "repeat": 2"#), to: "study/m.json")
    let run = try HostBinary.run(
      ["--format", "tokens", "study/m.json"], folder: folder.path)
    let rows = [#"{"r": 3.7, "n": 100, "x0": 0.25}"#, #"{"r": 1, "n": 3, "x0": 0.5}"#]
    let tasks = rows.flatMap { row in
      [String](repeating: #"{"kernel": "logistic_map", "args": \#(row)}"#, count: 2)
    }
    let written = try Invocation("[\(tasks.joined(separator: ","))]", "--format", "tokens")
    #expect(run.end == .exit(0) && run.out == written.outcome.out, "\(run.err)")
    #expect(written.lines.count == 4)
    // From another folder, and as standard input, whose folder is the current one.
    try folder.write(Self.study(#"{"file": "study/points.csv"}"#, #", "repeat": 2"#), to: "n.json")
    let other = try HostBinary.run(["--format", "tokens", "n.json"], folder: folder.path)
    #expect(other.out == run.out)
    let input = Array(Self.study(#"{"file": "points.csv"}"#, #", "repeat": 2"#).utf8)
    let piped = try HostBinary.run(
      ["--format", "tokens", "-"], input: input, folder: folder.path("study"))
    #expect(piped.out == run.out, "\(piped.err)")
    let plan = try HostBinary.run(["plan", "study/m.json"], folder: folder.path)
    #expect(plan.out.contains("4 calls = r, n, x0 of points.csv (2) x repeat (2)"), "\(plan.out)")
    #expect(plan.out.contains(#"call 3: {"r":1.0,"n":3,"x0":0.5,"repeat":1}"#), "\(plan.out)")
    let schema = try HostBinary.run(["schema", "study/m.json"], folder: folder.path)
    #expect(schema.end == .exit(0))
  }

  /// A table that a run wrote has the points of another.
  @Test func aTableOfResultsHasPoints() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Self.study(
        #"{"r": {"from": 2.5, "to": 4, "count": 7}, "x0": [0.1, 0.2]}"#, #", "args": {"n": 9}"#),
      to: "m.json")
    let first = try HostBinary.run(
      ["m.json", "-q", "--format", "csv", "-o", "r.csv", "--csv-units"], folder: folder.path)
    #expect(first.end == .exit(0), "\(first.err)")
    try folder.write(
      Self.study(#"{"file": "r.csv", "columns": ["r", "x0", "n"]}"#), to: "again.json")
    let tokens = try ["m.json", "again.json"].map {
      try HostBinary.run([$0, "--format", "tokens"], folder: folder.path).out
    }
    #expect(tokens[0] == tokens[1] && tokens[0].lines.count == 14)
    // Without a word about its columns it has too many.
    try folder.write(Self.study(#"{"file": "r.csv"}"#), to: "all.json")
    let all = try HostBinary.run(["check", "all.json"], folder: folder.path)
    #expect(all.end == .exit(2))
    #expect(all.err.contains("r.csv:1:1: error: kernel \"logistic_map\" has no parameter \"call\""))
    #expect(all.err.contains(#""columns": ["r", "x0", "n"]"#), "\(all.err)")
  }

  /// run, check and plan say the same, with the file's own place, and nothing runs.
  @Test(arguments: [
    ("r,x0\n1,0.5\n2\n", "points.csv:3:1: error: this row has 1 field, and the header has 2"),
    (
      "r,xo\n1,0.5\n", "points.csv:1:3: error: kernel \"logistic_map\" has no parameter \"xo\"; did"
    ),
    (
      "r,x0\n1,0.5\n5,é\n", "points.csv:3:1: error: argument \"r\" of \"logistic_map\" must be from"
    ),
    ("r,x0\n1,\"é\"\n", "points.csv:2:3: error: argument \"x0\" of \"logistic_map\" is a number"),
    ("r,x0\n1,\n", "points.csv:2:3: error: \"x0\" has no value here"),
    ("", "points.csv:1:1: error: the file is empty"),
    ("r\n", "points.csv:2:1: error: the file has no rows"),
  ])
  func mistakesHaveTheirPlace(_ file: String, _ says: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(file, to: "points.csv")
    try folder.write(Self.study(#"{"file": "points.csv"}"#), to: "m.json")
    let run = try HostBinary.run(["m.json", "-o", "out.txt"], folder: folder.path)
    try Refusal.expectRefused(run, says, [])
    for command in ["check", "plan"] {
      let other = try HostBinary.run([command, "m.json"], folder: folder.path)
      #expect(other.end == .exit(2) && other.out == "" && other.err == run.err)
    }
    #expect(try folder.names == ["m.json", "points.csv"])
  }

  /// Bytes that are no text.
  @Test(
    arguments: [
      ([0x72, 0x0A, 0xFF, 0x0A], "points.csv:2:1: error: the byte 0xFF is not UTF-8"),
      ([0xFF, 0xFE, 0x72, 0x00], "points.csv:1:1: error: the file is UTF-16"),
      ([0x1F, 0x8B, 8, 0], "points.csv:1:1: error: the file is not text"),
      ([0x72, 0x00, 0x0A, 0x31], "points.csv:1:1: error: the file is not text"),
    ] as [([UInt8], String)])
  func noText(_ bytes: [UInt8], _ says: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(bytes, to: "points.csv")
    try folder.write(Self.study(#"{"file": "points.csv"}"#), to: "m.json")
    let run = try HostBinary.run(["check", "m.json"], folder: folder.path)
    try Refusal.expectRefused(run, says, [])
  }

  /// What is no file is not waited for; the place is that in the manifest.
  @Test func noFile() throws {
    let folder = try TemporaryFolder()
    #expect(unsafe mkfifo(folder.path("pipe"), 0o600) == 0)
    for (path, says) in [
      ("pipe", "is a pipe or a device"), ("/dev/null", "is a pipe or a device"),
      (".", "Is a directory"), ("none.csv", "No such file"), ("", "is empty"),
      ("a\\u0000b", "NUL"),
    ] {
      try folder.write(Self.study(#"{"file": "\#(path)"}"#), to: "m.json")
      let run = try HostBinary.run(["m.json"], folder: folder.path)
      try Refusal.expectRefused(run, "m.json:1:72: error: ", [says])
    }
  }

  /// The results are not written over the points.
  @Test func theFileIsNotWrittenOver() throws {
    let folder = try TemporaryFolder()
    try folder.write("r\n1\n", to: "points.csv")
    try folder.write(Self.study(#"{"file": "points.csv"}"#), to: "m.json")
    let run = try HostBinary.run(["m.json", "-o", "./points.csv"], folder: folder.path)
    #expect(run.end == .exit(2) && run.err.contains("points.csv"), "\(run.err)")
    #expect(try folder.read("points.csv") == "r\n1\n")
  }

  /// Each run reads the file anew; a replay says that it has changed.
  @Test func aFileThatChanges() throws {
    let folder = try TemporaryFolder()
    try folder.write("r\n1\n2\n", to: "points.csv")
    try folder.write(Self.study(#"{"file": "points.csv"}"#), to: "m.json")
    let run = ["m.json", "-q", "--format", "jsonl", "-o", "r.jsonl"]
    #expect(try HostBinary.run(run, folder: folder.path).end == .exit(0))
    let same = try HostBinary.run(["replay", "r.jsonl", "--call", "1"], folder: folder.path)
    #expect(same.end == .exit(0) && !same.err.contains("changed"), "\(same.err)")
    try folder.write("r\n1\n3\n", to: "points.csv")
    let other = try HostBinary.run(["replay", "r.jsonl", "--call", "1"], folder: folder.path)
    #expect(other.err.contains("changed"), "\(other.err)")
    try folder.write("r\n1\n9\n", to: "points.csv")
    let wrong = try HostBinary.run(run, folder: folder.path)
    try Refusal.expectRefused(wrong, "points.csv:3:1: ", [])
  }
}
