/// All that is known of a call that has ended: its token, and what the run knows beside it.
public struct CallRecord: Sendable {
  public let call: Int
  public let token: Token<Value>
  /// Seconds from the run's begin to the call's last start; NaN: it never was started.
  public let start: Double
  /// The lane that it ran in, from 0; those behind the run's own lanes are worker processes
  /// that live for one call.
  public let lane: Int
  /// What a person should know of it; nil: nothing.
  public var warning: String?

  public init(
    call: Int, token: Token<Value>, start: Double = .nan, lane: Int = 0, warning: String? = nil
  ) {
    self.call = call
    self.token = token
    self.start = start
    self.lane = lane
    self.warning = warning
  }

  /// Whether it is known when and where it ran.
  public var hasStart: Bool { start.isFinite }
}
