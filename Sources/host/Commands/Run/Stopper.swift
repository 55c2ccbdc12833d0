import KernelBridge
import KernelHost
import TaskModel

/// Ends a run on signals. The first signal lets each live call finish its step and keeps all
/// tokens. The second ends steps that have not returned, and writes what is known. The third ends
/// the process at once. Ctrl-Z also stops the workers.
final class Stopper: Sendable {
  private struct State: Sendable {
    var run: Run?
    var signal: Int32?
    var count = 0
    var screen: StatusArea?
  }

  private let state = Locked(State())

  init(_ console: Console) {
    SignalWatch.start(SignalWatch.ending + [SignalWatch.suspend]) { [self] signal in
      if signal == SignalWatch.suspend { return suspend() }
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
        HostProcess.exitNow(128 + (state.signal ?? signal))
      }
      if state.count == 1 {
        Stopper.sayStopping(signal, state.screen)
        run.stop()
      } else {
        run.stop(urgently: true)
        endSoon(run)
      }
    }
  }

  /// Ends the process if the run does not end soon. Two things can prevent that: a step inside this
  /// process, and a reader that does not take the results.
  private func endSoon(_ run: Run) {
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

  /// The signal that ended the run; nil if no signal came.
  var signal: Int32? { state.withLock { $0.signal } }

  /// Sets the run that signals end. `screen` shares the terminal with messages.
  func watch(_ run: Run, _ screen: StatusArea?) {
    state.withLock { state in
      state.run = run
      state.screen = screen
    }
  }

  private static func sayStopping(_ signal: Int32, _ screen: StatusArea?) {
    let standardError = OutputFile(descriptor: 2, name: "standard error", screen: screen)
    try? standardError.write(Messages.stopping(signal) + "\n")
    try? standardError.flush()
  }
}

extension Messages {
  fileprivate static func stopping(_ signal: Int32) -> String {
    "host: stopping: live calls end after their step; "
      + (signal == 2 ? "press Ctrl-C again" : "send the signal again") + " to end at once"
  }
}
