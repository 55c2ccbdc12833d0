import KernelBridge
import KernelHostModel

/// Half-done calls: copied from time to time, and continued from copies of another process.
extension LaneDriver {
  /// Continues the calls that another process has left half done. Before the lane's worker starts.
  /// Each becomes a job of its own, which `addRestored` completes.
  func restoreCalls(_ snapshots: LaneSnapshots) {
    let number = Int(settings.number)
    notRestored = snapshots.reserved(forLane: number)
    guard let saved = snapshots.saved(number), let wanted = snapshots.wanted[number] else { return }
    let mayBeImpure = snapshots.mayContinueImpure(number)
    var job: UInt64 = 0
    var seen: Set<Int> = []
    let outcomes = lane.restore(saved) { call in
      guard wanted.contains(call.number), seen.insert(call.number).inserted,
        mayBeImpure || snapshots.isPure(call.number)
      else { return nil }
      let source = snapshots.source.block(call.number..<call.number + 1)
      let limits = source.limits(ofCall: call.number)
      defer { job += 1 }
      return CallOptions(
        tag: CallTag.of(job: job, call: call.number), timeout: source.timeout(ofCall: call.number),
        deadline: nanoseconds(limits.deadline), grace: nanoseconds(limits.grace),
        processor: nanoseconds(limits.processorSeconds), memory: limits.memory ?? 0,
        skippedText: snapshots.run.shownText(call.number) ?? call.printed,
        number: UInt64(call.number), attempt: UInt32(clamping: call.attempt))
    }
    var continued: [SavedCall] = []
    job = 0
    var left = wanted
    seen = []
    for (call, isRestored) in zip(saved.calls, outcomes) {
      // As above: which of them has which job's number.
      guard wanted.contains(call.number), seen.insert(call.number).inserted,
        mayBeImpure || snapshots.isPure(call.number)
      else { continue }
      if isRestored {
        restored.append((job, call))
        continued.append(call)
        left.remove(call.number)
      }
      job += 1
    }
    notRestored.removeAll { wanted.contains($0) && !left.contains($0) }
    isRestoring = !restored.isEmpty
    snapshots.forget(number)
    snapshots.run.onRestored(continued, number)
  }

  /// Takes a call that its lane continues.
  func addRestored(_ call: SavedCall, job: UInt64, _ source: any CallSource, _ sink: any CallSink) {
    scheduler.addRestored(source, job: job, call)
    ports[job] = JobPort(source: source, sink: sink)
  }

  /// The lane continues the calls once it has taken them. If it cannot, a stop is not put off.
  func lookAtRestored() {
    let isHopeless =
      lane.hasDied || scheduler.main.isForkServerGone || settings.cancellation.isUrgent
    if lane.waitingCount == 0 || isHopeless { isRestoring = false }
  }

  /// Takes the copies that the lane has made, and asks for others when it is time.
  func copyCalls(_ now: UInt64) {
    guard let snapshots = settings.snapshots else { return }
    takeSnapshots()
    guard now >= nextSnapshot else { return }
    nextSnapshot = now + snapshots.period(Int(settings.number))
    // One at a time, however slow the disk is.
    if isRestoring || snapshots.run.store.isBusy(Int(settings.number)) { return }
    if isCopying { _ = lane.requestSnapshot(olderThan: snapshots.interval) }
  }

  /// Whether the lane has calls, or its file has.
  private var isCopying: Bool {
    lane.liveCount > 0 || settings.snapshots?.run.store.hasCopies(Int(settings.number)) == true
  }

  /// When the driver looks again for copies.
  func timeOfCopies(_ now: UInt64) -> UInt64 {
    if isRestoring { return now + Self.restoringPeriod }
    return isCopying ? nextSnapshot : .max
  }

  private static var restoringPeriod: UInt64 { 1_000_000 }

  /// Hands on the copies that the lane has made. The last ones, of a stopped lane, are on the disk
  /// when this returns. `isTaking`: the driver is about to take what the lane has.
  func takeSnapshots(isTaking: Bool = false) {
    guard let snapshots = settings.snapshots else { return }
    while let snapshot = lane.takeSnapshot() {
      // What calls printed before is shown before: it is not printed again.
      if !snapshot.isFinal, !isTaking {
        while take(lane, number: settings.number) > 0 {}
        beforeWait()
      }
      snapshots.run.store.write(snapshot, lane: Int(settings.number))
    }
  }
}
