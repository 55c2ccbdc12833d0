import KernelBridge
import KernelHostModel

/// The end of a run before its time: calls that have not begun do not, live ones end between two
/// steps, and a step that does not return is ended with its worker.
extension Scheduler {
  mutating func stop(now: UInt64) {
    stoppedAt = now
    actions.append(.stopLanes)
    endUnbegun()
    if main.restartAt != nil { actions.append(.listDeadAtStop) }
  }

  /// Nanoseconds that a step may go on after the stop where its call has no grace of its own:
  /// short enough for those that send SIGKILL some seconds after SIGTERM.
  private static var stopGrace: UInt64 { 2_000_000_000 }

  /// Whether to end a worker whose step has not returned in time after a stop of the run, or after
  /// its job was cancelled. `step`: the call in whose step it is.
  func isOverdue(_ step: LaneCall?, isUrgent: Bool, now: UInt64) -> Bool {
    if let stoppedAt { return isUrgent || now - stoppedAt > grace(of: step) }
    guard let step, let order = cancelled.first(where: { $0.tags.contains(step.tag) }) else {
      return false
    }
    let since = max(order.at, now - min(step.inside, now))
    return now > since + grace(of: step)
  }

  /// Jobs that have ended need no look any more.
  mutating func forgetCancelled() {
    for index in cancelled.indices {
      cancelled[index].tags.remove { jobs[CallTag.job($0.upperBound)] == nil }
    }
    cancelled.removeAll { $0.tags.isEmpty }
  }

  /// That of the call in whose step the lane is, if it has its own.
  private func grace(of step: LaneCall?) -> UInt64 {
    guard let step, case let grace = limits(ofCall: step.tag).grace,
      grace != CallLimits.standard.grace
    else { return Self.stopGrace }
    return nanoseconds(grace)
  }

  /// The main lane's worker is dead, and the run is to stop: no other takes its place.
  mutating func workerDiedAtStop(_ death: WorkerDeath, _ survivors: [Survivor]) {
    hasProgress = true
    main.isEnded = true
    main.restartAt = nil
    if let call = death.call {
      actions.append(.release(slot: call.slot))
      settle(death, call, history.suspects(beside: survivors))
    }
    for survivor in survivors {
      actions.append(.release(slot: survivor.slot))
      settle(survivor, isResumed: false)
    }
  }

  /// Ends all calls that no lane has.
  mutating func endUnbegun() {
    if !waiting.isEmpty || !again.isEmpty || !dedicated.queue.isEmpty || !delayed.isEmpty {
      hasProgress = true
    }
    endQueued { _ in true }
    endUnfed(.token(refusal ?? TokenMaker.cancelledBeforeStart))
    closeFeeding()
  }

  /// Ends the calls that were never submitted.
  mutating func endUnfed(_ ending: CallEnding) {
    for number in waiting.all {
      guard let job = jobs[number], job.next < job.end else { continue }
      jobs[number]?.next = job.end
      actions.append(.endUnbegun(job: number, job.next..<job.end, ending))
    }
  }

  /// Ends calls that wait outside of lanes.
  mutating func endQueued(_ which: (UInt64) -> Bool) {
    for tag in takeQueued(which) {
      actions.append(.end(tag: tag, .cancelled(starts: starts(tag)), .never))
    }
  }

  /// Takes calls out of the queues.
  mutating func takeQueued(_ which: (UInt64) -> Bool = { _ in true }) -> [UInt64] {
    again.remove(which) + dedicated.queue.remove(which)
      + delayed.remove { which($0.tag) }.map { $0.tag }
  }
}
