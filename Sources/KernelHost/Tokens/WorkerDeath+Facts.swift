import KernelBridge
import TaskModel

/// What a worker's death means for what is to be done.
extension WorkerDeath {
  /// It was never there, or went with the fork server.
  var isGone: Bool { isForkServerGone || isNotStarted }

  /// The process that workers descend from is dead.
  var isForkServerGone: Bool { cause == .gone(errno: Errno.noProcess.number) }

  /// There was no process to be had for it. Nothing has died.
  var isNotStarted: Bool {
    if case .gone(let errno) = cause { return errno != Errno.noProcess.number }
    return false
  }

  /// The worker could not make itself ready.
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
          ? "shut a worker process into its sandbox" : "give a worker process its memory",
        path: nil, code: Errno.noMemory.number)
    case .signal: SystemError("start a worker process", path: nil, code: Errno.noChild.number)
    }
  }
}
