import KernelBridge
import KernelHostModel

/// Which calls do not go to the main lane.
struct Routing {
  let isIsolated: Bool
  /// Nanoseconds of grace of calls without limits of their own.
  let grace: UInt64
  private(set) var hasExceptions: Bool
  private var isException: [Bool]

  init(isolation: Isolation, kernelCount: Int) {
    isIsolated = isolation != .none
    grace = nanoseconds(CallLimits.standard.grace)
    hasExceptions = isolation == .call
    isException = [Bool](repeating: isolation == .call, count: kernelCount)
  }

  @inline(__always)
  func diverts(_ kernel: Int) -> Bool { hasExceptions && isException[kernel] }

  mutating func divert(_ kernel: Int) {
    isException[kernel] = true
    hasExceptions = true
  }
}
