import Glibc

/// A value that one thread at a time may touch, behind a POSIX mutex.
///
/// Not `Synchronization.Mutex`: where two threads meet, that one goes through the
/// toolchain's own library, which the thread sanitizer does not see into. It then takes
/// the guarded value for a race, and no real one could be told from it.
// Guard: `value` is touched between lock and unlock of `mutex` only.
@safe public final class Locked<Value: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  public init(_ value: Value) {
    self.value = value
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Runs `body` with the value, alone. `body` must not lock the same value again.
  public func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body(&value)
  }

  /// The same, if it can be had within so many seconds; else nil, and `body` does not run.
  public func withLock<Result>(within seconds: Double, _ body: (inout Value) -> Result) -> Result? {
    var until = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &until)
    let nanoseconds = until.tv_nsec + Int(min(max(seconds, 0), 1e6) * 1e9)
    until.tv_sec += nanoseconds / 1_000_000_000
    until.tv_nsec = nanoseconds % 1_000_000_000
    guard unsafe pthread_mutex_timedlock(mutex, &until) == 0 else { return nil }
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body(&value)
  }
}
