import KernelBridge
import KernelHostModel

/// How a lane's scheduler and driver run their calls.
struct EngineSettings: Sendable {
  var isolation = Isolation.none
  /// Crashes of one kernel after which its other calls are skipped.
  var crashLimit = RunDefaults.crashLimit
  /// Calls in the main lane at a time; nil: the lane's own limit.
  var liveLimit: Int?
  /// Lanes that run at the same time, this one included.
  var lanes = 1
  /// The number of the main lane among them.
  var number: Int32 = 0
  /// Nanoseconds that may pass before a lane says that calls have ended.
  var silence = LaneSilence.short
  /// Processes at a time for calls that need one of their own.
  var dedicatedLimit = RunDefaults.dedicatedProcesses
  /// Whether that limit holds for the main lane's worker, too: while it has calls it is one of
  /// them.
  var isDedicatedLimitStrict = false
  /// What calls may do to the system.
  var sandbox = SandboxLevel.none
  /// Plugins whose threads, started at load, no worker has.
  var withoutThreads: Set<String> = []
  var cancellation = CancellationSource()
  /// That of the run's other lanes; nil: this one's own.
  var breaker: CrashBreaker?
  /// When the run began, by the lanes' clock.
  var began: UInt64 = 0
  /// Nanoseconds between two looks at what runs; `UInt64.max`: the run is not observed.
  var lookPeriod = UInt64.max

  /// Half-done calls are copied and continued; nil: they are not.
  var snapshots: LaneSnapshots?

  /// For another lane of the same run.
  func another(number: Int, breaker: CrashBreaker? = nil) -> EngineSettings {
    var other = self
    other.number = Int32(number)
    other.cancellation = cancellation.makeChild()
    if let breaker { other.breaker = breaker }
    return other
  }
}
