import KernelBridge
import TaskModel

/// Calls to make, by number, so that a million of them need not exist at once.
protocol CallSource {
  /// The number of the first call.
  var firstCall: Int { get }
  /// The number behind that of the last call.
  var callCount: Int { get }
  /// The kernel's index in the catalogue.
  func kernel(ofCall call: Int) -> Int
  /// Nanoseconds; 0: no limit.
  func timeout(ofCall call: Int) -> UInt64
  /// Whether some call has a timeout.
  var hasTimeouts: Bool { get }
  /// Whether some call has limits other than the default ones.
  var hasLimits: Bool { get }
  func limits(ofCall call: Int) -> CallLimits
  /// The token of calls that are not begun any more; nil: they are.
  var refusal: Token<Value>? { get }
  /// Writes the arguments that were given; the others keep their defaults. May
  /// be asked several times for a call and must answer the same.
  func write(argumentsOfCall call: Int, to writer: inout Arguments)
  /// Submits calls till one does not fit; answers which is next, and what became
  /// of it; nil: it does not belong into this lane. A requirement, so that each kind
  /// of source has a loop of its own.
  func submit(
    _ calls: Range<Int>, tag: UInt64, to lane: any Lane, _ routing: Routing
  ) -> (next: Int, room: LaneSubmission?)
}

extension CallSource {
  var firstCall: Int { 0 }
  var hasLimits: Bool { false }
  var refusal: Token<Value>? { nil }
  func limits(ofCall call: Int) -> CallLimits { .standard }

  func submit(
    _ calls: Range<Int>, tag: UInt64, to lane: any Lane, _ routing: Routing
  ) -> (next: Int, room: LaneSubmission?) {
    let hasLimits = hasLimits
    for call in calls {
      let kernel = kernel(ofCall: call)
      var options = CallOptions(
        tag: tag | UInt64(call), timeout: timeout(ofCall: call), grace: routing.grace,
        number: UInt64(call))
      if hasLimits {
        let limits = limits(ofCall: call)
        options.grace = nanoseconds(limits.grace)
        options.deadline = nanoseconds(limits.deadline)
        options.processor = nanoseconds(limits.processorSeconds)
        if limits.memory != nil, routing.isIsolated { return (call, nil) }
      }
      if routing.diverts(kernel) { return (call, nil) }
      let room = lane.submit(kernel: kernel, options: options) {
        write(argumentsOfCall: call, to: &$0)
      }
      guard case .submitted = room else { return (call, room) }
    }
    return (calls.upperBound, .soon)
  }
}

/// Which calls do not go to the main lane.
struct Routing {
  let isIsolated: Bool
  /// Nanoseconds of grace of calls without limits of their own.
  let grace: UInt64
  private(set) var hasExceptions: Bool
  private var isException: [Bool]

  init(isolation: Isolation, kernelCount: Int) {
    isIsolated = isolation != .none
    grace = nanoseconds(CallLimits.standard.grace)
    hasExceptions = isolation == .call
    isException = [Bool](repeating: isolation == .call, count: kernelCount)
  }

  @inline(__always)
  func diverts(_ kernel: Int) -> Bool { hasExceptions && isException[kernel] }

  mutating func divert(_ kernel: Int) {
    isException[kernel] = true
    hasExceptions = true
  }
}

/// A call's one token.
struct EndedCall {
  let call: Int
  let token: Token<Value>
  let ran: Ran
}

/// When and where a call was started last.
struct Ran: Sendable {
  /// By `monotonicNanoseconds`; 0: it never was, or nobody knows.
  var began: UInt64 = 0
  /// The number of the lane, from 0 over all of the run; those behind the run's own lanes
  /// are of workers that live for one call.
  var lane: Int32 = 0
  /// Seconds from its start to its end; 0: no more than its own time is known.
  var elapsed: Float = 0

  static let never = Ran()
}

/// What becomes of the calls of a source. On the thread of its runner.
protocol CallSink: AnyObject {
  /// A piece of what a call printed, in the order of printing over all calls.
  func printed(call: Int, _ bytes: ArraySlice<UInt8>)
  /// What a call wrote to descriptors 1 and 2 by itself.
  func wrote(call: Int, _ bytes: ArraySlice<UInt8>)
  /// Something that a person should know, of a call or of the run.
  func warned(call: Int?, _ text: String)
  /// So many calls ended, in this order. Each is to be asked for once: a token is made
  /// where it will lie, and never copied. Nil: this one has not ended after all. Returns how
  /// many tokens were taken: a call's second one is not.
  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int
  /// The calls of a range that have no token yet. O(range).
  func missing(in calls: Range<Int>) -> [Range<Int>]
  /// Every call has its token.
  func finished()
  /// What else happened, for those who observe.
  func noted(_ note: RunnerNote)
}

/// Seconds as the lanes count them. A limit is never rounded to none.
func nanoseconds(_ seconds: Double?) -> UInt64 {
  guard let seconds, seconds < 9e9 else { return 0 }
  return max(UInt64(seconds * 1e9), 1)
}
