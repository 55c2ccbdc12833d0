import KernelBridge
import TaskModel

/// A lane whose worker lives for one call.
final class Solo {
  let lane: Lane
  /// Among all lanes of the run.
  let number: Int32
  /// The call; nil: none.
  var tag: UInt64?
  /// Bytes that the worker may take; 0: no limit.
  var memoryLimit: UInt64 = 0
  var isNew = true

  init(_ lane: Lane, number: Int32) {
    self.lane = lane
    self.number = number
  }
}

/// Calls in processes of their own: all of them with isolation `call`, else those with a
/// limit of memory, those of kernels under suspicion, and those whose worker died in them.
extension Runner {
  /// Puts a call into the queue, unless its kernel is not called any more.
  func divert(_ tag: UInt64) { soloQueue.append(tag) }

  /// Starts what there is room for; answers whether it got any further.
  func feedSolos() -> Bool {
    if isLaneGone || soloAt != nil { return false }
    var progress = false
    while let tag = soloQueue.first, let job = jobs[tag >> Self.callBits] {
      let kernel = job.source.kernel(ofCall: Self.call(tag))
      if let token = verdicts.refusal(kernel, tokens), cares[tag]?.verification == nil {
        soloQueue.removeFirst()
        let last = cares[tag]?.last
        finish(tag, last?.token ?? token, last?.ran ?? .never)
        progress = true
        continue
      }
      guard let workers, let solo = freeSolo(workers) else {
        // Where some run, there will be room when they end.
        if solos.isEmpty { progress = waitForSolo() || progress }
        break
      }
      failedSolos = 0
      soloQueue.removeFirst()
      start(tag, job, in: solo)
      progress = true
    }
    return progress
  }

  /// The first of a runner's solo lanes comes behind the run's lanes and the solo lanes of
  /// the runners before; no number is used twice at a time.
  private var soloNumber: Int32 {
    let first = Int32(settings.lanes + Int(settings.number) * settings.soloLimit)
    let used = Set(solos.map { $0.number })
    return (first...).first { !used.contains($0) } ?? first
  }

  private func freeSolo(_ workers: WorkerGuard) -> Solo? {
    if let solo = solos.first(where: { $0.tag == nil }) { return solo }
    guard solos.count < settings.soloLimit else { return nil }
    do throws(SystemError) {
      // One call at a time, but its token may still lie there when the next comes.
      let lane = try Lane(catalogue: lane.catalogue, workers: workers, liveLimit: 4)
      let solo = Solo(lane, number: soloNumber)
      if settings.bell.hasRung { lane.signal.stop() }
      solos.append(solo)
      return solo
    } catch {
      lastStartError = error
      return nil
    }
  }

  /// Not even one solo lane can be made: perhaps in a while; but not for ever. Answers
  /// whether calls have ended for it.
  private func waitForSolo() -> Bool {
    failedSolos += 1
    guard failedSolos > Self.mostFailedStarts else {
      soloAt = monotonicNanoseconds() + 10_000_000 << UInt64(failedSolos)
      return false
    }
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
    solo.memoryLimit = job.source.hasLimits ? job.source.limits(ofCall: call).memory ?? 0 : 0
    solo.lane.flush()
    startWorker(of: solo)
  }

  private func startWorker(of solo: Solo) {
    do throws(SystemError) {
      try solo.lane.start(once: true, isMeasured: solo.memoryLimit > 0)
    } catch {
      lastStartError = error
      lose(solo)
    }
  }

  /// Takes what solo lanes have; answers whether there was anything.
  func takeSolos() -> Bool {
    var progress = false
    for solo in solos where solo.tag != nil {
      while take(solo.lane, number: solo.number) > 0 { progress = true }
      if solo.lane.hasDied {
        while take(solo.lane, number: solo.number) > 0 {}
        bury(solo)
        progress = true
      }
    }
    return progress
  }

  private func bury(_ solo: Solo) {
    guard let tag = solo.tag else { return }
    solo.tag = nil
    let (death, survivors) = solo.lane.takeDeath()
    for survivor in survivors { solo.lane.release(slot: survivor.slot) }
    if let call = death.call {
      solo.lane.release(slot: call.slot)
      let starts = (cares[tag]?.starts ?? 0) + 1
      noteCrash(death, call, lane: solo.number, runsAgain: death.isGone && starts < 3)
      if death.isGone, starts < 3 {
        // Perhaps its doing, perhaps not: once more will tell.
        again(tag, starts: starts, printed: call.printed)
      } else {
        pass(death.output, of: call.tag)
        condemn(
          tag, call.kernel, death, starts: starts, Suspects(),
          Ran(began: death.began, lane: solo.number))
      }
    } else if let survivor = survivors.first {
      // Not begun, or between two steps: nothing of its own killed it.
      let starts = (cares[tag]?.starts ?? 0) + 1
      let isPure = lane.catalogue.signatures[survivor.kernel].isPure
      if death.isSetUpFailure || death.isGone { lastStartError = death.startError }
      if survivor.fate != .queued, !death.isSetUpFailure, !death.isGone,
        death.cause != .signal(9) || starts > 2
      {
        // Nobody else was there: it has written over what says that it ran.
        condemn(
          tag, survivor.kernel, death, starts: starts, Suspects(),
          Ran(began: death.began, lane: solo.number))
      } else if survivor.fate != .queued, !isPure {
        finish(tag, tokens.lost(survivor, starts: starts))
      } else if starts > 5 {
        finish(tag, tokens.noWorker(death.startError, starts: starts))
      } else {
        again(tag, starts: starts, printed: survivor.printed)
      }
    }
    if death.isGone {
      solos.removeAll { $0 === solo }
      spawnerIsGone()
    }
  }

  private func again(_ tag: UInt64, starts: Int32, printed: UInt64) {
    var care = cares[tag] ?? Care()
    care.starts = starts
    jobs[tag >> Self.callBits]?.sink.noted(.restarted(call: Self.call(tag), attempts: starts))
    care.shownText = max(printed, care.shownText)
    cares[tag] = care
    soloQueue.append(tag)
  }

  /// The worker of a call could not be started.
  private func lose(_ solo: Solo) {
    guard let tag = solo.tag else { return }
    solo.tag = nil
    solos.removeAll { $0 === solo }
    if lastStartError?.code == SystemError.noProcess {
      soloQueue.append(tag)
      return spawnerIsGone()
    }
    let starts = (cares[tag]?.starts ?? 0) + 1
    if starts > 5 {
      finish(tag, tokens.noWorker(lastStartError, starts: starts))
    } else {
      again(tag, starts: starts, printed: 0)
    }
  }

  /// The main lane's worker will be seen to be dead, too; where it has none, it is time
  /// for another spawner now.
  private func spawnerIsGone() {
    guard settings.isolation == .call, !isLaneGone else { return }
    isLaneGone = true
    reviveAt = monotonicNanoseconds()
  }

  /// The spawner of all solo lanes is gone: their calls wait again.
  func abandonSolos() {
    for solo in solos { if let tag = solo.tag { soloQueue.append(tag) } }
    solos.removeAll()
  }
}
