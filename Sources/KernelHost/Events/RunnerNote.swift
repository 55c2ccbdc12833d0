import KernelBridge
import TaskModel

/// What a runner tells beside the tokens, for those who observe the run.
enum RunnerNote {
  /// A worker died in a call's code.
  case crashed(
    call: Int, attempt: Int32, lane: Int32, began: UInt64, name: String, message: String,
    steps: Int64, runsAgain: Bool, suspects: [SuspectCalls])
  /// A worker died while no kernel's code ran in it.
  case strayDeath(lane: Int32, name: String, message: String, suspects: [SuspectCalls])
  /// An attempt did not end well and is not the last.
  case retried(call: Int, Token<Value>, Ran, delay: Double)
  /// A call begins again because another's crash took its bytes.
  case restarted(call: Int, attempts: Int32)
  /// The calls of a lane that have run longest.
  case looked(lane: Int32, [RunningNote])
}

/// A call that runs, as its runner knows it.
struct RunningNote {
  let call: Int
  let attempt: Int32
  let seen: LaneCall
}

extension CallSink {
  func noted(_ note: RunnerNote) {}
}
