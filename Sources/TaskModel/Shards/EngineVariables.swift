/// How an engine that starts processes tells each of them its number: one row for each engine.
struct EngineVariables: Sendable {
  /// What the number counts.
  enum Kind: Sendable, Hashable {
    /// Processes that one launch has started together. They know how many they are.
    case rank
    /// Elements of an array of jobs. Of these a part may run again, so how many there are now does
    /// not tell how many shards there are.
    case array
    /// Commands that run after one another, inside of a job.
    case command
  }

  let name: String
  let kind: Kind
  let index: String
  /// The variable with the number of all, where that is the same at each start; nil: no variable has it.
  var size: String?
  /// The number of the first.
  var first = 0
  /// The value that the variable has outside.
  var outside: String?

  /// In the order in which they count: what is inside of another comes first.
  static let all: [EngineVariables] = [
    // Inside of a Slurm job these ranks all have SLURM_PROCID=0 and SLURM_STEP_NUM_TASKS=1.
    .init(
      name: "Open MPI", kind: .rank, index: "OMPI_COMM_WORLD_RANK",
      size: "OMPI_COMM_WORLD_SIZE"),
    .init(name: "Flux", kind: .rank, index: "FLUX_TASK_RANK", size: "FLUX_JOB_SIZE"),
    .init(name: "PMI", kind: .rank, index: "PMI_RANK", size: "PMI_SIZE"),
    slurmStep,
    .init(name: "PMIx", kind: .rank, index: "PMIX_RANK"),
    hyperQueue,
    .init(name: "a Slurm array", kind: .array, index: "SLURM_ARRAY_TASK_ID"),
    .init(
      name: "an SGE array", kind: .array, index: "SGE_TASK_ID", first: 1, outside: "undefined"),
    .init(name: "a PBS array", kind: .array, index: "PBS_ARRAY_INDEX"),
    .init(name: "a Torque array", kind: .array, index: "PBS_ARRAYID"),
    .init(name: "an LSF array", kind: .array, index: "LSB_JOBINDEX", first: 1, outside: "0"),
    .init(
      name: "AWS Batch", kind: .array, index: "AWS_BATCH_JOB_ARRAY_INDEX",
      size: "AWS_BATCH_JOB_ARRAY_SIZE"),
    .init(
      name: "Google Batch", kind: .array, index: "BATCH_TASK_INDEX", size: "BATCH_TASK_COUNT"),
    .init(name: "Kubernetes", kind: .array, index: "JOB_COMPLETION_INDEX"),
    .init(
      name: "GitLab CI", kind: .array, index: "CI_NODE_INDEX", size: "CI_NODE_TOTAL", first: 1),
    .init(name: "GNU parallel", kind: .command, index: "PARALLEL_SEQ", first: 1),
  ]

  static let slurmStep = EngineVariables(
    name: "a Slurm step", kind: .rank, index: "SLURM_PROCID", size: "SLURM_STEP_NUM_TASKS")
  static let hyperQueue = EngineVariables(
    name: "HyperQueue", kind: .array, index: "HQ_TASK_ID")
  /// Without it, SLURM_PROCID is 0 in the job's script: it is no task of a step.
  static let slurmStepID = "SLURM_STEP_ID"
  /// Numbers from here on are no steps of srun: the job's script, or the shell of salloc.
  static let firstSpecialStep = 0xFFFF_FFF0
  static let slurmJob = "SLURM_JOB_ID"
}

/// Which shard a process is to make, by the environment that an engine gave it. It decides and does
/// nothing else: the same environment gives the same decision.
public struct EngineDecision: Sendable, Hashable {
  /// A variable that was looked at.
  public struct Seen: Sendable, Hashable {
    public var name: String
    public var value: String
    public var engine: String
    public var use: Use
  }

  public enum Use: Sendable, Hashable {
    case used
    /// This one is inside of it, and counts.
    case outer(than: String)
    /// The value that the variable has outside of an array.
    case outside
    /// The process is no task of a step that srun began.
    case noStep
  }

  public enum Refusal: Error, Sendable, Hashable {
    /// No engine says which shard.
    case noIndex(isSlurmScript: Bool)
    case notNumber(name: String, value: String)
    /// Two numbers that do not belong to one another.
    case several(String, String)
    /// The number is not below that of all.
    case beyond(name: String, value: Int, size: Int)
    case noCount(shard: Int)
    /// The engine started another number of processes than there are shards.
    case otherCount(engine: String, size: Int, shards: Int)
    /// `isFromZero`: the engine can begin with 0.
    case tooHigh(shard: Int, shards: Int, text: String, isFromZero: Bool)
  }

  public private(set) var seen: [Seen] = []
  /// The number of the process among all that share the run, from 0.
  public private(set) var index = 0
  /// The number of all; nil: the engine does not tell.
  public private(set) var size: Int?
  /// A step of one task: it may be one of several, so that it does not make all calls unasked.
  private var isLone = false
  private var engine = ""
  private var isFromZero = true
  /// The variables that were used, as "NAME=value".
  public var used: String {
    seen.filter { $0.use == .used }.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
  }
  public private(set) var refusal: Refusal?

  /// The names of all variables that it looks at.
  public static let names: [String] =
    EngineVariables.all.flatMap { [$0.index] + ($0.size.map { [$0] } ?? []) }
    + [EngineVariables.slurmStepID, EngineVariables.slurmJob]

  /// One engine's number and size.
  private struct Found {
    let row: EngineVariables
    let index: Int
    let size: Int?
  }

  public init(_ environment: [String: String]) {
    do throws(Refusal) {
      try decide(environment)
    } catch {
      refusal = error
    }
  }

  private mutating func decide(_ environment: [String: String]) throws(Refusal) {
    var ranks: [Found] = []
    var arrays: [Found] = []
    var commands: [Found] = []
    for row in EngineVariables.all {
      guard let value = environment[row.index], let found = try look(row, value, environment)
      else { continue }
      switch row.kind {
      case .rank: ranks.append(found)
      case .array: arrays.append(found)
      case .command: commands.append(found)
      }
    }
    // A worker of HyperQueue is in a job itself, and its tasks have what that has.
    if let inner = arrays.first(where: { $0.row.index == EngineVariables.hyperQueue.index }) {
      let outer = ranks.filter { $0.row.index == EngineVariables.slurmStep.index }
      drop(outer + arrays.filter { $0.row.index != inner.row.index }, inside: inner)
      ranks.removeAll { $0.row.index == EngineVariables.slurmStep.index }
      arrays = [inner]
    }
    // The same number under two names is one.
    if let first = arrays.first, let other = arrays.first(where: { $0.index != first.index }) {
      throw .several(first.row.index, other.row.index)
    }
    if let rank = ranks.first { drop(Array(ranks.dropFirst()), inside: rank) }
    if let array = arrays.first, let command = commands.first {
      throw .several(array.row.index, command.row.index)
    }
    guard let first = commands.first ?? arrays.first ?? ranks.first else {
      let isScript =
        environment[EngineVariables.slurmStep.index] != nil
        || environment[EngineVariables.slurmJob] != nil
      throw .noIndex(isSlurmScript: isScript)
    }
    index = first.index
    size = first.size ?? arrays.compactMap { $0.size }.first
    engine = first.row.name
    isFromZero = first.row.first == 0
    if first.row.kind == .rank {
      isLone = first.row.index == EngineVariables.slurmStep.index && size == 1
      return
    }
    guard let rank = ranks.first else { return }
    // Each element of the array has ranks: they are counted through. Their number must be known.
    guard let count = rank.size else { throw .several(first.row.index, rank.row.index) }
    let (product, tooLarge) = index.multipliedReportingOverflow(by: count)
    if tooLarge || product >= Deal.mostShards {
      throw .beyond(name: first.row.index, value: index, size: Deal.mostShards)
    }
    index = product + rank.index
    size = size.map { $0 * count }
  }

  /// Reads one row. Nil: it does not count.
  private mutating func look(
    _ row: EngineVariables, _ value: String, _ environment: [String: String]
  ) throws(Refusal) -> Found? {
    if value == row.outside {
      seen.append(Seen(name: row.index, value: value, engine: row.name, use: .outside))
      return nil
    }
    if row.index == EngineVariables.slurmStep.index, !Self.isInStep(environment) {
      seen.append(Seen(name: row.index, value: value, engine: row.name, use: .noStep))
      return nil
    }
    seen.append(Seen(name: row.index, value: value, engine: row.name, use: .used))
    guard let number = ShardSet.number(value), number >= row.first else {
      throw .notNumber(name: row.index, value: value)
    }
    let index = number - row.first
    guard let sizeName = row.size, let text = environment[sizeName] else {
      return Found(row: row, index: index, size: nil)
    }
    seen.append(Seen(name: sizeName, value: text, engine: row.name, use: .used))
    guard let size = ShardSet.number(text), size > 0 else {
      throw .notNumber(name: sizeName, value: text)
    }
    if index >= size { throw .beyond(name: row.index, value: number, size: size) }
    return Found(row: row, index: index, size: size)
  }

  private static func isInStep(_ environment: [String: String]) -> Bool {
    guard let step = environment[EngineVariables.slurmStepID].flatMap({ Int($0) }) else {
      return false
    }
    return step < EngineVariables.firstSpecialStep
  }

  private mutating func drop(_ outer: [Found], inside inner: Found) {
    for found in outer {
      for index in seen.indices where seen[index].engine == found.row.name {
        seen[index].use = .outer(than: inner.row.name)
      }
    }
  }

  /// The shard, and of how many. `asked`: the number on the command line. `journal`: that of the
  /// journal. An engine's own number counts where neither says one.
  public func shard(asked: Int?, journal: Int?) throws(Refusal) -> (shard: Int, of: Int) {
    if let refusal { throw refusal }
    guard let count = asked ?? journal ?? (isLone ? nil : size) else {
      throw .noCount(shard: index)
    }
    if let size, size != count { throw .otherCount(engine: engine, size: size, shards: count) }
    if index >= count {
      throw .tooHigh(shard: index, shards: count, text: used, isFromZero: isFromZero)
    }
    return (index, count)
  }
}
