import Foundation
import KernelHostTestSupport
import Testing

/// Values of `--set` where they must not be forgotten: in journals, and in what is made of results.
struct OverrideTests {
  private static let study = #"[{"kernel": "logistic_map", "args": {"n": 10}, "repeat": 2}]"#

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    return folder
  }

  private func host(
    _ words: String, _ folder: TemporaryFolder
  ) throws -> Outcome {
    try HostBinary.run(words.split(separator: " ").map(String.init), folder: folder.path)
  }

  @Test func aJournalIsOfTheValuesThatWereSet() throws {
    let folder = try folder()
    let begun = try host("run --journal s.kh --set r=1 --format tokens m.json", folder)
    #expect(begun.end == .exit(0), "\(begun)")
    // The same value in another spelling is the same run.
    let again = try host(
      "run --journal s.kh --set r=2 --set r=1.0 --format tokens m.json", folder)
    #expect(again.end == .exit(0) && again.out == begun.out, "\(again)")
    for (words, now) in [
      ("--set r=2", "r=2"), ("", "no value"), ("--set r=1 --set x0=0.3", "x0=0.3"),
    ] {
      let other = try host("run --journal s.kh \(words) m.json", folder)
      #expect(other.end == .exit(2) && other.err.contains("is of other inputs"), "\(other)")
      #expect(other.err.contains("values that --set gives: then r=1, now"), "\(other)")
      #expect(other.err.contains(now), "\(other)")
    }
    // Results are made of the journal alone.
    let results = try host("results s.kh --format jsonl", folder)
    #expect(results.end == .exit(0), "\(results)")
    let records = try results.out.lines.map { try JSON.object(String($0)) }
    #expect((records[0]["run"] as? [String: Any])?["set"] as? [String: Double] == ["r": 1])
    #expect(records[1...].map { ($0["args"] as? [String: Any])?["r"] as? Double } == [1, 1])
    // Tokens for the same arguments are taken from it.
    let reuse = try host(
      "run --journal t.kh --reuse s.kh --set r=1 --format tokens m.json", folder)
    #expect(reuse.out == begun.out && reuse.err.contains("2 calls"), "\(reuse)")
  }

  @Test func shardsAgreeOnTheValues() throws {
    let folder = try folder()
    try folder.write(
      #"[{"kernel": "logistic_map", "sweep": {"x0": [0.1, 0.2]}, "name": "a"}, "#
        + #"{"kernel": "logistic_map", "after": "a"}]"#, to: "m.json")
    #expect(try host("run --shard 0/2 --journal s.kh --set r=1 m.json", folder).end == .exit(0))
    let other = try host("run --shard 1/2 --journal s.kh --set r=2 m.json", folder)
    #expect(other.end == .exit(2) && other.err.contains("then r=1, now r=2"), "\(other)")
    #expect(try host("run --shard 1/2 --journal s.kh --set r=1 m.json", folder).end == .exit(0))
    let finished = try host("finish s.kh -o all.jsonl", folder)
    #expect(finished.end == .exit(0), "\(finished)")
    let records = try folder.read("all.jsonl").lines.dropFirst().map {
      try JSON.object(String($0))
    }
    #expect(records.map { ($0["args"] as? [String: Any])?["r"] as? Double } == [1, 1, 1])
  }

  /// Calls of results are made again with the values of that time.
  @Test func resultsKeepTheValues() throws {
    let folder = try folder()
    let run = try host("run --set r=1 -o r.jsonl m.json", folder)
    #expect(run.end == .exit(0), "\(run)")
    let replay = try host("replay r.jsonl --call 1", folder)
    #expect(replay.end == .exit(0) && !replay.err.contains("warning"), "\(replay)")
    let again = try host("run --rerun 1..1 r.jsonl -o again.jsonl", folder)
    #expect(again.end == .exit(0), "\(again)")
    #expect(try folder.read("again.jsonl").contains(#""args":{"r":1.0,"#))
    let other = try host("run --rerun 1..1 --set r=2 r.jsonl -o other.jsonl", folder)
    #expect(other.end == .exit(0), "\(other)")
    #expect(try folder.read("other.jsonl").contains(#""args":{"r":2.0,"#))
  }

  @Test(arguments: ["r.parquet", "a.b/r.csv.gz", "r.XLSX"])
  func endingsOfOtherFormatsAreRefused(_ path: String) throws {
    let folder = try folder()
    for words in ["run", "run --journal s.kh"] {
      let outcome = try host("\(words) m.json -o \(path)", folder)
      #expect(outcome.end == .exit(2) && outcome.err.contains("does not write"), "\(outcome)")
    }
  }

  /// Values of that time hold beside those of the line, which count where both give a name.
  @Test func aRerunAddsToTheValues() throws {
    let folder = try folder()
    let run = try host("run --set x0=0.25 --set r=3 -o r.jsonl m.json", folder)
    #expect(run.end == .exit(0), "\(run)")
    let again = try host("run --rerun 1..1 --set n=999 --set r=2 r.jsonl -o again.jsonl", folder)
    #expect(again.end == .exit(0), "\(again)")
    let records = try folder.read("again.jsonl").lines.map { try JSON.object($0) }
    let set = (records[0]["run"] as? [String: Any])?["set"] as? [String: Double]
    #expect(set == ["n": 999, "r": 2, "x0": 0.25])
    let args = records[1]["args"] as? [String: Double]
    #expect(args == ["n": 999, "r": 2, "x0": 0.25], "\(records)")
  }

  /// The kernel is what is wrong, and not the parameter, which it could have.
  @Test func anUnknownKernelIsReportedFirst() throws {
    let folder = try TemporaryFolder()
    for others in ["", #", {"kernel": "primes"}"#] {
      try folder.write(#"[{"kernel": "logistic_mab"}\#(others)]"#, to: "m.json")
      let run = try host("run --set r=3 m.json", folder)
      #expect(run.end == .exit(2), "\(run)")
      #expect(run.err.contains(#"did you mean "logistic_map"?"#), "\(run)")
      #expect(!run.err.contains("--set"), "\(run)")
    }
  }

  /// A value that closes what it stands in is a string, as any word that is not JSON.
  @Test func aValueIsOneValue() throws {
    let folder = try TemporaryFolder()
    try folder.write(#"[{"kernel": "for_loop", "name": "b"}]"#, to: "m.json")
    let run = try host(#"run --set max=1],"after":["b" m.json"#, folder)
    #expect(run.end == .exit(2) && run.err.contains("found the string"), "\(run)")
    for values in [#"[1,2],"x0":[0.1]"#, "[1,2", #"{"from":1,"to":2,"count":2},"x0":[0.1]"#] {
      let call = try host("call logistic_map --show-manifest --sweep r=\(values)", folder)
      #expect(call.end == .exit(2) && call.err.contains("one JSON value"), "\(call)")
      #expect(call.out == "", "\(call)")
    }
  }

  @Test func aRerunOfACallNeedsItsManifest() throws {
    let folder = try TemporaryFolder()
    let call = try host("call for_loop increment=0 -q -o r.jsonl", folder)
    #expect(call.end == .exit(1), "\(call)")
    let again = try host("run --rerun failed r.jsonl", folder)
    #expect(again.end == .exit(2) && again.err.contains("was no file"), "\(again)")
  }

  /// Records that are read are not written over, and calls with other arguments do not join them.
  @Test func aRerunKeepsItsRecords() throws {
    let folder = try TemporaryFolder()
    let study = #"[{"kernel": "logistic_map", "args": {"n": 3}, "sweep": {"r": [1, 2, 3.5]}}]"#
    try folder.write(study, to: "m.json")
    #expect(try host("run -q -o r.jsonl m.json", folder).end == .exit(0))
    let records = try folder.read("r.jsonl")
    for option in ["-o", "--events", "--report", "--junit"] {
      let over = try host("run --rerun 1..1 r.jsonl \(option) r.jsonl", folder)
      #expect(over.end == .exit(2) && over.err.contains("write over the records"), "\(over)")
    }
    #expect(try folder.read("r.jsonl") == records)
    try folder.write(study.replacing("2, 3.5", with: "2.5, 3.5"), to: "m.json")
    let other = try host("run --rerun 1..1 r.jsonl -o o.jsonl", folder)
    #expect(other.end == .exit(2), "\(other)")
    #expect(other.err.contains("call 1 had r=2.0 when") && other.err.contains("now has r=2.5"))
    let same = try host("run --rerun 2..2 r.jsonl -o o.jsonl", folder)
    #expect(same.end == .exit(0) && same.err.contains("has changed"), "\(same)")
    let manifest = try host("run r.jsonl", folder)
    #expect(manifest.end == .exit(2) && manifest.err.lines.count == 1, "\(manifest)")
    #expect(manifest.err.contains("is not a manifest"))
  }

  /// What a journal's run was made of is not written over by its results.
  @Test func resultsOfAJournalKeepItsManifest() throws {
    let folder = try folder()
    #expect(try host("run -q --journal s.kh -o r.jsonl m.json", folder).end == .exit(0))
    let manifest = try folder.read("m.json")
    for words in ["results s.kh", "merge s.kh", "report s.kh"] {
      let over = try host(words + " -o m.json", folder)
      #expect(over.end == .exit(2) && over.err.contains("write over the manifest"), "\(over)")
    }
    #expect(try folder.read("m.json") == manifest)
  }

  /// The ending of a file that is the name of a format is the format, unless `--format` says so.
  @Test(arguments: [
    ("r.jsonl", [], #"{"run":"#), ("r.json", [], "["), ("a.b/r.csv", [], "call,"),
    ("r.npz", [], "PK"), ("r.tap", [], "TAP version"), ("r.tokens", [], "[0"),
    ("r.txt", [], "Results: "), ("jsonl", [], "Results: "), ("a.jsonl/r", [], "Results: "),
    ("r.", [], "Results: "), ("r.jsonl", ["--format", "tokens"], "[0"), ("r.CSV", [], "call,"),
    ("r.ndjson", [], #"{"run":"#), ("r.parquet", ["--format", "csv"], "call,"),
  ])
  func endingsChooseFormats(_ path: String, _ words: [String], _ begin: String) throws {
    let folder = try folder()
    for name in ["a.b", "a.jsonl"] {
      try FileManager.default.createDirectory(
        atPath: folder.path(name), withIntermediateDirectories: false)
    }
    let first = try HostBinary.run(
      ["run", "-q", "--journal", "s.kh", "-o", path] + words + ["m.json"], folder: folder.path)
    #expect(first.end == .exit(0), "\(first)")
    let written = {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path(path)))
      return String(decoding: bytes.prefix(200), as: UTF8.self)
    }
    #expect(try written().contains(begin), "\(path)")
    try FileManager.default.removeItem(atPath: folder.path(path))
    let results = try HostBinary.run(
      ["results", "-o", path] + words + ["s.kh"], folder: folder.path)
    #expect(results.end == .exit(0), "\(results)")
    #expect(try written().contains(begin), "\(path)")
  }
}
