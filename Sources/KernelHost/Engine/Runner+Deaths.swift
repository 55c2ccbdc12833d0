import KernelBridge
import TaskModel

/// What follows when the main lane's worker dies.
extension Runner {
  /// Finds out whose death it was, and lets the others go on.
  func buryMain() {
    while take(lane) > 0 {}
    if isStopping { return endMain() }
    // What waits is of interest only if it shall not go on here.
    let includingQueued =
      lane.isGone || silentDeaths > 1 || verdicts.hasBroken || routing.hasExceptions
    if !includingQueued, let (death, beside) = lane.takeOver(), let call = death.call {
      silentDeaths = 0
      failedStarts = 0
      lane.release(slot: call.slot)
      // Before this one's token is made: the others need not wait for it.
      let isStarted = (try? lane.start()) != nil
      let suspects = history.suspects(beside: beside)
      history.workerDied(liveCount: lane.liveCount)
      judge(death, call, suspects)
      if !isStarted { reviveMain(inPlace: true) }
      return
    }
    let (death, survivors) = lane.takeDeath(includingQueued: includingQueued)
    let isGone = death.isSpawnerGone
    let suspects = history.suspects(beside: survivors)
    noteStrayDeath(death, lane: settings.number, suspects)
    let hasProgress = history.hasProgress
    history.workerDied(liveCount: lane.liveCount - (death.call == nil ? 0 : 1))
    if let call = death.call {
      lane.release(slot: call.slot)
      if death.reason == .damage {
        startAgain(call.survivor)
      } else {
        judge(death, call, suspects)
      }
    }
    if death.reason == .damage {
      var everyone = suspects
      if let call = death.call { everyone.add(kernel: call.kernel, call: Self.call(call.tag)) }
      warn(tokens.damage(everyone))
      suspect(everyone)
    }
    // A worker that dies in no kernel's code, again and again, has bytes that are no use.
    if !death.isNotStarted {
      silentDeaths = death.call == nil && !hasProgress ? silentDeaths + 1 : 0
    }
    for survivor in survivors {
      if isGone || silentDeaths > 2 || survivor.fate == .again {
        lane.release(slot: survivor.slot)
        startAgain(survivor)
      } else if survivor.fate == .queued, verdicts.isBroken(survivor.kernel) {
        lane.release(slot: survivor.slot)
        refuse(survivor.tag, survivor.kernel)
      } else if survivor.fate == .queued, routing.diverts(survivor.kernel) {
        lane.release(slot: survivor.slot)
        divert(survivor.tag)
      }
    }
    if isGone { isLaneGone = true }
    if hasProgress || death.call != nil { failedStarts = 0 }
    if death.call == nil, death.isGone || death.isSetUpFailure {
      lastStartError = death.startError
      failedStarts += 1
      if failedStarts > 1 { return waitToRevive() }
    }
    reviveMain()
  }

  /// What the call wrote by itself before it died; not of one that will write it once more.
  func pass(_ output: [UInt8], of tag: UInt64) {
    guard !output.isEmpty, let job = jobs[tag >> Self.callBits] else { return }
    job.sink.wrote(call: Self.call(tag), output[...])
  }

  /// The token of the call in whose code a worker died; or another run, alone, to tell
  /// whether it was its own doing.
  private func judge(_ death: WorkerDeath, _ call: WorkerDeath.Call, _ suspects: Suspects) {
    // Its worker was ended for a cancelled call, which had returned by then.
    if death.reason == .other, jobs[call.tag >> Self.callBits]?.isCancelled == false {
      return startAgain(call.survivor)
    }
    let starts = (cares[call.tag]?.starts ?? 0) + 1
    let isPure = lane.catalogue.signatures[call.kernel].isPure
    // How much processor time it may take, no neighbour changes.
    let isLimited =
      death.isOverProcessorLimit || death.hasUsedUp(limits(ofCall: call.tag))
    let isDoubtful =
      death.reason == nil && isPure && !isLimited && (!suspects.isEmpty || death.isGone)
    noteCrash(death, call, lane: settings.number, runsAgain: isDoubtful, suspects)
    if isDoubtful {
      var care = cares[call.tag] ?? Care()
      care.starts = starts
      care.checks += 1
      care.shownText = max(call.printed, care.shownText)
      care.verification = Verification(
        cause: tokens.cause(of: death), wasKilled: death.cause == .signal(9), suspects: suspects)
      cares[call.tag] = care
      soloQueue.append(call.tag)
    } else {
      pass(death.output, of: call.tag)
      condemn(
        call.tag, call.kernel, death, starts: starts, isPure ? Suspects() : suspects,
        Ran(began: death.began, lane: settings.number))
    }
  }

  func limits(ofCall tag: UInt64) -> CallLimits {
    guard let source = jobs[tag >> Self.callBits]?.source, source.hasLimits else {
      return .standard
    }
    return source.limits(ofCall: Self.call(tag))
  }

  /// The call died by its own doing, as far as anybody can tell.
  func condemn(
    _ tag: UInt64, _ kernel: Int, _ death: WorkerDeath, starts: Int32, _ suspects: Suspects,
    _ ran: Ran
  ) {
    guard let job = jobs[tag >> Self.callBits] else { return }
    let call = Self.call(tag)
    let token = tokens.dead(
      death, timeout: job.source.timeout(ofCall: call), limits: limits(ofCall: tag),
      starts: starts, suspects: suspects)
    if token.status == .crash, verdicts.count(kernel) {
      job.sink.warned(call: nil, tokens.crashLimitReached(kernel, limit: settings.crashLimit))
    }
    finish(tag, token, ran)
  }

  /// A call ran well alone in whose code a worker had died: others had done the damage.
  func acquit(_ tag: UInt64, _ verification: Verification) {
    guard let job = jobs[tag >> Self.callBits] else { return }
    job.sink.warned(
      call: Self.call(tag), tokens.acquittal(verification.cause, verification.suspects))
    if !verification.wasKilled { suspect(verification.suspects) }
  }

  /// Memory around the call was written over, by it or by a neighbour. A call that is pure, or
  /// had not begun, is run again, alone, to tell; false: it is not.
  func doubts(_ completion: Completion, _ overruns: Overruns) -> Bool {
    let isPure = lane.catalogue.signatures[completion.kernel].isPure
    guard lane.isIsolated, isPure || !completion.wasStarted, !isStopping, !isGivingUp else {
      return false
    }
    var care = cares[completion.tag] ?? Care()
    if completion.wasStarted {
      care.starts += 1
      care.checks += 1
    }
    care.shownText = max(completion.printed, care.shownText)
    care.verification = Verification(
      cause: Wording.overwritten(overruns.places), wasKilled: false,
      suspects: history.suspects(beside: []))
    cares[completion.tag] = care
    soloQueue.append(completion.tag)
    return true
  }

  /// Kernels under suspicion run alone for the rest of the run, where their damage is
  /// their own. What is built in is above it.
  private func suspect(_ suspects: Suspects) {
    for group in suspects.groups
    where lane.catalogue.signatures[group.kernel].origin != "built-in" {
      routing.divert(group.kernel)
    }
  }

  /// Tells whoever has calls here.
  private func warn(_ text: String) {
    for job in jobs.values { job.sink.warned(call: nil, text) }
  }

  /// A call that others took down with them, and that cannot go on from its bytes.
  func startAgain(_ survivor: Survivor) {
    if survivor.fate == .queued {
      again.append(survivor.tag)
      return
    }
    var care = cares[survivor.tag] ?? Care()
    care.starts += 1
    guard lane.catalogue.signatures[survivor.kernel].isPure else {
      finish(
        survivor.tag,
        tokens.lost(survivor.kernel, steps: survivor.steps, starts: care.starts))
      return
    }
    care.restarts += 1
    jobs[survivor.tag >> Self.callBits]?.sink.noted(
      .restarted(call: Self.call(survivor.tag), attempts: care.starts))
    care.shownText = max(survivor.printed, care.shownText)
    cares[survivor.tag] = care
    // In bad company again and again: it shall have its own.
    if care.restarts > 2 { divert(survivor.tag) } else { again.append(survivor.tag) }
  }
}

extension WorkerDeath {
  /// It was never there, or went with the process that it descends from.
  var isGone: Bool { isSpawnerGone || isNotStarted }

  /// The process that workers descend from is dead.
  var isSpawnerGone: Bool { cause == .gone(errno: SystemError.noProcess) }

  /// There was no process to be had for it. Nothing has died.
  var isNotStarted: Bool {
    if case .gone(let errno) = cause { return errno != SystemError.noProcess }
    return false
  }

  /// The worker could not even make itself ready (the codes of worker.c).
  var isSetUpFailure: Bool {
    if case .exit(let code) = cause { return call == nil && (113...114).contains(code) }
    return false
  }

  var startError: SystemError {
    switch cause {
    case .gone(let errno): SystemError("start a worker process", path: nil, code: errno)
    case .exit(let code):
      SystemError(
        code == 114 ? "shut a worker process into its sandbox" : "give a worker process its memory",
        path: nil, code: 12)
    case .signal: SystemError("start a worker process", path: nil, code: 10)
    }
  }
}
