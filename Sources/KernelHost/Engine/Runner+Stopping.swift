import KernelBridge
import TaskModel

/// The end of a run before its time: calls that have not begun do not, live ones end between
/// two steps, and a step that does not return is ended with its worker.
extension Runner {
  func stop() {
    stoppedAt = provider.now
    lane.signal.stop()
    for solo in solos { solo.lane.signal.stop() }
    _ = endUnbegun()
    if reviveAt != nil { endMain() }
  }

  /// Nanoseconds that a step may go on after the stop where its call has no grace of its own:
  /// short enough for those that send SIGKILL some seconds after SIGTERM.
  static var stopGrace: UInt64 { 2_000_000_000 }

  /// Kills workers whose step has not returned within its grace, or at once if that is wanted.
  func endHungSteps(_ now: UInt64, since stoppedAt: UInt64) {
    var lanes = solos.filter { $0.tag != nil && $0.endedAt == nil }.map { $0.lane }
    if !isLaneEnded, lane.liveCount > 0, settings.isolation == .process { lanes.append(lane) }
    for lane in lanes where !lane.hasDied {
      if settings.bell.isUrgent || now - stoppedAt > grace(of: lane) { lane.kill() }
    }
  }

  /// Kills workers whose step has not returned within its grace since its job was cancelled.
  func endCancelledSteps(_ now: UInt64) {
    cancelled.removeAll { jobs[$0.tags.lowerBound >> Self.callBits] == nil }
    if cancelled.isEmpty || isStopping { return }
    var lanes = solos.filter { $0.tag != nil && $0.endedAt == nil }.map { $0.lane }
    if lane.liveCount > 0, settings.isolation == .process { lanes.append(lane) }
    for lane in lanes where !lane.hasDied {
      guard let step = hungStep(of: lane),
        let order = cancelled.first(where: { $0.tags.contains(step.tag) })
      else { continue }
      let since = max(order.at, now - min(step.inside, now))
      if now > since + grace(of: lane) { lane.kill() }
    }
  }

  /// The call in whose step the lane is.
  private func hungStep(of lane: any Lane) -> LaneCall? {
    lane.running().max { $0.inside < $1.inside }.flatMap { $0.inside > 0 ? $0 : nil }
  }

  /// That of the call in whose step the lane is, if it has its own.
  private func grace(of lane: any Lane) -> UInt64 {
    guard let seen = hungStep(of: lane), let source = jobs[seen.tag >> Self.callBits]?.source,
      source.hasLimits,
      case let grace = source.limits(ofCall: Self.call(seen.tag)).grace,
      grace != CallLimits.standard.grace
    else { return Self.stopGrace }
    return nanoseconds(grace)
  }

  /// The main lane's worker is dead, and the run is to stop: no other takes its place.
  func endMain() {
    isLaneEnded = true
    reviveAt = nil
    let (death, survivors) = lane.takeDeath()
    let suspects = history.suspects(beside: survivors)
    if let call = death.call {
      lane.release(slot: call.slot)
      let starts = (cares[call.tag]?.starts ?? 0) + 1
      if death.reason == .other || death.isGone {
        finish(call.tag, tokens.cancelled(starts: starts, steps: call.steps, in: call.kernel))
      } else {
        noteCrash(death, call, lane: settings.number, runsAgain: false)
        pass(death.output, of: call.tag)
        condemn(
          call.tag, call.kernel, death, starts: starts, suspects,
          Ran(began: death.began, lane: settings.number))
      }
    }
    for survivor in survivors {
      lane.release(slot: survivor.slot)
      let starts = (cares[survivor.tag]?.starts ?? 0) + (survivor.fate == .queued ? 0 : 1)
      finish(survivor.tag, tokens.cancelled(starts: starts, steps: survivor.steps))
    }
  }

  /// Ends all calls that no lane has; answers whether there were any.
  func endUnbegun() -> Bool {
    let hadAny = !waiting.isEmpty || !again.isEmpty || !soloQueue.isEmpty || !delayed.isEmpty
    dropQueued { _ in true }
    for number in waiting.all {
      guard let job = jobs[number] else { continue }
      let token = job.source.refusal ?? TokenMaker.cancelledBeforeStart
      let first = job.next
      job.next = job.end
      end(job, job.next - first) { EndedCall(call: first + $0, token: token, ran: .never) }
    }
    waiting = Queue()
    if isOpen { setOpen(false) }
    return hadAny
  }

  /// Ends calls that wait outside of lanes.
  func dropQueued(_ which: (UInt64) -> Bool) {
    for tag in takeQueued(which) {
      finish(tag, tokens.cancelled(starts: cares[tag]?.starts ?? 0))
    }
  }

  /// Takes calls out of the queues.
  func takeQueued(_ which: (UInt64) -> Bool = { _ in true }) -> [UInt64] {
    again.remove(which) + soloQueue.remove(which)
      + delayed.remove { which($0.tag) }.map { $0.tag }
  }

  /// Gives tokens to the calls that were never submitted.
  func endUnfed(_ token: () -> Token<Value>) {
    for number in waiting.all {
      guard let job = jobs[number] else { continue }
      let first = job.next
      job.next = job.end
      end(job, job.next - first) { EndedCall(call: first + $0, token: token(), ran: .never) }
    }
  }
}
