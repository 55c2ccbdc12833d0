import KernelBridge
import KernelHost
import KernelHostModel

/// What signals end: a run, or a server.
protocol Stoppable: AnyObject, Sendable {
  func stop(urgently: Bool)
  func abandon(_ end: () -> Never)
}

extension Run: Stoppable {}
extension Server: Stoppable {}

/// Ends a run on signals. The first signal lets each live call finish its step and keeps all
/// tokens. The second ends steps that have not returned, and writes what is known. The third ends
/// the process at once. Ctrl-Z also stops the workers.
final class Stopper: Sendable {
  private struct State: Sendable {
    var run: (any Stoppable)?
    var signal: Int32?
    /// Signals, or the end of the run's time, that came so far.
    var count = 0
    var screen: StatusArea?
    /// Seconds from the first stop until the process has ended.
    var within: Double?
    /// The exit code of a stop before the run begins; nil: that of its signal.
    var early: Int32?
  }

  private let state: Locked<State>
  private let began = monotonicNanoseconds()

  /// `early`: the exit code of a stop before the run begins, which can be begun again; nil: that of
  /// the signal. It is known before the first signal is taken.
  init(_ console: Console, early: ExitCode? = nil) {
    var state = State()
    state.early = early?.rawValue
    self.state = Locked(state)
    SignalWatch.start(SignalWatch.ending + [SignalWatch.suspend]) { [self] signal in
      if signal == SignalWatch.suspend { return suspend() }
      stop(signal)
    }
  }

  /// `signal`: nil if the time of the run is over.
  private func stop(_ signal: Int32?) {
    let state = state.withLock { state -> State in
      // Before the run begins, there is nothing to keep.
      if state.run != nil {
        state.signal = state.signal ?? signal
        state.count += 1
      }
      return state
    }
    guard let run = state.run, state.count < 3 else {
      state.screen?.wipe()
      let number = state.signal ?? signal ?? SignalWatch.terminate
      let code = number == SignalWatch.interrupt || state.run != nil ? nil : state.early
      HostProcess.exitNow(code ?? 128 + number)
    }
    if state.count == 1 {
      Stopper.sayStopping(signal, state.screen)
      run.stop(urgently: false)
      if let within = state.within { endWithin(within, run) }
    } else {
      run.stop(urgently: true)
      endSoon(run)
    }
  }

  /// Steps that have not returned a second before the process must have ended are ended.
  private func endWithin(_ seconds: Double, _ run: any Stoppable) {
    HostThread.start { [self] in
      HostThread.sleep(seconds: max(seconds - 1, 0))
      run.stop(urgently: true)
      endSoon(run)
    }
  }

  /// Stops the run when its time is over: before it begins, if it is over by then.
  private func watch(_ stop: StopOptions) {
    if stop.time == nil, stop.until == nil { return }
    if timeLeft(stop) <= 0 { return self.stop(nil) }
    HostThread.start { [self] in
      while case let left = timeLeft(stop), left > 0 { HostThread.sleep(seconds: min(left, 1)) }
      if state.withLock({ $0.count }) == 0 { self.stop(nil) }
    }
  }

  /// Seconds until the run is to stop. The wall clock may be set meanwhile.
  private func timeLeft(_ stop: StopOptions) -> Double {
    var left = Double.infinity
    if let time = stop.time { left = time - Double(monotonicNanoseconds() - began) * 1e-9 }
    if let until = stop.until { left = min(left, until - wallSeconds()) }
    return left - (stop.within ?? 0)
  }

  /// Ends the process if the run does not end soon. Two things can prevent that: a step inside this
  /// process, and a reader that does not take the results.
  private func endSoon(_ run: any Stoppable) {
    HostThread.start { [self] in
      HostThread.sleep(seconds: 0.25)
      let (signal, screen) = state.withLock { ($0.signal ?? SignalWatch.interrupt, $0.screen) }
      run.abandon {
        screen?.wipe()
        HostProcess.exitNow(128 + signal)
      }
    }
  }

  private func suspend() {
    state.withLock { $0.screen }?.wipe()
    HostProcess.suspend()
  }

  /// Whether a signal came, or the time of the run is over.
  var hasStopped: Bool { state.withLock { $0.count > 0 } }

  /// The signal that ended the run; nil if no signal came.
  var signal: Int32? { state.withLock { $0.signal } }

  /// Sets the run that signals end. `screen` shares the terminal with messages.
  func watch(_ run: any Stoppable, _ screen: StatusArea?, _ stop: StopOptions? = nil) {
    state.withLock { state in
      state.run = run
      state.screen = screen
      state.within = stop?.within
    }
    if let stop { watch(stop) }
  }

  private static func sayStopping(_ signal: Int32?, _ screen: StatusArea?) {
    let standardError = OutputFile(descriptor: 2, name: "standard error", screen: screen)
    try? standardError.write(OwnName.applied(to: Messages.stopping(signal)) + "\n")
    try? standardError.flush()
  }
}

extension Messages {
  fileprivate static func stopping(_ signal: Int32?) -> String {
    let why = signal == nil ? "the time of the run is over" : "stopping"
    let how =
      switch signal {
      case nil: "send a signal"
      case SignalWatch.interrupt: "press Ctrl-C again"
      default: "send the signal again"
      }
    return "host: \(why): live calls end after their step; \(how) to end at once"
  }
}
