package import KernelHostModel

/// Receives the events of a run. Everything beside the results is an observer: progress, the stream
/// of events, the summary, traces and reports.
///
/// The threads of the lanes call it, never two at the same time. It must not wait for long, because
/// lanes get no calls meanwhile.
package protocol RunObserver: AnyObject {
  /// What the observer wants to receive. It may change during the run, and is read from time to
  /// time.
  var wishes: RunWishes { get }
  /// Receives an event that happened at `time`. Events come when they become known, so that their
  /// times need not be in order.
  func saw(_ event: RunEvent, at time: Double)
  /// Receives the record of a call with its warnings, in the order of the results.
  func recorded(_ record: CallRecord)
  /// Receives a look at a lane: the calls that have run longest there, oldest first.
  func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double)
  /// Receives some of the `count` running calls of a lane, chosen at random, after each look.
  func surveyed(lane: Int, _ calls: [RunningCall], of count: Int, at time: Double)
  /// The thread of a lane is about to wait: buffers may be written.
  func pause(at time: Double)
  /// Receives what it must call before it shows anything outside `pause`, `looked` and `ended`: a
  /// run with a journal must not lose what was shown.
  func showsAfter(_ gate: @escaping () -> Void)
}

extension RunObserver {
  package func saw(_ event: RunEvent, at time: Double) {}
  package func recorded(_ record: CallRecord) {}
  package func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {}
  package func surveyed(lane: Int, _ calls: [RunningCall], of count: Int, at time: Double) {}
  package func pause(at time: Double) {}
  package func showsAfter(_ gate: @escaping () -> Void) {}
}

/// What an observer wants to see. `planned`, `crashed`, `workerDied`, `retried`,
/// `restarted`, `warned` and `ended` come in any case.
package struct RunWishes: Sendable {
  /// `started`, of each call.
  package var starts = false
  /// `finished`, of each call.
  package var finishes = false
  /// `finished`, of each call that is not ok. This costs nothing for the others.
  package var failures = false
  /// `recorded`, of each call.
  package var records = false
  /// `pause`.
  package var pauses = false
  /// What makes the results, in `planned`. The host has to read the plugins for it.
  package var origin = false
  /// `surveyed`, with each look.
  package var surveys = false
  /// Seconds between two looks; infinite for no looks.
  package var lookPeriod = Double.infinity

  package init(
    starts: Bool = false, finishes: Bool = false, failures: Bool = false, records: Bool = false,
    pauses: Bool = false,
    origin: Bool = false, surveys: Bool = false, lookPeriod: Double = .infinity
  ) {
    self.surveys = surveys
    self.starts = starts
    self.finishes = finishes
    self.failures = failures
    self.records = records
    self.pauses = pauses
    self.origin = origin
    self.lookPeriod = lookPeriod
  }

  mutating func add(_ other: RunWishes) {
    starts = starts || other.starts
    finishes = finishes || other.finishes
    failures = failures || other.failures
    records = records || other.records
    pauses = pauses || other.pauses
    origin = origin || other.origin
    surveys = surveys || other.surveys
    lookPeriod = min(lookPeriod, other.lookPeriod)
  }
}
