/// What a call may take, beside its timeout, which is of its own time: its steps and sleeps.
public struct CallLimits: Sendable, Hashable {
  /// Seconds that a step may outlive the call's timeout or deadline before its worker is killed.
  public var grace: Double
  /// Seconds of wall time from the call's start; nil: no limit.
  public var deadline: Double?
  /// Seconds of processor time that its steps may take; nil: no limit.
  public var processorSeconds: Double?
  /// Bytes that the call may take; nil: no limit.
  public var memory: UInt64?
  /// When it is tried again; nil: never.
  public var retries: Retries?

  public init(
    grace: Double = RunDefaults.grace, deadline: Double? = nil, processorSeconds: Double? = nil,
    memory: UInt64? = nil, retries: Retries? = nil
  ) {
    self.grace = grace
    self.deadline = deadline
    self.processorSeconds = processorSeconds
    self.memory = memory
    self.retries = retries
  }

  /// Of a call for which nothing is said.
  public static let standard = CallLimits()
}

/// When a call that did not end well is tried again.
public struct Retries: Sendable, Hashable {
  /// How often, beside the first start.
  public var times: Int
  /// Seconds between the end of one start and the next.
  public var delay: Double
  public var statuses: Set<Status>
  /// Names of error codes.
  public var names: Set<String>

  /// Without a list of their own, retries are for errors and timeouts: a crash is
  /// tried again only where that is asked for.
  public init(
    times: Int, delay: Double = 0, statuses: Set<Status> = RunDefaults.retriedStatuses,
    names: Set<String> = []
  ) {
    self.times = times
    self.delay = delay
    self.statuses = statuses
    self.names = names
  }

  /// Whether a call that ended so is tried again.
  public func covers(status: Status, name: String) -> Bool {
    statuses.contains(status) || names.contains(name)
  }
}

/// What workers may do to the system.
public enum SandboxLevel: String, Sendable, CaseIterable {
  case none
  case `default`
  case strict
}

/// Limits of each worker process, whatever calls it runs.
public struct WorkerLimits: Sendable, Hashable {
  /// Bytes of address space beside what a fresh worker has; nil: no limit.
  public var addressSpace: UInt64?
  /// Seconds of processor time that each of its calls may take; nil: no limit.
  public var processorSeconds: UInt64?
  /// Whether a crash may leave a core file.
  public var allowsCore = false

  public init() {}
}

/// Paths that workers may use beyond what their sandbox allows to all.
public struct AllowedPaths: Sendable, Hashable {
  public var read: [String] = []
  public var write: [String] = []

  public init() {}
}
