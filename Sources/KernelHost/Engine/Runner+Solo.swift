import KernelBridge
import TaskModel

/// A lane whose worker lives for one call.
final class Solo {
  let lane: any Lane
  /// Where it is from: after the death of a spawner the next lanes have another.
  let provider: any LaneProvider
  /// Among all lanes of the run.
  let number: Int32
  /// The call; nil: none.
  var tag: UInt64?
  /// When its end was taken; nil: it has not ended.
  var endedAt: UInt64?
  /// Bytes that the worker may take; 0: no limit.
  var memoryLimit: UInt64 = 0
  var isNew = true

  init(_ lane: any Lane, _ provider: any LaneProvider, number: Int32) {
    self.lane = lane
    self.provider = provider
    self.number = number
  }
}

/// Calls in processes of their own: all of them with isolation `call`, else those with a
/// limit of memory, those of kernels under suspicion, and those whose worker died in them.
///
/// A call is in one place at a time: in the queue, in one solo lane, or ended. A solo lane
/// gives its call away once: with the end that it took, or when its worker is dead.
extension Runner {
  /// Puts a call into the queue, unless its kernel is not called any more.
  func divert(_ tag: UInt64) { soloQueue.append(tag) }

  /// Starts what there is room for; answers whether it got any further.
  func feedSolos() -> Bool {
    if isGivingUp { return endQueuedSolos() }
    if isLaneGone || soloAt != nil { return false }
    var progress = false
    while soloAt == nil, !isLaneGone, hasRoomForSolo, let tag = soloQueue.first {
      guard let job = jobs[tag >> Self.callBits] else {
        soloQueue.removeFirst()
        continue
      }
      let kernel = job.source.kernel(ofCall: Self.call(tag))
      if verdicts.isBroken(kernel), cares[tag]?.verification == nil {
        soloQueue.removeFirst()
        refuse(tag, kernel)
        progress = true
        continue
      }
      guard let solo = freeSolo() else {
        // Where some run, there will be room when they end.
        if solos.isEmpty { progress = waitForSolo() || progress }
        break
      }
      soloQueue.removeFirst()
      start(tag, job, in: solo)
      progress = true
    }
    return progress
  }

  private var busySolos: Int { solos.count { $0.tag != nil } }

  /// Whether one more process may have a call.
  private var hasRoomForSolo: Bool {
    let isMainBusy = settings.isSoloLimitStrict && lane.liveCount > 0
    return busySolos + (isMainBusy ? 1 : 0) < settings.soloLimit
  }

  /// Whether the main lane's worker may have calls: not while all processes that there may be
  /// have theirs.
  var hasRoomForMain: Bool {
    !settings.isSoloLimitStrict || lane.liveCount > 0 || busySolos < settings.soloLimit
  }

  /// The first of a runner's solo lanes comes behind the run's lanes and the solo lanes of
  /// the runners before; no number is used twice at a time.
  private var soloNumber: Int32 {
    let first = Int32(settings.lanes + Int(settings.number) * settings.soloLimit)
    let used = Set(solos.map { $0.number })
    return (first...).first { !used.contains($0) } ?? first
  }

  private func freeSolo() -> Solo? {
    solos.removeAll { $0.tag == nil && $0.provider !== provider }
    if let solo = solos.first(where: { $0.tag == nil }) { return solo }
    guard solos.count < settings.soloLimit else { return nil }
    do throws(SystemError) {
      // One call at a time, but its token may still lie there when the next comes.
      let lane = try provider.makeLane(liveLimit: 4, lanes: 1, silence: LaneSilence.short)
      let solo = Solo(lane, provider, number: soloNumber)
      if settings.bell.hasRung { lane.signal.stop() }
      solos.append(solo)
      return solo
    } catch {
      lastStartError = error
      return nil
    }
  }

  /// No process for a call is to be had: perhaps in a while; but not for ever. Answers
  /// whether calls have ended for it.
  private func waitForSolo() -> Bool {
    if lane.liveCount > 0 {
      // What these hold may be what is wanting, and they end.
      soloAt = provider.now + 50_000_000
      return false
    }
    failedSolos += 1
    guard failedSolos > Self.mostFailedStarts else {
      soloAt = provider.now + 10_000_000 << UInt64(failedSolos)
      return false
    }
    return endQueuedSolos()
  }

  /// Ends what waits for a process: there will be none.
  private func endQueuedSolos() -> Bool {
    if soloQueue.isEmpty { return false }
    while let tag = soloQueue.first {
      soloQueue.removeFirst()
      finish(tag, tokens.noWorker(lastStartError, starts: cares[tag]?.starts ?? 0))
    }
    return true
  }

  private func start(_ tag: UInt64, _ job: Job, in solo: Solo) {
    if !solo.isNew { solo.lane.renew() }
    solo.isNew = false
    guard case .submitted = submit(tag, of: job, to: solo.lane) else {
      finish(tag, TokenMaker.tooLarge)
      return
    }
    let call = Self.call(tag)
    solo.tag = tag
    solo.endedAt = nil
    solo.memoryLimit = job.source.hasLimits ? job.source.limits(ofCall: call).memory ?? 0 : 0
    solo.lane.flush()
    do throws(SystemError) {
      try solo.lane.start(once: true, isMeasured: solo.memoryLimit > 0)
    } catch {
      solo.tag = nil
      solos.removeAll { $0 === solo }
      hasNotBegun(tag, error)
    }
  }

  /// A call whose worker could not be started, or was gone before it began: that is no
  /// attempt of the call.
  private func hasNotBegun(_ tag: UInt64, _ error: SystemError) {
    lastStartError = error
    soloQueue.append(tag)
    if error.code == SystemError.noProcess {
      spawnerIsGone()
    } else if solos.contains(where: { $0.tag != nil }) {
      soloAt = provider.now + 10_000_000
    } else {
      _ = waitForSolo()
    }
  }

  /// Takes what solo lanes have; answers whether there was anything.
  func takeSolos() -> Bool {
    var progress = false
    for solo in solos where solo.tag != nil {
      progress = take(solo) || progress
      if solo.lane.hasDied {
        while take(solo) {}
        bury(solo)
        progress = true
      }
    }
    return progress
  }

  private func take(_ solo: Solo) -> Bool {
    guard take(solo.lane, number: solo.number) > 0 else { return false }
    solo.endedAt = provider.now
    failedSolos = 0
    if settings.isolation == .call { failedStarts = 0 }
    return true
  }

  private func bury(_ solo: Solo) {
    guard let tag = solo.tag else { return }
    solo.tag = nil
    let (death, survivors) = solo.lane.takeDeath()
    for survivor in survivors { solo.lane.release(slot: survivor.slot) }
    if let call = death.call { solo.lane.release(slot: call.slot) }
    // What ended has its token, whatever its worker died of afterwards.
    if solo.endedAt == nil { settle(tag, solo, death, survivors.first) }
    if solo.provider !== provider {
      solos.removeAll { $0 === solo }
    } else if death.isSpawnerGone {
      solos.removeAll { $0 === solo }
      spawnerIsGone()
    }
  }

  /// Decides about a call that has not ended and whose worker is dead.
  private func settle(_ tag: UInt64, _ solo: Solo, _ death: WorkerDeath, _ survivor: Survivor?) {
    guard let job = jobs[tag >> Self.callBits] else { return }
    if survivor?.fate == .queued || death.isNotStarted || death.isSetUpFailure {
      if isStopping { return finish(tag, tokens.cancelled(starts: cares[tag]?.starts ?? 0)) }
      return hasNotBegun(tag, death.startError)
    }
    let starts = (cares[tag]?.starts ?? 0) + 1
    let kernel = job.source.kernel(ofCall: Self.call(tag))
    let isPure = lane.catalogue.signatures[kernel].isPure
    let steps = death.call?.steps ?? survivor?.steps ?? 0
    // Somebody killed it, or it killed the spawner: once or twice more will tell. Alone in
    // its process and dead in no call of the spawner's, it has done it itself.
    let isOthersDoing = death.isSpawnerGone || death.call == nil && death.cause == .signal(9)
    let isOftenEnough = (cares[tag]?.kills ?? 0) > 1
    if let call = death.call {
      noteCrash(
        death, call, lane: solo.number,
        runsAgain: isOthersDoing && isPure && !isOftenEnough && !isStopping)
    }
    if isStopping, isOthersDoing || death.reason == .other {
      finish(tag, tokens.cancelled(starts: starts, steps: steps, in: death.call?.kernel))
    } else if isOthersDoing, !isPure {
      finish(tag, tokens.lost(kernel, steps: steps, starts: starts, isOutside: true))
    } else if isOthersDoing, !isOftenEnough {
      again(tag, starts: starts, printed: death.call?.printed ?? survivor?.printed ?? 0)
    } else {
      pass(death.output, of: tag)
      condemn(
        tag, kernel, death, starts: starts, Suspects(),
        Ran(began: death.began, lane: solo.number))
    }
  }

  private func again(_ tag: UInt64, starts: Int32, printed: UInt64) {
    var care = cares[tag] ?? Care()
    care.starts = starts
    care.kills += 1
    care.restarts += 1
    jobs[tag >> Self.callBits]?.sink.noted(.restarted(call: Self.call(tag), attempts: starts))
    care.shownText = max(printed, care.shownText)
    cares[tag] = care
    soloQueue.append(tag)
  }

  /// Where the main lane has a worker, that will be seen to be dead, too; where it has none,
  /// it is time for another spawner now.
  private func spawnerIsGone() {
    if isStopping { return }
    if settings.isolation == .call {
      guard !isLaneGone else { return }
      isLaneGone = true
      reviveAt = provider.now
    } else if !isLaneGone {
      soloAt = provider.now + 1_000_000
    }
  }
}
