import KernelBridge
import Synchronization

/// A circuit breaker for each kernel: after a number of crashes its other calls are skipped. The
/// lanes of a run share one.
final class CrashBreaker: Sendable {
  private let crashes: Locked<[Int]>
  private let limit: Int
  private let hasTripped = Atomic<Bool>(false)

  init(kernelCount: Int, limit: Int) {
    crashes = Locked([Int](repeating: 0, count: kernelCount))
    self.limit = limit
  }

  /// Whether some kernel is not called any more.
  var isAnyOpen: Bool { hasTripped.load(ordering: .relaxed) }

  /// Counts a crash of a kernel. Returns true if it is the one that reaches the limit.
  func count(_ kernel: Int) -> Bool {
    let isLast = crashes.withLock { crashes in
      crashes[kernel] += 1
      return crashes[kernel] == limit
    }
    if isLast { hasTripped.store(true, ordering: .relaxed) }
    return isLast
  }

  /// Whether a kernel is not called any more.
  func isOpen(_ kernel: Int) -> Bool {
    isAnyOpen && crashes.withLock { $0[kernel] } >= limit
  }
}
