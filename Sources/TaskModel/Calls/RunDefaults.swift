/// What holds where nothing else is said, neither on the command line, nor in the manifest, nor
/// by the caller of the library. Each value stands here alone; help and schema show it from here.
public enum RunDefaults {
  public static let mode = Mode.concurrent
  public static let isolation = Isolation.process
  public static let sandbox = SandboxLevel.default
  /// Crashes of one kernel after which its other calls are skipped.
  public static let crashLimit = 100
  /// Calls that are live in a lane at the same time.
  public static let liveLimit = 131_072
  /// Seconds that a step may outlive its call's timeout or deadline before its worker is killed.
  public static let grace = 0.1
  /// What failed calls are tried again for.
  public static let retriedStatuses: Set<Status> = [.error, .timeout]
  /// Seconds that a plugin may take to load.
  public static let loadingTime = 10.0
  /// Seconds that the process which workers descend from may take to start.
  public static let startingTime = 30.0
  /// Worker processes of one lane that run a single call each.
  public static let dedicatedProcesses = 8
}

/// The largest numbers that the command line and manifests take.
public enum RunBounds {
  /// Crashes of a kernel, repeats of a point, seconds of processor time.
  public static let count: ClosedRange<Int64> = 1...1_000_000_000
  /// Calls that are live in a lane at the same time: their ids have 24 bits.
  public static let live = 1...(1 << 24)
  public static let retries: ClosedRange<Int64> = 0...1_000_000
  /// Seconds from here on are no limit: as nanoseconds they would not fit 64 bits.
  public static let seconds = 9e9
}
