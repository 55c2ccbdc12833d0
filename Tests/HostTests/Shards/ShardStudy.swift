import KernelHostTestSupport
import Testing

/// Shards of a study, over one journal.
extension JournalStudy {
  /// Some calls are ok, some fail, and some wait for others.
  static let mixed = """
    {"tasks": [
      {"name": "map", "kernel": "logistic_map", "args": {"n": 10},
       "sweep": {"r": {"from": 2.5, "to": 4, "count": 900}}},
      {"name": "mean", "kernel": "moments", "args": {"values": {"results": "map"}}},
      {"name": "bad", "kernel": "for_loop", "args": {"max": 3},
       "sweep": {"increment": {"from": 0, "to": 1, "count": 2}}},
      {"kernel": "for_loop", "args": {"max": 2}, "after": ["bad"]},
      {"kernel": "sha256", "args": {"text": "abc"}, "repeat": 100}]}
    """

  func shard(_ shard: String, _ more: [String] = []) throws -> Outcome {
    try run(more, usual: Self.ofShard(shard))
  }

  static func ofShard(_ shard: String) -> [String] {
    ["--journal", "study.kh", "-q", "--shard", shard]
  }

  func host(_ arguments: String...) throws -> Outcome {
    try HostBinary.run(arguments, folder: folder.path)
  }

  /// The results of a run without a journal.
  func undisturbed() throws -> [String] {
    let words = ["run", "-q", "--format", "jsonl", "-o", "undisturbed", "study.json"]
    let outcome = try HostBinary.run(words, folder: folder.path)
    #expect([.exit(0), .exit(1)].contains(outcome.end), "\(outcome.err)")
    return withoutTimes(try folder.read("undisturbed"))
  }

  /// The calls that have their record, as often as they have.
  var recorded: [Int] {
    get throws {
      // A line may be written just now.
      try journal.filter { $0.hasPrefix(#"{"c":"#) && $0.hasSuffix("\"}") }.compactMap {
        try JSON.object($0)["c"] as? Int
      }
    }
  }
}
