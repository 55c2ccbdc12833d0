public import KernelHostModel

/// Something that happened in a run. Times are seconds since the run began.
public enum RunEvent: Sendable {
  /// The first event, before any call starts.
  case planned(RunPlan)
  /// A call was started. The event of a short call comes with its end, and that of a long call with
  /// a look at its lane.
  case started(CallStart)
  /// The worker that a call ran in died in the call's code.
  case crashed(CallCrash)
  /// A worker died outside the code of calls.
  case workerDied(WorkerLoss)
  /// A call failed and will be started once more in `delay` seconds. The record is that of the
  /// attempt. The record of the call comes at its end.
  case retried(CallRecord, delay: Double)
  /// A call begins again because the crash of another call destroyed its state. It had `attempts`
  /// attempts.
  case restarted(call: Int, attempts: Int32)
  /// A warning for the person, about a call or about the run.
  case warned(call: Int?, String)
  /// A call has its token. Every planned call has exactly one such event.
  case finished(CallRecord)
  /// The last event: every call has its token.
  case ended(RunEnd)
}

/// What a run is about to do.
public struct RunPlan: Sendable {
  public let plan: Plan
  public let selection: Selection
  /// The number of lanes. Workers for a single call have the numbers after them.
  public let lanes: Int
  public let mode: Mode
  public let isolation: Isolation
  /// The begin by wall-clock time, in seconds since 1970, UTC.
  public let wallTime: Double
  /// What makes the results; nil if neither an observer nor the results need it.
  public let origin: RunOrigin?
  /// How calls of the same run ended in earlier processes.
  public var before = StatusCounts()

  /// The calls to make.
  public var calls: Int { selection.count }
  /// The calls that have a record in the end, if the run makes all that are left.
  public var records: Int { before.total + selection.count }
  /// The number of calls of each kernel, by name. O(tasks).
  public var kernels: [(name: String, count: Int)] { plan.callsByKernel(selection) }
}

/// A call's start.
public struct CallStart: Sendable {
  public let call: Int
  public let lane: Int
  /// From 1.
  public let attempt: Int32
}

/// The death of a worker in the code of a call.
public struct CallCrash: Sendable {
  public let call: Int
  public let lane: Int
  /// From 1.
  public let attempt: Int32
  /// "SIGSEGV", "EXIT", or another name that the token would have.
  public let name: String
  public let message: String
  /// Seconds since the run began; NaN if it is not known.
  public let start: Double
  public let steps: Int64
  /// Whether the call runs once more, alone, to find out whether it caused the crash.
  public let runsAgain: Bool
  /// Earlier calls of the same process that may have caused the crash, the latest first.
  public let suspects: [SuspectCalls]
}

/// The death of a worker outside the code of calls.
public struct WorkerLoss: Sendable {
  public let lane: Int
  /// "SIGSEGV", "EXIT".
  public let name: String
  public let message: String
  /// Calls that had run in the worker, the latest first.
  public let suspects: [SuspectCalls]
}

/// How a run ended.
public struct RunEnd: Sendable {
  public let counts: StatusCounts
  public let seconds: Double
  public let wasStopped: Bool
}

/// A running call, as its lane shows it.
public struct RunningCall: Sendable, Hashable {
  public let call: Int
  public let lane: Int
  /// From 1.
  public let attempt: Int32
  /// Seconds since the run began.
  public let start: Double
  public let steps: Int64
  /// Seconds, at least, that it has been in one step; 0 if it proceeds, or if it is not known.
  public let inside: Double
  /// The progress that the kernel reported, above 0 to 1; nil if it reported no progress.
  public let progress: Double?
  /// Whether it sleeps, because it asked for it.
  public let isAsleep: Bool
  /// Seconds of its steps and sleeps so far; nil: not known.
  public var own: Double? = nil
}
