import KernelBridge
import TaskModel

/// How calls get to the main lane.
extension Runner {
  /// Submits what fits; answers whether it got any further.
  func feed() -> Bool {
    if isStopping { return endUnbegun() }
    // Also where the main lane takes nothing: what is due would end each sleep at once.
    var progress = feedDelayed()
    if reviveAt != nil || settings.isolation == .process && !hasRoomForMain {
      return feedSolos() || progress
    }
    progress = feedAgain() || progress
    var chunks = 0
    let begun = provider.now
    while again.isEmpty, let number = waiting.first {
      guard let job = jobs[number] else {
        waiting.removeFirst()
        continue
      }
      let count = job.end
      // One of several begins what it can, and makes no batch of it.
      if job.next == job.source.firstCall, !isOpen, job.remaining > 1, settings.lanes == 1 {
        setOpen(true)
      }
      var room: LaneSubmission? = .soon
      let stop = min(count, job.next + 256)
      if let token = job.isCancelled ? TokenMaker.cancelledBeforeStart : job.source.refusal {
        let first = job.next
        job.next = stop
        end(job, stop - first) {
          EndedCall(
            call: first + $0, token: token, ran: .never)
        }
        progress = true
      } else if job.next < stop {
        let first = job.next
        (job.next, room) = job.source.submit(
          first..<stop, tag: number << Self.callBits, to: lane, routing)
        progress = progress || job.next > first
        if room == nil {
          // Not for this lane; where it belongs there may be no room.
          guard soloQueue.count < settings.soloLimit * 4 else {
            setOpen(false)
            break
          }
          job.next += 1
          divert(Self.tag(number, job.next - 1))
          progress = true
        } else if case .never = room {
          let call = job.next
          job.next += 1
          end(job, 1) { _ in EndedCall(call: call, token: TokenMaker.tooLarge, ran: .never) }
          progress = true
        }
      }
      if job.next == count {
        if !waiting.isEmpty, waiting.first == number { waiting.removeFirst() }
        setOpen(false)
        continue
      }
      // The lane must go on to make room.
      if case .later = room { setOpen(false) }
      // Not all at once: what has ended meanwhile should not wait for the last. Nor too few,
      // or the lane sleeps while the client takes what has ended.
      chunks += 1
      let isEnough = chunks == Self.chunksAtOnce || provider.now - begun > 50_000
      if room != nil, isEnough || job.next < stop { break }
    }
    return feedSolos() || progress
  }

  /// Of 256 calls, before the next look at what has ended.
  static var chunksAtOnce: Int { 4 }

  private func feedDelayed() -> Bool {
    var progress = false
    while let next = delayed.first, next.due <= provider.now {
      delayed.removeFirst()
      progress = true
      guard let job = jobs[next.tag >> Self.callBits] else { continue }
      let call = Self.call(next.tag)
      let isAlone =
        cares[next.tag]?.isAlone == true
        || job.source.hasLimits && job.source.limits(ofCall: call).memory != nil
      if isAlone || routing.diverts(job.source.kernel(ofCall: call)) {
        divert(next.tag)
      } else {
        again.append(next.tag)
      }
    }
    return progress
  }

  private func feedAgain() -> Bool {
    var progress = false
    while let tag = again.first {
      guard let job = jobs[tag >> Self.callBits] else {
        again.removeFirst()
        continue
      }
      let kernel = job.source.kernel(ofCall: Self.call(tag))
      if routing.diverts(kernel) {
        again.removeFirst()
        divert(tag)
        progress = true
        continue
      }
      if verdicts.isBroken(kernel) {
        again.removeFirst()
        refuse(tag, kernel)
        progress = true
        continue
      }
      guard case .submitted = submit(tag, of: job, to: lane) else { break }
      again.removeFirst()
      progress = true
    }
    return progress
  }

  /// Ends a call whose kernel has crashed too often. One that was to be tried again keeps the end
  /// of its last attempt.
  func refuse(_ tag: UInt64, _ kernel: Int) {
    let care = cares[tag]
    let starts = care?.starts ?? 0
    guard let (token, ran) = care?.last, let error = token.error else {
      return finish(
        tag, tokens.skipped(kernel, crashLimit: settings.crashLimit, starts: starts))
    }
    finish(
      tag, .failed(error, attempts: starts, steps: token.steps, seconds: token.seconds), ran)
  }

  /// Submits one call, with what is known of earlier starts.
  func submit(_ tag: UInt64, of job: Job, to lane: any Lane) -> LaneSubmission {
    let call = Self.call(tag)
    let limits = job.source.hasLimits ? job.source.limits(ofCall: call) : .standard
    let options = CallOptions(
      tag: tag, timeout: job.source.timeout(ofCall: call),
      deadline: nanoseconds(limits.deadline), grace: nanoseconds(limits.grace),
      processor: nanoseconds(limits.processorSeconds), memory: limits.memory ?? 0,
      skippedText: cares[tag]?.shownText ?? 0, number: UInt64(call),
      attempt: UInt32(clamping: (cares[tag]?.starts ?? 0) + 1))
    return lane.submit(kernel: job.source.kernel(ofCall: call), options: options) {
      job.source.write(argumentsOfCall: call, to: &$0)
    }
  }

  func setOpen(_ open: Bool) {
    if open != isOpen { lane.setOpen(open) }
    isOpen = open
  }
}
