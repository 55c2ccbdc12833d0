import KernelBridge

/// What becomes of a call whose worker has died. All such decisions are rows of `DeathTable`.
enum CallFate: Hashable {
  /// It ends with what happened to it: a crash, a timeout, a limit.
  case blamed
  /// It runs once more, alone in a process, to tell its own fault from a neighbour's.
  case confirmed
  /// It begins again; another call, or somebody outside, took its worker from it.
  case restarted
  /// It goes on from its bytes in another worker.
  case resumed
  /// It has not begun, and waits again.
  case queued
  /// It must not begin twice and cannot go on.
  case lost
  /// The run is to stop.
  case cancelled
}

/// What the fate of a call depends on when its worker dies.
struct DeathCase: Hashable {
  /// Where the call was.
  enum Role: Hashable, CaseIterable {
    /// In a lane with others: the worker died in this call's code.
    case running
    /// In a lane with others: the worker died in another call's code, or in none.
    case neighbour
    /// Alone in its process.
    case alone
  }

  /// How the death looks from this call.
  enum Cause: Hashable, CaseIterable {
    /// Its code crashed or ended the process, and no other call had run there.
    case crash
    /// The same, but others had run there and may have written over its memory.
    case doubtfulCrash
    /// It used up a limit of its own: time, processor time, memory.
    case limit
    /// The host ended the worker for a stop, or for another call that was cancelled.
    case ended
    /// The memory that host and worker share was written over.
    case damage
    /// The worker was killed from outside, or went with the fork server.
    case outside
    /// The call has not begun.
    case notBegun
    /// The call has begun, and its bytes are whole and of use in another process.
    case bytesKept
    /// The call has begun, and its bytes are of no use.
    case bytesLost
  }

  let role: Role
  let cause: Cause
  let isPure: Bool
  let isStopping: Bool
  /// Whether a death from outside may be answered by another start.
  var hasTriesLeft = true
}

/// The first row that fits decides. A pure call may run any number of times; another begins once.
enum DeathTable {
  typealias Cause = DeathCase.Cause
  typealias Row = (
    role: DeathCase.Role, causes: Set<Cause>, isPure: Bool?, isStopping: Bool?,
    hasTriesLeft: Bool?, fate: CallFate
  )

  static let rows: [Row] = [
    // role, causes, pure?, stopping?, tries left?, fate
    (.running, [.ended, .outside], nil, true, nil, .cancelled),
    (.running, [.ended, .damage], true, false, nil, .restarted),
    (.running, [.ended, .damage], false, false, nil, .lost),
    (.running, [.doubtfulCrash, .outside], true, false, nil, .confirmed),
    (.running, Set(Cause.allCases), nil, nil, nil, .blamed),

    (.neighbour, Set(Cause.allCases), nil, true, nil, .cancelled),
    (.neighbour, [.notBegun], nil, nil, nil, .queued),
    (.neighbour, [.bytesKept], nil, nil, nil, .resumed),
    (.neighbour, Set(Cause.allCases), true, nil, nil, .restarted),
    (.neighbour, Set(Cause.allCases), false, nil, nil, .lost),

    (.alone, [.notBegun, .ended, .outside], nil, true, nil, .cancelled),
    (.alone, [.notBegun], nil, nil, nil, .queued),
    (.alone, [.outside], false, nil, nil, .lost),
    (.alone, [.outside], true, nil, true, .restarted),
    (.alone, Set(Cause.allCases), nil, nil, nil, .blamed),
  ]

  static func fate(_ death: DeathCase) -> CallFate {
    rows.first { fits($0, death) }?.fate ?? .blamed
  }

  /// Whether a row is for a case.
  static func fits(_ row: Row, _ death: DeathCase) -> Bool {
    row.role == death.role && row.causes.contains(death.cause)
      && row.isPure ?? death.isPure == death.isPure
      && row.isStopping ?? death.isStopping == death.isStopping
      && row.hasTriesLeft ?? death.hasTriesLeft == death.hasTriesLeft
  }
}
