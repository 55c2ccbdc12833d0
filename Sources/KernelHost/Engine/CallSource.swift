import KernelBridge
import KernelHostModel

/// What a scheduler knows of calls, by number, so that a million of them need not exist at once.
protocol CallFacts {
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
}

extension CallFacts {
  var firstCall: Int { 0 }
  var hasLimits: Bool { false }
  func limits(ofCall call: Int) -> CallLimits { .standard }
}

/// Calls with their arguments.
protocol CallSource: CallFacts {
  /// Writes the arguments that were given; the others keep their defaults. May be called several
  /// times for a call and must write the same each time.
  func write(argumentsOfCall call: Int, to writer: inout Arguments)
  /// Submits calls till one does not fit. Returns which is next, and what became of it; nil: it
  /// does not belong into this lane. A requirement, so that each kind of source has a loop of its
  /// own.
  func submit(
    _ calls: Range<Int>, tag: UInt64, to lane: any Lane, _ routing: Routing
  ) -> (next: Int, room: LaneSubmission?)
}

extension CallSource {
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
