/// The sentences about journals that are merged.
extension Wording {
  public static func unplanned(_ folder: String) -> String {
    "the run of the journal \(path(folder)) cannot be planned by this host; use the host that wrote it"
  }

  public static func sameJournal(_ first: String, _ second: String) -> String {
    "\(path(first)) and \(path(second)) are one journal; give each journal once"
  }

  public static func nestedJournal(_ inner: String, in outer: String) -> String {
    "the journal \(path(inner)) is inside the journal \(path(outer)), and its segments would be mixed "
      + "up; move it beside the other one"
  }

  /// A line each.
  public static func foreignJournal(
    _ folder: String, _ first: String, _ comparison: JournalComparison
  ) -> [String] {
    ["the journal \(path(folder)) is of another run than \(path(first)); in \(path(folder)):"]
      + table(of: comparison)
      + [
        "only journals of one manifest, with the same kernels, can be merged; leave one of them out"
      ]
  }

  /// `isWritten`: results could have been written.
  public static func mergeIncomplete(_ missing: Int, of all: Int, isCheck: Bool) -> String {
    "\(grouped(missing)) of \(grouped(all)) \(all == 1 ? "call" : "calls") have no record"
      + (isCheck ? "" : "; nothing was written")
  }

  public static func mergeConflicts(_ count: Int, isCheck: Bool) -> String {
    "\(calls(count)) ended in two ways, though a call has one result; "
      + (isCheck ? "" : "nothing was written; ")
      + "find out which machine or build differs, and leave its journal out"
  }

  public static func conflict(
    ofCall call: Int, _ sides: [(token: String, machine: String?, path: String)]
  ) -> String {
    "call \(grouped(call)): "
      + sides.map { side in
        let machine = side.machine.map { plain($0) } ?? "a machine that is not known"
        return "\(plain(side.token)) on \(machine) (\(path(side.path)))"
      }.joined(separator: ", but ")
  }

  public static func mergeRepeats(equal: Int, replaced: Int) -> String? {
    var parts: [String] = []
    if equal > 0 {
      parts.append("\(grouped(equal)) \(equal == 1 ? "record was" : "records were") there twice")
    }
    if replaced > 0 {
      parts.append("of \(calls(replaced)) a better end counts than a crash, a timeout or the like")
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// How the missing calls are made, a line each. `shards`: those that have them, and of how many.
  public static func missingShards(
    _ shards: ShardSet, of count: Int, journal: String, manifest: String
  ) -> [String] {
    let list = shortened(shards.description)
    return [
      "they belong to \(grouped(shards.count)) of \(grouped(count)) shards; run these again:",
      "  host run --journal \(journal) --shard \(list)/\(count) \(manifest)",
      "  Slurm, HyperQueue: --array=\(list)",
      "  GNU parallel: -a FILE, with the file of --missing FILE",
      "  Kubernetes: completions: \(shards.count), index k is line k + 1 of the file of --missing",
      "  each of them: host emit ENGINE --shards \(count) --only \(list) \(manifest)",
    ]
  }

  public static func missingCalls(
    _ ranges: [Range<Int>], hasMore: Bool, journal: String, manifest: String
  ) -> [String] {
    let list = shortened(callList(ranges)) + (hasMore ? ",..." : "")
    return [
      "run these again:", "  host run --journal \(journal) --calls \(list) \(manifest)",
    ]
  }

  public static func missingWaiting(_ count: Int, journal: String) -> String {
    "\(calls(count)) of them \(count == 1 ? "waits" : "wait") for others, and no shard has "
      + "\(count == 1 ? "it" : "them"): when all others are there, run host finish \(journal)"
  }

  /// As --calls takes it.
  public static func callList(_ ranges: [Range<Int>]) -> String {
    ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)..\($0.upperBound - 1)" }
      .joined(separator: ",")
  }

  /// A list that a person can read; --missing has all of it.
  private static func shortened(_ list: String) -> String {
    if list.utf8.count <= 400 { return list }
    let part = list.prefix(400)
    return part[..<(part.lastIndex(of: ",") ?? part.endIndex)] + ",..."
  }
}
