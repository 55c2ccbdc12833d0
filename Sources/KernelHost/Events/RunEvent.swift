public import TaskModel

/// Something that happened in a run. Times are seconds since the run began.
public enum RunEvent: Sendable {
  /// The first of all, before any call is made.
  case planned(RunPlan)
  /// A call was started. Of a call that ends soon it comes with its end; of one that runs for
  /// long, when somebody looks.
  case started(CallStart)
  /// The worker that a call ran in died in the call's code.
  case crashed(CallCrash)
  /// A worker died while no call's code ran in it.
  case workerDied(WorkerLoss)
  /// A call did not end well and will be started once more, `delay` seconds from now. The
  /// record is that of the attempt; the call's own comes when it has ended.
  case retried(CallRecord, delay: Double)
  /// A call begins again because another's crash took its bytes. `attempts`: those it had.
  case restarted(call: Int, attempts: Int32)
  /// What a person should know, of a call or of the run.
  case warned(call: Int?, String)
  /// A call has its token. Every planned call has exactly one such event.
  case finished(CallRecord)
  /// The last of all: every call has its token.
  case ended(RunEnd)
}

/// What a run is about to do.
public struct RunPlan: Sendable {
  public let plan: Plan
  public let selection: Selection
  /// Lanes at the same time; workers that live for one call come behind them.
  public let lanes: Int
  public let mode: Mode
  public let isolation: Isolation
  /// When it began by the clock on the wall, seconds since 1970, UTC.
  public let wallTime: Double
  /// What makes the results; there if somebody wishes it, or the results have it.
  public let origin: RunOrigin?

  /// The calls to make.
  public var calls: Int { selection.count }
  /// Those of each kernel that is called, by name. O(tasks).
  public var kernels: [(name: String, count: Int)] { plan.callsByKernel(selection) }
}

/// A call's start.
public struct CallStart: Sendable {
  public let call: Int
  public let lane: Int
  /// From 1.
  public let attempt: Int32
}

/// A worker's death in a call's code.
public struct CallCrash: Sendable {
  public let call: Int
  public let lane: Int
  /// From 1.
  public let attempt: Int32
  /// "SIGSEGV", "EXIT", or the name of what else the token would say.
  public let name: String
  public let message: String
  /// Seconds since the run began; NaN: not known.
  public let start: Double
  public let steps: Int64
  /// The call is run once more, alone, to tell whose doing it was.
  public let runsAgain: Bool
  /// Calls that had run before in the same process, and may have done it: all that are known,
  /// the latest first.
  public let suspects: [SuspectCalls]
}

/// A worker's death in no call's code.
public struct WorkerLoss: Sendable {
  public let lane: Int
  /// "SIGSEGV", "EXIT".
  public let name: String
  public let message: String
  /// Calls that had run in it: all that are known, the latest first.
  public let suspects: [SuspectCalls]
}

/// How a run ended.
public struct RunEnd: Sendable {
  public let counts: StatusCounts
  public let seconds: Double
  public let wasStopped: Bool
}

/// A call that runs, as it looks from outside.
public struct RunningCall: Sendable, Hashable {
  public let call: Int
  public let lane: Int
  /// From 1.
  public let attempt: Int32
  /// Seconds since the run began.
  public let start: Double
  public let steps: Int64
  /// Seconds, at least, that it has been in one step; 0: it gets on, or nobody knows.
  public let inside: Double
  /// What the kernel said of its progress, above 0 to 1; nil: nothing.
  public let progress: Double?
  /// It sleeps, by its own wish.
  public let isAsleep: Bool
}
