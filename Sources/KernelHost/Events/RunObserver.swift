public import TaskModel

/// Sees a run while it goes on. All that people and tools see beside the results is an
/// observer: progress, the stream of events, the summary, traces and reports.
///
/// One run uses it, and calls it from the threads of its lanes, never from two at a time.
/// It must not wait for long: the lanes' calls are not fed meanwhile.
public protocol RunObserver: AnyObject {
  /// What it wants to see. May change during the run; asked now and then.
  var wishes: RunWishes { get }
  /// Something happened, at `time`. Events are sent as they become known: their times need
  /// not be in order.
  func saw(_ event: RunEvent, at time: Double)
  /// A call's record, in the order of the results, with its warnings.
  func recorded(_ record: CallRecord)
  /// A look at a lane: the calls that have run longest there, oldest first.
  func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double)
  /// A lane's thread is about to wait: what was buffered may go out.
  func pause(at time: Double)
}

extension RunObserver {
  public func saw(_ event: RunEvent, at time: Double) {}
  public func recorded(_ record: CallRecord) {}
  public func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {}
  public func pause(at time: Double) {}
}

/// What an observer wants to see. `planned`, `crashed`, `workerDied`, `retried`,
/// `restarted`, `warned` and `ended` come in any case.
public struct RunWishes: Sendable {
  /// `started`, of each call.
  public var starts = false
  /// `finished`, of each call.
  public var finishes = false
  /// `recorded`, of each call.
  public var records = false
  /// `pause`.
  public var pauses = false
  /// What makes the results, in `planned`. Costs reading the plugins.
  public var origin = false
  /// Seconds between two looks; infinite: none.
  public var lookPeriod = Double.infinity

  public init(
    starts: Bool = false, finishes: Bool = false, records: Bool = false, pauses: Bool = false,
    origin: Bool = false, lookPeriod: Double = .infinity
  ) {
    self.starts = starts
    self.finishes = finishes
    self.records = records
    self.pauses = pauses
    self.origin = origin
    self.lookPeriod = lookPeriod
  }

  mutating func add(_ other: RunWishes) {
    starts = starts || other.starts
    finishes = finishes || other.finishes
    records = records || other.records
    pauses = pauses || other.pauses
    origin = origin || other.origin
    lookPeriod = min(lookPeriod, other.lookPeriod)
  }
}
