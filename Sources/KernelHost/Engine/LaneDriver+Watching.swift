import KernelBridge
import KernelHostModel

/// Watches workers, and shows running calls to observers.
extension LaneDriver {
  /// Nanoseconds between two looks at workers while a call has limits.
  private static var checkPeriod: UInt64 { 5_000_000 }
  /// Nanoseconds that the process of one call may take to end behind it.
  private static var longestEnd: UInt64 { 1_000_000_000 }

  private var isWatching: Bool {
    lane.isIsolated
      && (scheduler.timedJobs > 0 || lane.isStopped || scheduler.isStopping
        || !scheduler.cancelled.isEmpty
        || scheduler.dedicated.lanes.contains {
          $0.tag != nil && ($0.memoryLimit > 0 || $0.endedAt != nil)
        } || busyDedicated.contains { $0.lane.lane.isStopped })
  }

  func checkWorkers(_ now: UInt64) {
    guard now >= nextCheck, isWatching else { return }
    nextCheck = now + Self.checkPeriod
    lane.check()
    for (number, one) in busyDedicated {
      guard let state = scheduler.dedicated.lanes.first(where: { $0.number == number }) else {
        continue
      }
      one.lane.check(memoryLimit: state.memoryLimit)
      // Its call has ended, and its process is to end without help.
      if let endedAt = state.endedAt, now > endedAt + Self.longestEnd { one.lane.kill() }
    }
    endOverdueSteps(now)
  }

  /// Kills workers whose step has not returned within its grace since a stop or a cancellation.
  private func endOverdueSteps(_ now: UInt64) {
    scheduler.forgetCancelled()
    if !scheduler.isStopping, scheduler.cancelled.isEmpty { return }
    let ended = Set(scheduler.dedicated.lanes.filter { $0.endedAt != nil }.map { $0.number })
    var lanes = busyDedicated.filter { !ended.contains($0.number) }.map { $0.lane.lane }
    if !scheduler.main.isEnded, lane.liveCount > 0, settings.isolation == .process {
      lanes.append(lane)
    }
    for lane in lanes where !lane.hasDied {
      let isUrgent = settings.cancellation.isUrgent
      if scheduler.isOverdue(hungStep(of: lane), isUrgent: isUrgent, now: now) { lane.kill() }
    }
  }

  /// The call in whose step the lane is.
  private func hungStep(of lane: any Lane) -> LaneCall? {
    lane.running().max { $0.inside < $1.inside }.flatMap { $0.inside > 0 ? $0 : nil }
  }

  /// How long the driver may sleep; nil: until something happens.
  func patience(_ now: UInt64) -> Int64? {
    var until = min(scheduler.nextTime, nextLook)
    if settings.snapshots != nil { until = min(until, timeOfCopies(now)) }
    if isWatching { until = min(until, now + Self.checkPeriod) }
    return until == .max ? nil : Int64(clamping: until > now ? until - now : 0)
  }

  // MARK: Observers

  /// A look at the lanes of this driver, and when to look again.
  func look(_ now: UInt64) {
    // Any of a run's jobs leads to the same observers.
    if let sink = ports.values.first?.sink {
      tell(sink, lane, settings.number)
      for (number, one) in busyDedicated { tell(sink, one.lane, number) }
    }
    // A look at very many calls takes a while: it must be a small part of the time.
    let after = provider.now
    nextLook = after + max(settings.lookPeriod, 25 * (after - now))
  }

  private func tell(_ sink: any CallSink, _ lane: any Lane, _ number: Int32) {
    sink.looked(lane: Int(number), lane.running().map { shown($0, number) })
    if sink.wantsSurveys {
      let survey = lane.survey()
      sink.surveyed(lane: Int(number), survey.calls.map { shown($0, number) }, of: survey.count)
    }
  }

  private func shown(_ seen: LaneCall, _ number: Int32) -> RunningCall {
    RunningCall(
      call: CallTag.call(seen.tag), lane: Int(number),
      attempt: scheduler.starts(seen.tag) + 1, start: seconds(seen.began), steps: seen.steps,
      inside: Double(seen.inside) * 1e-9, progress: seen.progress, isAsleep: seen.isAsleep,
      own: seen.own.map { Double($0) * 1e-9 })
  }
}
