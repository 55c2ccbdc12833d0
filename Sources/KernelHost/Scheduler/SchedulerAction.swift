import KernelBridge
import KernelHostModel

/// What a scheduler wants done. Its driver does it, in order, and tells the scheduler how it went
/// where the comment names an event.
enum SchedulerAction {
  // MARK: The main lane

  /// While open, every call submitted is stepped once before any is stepped twice.
  case setOpen(Bool)
  /// Submits calls of a job till one does not fit; then `submitted(_:next:room:now:)`.
  case submitCalls(job: UInt64, Range<Int>)
  /// Submits one call; then `submittedOne(_:fits:now:)`.
  case submitOne(UInt64)
  /// Gives back the place of a call of a dead worker.
  case release(slot: UInt32)
  /// Starts another worker; then `workerStarted` or `startFailed(_:now:)`.
  case start(WorkerStart)
  /// Lists the calls of the dead worker; then `workerDiedAtStop(_:_:)`.
  case listDeadAtStop
  /// Takes all calls out of the lane; then `gaveUp(_:now:)`.
  case giveUp

  enum WorkerStart {
    /// The dead worker's calls are where they were.
    case inPlace
    /// With the calls that were not released.
    case withCalls
    /// The same after an attempt that failed: the calls are listed again.
    case withCallsAgain
    /// After another fork server was started; then `forkServerReplaced(_:)` comes first.
    case afterForkServer
  }

  // MARK: Lanes for one call

  /// Makes one; then `dedicatedOpened(_:now:)` or `dedicatedFailed(_:now:)`.
  case openDedicated(number: Int32)
  /// Runs a call in one; then `dedicatedStarted`, `dedicatedRefused` or
  /// `dedicatedNotStarted`.
  case runDedicated(tag: UInt64, number: Int32)
  case closeDedicated(number: Int32)

  // MARK: Calls

  /// A call has ended; then `retries(_:after:_:now:)` says whether that is its last end.
  case end(tag: UInt64, CallEnding, Placement)
  /// Calls of a job that never began have ended.
  case endUnbegun(job: UInt64, Range<Int>, CallEnding)
  /// Every call of the job has its token.
  case finishJob(UInt64)
  /// Shows what a call wrote itself before its worker died.
  case show(tag: UInt64, [UInt8])
  case warn(tag: UInt64?, SchedulerWarning)
  case note(SchedulerNote)
  /// Ends all calls of all lanes between two steps.
  case stopLanes
}

/// How a call ended where no lane said it: the driver makes the token.
enum CallEnding {
  case cancelled(starts: Int32, steps: Int64 = 0, kernel: Int? = nil)
  case lost(kernel: Int, steps: Int64, starts: Int32, isOutside: Bool = false)
  /// A worker died of it.
  case died(WorkerDeath, timeout: UInt64, limits: CallLimits, starts: Int32, Suspects)
  /// No process was to be had for it.
  case noWorker(SystemError?, starts: Int32)
  /// Its kernel has crashed too often.
  case skipped(kernel: Int, starts: Int32)
  case tooLarge
  /// It keeps the end of its last attempt.
  case token(Token<Value>)
}

/// What a person should know.
enum SchedulerWarning {
  case damage(Suspects)
  case cleared(AttemptState.Check)
  case crashLimitReached(kernel: Int)
  case strayDeath(WorkerDeath, Suspects)
}

/// What observers of the run should know.
enum SchedulerNote {
  /// A worker died in a call's code.
  case crashed(
    WorkerDeath, WorkerDeath.Call, lane: Int32, attempt: Int32, runsAgain: Bool, Suspects)
  /// A worker died while no kernel's code ran in it.
  case strayDeath(WorkerDeath, lane: Int32, Suspects)
  /// A call begins again because another's crash took its bytes.
  case restarted(tag: UInt64, attempts: Int32)
}
