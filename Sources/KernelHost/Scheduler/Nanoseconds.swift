import KernelHostModel

/// Returns seconds in the unit of the lanes. A limit is never rounded to 0, which means no limit, and
/// one below 0 is over at once.
func nanoseconds(_ seconds: Double?) -> UInt64 {
  guard let seconds, seconds < RunBounds.seconds else { return 0 }
  return UInt64(max(seconds * 1e9, 1))
}
