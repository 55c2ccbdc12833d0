import Glibc

/// A value that one thread at a time may use, behind a POSIX mutex.
///
/// This is not `Synchronization.Mutex`: the thread sanitizer cannot see its slow path, which is in
/// the toolchain's own library. It would report every guarded value as a race, and hide the real
/// ones.
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

  /// Runs `body` with the value, exclusively. `body` must not lock the same value again.
  public func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body(&value)
  }

  /// Runs `body` if the lock is free within `seconds`. Otherwise returns nil.
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
