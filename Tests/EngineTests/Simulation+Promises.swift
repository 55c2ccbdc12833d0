import KernelHostModel

@testable import KernelHost

/// Checks the promises about each call, in any case.
extension Simulation {
  /// Whether the call may have ended so for what was done to the run from outside.
  func isExcused(_ call: SimulatedCall, _ token: Token<Value>) -> Bool {
    switch token.status {
    case .cancelled: hasRung || isCancelled
    case .skipped: settings.crashLimit < 1000 || halt != nil || !call.after.isEmpty
    case .lost: !call.isPure || world.failedStarts > 4
    // Killed again and again, alone: it must have done that itself.
    case .crash where !call.isPure && world.calls.contains { $0.way == .damages }: true
    case .crash where hasRung && token.error?.name == "OVERRUN": true
    // A stop leaves no time to run it again alone; its message says that another may have done it.
    case .crash where hasRung && world.calls.contains { $0.way == .damages }: true
    case .crash:
      world.kills > 0 && token.error?.name == "SIGKILL" || !call.isPure && world.kills > 0
        || token.error?.name == "ENOPROC"
    default: world.failedStarts > 4
    }
  }

  /// Each start prints the numbers of its steps: they are shown once, in order.
  func check(_ number: Int, printed: [UInt8], retries: Int) {
    if retries > 0 { return }
    let text = String(decoding: printed, as: UTF8.self)
    let steps = text.split(separator: ";").count
    if text != (1...max(steps, 1)).prefix(steps).map({ "\($0);" }).joined() {
      world.fault("call \(number) is shown as printing \(text)")
    }
  }

  /// Checks the promises about a call and its tokens.
  func check(_ number: Int, _ tokens: [Token<Value>], retries: Int) {
    guard tokens.count == 1 else {
      return world.fault("call \(number) has \(tokens.count) tokens")
    }
    let call = world.calls[number]
    let token = tokens[0]
    let begins = world.begins[number]
    let most = call.limits.retries?.times ?? 0
    if retries > most { world.fault("call \(number) was retried \(retries) times of \(most)") }
    if !call.isPure, begins > 1 + retries {
      world.fault("call \(number) is not pure and began \(begins) times, \(retries) retries")
    }
    if Int(token.attempts) != begins {
      world.fault("call \(number) began \(begins) times, and its token says \(token.attempts)")
    }
    let isGood = call.way == .ends || call.way == .damages
    if isGood, token.status != .ok, !isExcused(call, token),
      !(call.timeout > 0 && token.status == .timeout)
    {
      world.fault(
        "call \(number) (\(SimulatedCall.signatures[call.kernel].name)) is good and ended "
          + "\(token.status): \(token.error?.message ?? "")")
    }
    if !isGood, call.faults == .max, token.status == .ok {
      world.fault("call \(number) is not good (\(call.way)) and ended well")
    }
  }
}
