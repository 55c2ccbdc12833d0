import CKernelHostLanes

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
  /// Nanoseconds of its steps and sleeps so far; nil: not known.
  public let own: UInt64?

  package init(
    tag: UInt64, kernel: Int, steps: Int64, began: UInt64, inside: UInt64,
    progress: Double? = nil, isAsleep: Bool = false, own: UInt64? = nil
  ) {
    self.own = own
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
    return raw[..<count].map { LaneCall($0) }
  }

  /// Returns running calls that are chosen at random, at most 256, and how many calls run. It does
  /// not disturb the lane. O(calls submitted at one time).
  public func survey() -> (calls: [LaneCall], count: Int) {
    var raw = [kh_running](repeating: kh_running(), count: Int(KH_MOST_SURVEYED))
    var running: UInt32 = 0
    let count = unsafe kh_client_survey(client, &raw, raw.count, &running)
    return (raw[..<count].map { LaneCall($0) }, Int(running))
  }
}

extension LaneCall {
  fileprivate init(_ raw: kh_running) {
    self.init(
      tag: raw.tag, kernel: Int(raw.kernel), steps: Int64(clamping: raw.steps),
      began: raw.started_ns, inside: raw.inside_ns,
      progress: raw.progress.isNaN ? nil : raw.progress, isAsleep: raw.is_parked, own: raw.own_ns)
  }
}
