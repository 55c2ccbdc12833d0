package import KernelHostModel

/// How far one shard is, or the shards of one process.
package struct ShardStatus: Sendable {
  package let shards: ShardSet
  /// Calls of the shards.
  package private(set) var planned: Int
  package private(set) var counts: StatusCounts
  /// Records that there were when its newest process began.
  let first: StatusCounts
  /// Records a second of its newest process; nil: not known.
  package let rate: Double?
  /// Seconds since something was written last.
  package var age = 0.0
  package var isRunning = false
  /// The process that runs; nil: no process does.
  package var holder: JournalSegmentHead?
  /// Whether each call had its record when the newest process ended; nil: it has not ended, or died.
  let end: Bool?
  /// Of its newest segment.
  let path: String

  init(_ shards: ShardSet, _ path: String, _ tail: SegmentTail) {
    self.shards = shards
    self.path = path
    planned = tail.planned
    counts = tail.counts
    first = tail.first
    rate = tail.rate
    end = tail.isComplete
  }

  /// A later process makes some of the shards: what they had when it began is told there.
  mutating func leave(to later: SegmentTail) {
    planned -= later.planned
    for status in Status.allCases { counts.add(status, -later.first[status]) }
  }

  package enum State: String, Sendable, Hashable, CaseIterable {
    case running, stopped, died, complete
  }

  /// What a shard does now. One that runs on a machine whose locks cannot be seen here seems to have
  /// died: its age tells.
  package var state: State {
    if isRunning { return .running }
    if counts.total >= planned { return .complete }
    return end == false ? .stopped : .died
  }

  package var left: Int { max(planned - counts.total, 0) }
  /// Seconds until its end, if it goes on as it does; nil: not known, or it does not.
  package var eta: Double? {
    guard isRunning, let rate, rate > 0 else { return nil }
    return Double(left) / rate
  }
}
