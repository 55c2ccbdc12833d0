import KernelBridge
import KernelHostModel

/// What is known of a call that was started before.
struct AttemptState {
  /// Starts that did not end it.
  var starts: Int32 = 0
  /// Retries that the manifest asks for, the one that is under way included. Checks and restarts
  /// do not count.
  var retries = 0
  /// Starts alone, to tell its own crash from a neighbour's damage.
  var checks = 0
  /// Starts because another call's crash took its bytes.
  var restarts = 0
  /// Starts that ended because its worker, which it had alone, was killed from outside.
  var kills = 0
  /// Whether it crashed by its own fault: its next attempt runs in a process of its own.
  var isAlone = false
  /// Bytes of its text that were shown.
  var shownText: UInt64 = 0
  /// How its last start ended, if it is to be tried again.
  var last: (token: Token<Value>, place: Placement)?
  /// What its run alone is to confirm or to refute.
  var check: Check?

  /// A crash, or damage, that may have been another call's fault.
  struct Check {
    enum Reason {
      case crash(WorkerDeath)
      case overrun(Overruns)
    }
    let reason: Reason
    let suspects: Suspects

    /// Whether the worker may have been ended from outside, which leaves no damage.
    var wasKilled: Bool {
      if case .crash(let death) = reason { death.cause == .signal(Signal.kill) } else { false }
    }
  }

  /// Its last start failed, and the manifest asks for another.
  mutating func retry(after token: Token<Value>, _ place: Placement) {
    starts = token.attempts
    retries += 1
    last = (token, place)
    check = nil
    isAlone = isAlone || token.status == .crash
    shownText = 0
  }

  /// Returns the retries that were made when a token came: the last one may not have begun.
  func retriesMade(_ token: Token<Value>) -> Int {
    last != nil && token.attempts <= starts ? retries - 1 : retries
  }
}
