import KernelBridge
import KernelHostModel

/// What the scheduler has decided is done here, in its order.
extension LaneDriver {
  func perform() {
    while let action = scheduler.actions.popFirst() { perform(action) }
  }

  private func perform(_ action: SchedulerAction) {
    switch action {
    case .setOpen(let isOpen): lane.setOpen(isOpen)
    case .submitCalls(let job, let calls): submit(calls, ofJob: job)
    case .submitOne(let tag):
      let room = submit(tag, to: lane)
      var fits = false
      if case .submitted = room { fits = true }
      if case .refused(let error) = room {
        // It fitted at its first start: the source wrote other arguments.
        fits = true
        end(tag, .failed(error, attempts: scheduler.starts(tag)), .never)
      }
      scheduler.submittedOne(tag, fits: fits, now: provider.now)
    case .release(let slot): lane.release(slot: slot)
    case .start(let start): startWorker(start)
    case .listDeadAtStop:
      let (death, survivors) = lane.takeDeath()
      scheduler.workerDiedAtStop(death, survivors)
    case .giveUp: scheduler.gaveUp(leftBehind: releaseAll())
    case .openDedicated(let number): openDedicated(number)
    case .runDedicated(let tag, let number): runDedicated(tag, number)
    case .closeDedicated(let number): dedicated.removeAll { $0.number == number }
    case .end(let tag, let ending, let place): end(tag, tokens.token(ending), place)
    case .endUnbegun(let job, let calls, let ending):
      let token = tokens.token(ending)
      give(job, calls.count) {
        EndedCall(call: calls.lowerBound + $0, token: token)
      }
    case .finishJob(let number): ports.removeValue(forKey: number)?.sink.finished()
    case .show(let tag, let output):
      guard !output.isEmpty, let port = ports[CallTag.job(tag)] else { return }
      port.sink.wrote(call: CallTag.call(tag), output[...])
    case .warn(let tag, let warning): warn(tag, warning)
    case .note(let note): self.note(note)
    case .stopLanes:
      lane.signal.stop()
      for one in dedicated { one.lane.lane.signal.stop() }
    }
  }

  // MARK: Calls go in

  private func submit(_ calls: Range<Int>, ofJob number: UInt64) {
    guard let port = ports[number] else { return }
    let (next, room) = port.source.submit(
      calls, tag: CallTag.of(job: number, call: 0), to: lane, scheduler.routing)
    scheduler.submitted(job: number, calls, next: next, room: room, now: provider.now)
  }

  /// Submits one call, with what is known of earlier starts.
  private func submit(_ tag: UInt64, to lane: any Lane) -> LaneSubmission {
    guard let source = ports[CallTag.job(tag)]?.source else { return .soon }
    let call = CallTag.call(tag)
    let limits = scheduler.limits(ofCall: tag)
    let state = scheduler.attempts[tag]
    let options = CallOptions(
      tag: tag, timeout: source.timeout(ofCall: call),
      deadline: nanoseconds(limits.deadline), grace: nanoseconds(limits.grace),
      processor: nanoseconds(limits.processorSeconds), memory: limits.memory ?? 0,
      skippedText: state?.shownText ?? 0, number: UInt64(call),
      attempt: UInt32(clamping: (state?.starts ?? 0) + 1))
    return lane.submit(kernel: source.kernel(ofCall: call), options: options) {
      source.write(argumentsOfCall: call, to: &$0)
    }
  }

  // MARK: The main lane's worker

  var isMainDead: Bool {
    lane.isIsolated && lane.hasDied && scheduler.main.restartAt == nil && !scheduler.main.isEnded
      && (!scheduler.isGivingUp || lane.liveCount > 0)
  }

  /// Takes what the dead worker left, and tells the scheduler how it died.
  func reapMain() {
    while take(lane, number: settings.number) > 0 {}
    if scheduler.isStopping { takeSnapshots() }
    let liveCount = lane.liveCount
    if scheduler.isStopping {
      let (death, survivors) = lane.takeDeath()
      scheduler.workerDiedAtStop(death, survivors)
    } else if case let wantsQueued = scheduler.wantsQueued(isGone: lane.isGone), !wantsQueued,
      let (death, beside) = lane.takeOver(), let call = death.call
    {
      scheduler.workerDiedInPlace(death, call, beside: beside, liveCount: liveCount - 1)
    } else {
      let wantsQueued = scheduler.wantsQueued(isGone: lane.isGone)
      let (death, survivors) = lane.takeDeath(includingQueued: wantsQueued)
      scheduler.workerDied(death, survivors, liveCount: liveCount, now: provider.now)
    }
    perform()
  }

  private func startWorker(_ start: SchedulerAction.WorkerStart) {
    do throws(SystemError) {
      switch start {
      case .inPlace: try lane.start()
      case .withCalls: try lane.revive()
      case .withCallsAgain:
        _ = lane.takeDeath()  // lists again which calls go on
        try lane.revive()
      case .afterForkServer: try replaceLane()
      }
    } catch {
      scheduler.startFailed(error, now: provider.now)
    }
  }

  /// The fork server is gone, and what workers know of addresses with it.
  private func replaceLane() throws(SystemError) {
    let another = try provider.another()
    let fresh = try another.makeLane(
      liveLimit: settings.liveLimit, lanes: settings.lanes, silence: settings.silence,
      copiesCalls: settings.snapshots != nil)
    // The old lane's calls are all queued again, but for those that cannot be.
    scheduler.forkServerReplaced(leftBehind: releaseAll())
    if settings.isolation == .process { try fresh.start() }
    provider = another
    lane = fresh
    settings.cancellation.attach(lane.signal)
    if settings.cancellation.isCancelled { lane.signal.stop() }
    scheduler.workerStartedAfterForkServer()
  }

  private func releaseAll() -> [Survivor] {
    let survivors = lane.takeDeath().1
    for survivor in survivors { lane.release(slot: survivor.slot) }
    return survivors
  }

  // MARK: Lanes for one call

  private func openDedicated(_ number: Int32) {
    do throws(SystemError) {
      // One call at a time, but its token may still lie there when the next comes.
      let lane = try provider.makeLane(
        liveLimit: 4, lanes: 1, silence: LaneSilence.short, copiesCalls: false)
      if settings.cancellation.isCancelled { lane.signal.stop() }
      dedicated.append((number, DedicatedLane(lane)))
      scheduler.dedicatedOpened(number, now: provider.now)
    } catch {
      scheduler.dedicatedFailed(error, now: provider.now)
    }
  }

  private func runDedicated(_ tag: UInt64, _ number: Int32) {
    guard let one = dedicated.first(where: { $0.number == number })?.lane else { return }
    if !one.isNew { one.lane.renew() }
    one.isNew = false
    switch submit(tag, to: one.lane) {
    case .submitted: break
    case .refused(let error):
      let token = Token<Value>.failed(error, attempts: scheduler.starts(tag))
      return scheduler.dedicatedRefused(number, .token(token), now: provider.now)
    case .soon, .later, .never:
      return scheduler.dedicatedRefused(number, .tooLarge, now: provider.now)
    }
    one.lane.flush()
    let isMeasured = scheduler.limits(ofCall: tag).memory != nil
    do throws(SystemError) {
      try one.lane.start(once: true, isMeasured: isMeasured)
      scheduler.dedicatedStarted(now: provider.now)
    } catch {
      scheduler.dedicatedNotStarted(number, error, now: provider.now)
    }
  }

  var busyDedicated: [(number: Int32, lane: DedicatedLane)] {
    dedicated.filter { one in
      scheduler.dedicated.lanes.contains { $0.number == one.number && $0.tag != nil }
    }
  }

  /// Takes what lanes for one call have.
  func takeDedicated() {
    if scheduler.dedicated.busyCount == 0 { return }
    for (number, one) in busyDedicated {
      takeAll(one.lane, number)
      guard one.lane.hasDied else { continue }
      takeAll(one.lane, number)
      let (death, survivors) = one.lane.takeDeath()
      for survivor in survivors { one.lane.release(slot: survivor.slot) }
      if let call = death.call { one.lane.release(slot: call.slot) }
      scheduler.dedicatedDied(number, death, survivors.first, now: provider.now)
      perform()
    }
  }

  private func takeAll(_ lane: any Lane, _ number: Int32) {
    while take(lane, number: number) > 0 { scheduler.dedicatedEnded(number, now: provider.now) }
  }

  // MARK: What is told

  private func warn(_ tag: UInt64?, _ warning: SchedulerWarning) {
    let text = tokens.text(warning)
    guard let tag else {
      for port in ports.values { port.sink.warned(call: nil, text) }
      return
    }
    // A kernel's limit of crashes is the run's business, told where the call's job leads.
    var call: Int? = CallTag.call(tag)
    if case .crashLimitReached = warning { call = nil }
    ports[CallTag.job(tag)]?.sink.warned(call: call, text)
  }

  private func note(_ note: SchedulerNote) {
    switch note {
    case .crashed(let death, let call, let lane, let attempt, let runsAgain, let suspects):
      ports[CallTag.job(call.tag)]?.sink.saw(
        .crashed(
          CallCrash(
            call: CallTag.call(call.tag), lane: Int(lane), attempt: attempt,
            name: death.reason == .damage ? "DAMAGE" : death.name,
            message: tokens.cause(of: death), start: seconds(death.began), steps: call.steps,
            runsAgain: runsAgain, suspects: tokens.named(suspects))))
    case .strayDeath(let death, let lane, let suspects):
      let message = tokens.text(.strayDeath(death, suspects))
      let loss = WorkerLoss(
        lane: Int(lane), name: death.name, message: message, suspects: tokens.named(suspects))
      for port in ports.values {
        port.sink.saw(.workerDied(loss))
        port.sink.warned(call: nil, message)
      }
    case .restarted(let tag, let attempts):
      ports[CallTag.job(tag)]?.sink.saw(
        .restarted(call: CallTag.call(tag), attempts: attempts))
    }
  }
}
