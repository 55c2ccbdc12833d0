import KernelBridge
import KernelHostModel

/// Classifies the death of a worker.
extension WorkerDeath {
  /// Whether the worker never existed, or ended with the fork server.
  var isGone: Bool { isForkServerGone || isNotStarted }

  /// Whether the fork server is dead.
  var isForkServerGone: Bool { cause == .gone(errno: Errno.noProcess.number) }

  /// Whether no process could be made for it. Nothing has died then.
  var isNotStarted: Bool {
    if case .gone(let errno) = cause { return errno != Errno.noProcess.number }
    return false
  }

  /// Whether the worker failed during its own set-up.
  var isSetUpFailure: Bool { setUpFailure != nil }

  /// Whether it counts as a crash of the kernel in whose code it was.
  func isCrash(_ limits: CallLimits) -> Bool {
    reason == .damage || reason == nil && !hasUsedUp(limits)
  }

  var startError: SystemError {
    switch cause {
    case .gone(let errno): SystemError("start a worker process", path: nil, code: errno)
    case .exit:
      SystemError(
        setUpFailure == .sandbox
          ? "put a worker process into its sandbox" : "give a worker process its memory",
        path: nil, code: Errno.noMemory.number)
    case .signal: SystemError("start a worker process", path: nil, code: Errno.noChild.number)
    }
  }
}
