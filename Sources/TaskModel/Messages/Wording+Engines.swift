/// The sentences about `--shard auto`.
extension Wording {
  /// Why the environment does not say which shard a process is to make. Each has the line to write.
  public static func noShard(_ refusal: EngineDecision.Refusal) -> String {
    switch refusal {
    case .noIndex(let isSlurmScript):
      isSlurmScript
        ? "--shard auto: this is the script of a Slurm job, and no task of a step or an array; write "
          + "srun host run --shard auto ..., or submit an array with sbatch --array"
        : "--shard auto: no engine has set a number for this process; write --shard i/n"
    case .notNumber(let name, let value):
      "--shard auto: \(name) is \(quoted(value)), expected a whole number; write --shard i/n"
    case .several(let first, let second):
      "--shard auto: \(first) and \(second) are both set, and one may be inside of the other; write "
        + "--shard $\(first)/n or --shard i/n"
    case .beyond(let name, let value, let size):
      "--shard auto: \(name) is \(value), expected less than \(size); write --shard i/n"
    case .noCount(let shard):
      "--shard auto: this is shard \(shard), but neither the journal nor the engine says of how many; "
        + "write --shard auto/n"
    case .otherCount(let engine, let size, let count):
      "--shard auto: \(engine) has started \(size) \(size == 1 ? "process" : "processes"), and there are "
        + "\(shards(count)); start \(count), or deal what is left to \(size) with --reshard \(size)"
    case .tooHigh(let shard, let count, let text, let isFromZero):
      "--shard auto: \(text) is shard \(shard), and the last of \(shards(count)) is \(count - 1): shards "
        + "are counted from 0; \(isFromZero ? "begin the array with 0" : "start \(count) of them at most"), "
        + "or write --shard i/n"
    }
  }

  /// What was seen, a line each.
  public static func seenVariables(_ decision: EngineDecision) -> [String] {
    if decision.seen.isEmpty { return ["seen: no variable of an engine"] }
    return decision.seen.map { seen in
      let use =
        switch seen.use {
        case .used: "used"
        case .outer(let inner): "not used: \(inner) runs inside of it"
        case .outside: "not used: the process is in no array"
        case .noStep: "not used: the process is no task of a step that srun began"
        }
      return "seen: \(seen.name)=\(plain(seen.value)), of \(seen.engine): \(use)"
    }
  }

  public static func decidedShard(_ shards: ShardSet, of count: Int, calls: Int?) -> String {
    "decided: \(shards.count == 1 ? "shard" : "shards") \(shards) of \(count)"
      + (calls.map { ", \(Self.calls($0))" } ?? "")
  }
}
