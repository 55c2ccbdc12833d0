import Glibc

/// A value that one thread at a time may touch, and that threads wait for: a POSIX mutex and a
/// condition. See `Locked` for why it is not the toolchain's own.
// Guard: `value` is touched between lock and unlock of `mutex` only.
@safe public final class Monitor<Value: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var value: Value

  public init(_ value: Value) {
    self.value = value
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe condition = .allocate(capacity: 1)
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    // A clock that is set back must not lengthen a wait.
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(condition, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe condition.deallocate()
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Runs `body` with the value, alone. It must not use the monitor.
  public func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body(&value)
  }

  /// The same, and lets all that wait look again.
  public func change<Result>(_ body: (inout Value) -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer {
      unsafe pthread_cond_broadcast(condition)
      unsafe pthread_mutex_unlock(mutex)
    }
    return body(&value)
  }

  /// Lets all that wait look again.
  public func notify() {
    unsafe pthread_mutex_lock(mutex)
    unsafe pthread_cond_broadcast(condition)
    unsafe pthread_mutex_unlock(mutex)
  }

  /// What a look at the value found.
  public enum Look<Result> {
    /// The wait is over.
    case done(Result)
    /// Look again after a change, or at this time of `monotonicNanoseconds`; nil: after a change
    /// alone.
    case again(at: UInt64?)
  }

  /// Looks at the value until `look` finds what it wants.
  public func wait<Result>(_ look: (inout Value) -> Look<Result>) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while true {
      switch look(&value) {
      case .done(let result): return result
      case .again(at: nil): unsafe pthread_cond_wait(condition, mutex)
      case .again(at: let time?):
        var until = timespec(
          tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
        unsafe pthread_cond_timedwait(condition, mutex, &until)
      }
    }
  }
}
