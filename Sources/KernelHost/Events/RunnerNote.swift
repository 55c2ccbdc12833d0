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

/// Telling those who observe a run; where nobody does, `nextLook` never comes.
extension Runner {
  /// A look at the lanes of this runner, and when to look again.
  func look(_ now: UInt64) {
    // Any of a run's jobs leads to the same observers.
    if let sink = jobs.values.first?.sink {
      tell(sink, lane, settings.number)
      for solo in solos where solo.tag != nil { tell(sink, solo.lane, solo.number) }
    }
    // A look at very many calls takes a while: it shall be a small part of the time.
    let after = provider.now
    nextLook = after + max(settings.lookPeriod, 25 * (after - now))
  }

  private func tell(_ sink: any CallSink, _ lane: any Lane, _ number: Int32) {
    let calls = lane.running().map { seen in
      RunningNote(
        call: Self.call(seen.tag), attempt: (cares[seen.tag]?.starts ?? 0) + 1, seen: seen)
    }
    sink.noted(.looked(lane: number, calls))
  }

  /// A worker died in a call's code; before anything is decided about it.
  func noteCrash(
    _ death: WorkerDeath, _ call: WorkerDeath.Call, lane: Int32, runsAgain: Bool,
    _ suspects: Suspects = Suspects()
  ) {
    if death.reason == .timeout || death.reason == .memory || death.reason == .other { return }
    guard let job = jobs[call.tag >> Self.callBits] else { return }
    job.sink.noted(
      .crashed(
        call: Self.call(call.tag), attempt: (cares[call.tag]?.starts ?? 0) + 1, lane: lane,
        began: death.began, name: death.reason == .damage ? "DAMAGE" : death.name,
        message: tokens.cause(of: death),
        steps: call.steps, runsAgain: runsAgain, suspects: tokens.named(suspects)))
  }

  /// A worker died, and no kernel's code ran in it: those who have calls in it are warned, for
  /// some kernel may have done it all the same. One that the host ended, or that could not
  /// make itself ready, is told elsewhere.
  func noteStrayDeath(_ death: WorkerDeath, lane: Int32, _ suspects: Suspects) {
    guard death.call == nil, death.reason == nil, !death.isGone, !death.isSetUpFailure else {
      return
    }
    let message = tokens.stray(death, suspects)
    for job in jobs.values {
      job.sink.noted(
        .strayDeath(
          lane: lane, name: death.name, message: message, suspects: tokens.named(suspects)))
      job.sink.warned(call: nil, message)
    }
  }
}
