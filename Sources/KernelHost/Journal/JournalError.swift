public import KernelBridge
public import TaskModel

/// Why a folder cannot be a run's journal.
public enum JournalError: Error, Sendable, Hashable {
  case system(SystemError)
  /// It is a file.
  case notFolder(String)
  /// There is something in it that is no journal's.
  case foreign(String, found: String)
  /// There is no journal to be read.
  case missing(String)
  case run(String, JournalRun.Problem)
  /// Another process writes it; nil: which is not known.
  case held(String, by: JournalSegmentHead?)
  /// Its file system has no locks, and calls of the run must not begin twice.
  case unlocked(String)
  /// What the code of a kernel is cannot be learned.
  case unknownCode(kernel: String)
  case otherInputs(String, JournalComparison)

  /// For a person; further lines are a table.
  public var lines: [String] {
    switch self {
    case .system(let error): [Wording.system(error.action, error.path, error.reason)]
    case .notFolder(let path): [Wording.journalIsFile(path)]
    case .foreign(let folder, let found): [Wording.foreignFolder(folder, found: found)]
    case .missing(let folder): [Wording.noJournal(folder)]
    case .run(let folder, let problem): [Wording.journalProblem(folder, problem)]
    case .held(let folder, let head):
      [
        Wording.journalHeld(
          folder, by: head.map { (process: $0.process, host: $0.host, since: $0.began) })
      ]
    case .unlocked(let folder): [Wording.journalNeedsLocks(folder)]
    case .unknownCode(let kernel): [Wording.unknownCode(kernel)]
    case .otherInputs(let folder, let comparison): Wording.otherInputs(folder, comparison)
    }
  }
}
