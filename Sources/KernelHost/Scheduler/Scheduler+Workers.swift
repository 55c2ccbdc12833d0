import KernelBridge
import KernelHostModel

/// Another worker for the main lane, another fork server, or neither.
extension Scheduler {
  private static var mostFailedStarts: Int { 6 }

  /// Nanoseconds before another try, doubled with each failure.
  private static func delay(after failures: Int) -> UInt64 { 10_000_000 << UInt64(failures) }

  /// Queues the start of another worker for the main lane.
  mutating func restart() {
    let isRetry = main.restartAt != nil
    main.restartAt = nil
    if main.isForkServerGone {
      actions.append(.start(.afterForkServer))
    } else {
      actions.append(.start(isRetry ? .withCallsAgain : .withCalls))
    }
  }

  /// The main lane has no worker from the beginning: the fork server was killed just then.
  mutating func startsWithoutForkServer() {
    main.isForkServerGone = true
    main.restartAt = 0
  }

  mutating func startFailed(_ error: SystemError, now: UInt64) {
    main.lastError = error
    main.failedStarts += 1
    if error.code == Errno.noProcess.number { main.isForkServerGone = true }
    waitToRestart(now)
  }

  /// Processes or memory may be available again later. It is tried again a limited number of times.
  mutating func waitToRestart(_ now: UInt64) {
    if main.failedStarts > Self.mostFailedStarts {
      main.gaveUpAt = now
      main.restartAt = nil
      actions.append(.giveUp)
    } else {
      main.restartAt = now + Self.delay(after: main.failedStarts)
    }
  }

  /// Another fork server is there. `leftBehind`: calls of the lane that is gone.
  mutating func forkServerReplaced(leftBehind: [Survivor]) {
    for survivor in leftBehind { settle(survivor, isResumed: false) }
  }

  /// The main lane has a worker of another fork server.
  mutating func workerStartedAfterForkServer() {
    main.isForkServerGone = false
    // Lanes for one call that have calls see the deaths of their workers themselves.
    for lane in dedicated.lanes {
      if lane.tag == nil { actions.append(.closeDedicated(number: lane.number)) }
    }
    dedicated.lanes.removeAll { $0.tag == nil }
    for index in dedicated.lanes.indices { dedicated.lanes[index].isOutdated = true }
  }

  /// No worker can be started, and every remaining call gets its token. `leftBehind`: the calls
  /// that were in the lane, released.
  mutating func gaveUp(leftBehind: [Survivor]) {
    for survivor in leftBehind {
      let isBegun: Int32 = survivor.fate == .queued ? 0 : 1
      end(survivor.tag, .noWorker(main.lastError, starts: starts(survivor.tag) + isBegun))
    }
    for tag in takeQueued() { end(tag, .noWorker(main.lastError, starts: starts(tag))) }
    endUnfed(.noWorker(main.lastError, starts: 0))
  }

  /// What was wanting some time ago, processes or memory, may be there again.
  mutating func tryAgainToStart(_ now: UInt64) {
    guard let since = main.gaveUpAt, now > since + 1_000_000_000 else { return }
    main.gaveUpAt = nil
    main.failedStarts = 0
    dedicated.failures = 0
    // The death before was dealt with: only the start is missing.
    if settings.isolation == .process || main.isForkServerGone { main.restartAt = now }
  }

  /// The time has come for what was put off.
  mutating func timePasses(_ now: UInt64) {
    if let due = main.restartAt, due <= now {
      restart()
      hasProgress = true
    }
    if let due = dedicated.retryAt, due <= now {
      dedicated.retryAt = nil
      hasProgress = true
    }
  }

  mutating func end(_ tag: UInt64, _ ending: CallEnding, _ place: Placement = .never) {
    actions.append(.end(tag: tag, ending, place))
  }
}
