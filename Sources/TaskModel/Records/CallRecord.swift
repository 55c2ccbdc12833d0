/// All that is known of a call that has ended: its token, and what the run knows beside it.
///
/// Millions of them pass through the engine. It has few members, so that the compiler copies it
/// in place; what few calls have lies outside.
public struct CallRecord: Sendable {
  public let call: Int
  /// The lane in the lower half, the task in the upper one.
  private var places: UInt64
  public let token: Token<Value>
  /// Seconds from the run's begin to the call's last start; NaN: it never was started.
  public let start: Double
  /// Seconds from there to its end: its own time, and that of neighbours with which it took
  /// turns. Less than its own time: not known.
  public let elapsed: Double
  private var details: Details?

  /// Public so that other modules can copy a record in place.
  public final class Details: Sendable {
    let warning: String?
    let taken: [TakenArgument]
    let source: String?

    init(_ warning: String?, _ taken: [TakenArgument], _ source: String?) {
      self.warning = warning
      self.taken = taken
      self.source = source
    }
  }

  @inline(__always)
  public init(
    call: Int, token: Token<Value>, start: Double = .nan, elapsed: Double = 0, lane: Int = 0
  ) {
    self.call = call
    self.token = token
    self.start = start
    self.elapsed = elapsed
    places = UInt64(UInt32(truncatingIfNeeded: lane)) | UInt64(UInt32.max) << 32
  }

  public init(
    call: Int, token: Token<Value>, start: Double = .nan, elapsed: Double = 0, lane: Int = 0,
    warning: String? = nil, taken: [TakenArgument] = [], source: String? = nil
  ) {
    self.init(call: call, token: token, start: start, elapsed: elapsed, lane: lane)
    add(warning: warning, taken: taken, source: source)
  }

  /// Adds what a person should know of it, the arguments that were results of other calls, and
  /// which run the token was taken from.
  public mutating func add(warning: String?, taken: [TakenArgument], source: String? = nil) {
    let isPlain = warning == nil && taken.isEmpty && source == nil
    details = isPlain ? nil : Details(warning, taken, source)
  }

  /// What a person should know of it; nil: nothing.
  public var warning: String? { details?.warning }
  /// The arguments that were results of other calls, where they are known.
  public var taken: [TakenArgument] { details?.taken ?? [] }

  /// The run whose journal the token was taken from; nil: it is of this run.
  public var source: String? { details?.source }

  /// Its task in the plan of its run, where that was found already; else -1.
  package var task: Int32 {
    get { Int32(truncatingIfNeeded: places >> 32) }
    set { places = places & 0xFFFF_FFFF | UInt64(UInt32(bitPattern: newValue)) << 32 }
  }

  /// The call with its task in the plan of its run.
  public func located(in plan: Plan) -> CallReference {
    task < 0 ? plan.locate(call) : plan.reference(toCall: call, ofTask: Int(task))
  }

  /// The lane that it ran in, from 0; those behind the run's own lanes are worker processes
  /// that live for one call.
  public var lane: Int { Int(Int32(truncatingIfNeeded: places)) }

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
