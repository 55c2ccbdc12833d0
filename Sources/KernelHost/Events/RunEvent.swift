package import KernelHostModel

/// Something that happened in a run. Times are seconds since the run began.
package enum RunEvent: Sendable {
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
package struct RunPlan: Sendable {
  package let plan: Plan
  package let selection: Selection
  /// The number of lanes. Workers for a single call have the numbers after them.
  package let lanes: Int
  package let mode: Mode
  package let isolation: Isolation
  /// The begin by wall-clock time, in seconds since 1970, UTC.
  package let wallTime: Double
  /// What makes the results; nil if neither an observer nor the results need it.
  package let origin: RunOrigin?
  /// How calls of the same run ended in earlier processes.
  package var before = StatusCounts()

  /// The calls to make.
  package var calls: Int { selection.count }
  /// The calls that have a record in the end, if the run makes all that are left.
  package var records: Int { before.total + selection.count }
  /// The number of calls of each kernel, by name. O(tasks).
  package var kernels: [(name: String, count: Int)] { plan.callsByKernel(selection) }
}

/// A call's start.
package struct CallStart: Sendable {
  package let call: Int
  package let lane: Int
  /// From 1.
  package let attempt: Int32
}

/// The death of a worker in the code of a call.
package struct CallCrash: Sendable {
  package let call: Int
  package let lane: Int
  /// From 1.
  package let attempt: Int32
  /// "SIGSEGV", "EXIT", or another name that the token would have.
  package let name: String
  package let message: String
  /// Seconds since the run began; NaN if it is not known.
  package let start: Double
  package let steps: Int64
  /// Whether the call runs once more, alone, to find out whether it caused the crash.
  package let runsAgain: Bool
  /// Earlier calls of the same process that may have caused the crash, the latest first.
  package let suspects: [SuspectCalls]
}

/// The death of a worker outside the code of calls.
package struct WorkerLoss: Sendable {
  package let lane: Int
  /// "SIGSEGV", "EXIT".
  package let name: String
  package let message: String
  /// Calls that had run in the worker, the latest first.
  package let suspects: [SuspectCalls]
}

/// How a run ended.
package struct RunEnd: Sendable {
  package let counts: StatusCounts
  package let seconds: Double
  package let wasStopped: Bool
}

/// A running call, as its lane shows it.
package struct RunningCall: Sendable, Hashable {
  package let call: Int
  package let lane: Int
  /// From 1.
  package let attempt: Int32
  /// Seconds since the run began.
  package let start: Double
  package let steps: Int64
  /// Seconds, at least, that it has been in one step; 0 if it proceeds, or if it is not known.
  package let inside: Double
  /// The progress that the kernel reported, above 0 to 1; nil if it reported no progress.
  package let progress: Double?
  /// Whether it sleeps, because it asked for it.
  package let isAsleep: Bool
  /// Seconds of its steps and sleeps so far; nil: not known.
  package var own: Double? = nil
}
