/// Two records of one call, from two processes that both made it.
extension JournalEnd {
  public enum Agreement: Sendable, Hashable {
    /// They say the same.
    case equal
    /// The kernel ended the call in one of them alone, or in neither: the better one counts.
    case better, worse
    /// The kernel ended it in both, and not in the same way.
    case conflict
  }

  /// Compares this record with another one of the same call. Times, steps and attempts do not
  /// count. O(size).
  public func agreement(with other: JournalEnd) -> Agreement {
    let (own, others) = (token.status.weight, other.token.status.weight)
    if own != others { return own > others ? .better : .worse }
    if token.status == other.token.status, said == other.said { return .equal }
    return own == Status.ok.weight ? .conflict : .worse
  }

  /// What the call's token says, as bytes: two numbers that are written alike are one.
  private var said: [UInt8] {
    var bytes: [UInt8] = []
    token.writeTriple(to: &bytes)
    return bytes
  }
}

extension Status {
  /// What the kernel itself said counts more than how its process ended, and that more than that
  /// it was not made.
  fileprivate var weight: Int {
    switch self {
    case .ok, .error: 2
    case .crash, .timeout, .memory: 1
    case .cancelled, .skipped, .lost: 0
    }
  }
}
