extension Run {
  /// The outcome of a run.
  package struct Summary: Sendable {
    package var counts: StatusCounts
    /// The calls to make; `counts.total` is always equal to it.
    package let callCount: Int
    /// Why a result could not be written; nil: all were.
    package var failure: String?
    /// Whether that is because the reader of standard output is gone, so that the rest is not missed.
    package var isReaderGone = false
    package let wasStopped: Bool
    /// Calls that have no token: the next process with the journal makes them. 0 without one.
    package var leftCount = 0
    /// Whether the run can go on.
    package var hasJournal = false
    /// Why the journal cannot be written any more; nil: it can, or the run has no journal.
    package var journalFailure: String?
    /// Of the run, those in which results were written; 0 if that was not measured.
    package var writingSeconds: Double
  }
}

/// Why a run did not begin.
package enum RunError: Error, Sendable, Hashable, CustomStringConvertible {
  case cannotWrite(String)
  case cannotStart(String)

  package var description: String {
    switch self {
    case .cannotWrite(let reason), .cannotStart(let reason): reason
    }
  }
}
