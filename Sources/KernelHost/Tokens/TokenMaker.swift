import KernelBridge
import KernelHostModel

/// Makes a call's token from its completion. Error codes get their names and messages.
struct TokenMaker {
  let catalogue: Catalogue
  /// The sandbox of the workers; `none` if calls run in this process.
  var sandbox = SandboxLevel.none
  /// Plugins that started threads while they were loaded. Workers do not have these threads.
  var withoutThreads: Set<String> = []
  /// The number of crashes of a kernel after which its other calls are skipped.
  var crashLimit = RunDefaults.crashLimit

  /// Returns the token of a call. `timeout`, in nanoseconds, and `limits` are only for the message.
  func token(
    _ completion: Completion, timeout: UInt64, earlierStarts: Int32 = 0,
    limits: @autoclosure () -> CallLimits = .standard
  ) -> Token<Value> {
    let status = completion.status
    let attempts = earlierStarts + (completion.wasStarted ? 1 : 0)
    let result = status == .ok ? completion.result : .null
    if status == .ok {
      return .ok(
        result, attempts: attempts, steps: completion.steps, seconds: completion.seconds)
    }
    let limits = limits()  // copied only for failed calls
    var error = error(completion, status: status, timeout: timeout, limits)
    if let memory = limits.memory, error.status == .error, error.code == Errno.noMemory.code {
      error = CallError(.memory, message: Wording.allocationRefused(limit: memory))
    }
    return .failed(
      error, attempts: attempts, steps: completion.steps, seconds: completion.seconds)
  }

  /// Returns the last token of a call that was started more often than the manifest says. Its
  /// message says why.
  func explained(_ token: Token<Value>, _ state: AttemptState) -> Token<Value> {
    let retries = state.retriesMade(token)
    guard let error = token.error, Int(token.attempts) > 1 + retries else { return token }
    let why = Wording.attempts(
      Int(token.attempts), retries: retries, isChecked: state.checks > 0 && state.restarts == 0)
    return .failed(
      CallError(
        status: error.status, code: error.code, name: error.name, message: error.message + why),
      attempts: token.attempts, steps: token.steps, seconds: token.seconds)
  }

  /// Returns the token of a call if memory around the call was overwritten.
  func overrun(_ token: Token<Value>, _ overruns: Overruns) -> Token<Value> {
    .failed(
      CallError(.overrun, message: Wording.overrun(overruns.places)),
      attempts: token.attempts, steps: token.steps, seconds: token.seconds)
  }

  private func error(
    _ completion: Completion, status: Status, timeout: UInt64, _ limits: CallLimits
  ) -> CallError {
    let code = completion.code
    let number = code == Int32.min ? Int32.max : -code
    switch status {
    case .timeout where number == Errno.deadline.number:
      return CallError(
        .deadline,
        message: Wording.deadline(
          seconds: limits.deadline ?? 0, steps: completion.steps, own: completion.seconds))
    case .timeout where number == Errno.usedUp.number:
      return Self.usedUpProcessorTime(limits, nil, steps: completion.steps)
    case .timeout:
      return CallError(
        .timeout,
        message: Wording.timeout(
          seconds: Double(timeout) / 1e9, steps: completion.steps, own: completion.seconds))
    case .cancelled:
      return CallError(.cancelled, message: Wording.cancelled(steps: completion.steps))
    default: break
    }
    let declared = catalogue.signatures[completion.kernel].errors.first { $0.code == code }
    if let declared {
      return CallError(
        status: status, code: code, name: declared.name,
        message: completion.message ?? declared.text)
    }
    if number > 0, let name = ErrorNumber.name(number) {
      let isForeign = catalogue.signatures[completion.kernel].origin != "built-in"
      let hint = isForeign ? Wording.perhapsSandboxed(error: number, sandbox) : ""
      return CallError(
        status: status, code: code, name: name,
        message: (completion.message ?? ErrorNumber.text(number)) + hint)
    }
    return CallError(
      status: status, code: code, name: Wording.undeclaredName(code: code),
      message: completion.message ?? Wording.undeclared(code: code))
  }

  /// Returns the token of a call that has used up its `cpu`. `place` is that of a step that did not
  /// return; nil if the call was stopped between two steps.
  static func usedUpProcessorTime(
    _ limits: CallLimits, _ place: Wording.Place?, steps: Int64
  ) -> CallError {
    CallError(
      .processorTime,
      message: Wording.usedUpProcessorTime(
        seconds: limits.processorSeconds ?? 0, place, steps: steps))
  }

  static let cancelledBeforeStart = Token<Value>.failed(
    CallError(.cancelled, message: Wording.cancelled(steps: 0)),
    attempts: 0)

  /// The token of a call if the host does not know how it ended.
  static let missing = Token<Value>.failed(
    CallError(.lost, message: Wording.missingToken), attempts: 0)

  /// The token of a call that was in a step when the host had to end at once.
  static let abandoned = Token<Value>.failed(
    CallError(.cancelled, message: Wording.abandoned),
    attempts: 1)

  /// Returns the token of calls that `--halt` skips. `limit` is like "3" or "5%".
  static func halted(after limit: String) -> Token<Value> {
    .failed(
      CallError(.halted, message: Wording.halted(after: limit)),
      attempts: 0)
  }

  static let tooLarge = Token<Value>.failed(
    CallError(.argumentsTooLarge, message: Wording.argumentsTooLarge),
    attempts: 0)
}

extension ProcessChanges {
  var parts: [Wording.ProcessPart] {
    let all: [(ProcessChanges, Wording.ProcessPart)] = [
      (.floats, .floats), (.locale, .locale), (.folder, .folder), (.mask, .mask),
      (.signals, .signals), (.processors, .processors), (.limits, .limits),
      (.environment, .environment), (.handlers, .handlers), (.output, .output),
    ]
    return all.filter { contains($0.0) }.map { $0.1 }
  }
}

extension Overruns {
  var places: [Wording.OverrunPlace] {
    var places: [Wording.OverrunPlace] = []
    if contains(.before) { places.append(.beforeState) }
    if contains(.behind) { places.append(.behindState) }
    if contains(.block) { places.append(.block) }
    return places
  }
}
