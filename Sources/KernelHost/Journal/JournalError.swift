package import KernelBridge
package import KernelHostModel

/// Why a folder cannot be a run's journal.
package enum JournalError: Error, Sendable, Hashable {
  /// A file of it cannot be written, or locked.
  case system(SystemError)
  /// A folder or file of it cannot be listed or read.
  case unreadable(SystemError)
  /// It is a file.
  case notFolder(String)
  /// It is a link to what does not exist.
  case deadLink(String)
  /// There is something in it that is no journal's.
  case foreign(String, found: String)
  /// There is no journal to be read.
  case missing(String)
  case run(String, JournalRun.Problem)
  /// Another process writes it; nil: which is not known.
  case held(String, by: JournalSegmentHead?)
  /// Another process makes one of the shards; nil: which is not known.
  case shardHeld(String, shard: Int, by: JournalSegmentHead?)
  /// Shards of the run are being made.
  case shardsRun(String, ShardSet)
  /// The run is dealt to another number of shards; nil: it is not dealt.
  case otherCount(String, found: Int?, wanted: Int)
  case otherStyle(String, found: Deal.Style, wanted: Deal.Style)
  /// Calls of shards have no record. `part`: these shards, as "3,7,9-12/64".
  case shardsMissing(String, calls: Int, part: String)
  /// The run was dealt anew just now.
  case dealtAnew(String)
  /// A file in which the run was dealt anew.
  case damagedDeal(String)
  /// Its file system has no locks, and calls of the run must not begin twice.
  case unlocked(String)
  /// What the code of a kernel is cannot be learned.
  case unknownCode(kernel: String)
  /// Calls that must not begin twice were left half done in more lanes than this process has.
  case fewLanes(copies: Int, lanes: Int)
  case otherInputs(String, JournalComparison)
  /// The plan of its run cannot be made by this host.
  case unplanned(String)
  /// Two names of one journal, where several are merged.
  case sameJournal(String, String)
  case nestedJournal(String, in: String)
  /// It is of other inputs than the first one of those that are merged.
  case foreignJournal(String, String, JournalComparison)

  /// Whether another process has what this one needs, and will end.
  package var isBusy: Bool {
    switch self {
    case .held, .shardHeld, .shardsRun: true
    default: false
    }
  }

  /// For a person; further lines are a table.
  package var lines: [String] {
    switch self {
    case .system(let error), .unreadable(let error):
      [Wording.system(error.action, error.path, error.reason)]
    case .notFolder(let path): [Wording.journalIsFile(path)]
    case .deadLink(let path): [Wording.journalIsDeadLink(path)]
    case .foreign(let folder, let found): [Wording.foreignFolder(folder, found: found)]
    case .missing(let folder): [Wording.noJournal(folder)]
    case .run(let folder, let problem): [Wording.journalProblem(folder, problem)]
    case .held(let folder, let head):
      [
        Wording.journalHeld(
          folder, by: head.map { (process: $0.process, host: $0.host, since: $0.began) })
      ]
    case .shardHeld(let folder, let shard, let head):
      [
        Wording.shardHeld(
          folder, shard: shard,
          by: head.map { (process: $0.process, host: $0.host, since: $0.began) })
      ]
    case .shardsRun(let folder, let shards): [Wording.shardsRun(folder, shards)]
    case .otherCount(let folder, let found, let wanted):
      [Wording.otherShardCount(folder, found: found, wanted: wanted)]
    case .otherStyle(let folder, let found, let wanted):
      [Wording.otherDeal(folder, found: found.rawValue, wanted: wanted.rawValue)]
    case .shardsMissing(let folder, let count, let part):
      [Wording.shardsMissing(count, folder, part: part)]
    case .dealtAnew(let folder): [Wording.dealtAnew(folder)]
    case .damagedDeal(let path): [Wording.damagedDeal(path)]
    case .unlocked(let folder): [Wording.journalNeedsLocks(folder)]
    case .fewLanes(let copies, let lanes): [Wording.fewLanes(copies: copies, lanes: lanes)]
    case .unknownCode(let kernel): [Wording.unknownCode(kernel)]
    case .otherInputs(let folder, let comparison): Wording.otherInputs(folder, comparison)
    case .unplanned(let folder): [Wording.unplanned(folder)]
    case .sameJournal(let first, let second): [Wording.sameJournal(first, second)]
    case .nestedJournal(let inner, let outer): [Wording.nestedJournal(inner, in: outer)]
    case .foreignJournal(let folder, let first, let comparison):
      Wording.foreignJournal(folder, first, comparison)
    }
  }
}
