import KernelBridge
import KernelHostModel

/// How calls get to the main lane.
extension Scheduler {
  /// How far the feeding of one turn has got.
  struct Feeding {
    var began: UInt64 = 0
    var blocks = 0
    /// Calls in the main lane.
    var liveCount = 0
  }

  /// Calls submitted at a time, before the next look at what has ended.
  static var blockSize: Int { 256 }
  static var blocksAtOnce: Int { 4 }
  /// Nanoseconds of submitting before the next look.
  private static var longestFeeding: UInt64 { 50_000 }

  /// A turn begins: queues what there may be room for. `liveCount`: calls in the main lane.
  mutating func feed(liveCount: Int, now: UInt64) {
    if isStopping { return endUnbegun() }
    feeding = Feeding(began: now, blocks: 0, liveCount: liveCount)
    // Also where the main lane takes nothing: what is due would end each sleep at once.
    feedDelayed(now)
    if main.restartAt != nil || settings.isolation == .process && !hasRoomForMain {
      return feedDedicated(now)
    }
    feedAgain(now)
  }

  /// Retries whose time has come.
  private mutating func feedDelayed(_ now: UInt64) {
    while let next = delayed.first, next.due <= now {
      delayed.removeFirst()
      hasProgress = true
      guard let job = jobs[CallTag.job(next.tag)] else { continue }
      let call = CallTag.call(next.tag)
      let isAlone =
        attempts[next.tag]?.isAlone == true
        || job.source.hasLimits && job.source.limits(ofCall: call).memory != nil
      if isAlone || routing.diverts(job.source.kernel(ofCall: call)) {
        dedicated.queue.append(next.tag)
      } else {
        again.append(next.tag)
      }
    }
  }

  /// Queues the submission of the next call that begins again, or goes on to new ones.
  private mutating func feedAgain(_ now: UInt64) {
    while let tag = again.first {
      guard let job = jobs[CallTag.job(tag)] else {
        again.removeFirst()
        continue
      }
      let kernel = job.source.kernel(ofCall: CallTag.call(tag))
      if routing.diverts(kernel) {
        dedicated.queue.append(again.removeFirst())
        hasProgress = true
      } else if breaker.isOpen(kernel) {
        skip(again.removeFirst(), kernel)
      } else {
        return actions.append(.submitOne(tag))
      }
    }
    feedJobs(now)
  }

  /// The call at the head of `again` was submitted, or does not fit.
  mutating func submittedOne(_ tag: UInt64, fits: Bool, now: UInt64) {
    guard fits else { return feedDedicated(now) }
    again.removeFirst()
    hasProgress = true
    feeding.liveCount += 1
    feedAgain(now)
  }

  /// Queues the submission of the next block of new calls, or goes on to lanes for one call.
  private mutating func feedJobs(_ now: UInt64) {
    while let number = waiting.first {
      guard let job = jobs[number] else {
        waiting.removeFirst()
        continue
      }
      // One of several lanes begins what it can, and makes no batch of it.
      if job.next == job.source.firstCall, !isOpen, job.remaining > 1, settings.lanes == 1 {
        setOpen(true)
      }
      let (block, isCancelled) = job.block(most: Self.blockSize)
      if let refusal = isCancelled ? TokenMaker.cancelledBeforeStart : refusal {
        jobs[number]?.next = block.upperBound
        actions.append(.endUnbegun(job: number, block, .token(refusal)))
        hasProgress = true
        if endOfBlock(number, .soon, isCut: false, now) { return feedDedicated(now) }
      } else if block.isEmpty {
        if endOfBlock(number, .soon, isCut: false, now) { return feedDedicated(now) }
      } else {
        return actions.append(.submitCalls(job: number, block))
      }
    }
    feedDedicated(now)
  }

  /// Calls of a block were submitted, up to `next`. `room`: what became of that one; nil: it does
  /// not belong into this lane.
  mutating func submitted(
    job number: UInt64, _ block: Range<Int>, next: Int, room: LaneSubmission?, now: UInt64
  ) {
    jobs[number]?.next = next
    if next > block.lowerBound { hasProgress = true }
    feeding.liveCount += next - block.lowerBound
    var next = next
    if room == nil {
      // Where it belongs there may be no room.
      guard dedicated.queue.count < settings.dedicatedLimit * 4 else {
        setOpen(false)
        return feedDedicated(now)
      }
      dedicated.queue.append(CallTag.of(job: number, call: next))
      next += 1
      hasProgress = true
    } else if case .never = room {
      actions.append(.endUnbegun(job: number, next..<next + 1, .tooLarge))
      next += 1
      hasProgress = true
    } else if case .refused(let error) = room {
      let token = Token<Value>.failed(error, attempts: 0)
      actions.append(.endUnbegun(job: number, next..<next + 1, .token(token)))
      next += 1
      hasProgress = true
    }
    jobs[number]?.next = next
    if endOfBlock(number, room, isCut: next < block.upperBound, now) { return feedDedicated(now) }
    feedJobs(now)
  }

  /// Returns true if it is enough for this turn.
  private mutating func endOfBlock(
    _ number: UInt64, _ room: LaneSubmission?, isCut: Bool, _ now: UInt64
  ) -> Bool {
    guard let job = jobs[number], job.next < job.end else {
      if waiting.first == number { waiting.removeFirst() }
      setOpen(false)
      return false
    }
    // The lane must go on to make room.
    if case .later = room { setOpen(false) }
    // Not all at once: what has ended meanwhile should not wait for the last. Nor too few, or the
    // lane sleeps while its owner takes what has ended.
    feeding.blocks += 1
    let isEnough =
      feeding.blocks == Self.blocksAtOnce || now - feeding.began > Self.longestFeeding
    return room != nil && (isEnough || isCut)
  }

  private mutating func setOpen(_ open: Bool) {
    if open != isOpen { actions.append(.setOpen(open)) }
    isOpen = open
  }

  /// All calls that were not submitted end; nothing more is fed.
  mutating func closeFeeding() {
    waiting = Queue()
    setOpen(false)
  }

  /// Ends a call whose kernel has crashed too often. One that was to be tried again keeps the end
  /// of its last attempt.
  mutating func skip(_ tag: UInt64, _ kernel: Int) {
    hasProgress = true
    let starts = starts(tag)
    guard let (token, place) = attempts[tag]?.last, let error = token.error else {
      return actions.append(.end(tag: tag, .skipped(kernel: kernel, starts: starts), .never))
    }
    let kept = Token<Value>.failed(
      error, attempts: starts, steps: token.steps, seconds: token.seconds)
    actions.append(.end(tag: tag, .token(kept), place))
  }
}
