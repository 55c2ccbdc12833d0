import KernelBridge
import TaskModel

/// Calls to make, by number, so that a million of them need not exist at once.
protocol CallSource {
  var callCount: Int { get }
  /// The kernel's index in the catalogue.
  func kernel(ofCall call: Int) -> Int
  /// Nanoseconds; 0: no limit.
  func timeout(ofCall call: Int) -> UInt64
  /// Writes the arguments that were given; the others keep their defaults. May
  /// be asked twice for a call and must answer the same.
  func write(argumentsOfCall call: Int, to writer: inout Arguments)
  /// Submits calls till one does not fit; answers which is next, and what became
  /// of it. A requirement, so that each kind of source has a loop of its own.
  func submit(
    _ calls: Range<Int>, tag: UInt64, to lane: Lane
  ) -> (next: Int, room: Lane.Submission)
}

extension CallSource {
  func submit(
    _ calls: Range<Int>, tag: UInt64, to lane: Lane
  ) -> (next: Int, room: Lane.Submission) {
    for call in calls {
      let room = lane.submit(
        kernel: kernel(ofCall: call), tag: tag | UInt64(call), timeout: timeout(ofCall: call)
      ) { write(argumentsOfCall: call, to: &$0) }
      guard case .submitted = room else { return (call, room) }
    }
    return (calls.upperBound, .soon)
  }
}

/// A call's one token.
struct EndedCall {
  let call: Int
  let token: Token<Value>
}

/// What becomes of the calls of a source. On the thread of its runner.
protocol CallSink: AnyObject {
  /// A piece of what a call printed, in the order of printing over all calls.
  func printed(call: Int, _ bytes: ArraySlice<UInt8>)
  /// So many calls ended, in this order. Each is to be asked for once: a token is made
  /// where it will lie, and never copied.
  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall)
  /// Every call has its token.
  func finished()
}

/// The calls of a plan.
struct PlannedCalls: CallSource {
  let plan: Plan

  var callCount: Int { plan.callCount }
  func kernel(ofCall call: Int) -> Int { plan.kernelIndex(ofCall: call) }
  func timeout(ofCall call: Int) -> UInt64 { nanoseconds(plan.timeout(ofCall: call)) }

  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    plan.forEachArgument(ofCall: call) { parameter, value in
      writer.cell(value, in: plan.manifest.pools, for: parameter)
    }
  }
}

/// Seconds as the lanes count them. A limit is never rounded to none.
func nanoseconds(_ seconds: Double?) -> UInt64 {
  guard let seconds, seconds < 9e9 else { return 0 }
  return max(UInt64(seconds * 1e9), 1)
}
