import CLanes

/// A call that was started and has not ended, as seen from outside.
public struct LaneCall: Sendable, Hashable {
  /// As given to `Lane.submit`.
  public let tag: UInt64
  public let kernel: Int
  /// Steps so far.
  public let steps: Int64
  /// When it began, by `monotonicNanoseconds`.
  public let began: UInt64
  /// Nanoseconds for which, at least, its lane has been in one step of it. 0: it was between steps
  /// since the last look, or this is not known.
  public let inside: UInt64
  /// The last progress that the kernel reported, above 0 to 1; nil: it reported no progress.
  public let progress: Double?
  /// It is in `kh_sleep`.
  public let isAsleep: Bool

  package init(
    tag: UInt64, kernel: Int, steps: Int64, began: UInt64, inside: UInt64,
    progress: Double? = nil, isAsleep: Bool = false
  ) {
    self.tag = tag
    self.kernel = kernel
    self.steps = steps
    self.began = began
    self.inside = inside
    self.progress = progress
    self.isAsleep = isAsleep
  }
}

extension ArenaLane {
  /// Returns the calls that have run longest, oldest first, at most 8. A call whose step has not
  /// returned since the last look is among them. It does not disturb the lane. O(calls submitted at
  /// one time).
  public func running() -> [LaneCall] {
    var raw = [kh_running](repeating: kh_running(), count: Int(KH_MOST_RUNNING))
    let count = unsafe kh_client_running(client, &raw, raw.count)
    return raw[..<count].map { one in
      LaneCall(
        tag: one.tag, kernel: Int(one.kernel), steps: Int64(clamping: one.steps),
        began: one.started_ns, inside: one.inside_ns,
        progress: one.progress.isNaN ? nil : one.progress, isAsleep: one.is_parked)
    }
  }
}
