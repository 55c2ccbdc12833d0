import KernelBridge
import TaskModel

/// Looking after workers.
extension Runner {
  var isWatching: Bool {
    lane.isIsolated
      && (timedJobs > 0 || lane.isStopped || isStopping || !cancelled.isEmpty
        || solos.contains {
          $0.tag != nil && ($0.memoryLimit > 0 || $0.endedAt != nil || $0.lane.isStopped)
        })
  }

  /// Answers whether there is something to feed again.
  func checkWorkers(_ now: UInt64) -> Bool {
    var progress = false
    if let due = reviveAt, due <= now {
      reviveMain()
      progress = true
    }
    if let due = soloAt, due <= now {
      soloAt = nil
      progress = true
    }
    guard now >= nextCheck, isWatching else { return progress }
    nextCheck = now + Self.checkPeriod
    lane.check()
    for solo in solos where solo.tag != nil {
      solo.lane.check(memoryLimit: solo.memoryLimit)
      // Its call has ended, and its process is to end by itself.
      if let endedAt = solo.endedAt, now > endedAt + Self.longestEnd { solo.lane.kill() }
    }
    if let stoppedAt { endHungSteps(now, since: stoppedAt) }
    endCancelledSteps(now)
    return progress
  }

  /// Nanoseconds that the process of one call may take to end behind it.
  private static var longestEnd: UInt64 { 1_000_000_000 }

  /// How long the runner may sleep; nil: until something happens.
  func patience(_ now: UInt64) -> Int64? {
    var until = UInt64.max
    if isWatching { until = now + Self.checkPeriod }
    if let due = delayed.first?.due { until = min(until, due) }
    if let due = reviveAt { until = min(until, due) }
    until = min(until, nextLook)
    if let due = soloAt { until = min(until, due) }
    return until == .max ? nil : Int64(clamping: until > now ? until - now : 0)
  }

  // MARK: A last net

  /// No call is in a lane, a queue or a job that is still fed.
  var hasNothingLeft: Bool {
    lane.liveCount == 0 && waiting.isEmpty && again.isEmpty && soloQueue.isEmpty
      && delayed.isEmpty && reviveAt == nil && solos.allSatisfy { $0.tag == nil }
  }

  /// Nothing is left, and jobs have calls without a token: the host has lost sight of them,
  /// which is its own fault. They get their tokens all the same.
  func loseMissing() {
    for job in jobs.values {
      let others = Set(job.takenBack)
      for range in job.sink.missing(in: job.source.firstCall..<job.end) {
        for call in range where !others.contains(call) && jobs[job.number] != nil {
          job.sink.warned(call: call, Wording.missingToken)
          end(job, 1) { _ in EndedCall(call: call, token: TokenMaker.missing, ran: .never) }
        }
      }
      if jobs[job.number] != nil { lose(job.remaining, of: job) }
    }
  }
}
