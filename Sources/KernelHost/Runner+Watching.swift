import KernelBridge
import TaskModel

/// Stopping, and looking after workers.
extension Runner {
  func stop() {
    isStopping = true
    lane.signal.stop()
    for solo in solos { solo.lane.signal.stop() }
    dropQueued { _ in true }
  }

  /// Ends calls that wait outside of lanes.
  func dropQueued(_ which: (UInt64) -> Bool) {
    for tag in takeQueued(which) {
      finish(tag, tokens.cancelled(starts: cares[tag]?.starts ?? 0))
    }
  }

  /// Takes calls out of the queues.
  func takeQueued(_ which: (UInt64) -> Bool = { _ in true }) -> [UInt64] {
    var taken = again.remove(which) + soloQueue.remove(which)
    taken += delayed.filter { which($0.tag) }.map { $0.tag }
    delayed.removeAll { which($0.tag) }
    return taken
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

  var isWatching: Bool {
    lane.isIsolated
      && (timedJobs > 0 || lane.isStopped
        || solos.contains { $0.tag != nil && ($0.memoryLimit > 0 || $0.lane.isStopped) })
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
    for solo in solos where solo.tag != nil { solo.lane.check(memoryLimit: solo.memoryLimit) }
    return progress
  }

  /// How long the runner may sleep; nil: until something happens.
  func patience(_ now: UInt64) -> Int64? {
    var until = UInt64.max
    if isWatching { until = now + Self.checkPeriod }
    if let due = delayed.last?.due { until = min(until, due) }
    if let due = reviveAt { until = min(until, due) }
    until = min(until, nextLook)
    if let due = soloAt { until = min(until, due) }
    return until == .max ? nil : Int64(clamping: until > now ? until - now : 0)
  }
}
