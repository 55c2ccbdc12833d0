import TaskModel

/// Returns seconds in the unit of the lanes. A limit is never rounded to 0, which means no limit.
func nanoseconds(_ seconds: Double?) -> UInt64 {
  guard let seconds, seconds < RunBounds.seconds else { return 0 }
  return max(UInt64(seconds * 1e9), 1)
}
