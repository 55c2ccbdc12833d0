extension Run {
  /// The outcome of a run.
  public struct Summary: Sendable {
    public var counts: StatusCounts
    /// The calls to make; `counts.total` is always equal to it.
    public let callCount: Int
    /// Why a result could not be written; nil: all were.
    public var failure: String?
    /// Whether that is because the reader of standard output is gone, so that the rest is not missed.
    public var isReaderGone = false
    public let wasStopped: Bool
    /// Calls that have no token: the next process with the journal makes them. 0 without one.
    public var leftCount = 0
    /// Whether the run can go on.
    public var hasJournal = false
    /// Why the journal cannot be written any more; nil: it can, or the run has no journal.
    public var journalFailure: String?
    /// Of the run, those in which results were written; 0 if that was not measured.
    public var writingSeconds: Double
  }
}

/// Why a run did not begin.
public enum RunError: Error, Sendable, Hashable, CustomStringConvertible {
  case cannotWrite(String)
  case cannotStart(String)

  public var description: String {
    switch self {
    case .cannotWrite(let reason), .cannotStart(let reason): reason
    }
  }
}
