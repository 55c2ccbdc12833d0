import KernelBridge
import KernelHostModel

/// Makes the tokens of calls that did not end in their lane, and the warnings about deaths.
extension TokenMaker {
  func token(_ ending: CallEnding) -> Token<Value> {
    switch ending {
    case .cancelled(let starts, let steps, let kernel):
      cancelled(starts: starts, steps: steps, in: kernel)
    case .lost(let kernel, let steps, let starts, let isOutside):
      lost(kernel, steps: steps, starts: starts, isOutside: isOutside)
    case .died(let death, let timeout, let limits, let starts, let suspects):
      dead(death, timeout: timeout, limits: limits, starts: starts, suspects: suspects)
    case .noWorker(let error, let starts): noWorker(error, starts: starts)
    case .skipped(let kernel, let starts): skipped(kernel, starts: starts)
    case .tooLarge: Self.tooLarge
    case .token(let token): token
    }
  }

  func text(_ warning: SchedulerWarning) -> String {
    switch warning {
    case .damage(let suspects): Wording.damaged(named(suspects))
    case .strayDeath(let death, let suspects):
      Wording.strayDeath(cause(of: death), named(suspects))
    case .crashLimitReached(let kernel):
      Wording.crashLimitReached(kernel: catalogue.signatures[kernel].name, limit: crashLimit)
    case .cleared(let check):
      switch check.reason {
      case .crash(let death): Wording.succeededAlone(cause(of: death), named(check.suspects))
      case .overrun(let overruns):
        Wording.succeededAlone(Wording.overwritten(overruns.places), named(check.suspects))
      }
    }
  }

  /// Returns the token of the call in whose code a worker died. `timeout` is in nanoseconds.
  private func dead(
    _ death: WorkerDeath, timeout: UInt64, limits: CallLimits, starts: Int32, suspects: Suspects
  ) -> Token<Value> {
    let place = death.place
    let error: CallError
    switch death.reason {
    case .timeout:
      error = CallError(
        .timeout,
        message: Wording.stepTimeout(
          place, seconds: Double(timeout) / 1e9, grace: limits.grace, own: death.seconds)
          + perhapsWaits(death.call?.kernel))
    case .memory:
      error = CallError(.memory, message: Wording.outOfMemory(place, limit: limits.memory ?? 0))
    case .other:
      error = CallError(
        .cancelled,
        message: Wording.cancelled(steps: death.call?.steps ?? 0) + perhapsWaits(death.call?.kernel)
      )
    case .damage:
      error = CallError(.damage, message: Wording.wroteOverSharedMemory(place))
    case .deadline:
      error = CallError(
        .deadline,
        message: Wording.stepDeadline(
          place, seconds: limits.deadline ?? 0, grace: limits.grace)
          + perhapsWaits(death.call?.kernel))
    case nil where death.hasUsedUp(limits):
      error = Self.usedUpProcessorTime(limits, place, steps: death.call?.steps ?? 0)
    case nil:
      var message = cause(of: death)
      if !suspects.isEmpty { message += Wording.perhapsDamaged(named(suspects)) }
      error = CallError(
        status: .crash, code: death.code, name: death.name, message: message)
    }
    return .failed(
      error, attempts: starts, steps: death.call?.steps ?? 0, seconds: death.seconds)
  }

  /// Returns what a step that did not return may have waited for; empty if nothing is known.
  private func perhapsWaits(_ kernel: Int?) -> String {
    guard !withoutThreads.isEmpty, let kernel else { return "" }
    let plugin = catalogue.signatures[kernel].origin
    return withoutThreads.contains(plugin) ? Wording.perhapsWaitsForThreads(plugin) : ""
  }

  /// Returns how a worker died, and the last line that the call wrote in that step.
  func cause(of death: WorkerDeath) -> String {
    let place = death.call == nil ? nil : death.place
    let words = death.call == nil ? "" : Wording.lastWords(death.output)
    switch death.cause {
    case .signal(let signal):
      let facts = DeathFacts(death.symbol)
      return Wording.died(
        place, signal: signal, address: death.address, symbol: facts.place, facts.reason) + words
    case .exit(let code): return Wording.exited(place, code: code) + words
    case .gone(let errno):
      // The host ended it because of a message that the fork server cannot have sent.
      return Wording.tookForkServerAlong(place, wasForged: errno == Errno.badMessage.number)
    }
  }

  func named(_ suspects: Suspects) -> [SuspectCalls] {
    suspects.groups.map {
      SuspectCalls(
        kernel: catalogue.signatures[$0.kernel].name, calls: $0.calls, more: $0.more)
    }
  }

  /// Returns the token of a call that can neither run again nor continue. `isOutside` says that its
  /// worker was ended from outside, not by another call.
  private func lost(
    _ kernel: Int, steps: Int64, starts: Int32, isOutside: Bool = false
  ) -> Token<Value> {
    .failed(
      CallError(
        .lost,
        message: Wording.lost(
          kernel: catalogue.signatures[kernel].name, steps: steps, isOutside: isOutside)),
      attempts: starts, steps: steps)
  }

  private func noWorker(_ error: SystemError?, starts: Int32) -> Token<Value> {
    let reason =
      error.map { Wording.system($0.action, $0.path, $0.reason) }
      ?? Wording.system("start a worker process", nil, "it did not start")
    return .failed(
      CallError(.noWorker, message: Wording.noWorker(reason)),
      attempts: starts)
  }

  private func skipped(_ kernel: Int, starts: Int32) -> Token<Value> {
    .failed(
      CallError(
        .crashLimit,
        message: Wording.skippedByCrashLimit(
          kernel: catalogue.signatures[kernel].name, limit: crashLimit)),
      attempts: starts)
  }

  /// Returns the token of a call that died. `kernel` is given if its step did not return.
  private func cancelled(starts: Int32, steps: Int64 = 0, in kernel: Int? = nil) -> Token<Value> {
    .failed(
      CallError(.cancelled, message: Wording.cancelled(steps: steps) + perhapsWaits(kernel)),
      attempts: starts, steps: steps)
  }
}

extension WorkerDeath {
  var place: Wording.Place {
    switch call?.place {
    case .setup: .setup
    case .start: .start
    case .finish: .finish
    case .step, nil: .step(call?.steps ?? 0)
    }
  }

  /// Whether the worker died because its call had used up `limits.cpu`.
  var isOverProcessorLimit: Bool { DeathFacts(symbol).processorLimit != nil }

  /// Whether the call has used up its own `cpu`.
  func hasUsedUp(_ limits: CallLimits) -> Bool {
    guard reason == nil, let most = limits.processorSeconds,
      most <= DeathFacts(symbol).processorLimit.map(Double.init) ?? .infinity
    else { return false }
    // A kernel that ignores SIGXCPU is killed a second later.
    return cause == .signal(Signal.processorTime)
      || cause == .signal(Signal.kill) && seconds >= most
  }

  /// The name and the code of the token's error: a signal's name and number, or EXIT and the exit
  /// code.
  var name: String {
    switch cause {
    case .signal(let signal): Wording.signalName(signal)
    case .exit: ErrorCause.exit.name
    case .gone: ErrorCause.gone.name
    }
  }

  var code: Int32 {
    switch cause {
    case .signal(let signal): signal
    case .exit(let code): code
    case .gone: 0
    }
  }
}
