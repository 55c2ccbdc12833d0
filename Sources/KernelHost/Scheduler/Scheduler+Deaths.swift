import KernelBridge
import KernelHostModel

/// What follows when the main lane's worker dies. `DeathTable` decides about each call.
extension Scheduler {
  /// Deaths in no kernel's code, without any progress between them, after which the calls' bytes
  /// are taken for useless.
  private static var mostSilentDeaths: Int { 2 }
  /// Restarts by other calls' crashes after which a call gets a process of its own.
  private static var mostRestarts: Int { 2 }

  /// Whether queued calls must be listed with a death: only where they do not go on in this lane.
  func wantsQueued(isGone: Bool) -> Bool {
    isGone || main.silentDeaths >= Self.mostSilentDeaths || breaker.isAnyOpen
      || routing.hasExceptions
  }

  /// The worker died in a call's code, and another takes its place with all other calls where they
  /// are. `beside`: some of those that were live. `liveCount`: calls left in the lane.
  mutating func workerDiedInPlace(
    _ death: WorkerDeath, _ call: WorkerDeath.Call, beside: [Survivor], liveCount: Int
  ) {
    hasProgress = true
    main.silentDeaths = 0
    main.failedStarts = 0
    actions.append(.release(slot: call.slot))
    // Before this one's token is made: the others need not wait for it.
    actions.append(.start(.inPlace))
    let suspects = history.suspects(beside: beside)
    history.workerDied(liveCount: liveCount)
    settle(death, call, suspects)
  }

  /// The worker is dead. `survivors`: the calls that are left, in the order in which they go on.
  /// `liveCount`: calls in the lane, with the one in whose code it died.
  mutating func workerDied(
    _ death: WorkerDeath, _ survivors: [Survivor], liveCount: Int, now: UInt64
  ) {
    hasProgress = true
    let suspects = history.suspects(beside: survivors)
    noteStrayDeath(death, lane: settings.number, suspects)
    let isProgress = history.hasProgress
    history.workerDied(liveCount: liveCount - (death.call == nil ? 0 : 1))
    if let call = death.call {
      actions.append(.release(slot: call.slot))
      settle(death, call, suspects)
    }
    if death.reason == .damage {
      var everyone = suspects
      if let call = death.call {
        everyone.add(kernel: call.kernel, call: CallTag.call(call.tag))
      }
      actions.append(.warn(tag: nil, .damage(everyone)))
      suspect(everyone)
    }
    // A worker that dies in no kernel's code, again and again, has bytes that are of no use.
    if !death.isNotStarted {
      main.silentDeaths = death.call == nil && !isProgress ? main.silentDeaths + 1 : 0
    }
    let isResumed = !death.isForkServerGone && main.silentDeaths <= Self.mostSilentDeaths
    for survivor in survivors { settleBeside(survivor, isResumed: isResumed) }
    if death.isForkServerGone { main.isForkServerGone = true }
    if isProgress || death.call != nil { main.failedStarts = 0 }
    if death.call == nil, death.isGone || death.isSetUpFailure {
      main.lastError = death.startError
      main.failedStarts += 1
      if main.failedStarts > 1 { return waitToRestart(now) }
    }
    restart()
  }

  /// A call that was beside the one in whose code the worker died.
  private mutating func settleBeside(_ survivor: Survivor, isResumed: Bool) {
    if !isResumed || survivor.fate == .again {
      actions.append(.release(slot: survivor.slot))
      settle(survivor, isResumed: false)
    } else if survivor.fate == .queued, breaker.isOpen(survivor.kernel) {
      actions.append(.release(slot: survivor.slot))
      skip(survivor.tag, survivor.kernel)
    } else if survivor.fate == .queued, routing.diverts(survivor.kernel) {
      actions.append(.release(slot: survivor.slot))
      dedicated.queue.append(survivor.tag)
    }
  }

  // MARK: One call

  /// Decides about the call in whose code the main lane's worker died.
  mutating func settle(_ death: WorkerDeath, _ call: WorkerDeath.Call, _ suspects: Suspects) {
    let fate = DeathTable.fate(
      DeathCase(
        role: .running, cause: cause(of: death, call.tag, suspects), isPure: isPure(call.kernel),
        isStopping: isStopping))
    let isNoted = fate == .confirmed || fate == .blamed
    if isNoted {
      noteCrash(death, call, lane: settings.number, runsAgain: fate == .confirmed, suspects)
    }
    switch fate {
    case .confirmed:
      var state = attempts[call.tag] ?? AttemptState()
      state.starts += 1
      state.checks += 1
      state.shownText = max(call.printed, state.shownText)
      state.check = AttemptState.Check(reason: .crash(death), suspects: suspects)
      attempts[call.tag] = state
      dedicated.queue.append(call.tag)
    case .blamed:
      actions.append(.show(tag: call.tag, death.output))
      let isConfirmed = isPure(call.kernel) && !isStopping
      blame(
        call.tag, call.kernel, death, isConfirmed ? Suspects() : suspects, lane: settings.number)
    case .cancelled:
      end(
        call.tag,
        .cancelled(starts: starts(call.tag) + 1, steps: call.steps, kernel: call.kernel))
    case .restarted, .lost, .resumed, .queued: settle(call.survivor, isResumed: false)
    }
  }

  private func cause(
    of death: WorkerDeath, _ tag: UInt64, _ suspects: Suspects
  ) -> DeathCase.Cause {
    switch death.reason {
    case .damage: return .damage
    // Its worker was ended for a cancelled call: this one, or another that had returned by then.
    case .other:
      let isCancelled = jobs[CallTag.job(tag)]?.isCancelled(CallTag.call(tag))
      return isStopping || isCancelled == false ? .ended : .limit
    case .timeout, .deadline, .memory: return .limit
    case nil: break
    }
    if death.isGone { return .outside }
    // How much processor time it may take, no neighbour changes.
    if death.isOverProcessorLimit || death.hasUsedUp(limits(ofCall: tag)) { return .limit }
    return suspects.isEmpty ? .crash : .doubtfulCrash
  }

  /// Decides about a call that the death of its worker took along, or that had not begun.
  mutating func settle(_ survivor: Survivor, isResumed: Bool) {
    let cause: DeathCase.Cause =
      survivor.fate == .queued ? .notBegun : isResumed ? .bytesKept : .bytesLost
    let fate = DeathTable.fate(
      DeathCase(
        role: .neighbour, cause: cause, isPure: isPure(survivor.kernel), isStopping: isStopping))
    let begun: Int32 = survivor.fate == .queued ? 0 : 1
    switch fate {
    case .queued: again.append(survivor.tag)
    case .resumed: break
    case .cancelled:
      end(survivor.tag, .cancelled(starts: starts(survivor.tag) + begun, steps: survivor.steps))
    case .restarted, .confirmed:
      let restarts = startAgain(survivor.tag, printed: survivor.printed)
      // Damaged by others again and again: it gets a process of its own.
      if restarts > Self.mostRestarts {
        dedicated.queue.append(survivor.tag)
      } else {
        again.append(survivor.tag)
      }
    case .lost, .blamed:
      end(
        survivor.tag,
        .lost(
          kernel: survivor.kernel, steps: survivor.steps, starts: starts(survivor.tag) + begun))
    }
  }

  /// Counts one more start that others ended. Returns how many there were.
  mutating func startAgain(_ tag: UInt64, printed: UInt64) -> Int {
    var state = attempts[tag] ?? AttemptState()
    state.starts += 1
    state.restarts += 1
    state.shownText = max(printed, state.shownText)
    attempts[tag] = state
    actions.append(.note(.restarted(tag: tag, attempts: state.starts)))
    return state.restarts
  }

  /// The call ends with what happened to its worker.
  mutating func blame(
    _ tag: UInt64, _ kernel: Int, _ death: WorkerDeath, _ suspects: Suspects, lane: Int32
  ) {
    let limits = limits(ofCall: tag)
    if death.isCrash(limits), breaker.count(kernel) {
      actions.append(.warn(tag: tag, .crashLimitReached(kernel: kernel)))
    }
    let timeout = jobs[CallTag.job(tag)]?.source.timeout(ofCall: CallTag.call(tag)) ?? 0
    end(
      tag,
      .died(death, timeout: timeout, limits: limits, starts: starts(tag) + 1, suspects),
      Placement(began: death.began, lane: lane))
  }

  // MARK: Damage

  /// A call ended well alone in whose code a worker had died: others had done the damage.
  mutating func clear(_ tag: UInt64, _ check: AttemptState.Check) {
    actions.append(.warn(tag: tag, .cleared(check)))
    if !check.wasKilled { suspect(check.suspects) }
  }

  /// Memory around a call was written over, by it or by a neighbour. A call that is pure, or had
  /// not begun, is run again, alone, to tell. Returns false if it is not.
  mutating func confirms(_ completion: Completion, _ overruns: Overruns) -> Bool {
    guard isIsolated, isPure(completion.kernel) || !completion.wasStarted, !isStopping, !isGivingUp
    else { return false }
    var state = attempts[completion.tag] ?? AttemptState()
    if completion.wasStarted {
      state.starts += 1
      state.checks += 1
    }
    state.shownText = max(completion.printed, state.shownText)
    state.check = AttemptState.Check(
      reason: .overrun(overruns), suspects: history.suspects(beside: []))
    attempts[completion.tag] = state
    dedicated.queue.append(completion.tag)
    return true
  }

  /// Kernels under suspicion run alone for the rest of the run, where their damage is their own.
  /// Built-in ones are trusted.
  private mutating func suspect(_ suspects: Suspects) {
    for group in suspects.groups where signatures[group.kernel].origin != "built-in" {
      routing.divert(group.kernel)
    }
  }

  // MARK: For observers

  /// A worker died in a call's code.
  mutating func noteCrash(
    _ death: WorkerDeath, _ call: WorkerDeath.Call, lane: Int32, runsAgain: Bool,
    _ suspects: Suspects = Suspects()
  ) {
    if death.reason == .timeout || death.reason == .memory || death.reason == .other { return }
    actions.append(
      .note(
        .crashed(
          death, call, lane: lane, attempt: starts(call.tag) + 1, runsAgain: runsAgain, suspects)))
  }

  /// A worker died while it ran no kernel's code; an earlier call may have caused that. Deaths that
  /// the host caused, and failures of the set-up, are reported elsewhere.
  private mutating func noteStrayDeath(_ death: WorkerDeath, lane: Int32, _ suspects: Suspects) {
    guard death.call == nil, death.reason == nil, !death.isGone, !death.isSetUpFailure else {
      return
    }
    actions.append(.note(.strayDeath(death, lane: lane, suspects)))
  }
}
