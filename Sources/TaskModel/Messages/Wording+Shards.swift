/// The sentences about shards.
extension Wording {
  /// `since`: as ISO 8601 has it. Nil: who it is was not written down.
  public static func shardHeld(
    _ folder: String, shard: Int, by holder: (process: Int, host: String, since: String)?
  ) -> String {
    let who = holder.map {
      "process \($0.process) on \(plain($0.host)), since \(plain($0.since))"
    }
    return "shard \(shard) of the journal \(path(folder)) is in use by "
      + (who ?? "another process")
      + "; wait for its end, or end it; `host status` shows how far it is"
  }

  public static func shardsRun(_ folder: String, _ shards: ShardSet) -> String {
    "\(shards.count == 1 ? "shard" : "shards") \(shards) of the journal \(path(folder)) "
      + "\(shards.count == 1 ? "is" : "are") in use by other processes; wait for their end, or end "
      + "them; `host status` shows how far they are"
  }

  /// `found`: nil if the run is not dealt to shards.
  public static func otherShardCount(_ folder: String, found: Int?, wanted: Int) -> String {
    let now = found.map { "is dealt to \(shards($0))" } ?? "was begun without shards"
    return "the journal \(path(folder)) \(now), and the command line has \(wanted); "
      + (found.map { "write i/\($0), or add" } ?? "add")
      + " --reshard \(wanted) to deal what is left to \(shards(wanted))"
  }

  public static func otherDeal(_ folder: String, found: String, wanted: String) -> String {
    "the calls of the journal \(path(folder)) are dealt by \(quoted(found)), and the command line has "
      + "--deal \(wanted); remove --deal"
  }

  public static func dealtAnew(_ folder: String) -> String {
    "what is left of the journal \(path(folder)) was dealt to other shards just now; begin the new "
      + "shards"
  }

  public static func damagedDeal(_ file: String) -> String {
    "\(path(file)) is damaged: its checksum is not that of its bytes; nothing was written there; copy it "
      + "back from where it is whole, or end the run without shards: host run --journal"
  }

  /// Calls that a shard does not make.
  public static func leftToFinish(_ count: Int, _ folder: String) -> String {
    "\(calls(count)) of the run \(count == 1 ? "waits" : "wait") for others, and no shard makes "
      + "\(count == 1 ? "it" : "them"): when all shards are done, run host finish \(path(folder))"
  }

  /// Why a run cannot be finished: its shards are not done. `part`: these shards, as --shard takes
  /// them.
  public static func shardsMissing(_ count: Int, _ folder: String, part: String) -> String {
    "\(calls(count)) of shards of the journal \(path(folder)) have no record; run these shards "
      + "first: --shard \(part)"
  }

  static func shards(_ count: Int) -> String {
    "\(grouped(count)) \(count == 1 ? "shard" : "shards")"
  }
}
