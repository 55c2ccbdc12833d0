/// What a lane can do: calls go in, completions and printed text come out. One thread at a time
/// uses it; `signal` is for the others.
///
/// A lane in a worker process (`isIsolated`) can die. Then its owner takes what it still has to
/// tell, and either another worker goes on in its place (`takeOver`, `start`), or each call that is
/// left is dealt with (`takeDeath`, `release`, `revive`).
public protocol Lane: AnyObject {
  var catalogue: Catalogue { get }
  /// Whether a death of the lane is not the host's.
  var isIsolated: Bool { get }
  /// What other threads may do to it.
  var signal: LaneSignal { get }
  /// The lane has taken all that it was given, and sleeps: its calls wait for a time.
  var isIdle: Bool { get }
  /// Calls submitted and not yet taken.
  var liveCount: Int { get }
  /// Calls submitted that the lane has not begun, as far as it says.
  var waitingCount: Int { get }

  /// Submits a call. `arguments` runs once, or twice for a kernel with texts or
  /// arrays. O(size of the arguments).
  func submit(
    kernel: Int, options: CallOptions, arguments: (inout Arguments) -> Void
  ) -> LaneSubmission
  /// While open, every call submitted is stepped once before any is stepped twice.
  func setOpen(_ open: Bool)
  /// Lets the lane see what was submitted.
  func flush()
  /// Takes what there is: first all text, piece by piece in the order of printing, then some
  /// hundred completions at the most. Returns how many calls have ended.
  func take(
    text: (_ piece: TextPiece) -> Void, completions body: (borrowing Completions) -> Void
  ) -> Int
  /// Of a lane that is one of several: takes back some calls that it has not begun, at most half
  /// of them; returns their tags. O(calls that wait).
  func takeBack() -> [UInt64]
  /// Ends the submitted calls of some tags between two steps, or before their start.
  func cancel(_ tags: ClosedRange<UInt64>)
  /// The calls that have run longest, oldest first, at most 8; and one in whose step the lane
  /// has been since the last look.
  func running() -> [LaneCall]

  // MARK: With a worker

  /// Starts the worker. `once`: it ends when nothing is left to do; `isMeasured`: its memory
  /// will be looked at.
  func start(once: Bool, isMeasured: Bool) throws(SystemError)
  /// The worker is dead. What it still has to tell is to be taken first.
  var hasDied: Bool { get }
  /// The worker is dead because the fork server is, or was never there.
  var isGone: Bool { get }
  /// Somebody stopped the worker.
  var isStopped: Bool { get }
  /// How the worker died, and the calls that are left, in the order in which they go on;
  /// those that have not begun only if they are wanted: they are many.
  func takeDeath(includingQueued: Bool) -> (WorkerDeath, [Survivor])
  /// Instead of `takeDeath`, where it can be: how the worker died in a call's code, and some
  /// of the calls that were live beside it. All calls but that one stay where they are: to be
  /// followed by `start`. Nil: it cannot be, and nothing has changed.
  func takeOver() -> (WorkerDeath, beside: [Survivor])?
  /// Gives back a call of a dead worker that does not go on there.
  func release(slot: UInt32)
  /// Starts another worker with the calls that were not released.
  func revive() throws(SystemError)
  /// Makes a lane without a call and with a dead worker ready for calls and a start.
  func renew()
  /// Ends a worker that has taken more memory than `memoryLimit` bytes (0: no limit). All else
  /// that it may not do is looked after whenever the lane is waited for.
  func check(memoryLimit: UInt64)
  /// Lets a lane without calls end in its own time if its kernels have something to free; a worker
  /// has a second for that. It takes no more calls.
  func letEnd()
  /// Ends the worker now.
  func kill()
}

extension Lane {
  public func start() throws(SystemError) { try start(once: false, isMeasured: false) }
  public func takeDeath() -> (WorkerDeath, [Survivor]) { takeDeath(includingQueued: true) }
  public func check() { check(memoryLimit: 0) }
}

/// Where lanes come from, and time.
public protocol LaneProvider: AnyObject, Sendable {
  var catalogue: Catalogue { get }
  /// Nanoseconds of a clock that only goes forward.
  var now: UInt64 { get }
  /// A lane, in a worker process that `start` starts where this provider has those. `liveLimit`:
  /// calls in it at a time, nil: its own limit; `lanes`: how many there will be; `silence`:
  /// nanoseconds for which it may keep it to itself that calls have ended.
  func makeLane(liveLimit: Int?, lanes: Int, silence: UInt64) throws(SystemError) -> any Lane
  /// Sleeps until one of the lanes has something to take, has died or is woken, or for a number
  /// of nanoseconds; nil: no limit.
  func wait(_ lanes: [any Lane], nanoseconds: Int64?)
  /// Another provider, after the process that workers descend from has died.
  func another() throws(SystemError) -> any LaneProvider
}

/// Nanoseconds for which a lane may keep it to itself that calls have ended.
public enum LaneSilence {
  /// Where something may wait for a call to end.
  public static let short: UInt64 = 4_000_000
  /// Where only the reader of the results waits.
  public static let long: UInt64 = 16_000_000
}

/// What became of a submission.
public enum LaneSubmission: Sendable {
  case submitted
  /// The lane has not seen the last ones yet: wait.
  case soon
  /// No room till completions were taken.
  case later
  /// The arguments are larger than any arena.
  case never
}

/// How a call is to be run.
public struct CallOptions: Sendable {
  /// The owner's own number for it.
  public var tag: UInt64
  /// Nanoseconds of the call's own time, its steps and sleeps; 0: no limit.
  public var timeout: UInt64
  /// Nanoseconds of wall time from its start; 0: no limit.
  public var deadline: UInt64
  /// Nanoseconds that a step may outlive one of them, in a worker.
  public var grace: UInt64
  /// Nanoseconds of processor time of its steps; 0: no limit.
  public var processor: UInt64
  /// Bytes of `kh_alloc`; 0: no limit.
  public var memory: UInt64
  /// Bytes of printed text that an earlier attempt has shown already.
  public var skippedText: UInt64
  /// What the call can know as its own number; below 2^48.
  public var number: UInt64
  /// Which start of it this is, from 1.
  public var attempt: UInt32

  public init(
    tag: UInt64, timeout: UInt64 = 0, deadline: UInt64 = 0, grace: UInt64 = 0,
    processor: UInt64 = 0, memory: UInt64 = 0, skippedText: UInt64 = 0, number: UInt64 = 0,
    attempt: UInt32 = 1
  ) {
    self.tag = tag
    self.number = number
    self.attempt = attempt
    self.timeout = timeout
    self.deadline = deadline
    self.grace = grace
    self.processor = processor
    self.memory = memory
    self.skippedText = skippedText
  }
}

/// Some text of one call.
public struct TextPiece {
  public let tag: UInt64
  public let kernel: Int
  /// The kernel wrote it to descriptor 1 or 2 by itself: no result.
  public let isOutput: Bool
  public let bytes: ArraySlice<UInt8>

  package init(tag: UInt64, kernel: Int, isOutput: Bool, bytes: ArraySlice<UInt8>) {
    self.tag = tag
    self.kernel = kernel
    self.isOutput = isOutput
    self.bytes = bytes
  }
}

/// What any thread may do to a lane.
public struct LaneSignal: Sendable {
  /// Ends the owner's `wait`, now or the next.
  public let wake: @Sendable () -> Void
  /// Ends all calls between two steps, and those submitted later before their start.
  public let stop: @Sendable () -> Void

  public init(wake: @escaping @Sendable () -> Void, stop: @escaping @Sendable () -> Void) {
    self.wake = wake
    self.stop = stop
  }
}
