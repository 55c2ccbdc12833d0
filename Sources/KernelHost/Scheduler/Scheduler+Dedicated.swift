import KernelBridge
import KernelHostModel

/// Calls in processes of their own: all of them with isolation `call`, else those with a limit of
/// memory, those of kernels under suspicion, and those whose worker died in them.
///
/// Such a call is in one place at a time: in the queue, in one lane, or ended. A lane gives its
/// call away once: with the end that it took, or when its worker is dead.
extension Scheduler {
  struct DedicatedLanes {
    /// Calls that wait for a process of their own.
    var queue: Queue<UInt64> = Queue()
    var lanes: [Lane] = []
    /// When to try again to make a lane or a process; nil: now.
    var retryAt: UInt64?
    /// Lanes that could not be made, one after the other.
    var failures = 0
    /// A lane is being made.
    var isOpening = false

    var busyCount: Int { lanes.count { $0.tag != nil } }

    struct Lane {
      /// Among all lanes of the run.
      let number: Int32
      /// The call; nil: the lane is free.
      var tag: UInt64?
      /// When its end was taken; nil: it has not ended.
      var endedAt: UInt64?
      /// Bytes that the worker may take; 0: no limit.
      var memoryLimit: UInt64 = 0
      /// Its fork server is gone and another was started since.
      var isOutdated = false
    }
  }

  /// Queues what there is room for, a call at a time: the event that follows goes on.
  mutating func feedDedicated(_ now: UInt64) {
    if isGivingUp { return endDedicatedQueue() }
    while dedicated.retryAt == nil, !main.isForkServerGone, !dedicated.isOpening,
      hasRoomForDedicated, let tag = dedicated.queue.first
    {
      guard let job = jobs[CallTag.job(tag)] else {
        dedicated.queue.removeFirst()
        continue
      }
      let kernel = job.source.kernel(ofCall: CallTag.call(tag))
      if breaker.isOpen(kernel), attempts[tag]?.check == nil {
        skip(dedicated.queue.removeFirst(), kernel)
        continue
      }
      guard let index = dedicated.lanes.firstIndex(where: { $0.tag == nil }) else {
        if dedicated.lanes.count < settings.dedicatedLimit {
          dedicated.isOpening = true
          actions.append(.openDedicated(number: freeNumber))
        }
        return
      }
      hasProgress = true
      dedicated.queue.removeFirst()
      let limit =
        job.source.hasLimits ? job.source.limits(ofCall: CallTag.call(tag)).memory ?? 0 : 0
      dedicated.lanes[index].tag = tag
      dedicated.lanes[index].endedAt = nil
      dedicated.lanes[index].memoryLimit = limit
      actions.append(.runDedicated(tag: tag, number: dedicated.lanes[index].number))
    }
  }

  /// Whether one more process may have a call.
  private var hasRoomForDedicated: Bool {
    let isMainBusy = settings.isDedicatedLimitStrict && feeding.liveCount > 0
    return dedicated.busyCount + (isMainBusy ? 1 : 0) < settings.dedicatedLimit
  }

  /// Whether the main lane's worker may have calls: not while all processes that there may be have
  /// theirs.
  var hasRoomForMain: Bool {
    !settings.isDedicatedLimitStrict || feeding.liveCount > 0
      || dedicated.busyCount < settings.dedicatedLimit
  }

  /// The first of a driver's own lanes comes behind the run's lanes and those of the runners
  /// before. No number is used twice at a time.
  private var freeNumber: Int32 {
    let first = Int32(settings.lanes + Int(settings.number) * settings.dedicatedLimit)
    let used = Set(dedicated.lanes.map { $0.number })
    return (first...).first { !used.contains($0) } ?? first
  }

  // MARK: Events

  mutating func dedicatedOpened(_ number: Int32, now: UInt64) {
    dedicated.isOpening = false
    dedicated.lanes.append(DedicatedLanes.Lane(number: number))
    feedDedicated(now)
  }

  /// A lane for one call could not be made.
  mutating func dedicatedFailed(_ error: SystemError, now: UInt64) {
    dedicated.isOpening = false
    main.lastError = error
    // Where some run, there will be room when they end.
    if dedicated.lanes.isEmpty { waitForDedicated(now) }
  }

  mutating func dedicatedStarted(now: UInt64) { feedDedicated(now) }

  /// The call's arguments have no room in any lane, or are wrong.
  mutating func dedicatedRefused(_ number: Int32, _ ending: CallEnding, now: UInt64) {
    guard let index = index(of: number), let tag = dedicated.lanes[index].tag else { return }
    dedicated.lanes[index].tag = nil
    end(tag, ending)
    feedDedicated(now)
  }

  /// The lane's worker could not be started.
  mutating func dedicatedNotStarted(_ number: Int32, _ error: SystemError, now: UInt64) {
    guard let index = index(of: number), let tag = dedicated.lanes[index].tag else { return }
    close(index)
    hasNotBegun(tag, error, now)
    feedDedicated(now)
  }

  /// The end of a lane's call was taken.
  mutating func dedicatedEnded(_ number: Int32, now: UInt64) {
    hasProgress = true
    if let index = index(of: number) { dedicated.lanes[index].endedAt = now }
    dedicated.failures = 0
    if settings.isolation == .call { main.failedStarts = 0 }
  }

  /// The lane's worker is dead, and all that it had to tell was taken.
  mutating func dedicatedDied(
    _ number: Int32, _ death: WorkerDeath, _ survivor: Survivor?, now: UInt64
  ) {
    guard let index = index(of: number), let tag = dedicated.lanes[index].tag else { return }
    hasProgress = true
    let lane = dedicated.lanes[index]
    dedicated.lanes[index].tag = nil
    // A call that has ended keeps its token, even if its worker died afterwards.
    if lane.endedAt == nil { settle(tag, lane.number, death, survivor, now) }
    if lane.isOutdated {
      close(index)
    } else if death.isForkServerGone {
      close(index)
      forkServerIsGone(now)
    }
  }

  private func index(of number: Int32) -> Int? {
    dedicated.lanes.firstIndex { $0.number == number }
  }

  private mutating func close(_ index: Int) {
    actions.append(.closeDedicated(number: dedicated.lanes.remove(at: index).number))
  }

  // MARK: Decisions

  /// No process can be made for a call. It is tried again a limited number of times.
  private mutating func waitForDedicated(_ now: UInt64) {
    if feeding.liveCount > 0 {
      // What these hold may be what is wanting, and they end.
      dedicated.retryAt = now + 50_000_000
      return
    }
    dedicated.failures += 1
    if dedicated.failures > 6 { return endDedicatedQueue() }
    dedicated.retryAt = now + 10_000_000 << UInt64(dedicated.failures)
  }

  /// Ends the calls that wait for a process, because no process can be made.
  private mutating func endDedicatedQueue() {
    while let tag = dedicated.queue.popFirst() {
      hasProgress = true
      end(tag, .noWorker(main.lastError, starts: starts(tag)))
    }
  }

  /// A call whose worker could not be started, or was gone before it began: that is no attempt.
  private mutating func hasNotBegun(_ tag: UInt64, _ error: SystemError, _ now: UInt64) {
    main.lastError = error
    dedicated.queue.append(tag)
    if error.code == Errno.noProcess.number {
      forkServerIsGone(now)
    } else if dedicated.busyCount > 0 {
      dedicated.retryAt = now + 10_000_000
    } else {
      waitForDedicated(now)
    }
  }

  /// Decides about a call that has not ended and whose worker is dead.
  private mutating func settle(
    _ tag: UInt64, _ number: Int32, _ death: WorkerDeath, _ survivor: Survivor?, _ now: UInt64
  ) {
    guard let job = jobs[CallTag.job(tag)] else { return }
    let kernel = job.source.kernel(ofCall: CallTag.call(tag))
    let isNotBegun = survivor?.fate == .queued || death.isNotStarted || death.isSetUpFailure
    // Killed from outside, or with the fork server. Alone in its process and dead in no call of
    // that server's, it has done it itself; once or twice more will tell.
    let isOutside =
      death.isForkServerGone || death.call == nil && death.cause == .signal(Signal.kill)
    let cause: DeathCase.Cause =
      isNotBegun ? .notBegun : isOutside ? .outside : death.reason == .other ? .ended : .crash
    let fate = DeathTable.fate(
      DeathCase(
        role: .alone, cause: cause, isPure: isPure(kernel), isStopping: isStopping,
        hasTriesLeft: attempts[tag]?.kills ?? 0 < 2))
    if let call = death.call, !isNotBegun {
      noteCrash(death, call, lane: number, runsAgain: fate == .restarted)
    }
    let starts = starts(tag) + 1
    let steps = death.call?.steps ?? survivor?.steps ?? 0
    switch fate {
    case .queued: hasNotBegun(tag, death.startError, now)
    case .cancelled where isNotBegun: end(tag, .cancelled(starts: starts - 1))
    case .cancelled: end(tag, .cancelled(starts: starts, steps: steps, kernel: death.call?.kernel))
    case .lost: end(tag, .lost(kernel: kernel, steps: steps, starts: starts, isOutside: true))
    case .restarted, .confirmed, .resumed:
      attempts[tag, default: AttemptState()].kills += 1
      _ = startAgain(tag, printed: death.call?.printed ?? survivor?.printed ?? 0)
      dedicated.queue.append(tag)
    case .blamed:
      actions.append(.show(tag: tag, death.output))
      blame(tag, kernel, death, Suspects(), lane: number)
    }
  }

  /// If the main lane has a worker, its death will be noticed, too. Otherwise another fork server
  /// is started now.
  private mutating func forkServerIsGone(_ now: UInt64) {
    if isStopping { return }
    if settings.isolation == .call {
      guard !main.isForkServerGone else { return }
      main.isForkServerGone = true
      main.restartAt = now
    } else if !main.isForkServerGone {
      dedicated.retryAt = now + 1_000_000
    }
  }
}
