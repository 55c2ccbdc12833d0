/// All that is known of a call that has ended: its token, and what the run knows beside it.
public struct CallRecord: Sendable {
  public let call: Int
  /// Its task in the plan of its run, where that was found already; else -1.
  package var task: Int32 = -1
  private let laneNumber: Int32
  public let token: Token<Value>
  /// Seconds from the run's begin to the call's last start; NaN: it never was started.
  public let start: Double
  /// Seconds from there to its end: its own time, and that of neighbours with which it took
  /// turns. Less than its own time: not known.
  public let elapsed: Double
  /// What a person should know of it; nil: nothing.
  public var warning: String?
  /// The arguments that were results of other calls, where they are known.
  public var taken: [TakenArgument]

  @inline(__always)
  public init(
    call: Int, token: Token<Value>, start: Double = .nan, elapsed: Double = 0, lane: Int = 0,
    warning: String? = nil, taken: [TakenArgument] = []
  ) {
    self.call = call
    self.token = token
    self.start = start
    self.elapsed = elapsed
    laneNumber = Int32(truncatingIfNeeded: lane)
    self.warning = warning
    self.taken = taken
  }

  /// The call with its task in the plan of its run.
  public func located(in plan: Plan) -> CallReference {
    task < 0 ? plan.locate(call) : plan.reference(toCall: call, ofTask: Int(task))
  }

  /// The lane that it ran in, from 0; those behind the run's own lanes are worker processes
  /// that live for one call.
  public var lane: Int { Int(laneNumber) }

  /// Seconds for which it was live.
  public var live: Double { max(elapsed, token.seconds) }
  /// Whether it took turns with others, as far as that is known.
  public var tookTurns: Bool { elapsed > token.seconds * 1.001 }

  /// Whether it is known when and where it ran.
  public var hasStart: Bool { start.isFinite }
}

/// An argument whose value the plan does not have.
public struct TakenArgument: Sendable, Hashable {
  /// The parameter's index in its kernel's signature.
  public let parameter: Int
  public let value: Value

  public init(parameter: Int, value: Value) {
    self.parameter = parameter
    self.value = value
  }
}
