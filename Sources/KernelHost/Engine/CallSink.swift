import KernelBridge
import KernelHostModel

/// What becomes of the calls of a source. On the thread of its driver.
protocol CallSink: AnyObject {
  /// A piece of what a call printed, in the order of printing over all calls.
  func printed(call: Int, _ bytes: ArraySlice<UInt8>)
  /// What a call wrote to descriptors 1 and 2 without the host's print function.
  func wrote(call: Int, _ bytes: ArraySlice<UInt8>)
  /// Something that a person should know, of a call or of the run.
  func warned(call: Int?, _ text: String)
  /// Calls ended, in this order. Each is to be asked for once: a token is made where it will lie,
  /// and never copied. Nil: this one has not ended after all. Returns how many tokens were taken:
  /// a call's second one is not.
  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int
  /// Returns the calls of a range that have no token yet. O(range).
  func missing(in calls: Range<Int>) -> [Range<Int>]
  /// Every call has its token.
  func finished()
  /// Something else happened.
  func saw(_ event: RunEvent)
  /// The calls of a lane that have run longest.
  func looked(lane: Int, _ calls: [RunningCall])
  /// Some calls of a lane, chosen at random, of `count` that run.
  func surveyed(lane: Int, _ calls: [RunningCall], of count: Int)
  /// Whether `surveyed` is of use.
  var wantsSurveys: Bool { get }
}

extension CallSink {
  func saw(_ event: RunEvent) {}
  func looked(lane: Int, _ calls: [RunningCall]) {}
  func surveyed(lane: Int, _ calls: [RunningCall], of count: Int) {}
  var wantsSurveys: Bool { false }
}

/// A call's end as a lane's driver hands it over, millions of times: a `CallRecord`, which the
/// results make of it, costs a third more of a call that is short.
struct EndedCall {
  let call: Int
  let token: Token<Value>
  /// Seconds of the run at its last start; NaN: it was not started.
  var start = Double.nan
  var elapsed = 0.0
  var lane: Int32 = 0
}

extension CallRecord {
  @inline(__always)
  init(_ ended: EndedCall) {
    self.init(
      call: ended.call, token: ended.token, start: ended.start, elapsed: ended.elapsed,
      lane: Int(ended.lane))
  }
}

/// When and where a call was started last.
struct Placement: Sendable {
  /// By the lanes' clock; 0: it never was started, or that is not known.
  var began: UInt64 = 0
  /// The number of the lane, from 0 over all of the run. Those behind the run's own lanes are of
  /// workers that live for one call.
  var lane: Int32 = 0
  /// Seconds from its start to its end; 0: no more than its own time is known.
  var elapsed: Double = 0

  static let never = Placement()
}
