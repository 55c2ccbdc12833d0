/// Why a call failed, if the host and not its kernel says so. A cause is one row: the status, code
/// and name that its error has. The message is added where the details are known.
package enum ErrorCause: CaseIterable, Sendable {
  /// The call's own time is over.
  case timeout
  case deadline
  case processorTime
  case memory
  /// No lane has room for its arguments.
  case argumentsTooLarge
  case cancelled
  /// `--halt`, too many crashes of its kernel, a call that it waited for.
  case halted, crashLimit, dependency
  /// The worker ended with an exit code, or took the fork server along.
  case exit, gone
  /// The call wrote over memory of its lane, or over memory around its own.
  case damage, overrun
  /// The call began, and its end is not known.
  case lost
  case noWorker

  private var row: (status: Status, code: Int32, name: String) {
    switch self {
    case .timeout: Self.row(.timeout, .timedOut)
    case .deadline: Self.row(.timeout, .deadline)
    case .processorTime: Self.row(.timeout, .usedUp)
    case .memory: Self.row(.memory, .noMemory)
    case .argumentsTooLarge: Self.row(.error, .noMemory)
    case .cancelled: Self.row(.cancelled, .cancelled)
    case .halted: (.skipped, 0, "HALT")
    case .crashLimit: (.skipped, 0, "CRASH_LIMIT")
    case .dependency: (.skipped, 0, "DEPENDENCY")
    case .exit: (.crash, 0, "EXIT")
    case .gone: (.crash, 0, "GONE")
    case .damage: (.crash, 0, "DAMAGE")
    case .overrun: (.crash, Errno.badAddress.code, "OVERRUN")
    case .lost: (.lost, 0, "LOST")
    case .noWorker: (.lost, 0, "NO_WORKER")
    }
  }

  private static func row(_ status: Status, _ errno: Errno) -> (Status, Int32, String) {
    (status, errno.code, errno.name)
  }

  package var status: Status { row.status }
  package var code: Int32 { row.code }
  package var name: String { row.name }
}

extension CallError {
  /// Creates the error of a cause.
  package init(_ cause: ErrorCause, message: String) {
    self.init(status: cause.status, code: cause.code, name: cause.name, message: message)
  }
}
