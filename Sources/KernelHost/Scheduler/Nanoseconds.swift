import TaskModel

/// Seconds as the lanes count them. A limit is never rounded to none.
func nanoseconds(_ seconds: Double?) -> UInt64 {
  guard let seconds, seconds < RunBounds.seconds else { return 0 }
  return max(UInt64(seconds * 1e9), 1)
}
