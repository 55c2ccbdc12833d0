import KernelBridge
import TaskModel

/// Another worker for the main lane, another process to fork workers, or neither.
extension Runner {
  /// Starts another worker for the main lane, or sets a time to try again. `inPlace`: its
  /// calls are where they were.
  func reviveMain(inPlace: Bool = false) {
    let isRetry = reviveAt != nil
    reviveAt = nil
    do throws(SystemError) {
      if isLaneGone {
        try replaceLane()
        isLaneGone = false
      } else {
        if isRetry { _ = lane.takeDeath() }  // lists again who goes on
        if inPlace { try lane.start() } else { try lane.revive() }
      }
    } catch {
      lastStartError = error
      failedStarts += 1
      // No such process: the one that workers descend from is gone.
      if error.code == SystemError.noProcess { isLaneGone = true }
      waitToRevive()
    }
  }

  /// Processes or memory may be had again in a while; but not for ever.
  func waitToRevive() {
    if failedStarts > Self.mostFailedStarts { return giveUp() }
    reviveAt = provider.now + 10_000_000 << UInt64(failedStarts)
  }

  static var mostFailedStarts: Int { 6 }

  /// The spawner is gone, and what workers know of addresses with it.
  func replaceLane() throws(SystemError) {
    let another = try provider.another()
    let fresh = try another.makeLane(
      liveLimit: settings.liveLimit, lanes: settings.lanes, silence: settings.silence)
    // The old lane's calls are all queued again, but for those that cannot be.
    for survivor in lane.takeDeath().1 {
      lane.release(slot: survivor.slot)
      startAgain(survivor)
    }
    if settings.isolation == .process { try fresh.start() }
    // Solo lanes that have calls see the deaths of their workers themselves.
    provider = another
    lane = fresh
    settings.bell.attach(lane.signal)
    if settings.bell.hasRung { lane.signal.stop() }
  }

  /// What was wanting some time ago, processes or memory, may be there again.
  func tryAgainToStart() {
    guard let since = gaveUpAt, provider.now > since + 1_000_000_000 else { return }
    gaveUpAt = nil
    failedStarts = 0
    failedSolos = 0
    // The death before was dealt with: only the start is missing.
    if isLaneGone || lane.isIsolated && lane.hasDied { reviveAt = provider.now }
  }

  /// No worker is to be had any more: every call that is left has its token all the same.
  func giveUp() {
    let token = { [tokens, lastStartError] (starts: Int32) in
      tokens.noWorker(lastStartError, starts: starts)
    }
    gaveUpAt = provider.now
    for survivor in lane.takeDeath().1 {
      lane.release(slot: survivor.slot)
      let isBegun: Int32 = survivor.fate == .queued ? 0 : 1
      finish(survivor.tag, token((cares[survivor.tag]?.starts ?? 0) + isBegun))
    }
    for tag in takeQueued() { finish(tag, token(cares[tag]?.starts ?? 0)) }
    endUnfed { token(0) }
    reviveAt = nil
  }
}
