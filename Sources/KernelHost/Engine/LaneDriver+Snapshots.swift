import KernelBridge
import TaskModel

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
    snapshots.run.store.forget(number)
    snapshots.run.onRestored(continued, number)
  }

  /// Takes a call that its lane continues.
  func addRestored(_ call: SavedCall, job: UInt64, _ source: any CallSource, _ sink: any CallSink) {
    scheduler.addRestored(source, job: job, call)
    ports[job] = JobPort(source: source, sink: sink)
  }

  /// Takes the copies that the lane has made, and asks for others when it is time.
  func copyCalls(_ now: UInt64) {
    guard let snapshots = settings.snapshots else { return }
    takeSnapshots(snapshots)
    guard now >= nextSnapshot else { return }
    nextSnapshot = now + snapshots.interval
    if lane.liveCount > 0 { _ = lane.requestSnapshot(olderThan: snapshots.interval) }
  }

  /// Takes the last copies, which a stopped lane has made before its calls ended.
  func takeLastSnapshots() {
    if let snapshots = settings.snapshots { takeSnapshots(snapshots) }
  }

  private func takeSnapshots(_ snapshots: LaneSnapshots) {
    while let snapshot = lane.takeSnapshot() {
      snapshots.run.store.write(snapshot, lane: Int(settings.number))
    }
  }
}
