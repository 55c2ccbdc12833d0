import Foundation
import KernelHostTestSupport
import Testing

/// `host merge`, over journals that shards have written.
struct MergeCommandTests {
  private static let manifest = """
    {"tasks": [
      {"name": "map", "kernel": "logistic_map", "args": {"n": 3},
       "sweep": {"r": {"from": 2.5, "to": 4, "count": 200}}},
      {"kernel": "for_loop", "args": {"increment": 0}},
      {"kernel": "moments", "args": {"values": {"results": "map"}}}]}
    """
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Self.manifest, to: "m.json")
  }

  private func host(_ arguments: String...) throws -> Outcome {
    try HostBinary.run(arguments, folder: folder.path)
  }

  private func shard(_ shards: String, _ journal: String = "m.kh") throws {
    let end = try host("run", "--journal", journal, "--shard", "\(shards)/4", "-q", "m.json")
    #expect(end.end == .exit(0), "\(end.err)")
  }

  @Test func shardsOnTwoMachinesAreOneRun() throws {
    // Each machine began a journal of its own.
    try shard("0,2", "a.kh")
    try shard("1,3", "b.kh")
    let early = try host("merge", "a.kh", "b.kh", "-o", "r.tokens")
    #expect(early.end == .exit(4) && early.err.contains("1 of 202 calls have no record"))
    #expect(early.err.contains("run host finish a.kh"))
    #expect(try !folder.names.contains("r.tokens"))
    // All in one place, where the rest is run, and one call twice.
    #expect(try host("run", "--journal", "c.kh", "-q", "m.json", "-o", "c.txt").end == .exit(1))
    let merged = try host("merge", "b.kh", "a.kh", "c.kh", "-o", "r.tokens")
    #expect(merged.end == .exit(1) && merged.err.contains("201 records were there twice"))
    #expect(merged.err.contains("host: 1 of 202 calls not ok: 1 error"))
    let whole = try host("results", "c.kh", "--format", "tokens")
    #expect(try folder.read("r.tokens") == whole.out)
    // The ending chooses the format, and standard output has what a file has.
    #expect(try host("merge", "c.kh", "-o", "r.jsonl").end == .exit(1))
    #expect(try folder.read("r.jsonl") == host("results", "c.kh", "--format", "jsonl").out)
    #expect(try host("merge", "c.kh", "--format", "tokens").out == whole.out)
    #expect(try host("merge", "c.kh", "--check").end == .exit(1))
  }

  @Test func missingShardsAreListedAsEnginesTakeThem() throws {
    try shard("1")
    let end = try host("merge", "m.kh", "--missing", "left", "-o", "r.jsonl")
    #expect(end.end == .exit(4) && end.out.isEmpty)
    for text in [
      "they belong to 3 of 4 shards", "--shard 0,2-3/4 m.json", "--array=0,2-3", "completions: 3",
      "nothing was written",
    ] {
      #expect(end.err.contains(text), "\(text): \(end.err)")
    }
    #expect(try folder.read("left") == "0\n2\n3\n")
    #expect(try !folder.names.contains("r.jsonl"))
    try shard("0,2-3")
    #expect(try host("finish", "-q", "m.kh").end == .exit(1))
    #expect(try host("merge", "m.kh", "--missing", "left", "-o", "r.jsonl").end == .exit(1))
    #expect(try folder.read("left").isEmpty)
  }

  /// What cannot be right is refused before anything is written.
  @Test func wrongJournalsAreRefused() throws {
    try shard("0-3")
    try folder.write(Self.manifest.replacing("200", with: "201"), to: "n.json")
    _ = try host("run", "--journal", "n.kh", "-q", "n.json", "-o", "n.txt")
    let foreign = try host("merge", "m.kh", "n.kh")
    #expect(foreign.end == .exit(2) && foreign.err.contains("\"n.kh\" is of another run than"))
    #expect(foreign.err.contains("changed  \"map\", 201 calls"))
    #expect(try host("merge", "m.kh", "./m.kh").err.contains("are one journal"))
    #expect(try host("merge").err.contains("no journal given"))
    #expect(
      try host("merge", "m.kh", "--check", "-o", "x").err.contains("--check writes no results"))
    let inside = try host("merge", "m.kh", "-o", "m.kh/x.jsonl")
    #expect(inside.end == .exit(2) && inside.err.contains("is in the folder of a journal"))
    try folder.write("{\"kernelhost_journal\":\"1.0\",\"run\":\"ab", to: "n.kh/run.json")
    #expect(try host("merge", "m.kh", "n.kh").err.contains("is damaged"))
    let full = try host("merge", "n.kh", "-o", "/dev/full")
    #expect(full.end == .exit(2))
  }

  @Test func aFullDiskIsSaid() throws {
    _ = try host("run", "--journal", "n.kh", "-q", "m.json", "-o", "n.txt")
    let end = try host("merge", "n.kh", "-o", "/dev/full")
    #expect(end.end == .exit(3) && end.err.contains("No space left"))
  }
}
