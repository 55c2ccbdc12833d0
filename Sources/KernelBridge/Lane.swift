public import KernelHostModel

/// What a lane can do: calls go in, completions and printed text come out. One thread at a time
/// uses it. Other threads use its `signal`.
///
/// A lane in a worker process (`isIsolated`) can die. Then its owner takes what it has reported.
/// Either another worker continues in its place (`takeOver`, `start`), or the owner decides about
/// each call that is left (`takeDeath`, `release`, `revive`).
public protocol Lane: AnyObject {
  var catalogue: Catalogue { get }
  /// Whether the host survives the death of the lane.
  var isIsolated: Bool { get }
  /// What other threads may do to it.
  var signal: LaneSignal { get }
  /// The lane has taken all its calls, and sleeps: its calls wait for a time.
  var isIdle: Bool { get }
  /// Calls submitted and not yet taken.
  var liveCount: Int { get }
  /// Calls submitted that the lane has not begun, as far as it reports.
  var waitingCount: Int { get }

  /// Submits a call. `arguments` runs once, or twice for a kernel with texts or
  /// arrays. O(size of the arguments).
  func submit(
    kernel: Int, options: CallOptions, arguments: (inout Arguments) -> Void
  ) -> LaneSubmission
  /// Opens or closes a batch. While it is open, the lane steps every call of it once before it
  /// steps any twice.
  func setOpen(_ open: Bool)
  /// Publishes what was submitted to the lane.
  func flush()
  /// Takes what there is: first all text, in pieces in the order of printing, then at most a few
  /// hundred completions. Returns the number of completions.
  func take(
    text: (_ piece: TextPiece) -> Void, completions body: (borrowing Completions) -> Void
  ) -> Int
  /// Takes back calls that the lane has not begun, at most half of them. Returns their tags. For a
  /// lane that is one of several. O(calls that wait).
  func takeBack() -> [UInt64]
  /// Ends the submitted calls with these tags between two steps, or before their start.
  func cancel(_ tags: TagSet)
  /// Returns the calls that have run longest, oldest first, at most 8. A call whose step has not
  /// returned since the last look is among them.
  func running() -> [LaneCall]
  /// Returns running calls that are chosen at random, at most 256, and how many calls run.
  func survey() -> (calls: [LaneCall], count: Int)

  // MARK: Half-done calls

  /// Asks for copies of the calls of flat kernels that began at least `age` nanoseconds ago. The
  /// lane makes them between steps, and `takeSnapshot` returns them later. When the lane is
  /// stopped, it copies all such calls before it ends them. Returns false while the last copies
  /// were not read, and for a lane that cannot make copies.
  func requestSnapshot(olderThan age: UInt64) -> Bool
  /// Returns copies that are complete; nil: nothing was copied since the last.
  func takeSnapshot() -> LaneSnapshot?
  /// Continues saved calls of another lane, before the first call and before `start`. `options`:
  /// how each is run, as for a new call; nil: it does not continue. Returns which continue: they
  /// are as if they had been submitted. O(bytes).
  func restore(_ saved: SavedCalls, _ options: (SavedCall) -> CallOptions?) -> [Bool]

  // MARK: With a worker

  /// Starts the worker. `once`: it ends when it has no calls left. `isMeasured`: its memory can be
  /// measured.
  func start(once: Bool, isMeasured: Bool) throws(SystemError)
  /// The worker is dead. The caller first takes what it has reported.
  var hasDied: Bool { get }
  /// The worker is dead because the fork server is, or it never existed.
  var isGone: Bool { get }
  /// A signal has stopped the worker.
  var isStopped: Bool { get }
  /// Returns how the worker died, and the calls that are left, in the order in which they continue.
  /// Calls that have not begun are many, so they are listed only if `includingQueued`.
  func takeDeath(includingQueued: Bool) -> (WorkerDeath, [Survivor])
  /// The fast way instead of `takeDeath`: returns how the worker died in a call's code, and some of
  /// the calls that were live then. All calls but that one stay in their places, and `start`
  /// follows. Nil: this is impossible, and nothing has changed.
  func takeOver() -> (WorkerDeath, beside: [Survivor])?
  /// Gives back a call of a dead worker that does not continue there.
  func release(slot: UInt32)
  /// Starts another worker with the calls that were not released.
  func revive() throws(SystemError)
  /// Prepares a lane with a dead worker and no calls for calls and a start.
  func renew()
  /// Ends a worker that has taken more memory than `memoryLimit` bytes (0: no limit). Other limits
  /// are checked whenever the lane is waited for.
  func check(memoryLimit: UInt64)
  /// Lets a lane without calls end after its kernels' teardown. A worker has a second for that. The
  /// lane takes no more calls.
  func letEnd()
  /// Ends the worker now.
  func kill()
}

extension Lane {
  public func start() throws(SystemError) { try start(once: false, isMeasured: false) }
  public func takeDeath() -> (WorkerDeath, [Survivor]) { takeDeath(includingQueued: true) }
  public func check() { check(memoryLimit: 0) }
  public func survey() -> (calls: [LaneCall], count: Int) {
    let calls = running()
    return (calls, calls.count)
  }
}

/// Provides lanes, and the time.
public protocol LaneProvider: AnyObject, Sendable {
  var catalogue: Catalogue { get }
  /// Nanoseconds of a clock that only goes forward.
  var now: UInt64 { get }
  /// Makes a lane. If the provider has worker processes, the lane is in one, which `start` starts.
  /// `liveLimit`: calls in it at a time; nil: its own limit. `lanes`: how many lanes there will be.
  /// `silence`: nanoseconds by which it may delay the notification that calls have ended.
  /// `copiesCalls`: its half-done calls may be copied and restored.
  func makeLane(
    liveLimit: Int?, lanes: Int, silence: UInt64, copiesCalls: Bool
  ) throws(SystemError) -> any Lane
  /// Sleeps until one of the lanes has something to take, has died or is woken, but not longer than
  /// `nanoseconds`; nil: no limit.
  func wait(_ lanes: [any Lane], nanoseconds: Int64?)
  /// Returns another provider, after the fork server has died.
  func another() throws(SystemError) -> any LaneProvider
}

/// Nanoseconds by which a lane may delay the notification that calls have ended.
public enum LaneSilence {
  /// If other calls may wait for a call to end.
  public static let short: UInt64 = 4_000_000
  /// If only the reader of the results waits.
  public static let long: UInt64 = 16_000_000
}

/// The outcome of a submission.
public enum LaneSubmission: Sendable {
  case submitted
  /// The lane has not seen the last calls yet: wait.
  case soon
  /// There is no room until completions are taken.
  case later
  /// The arguments are larger than any arena.
  case never
  /// The arguments are wrong: the call has this error.
  case refused(CallError)
}

/// How a call is run.
public struct CallOptions: Sendable {
  /// The owner's own number for it.
  public var tag: UInt64
  /// Nanoseconds of the call's own time, its steps and sleeps; 0: no limit.
  public var timeout: UInt64
  /// Nanoseconds of wall time from its start; 0: no limit.
  public var deadline: UInt64
  /// Nanoseconds by which a step in a worker may exceed one of them.
  public var grace: UInt64
  /// Nanoseconds of processor time of its steps; 0: no limit.
  public var processor: UInt64
  /// Bytes of `kh_alloc`; 0: no limit.
  public var memory: UInt64
  /// Bytes of printed text that an earlier attempt has shown.
  public var skippedText: UInt64
  /// The number that `kh_number` returns; below 2^48.
  public var number: UInt64
  /// The attempt that `kh_attempt` returns, from 1.
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

/// A piece of text of one call.
public struct TextPiece {
  public let tag: UInt64
  public let kernel: Int
  /// The kernel wrote it to descriptor 1 or 2: it is not a result.
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
  /// Ends the owner's current `wait`, or the next one.
  public let wake: @Sendable () -> Void
  /// Ends all calls between two steps, and later ones before their start.
  public let stop: @Sendable () -> Void

  public init(wake: @escaping @Sendable () -> Void, stop: @escaping @Sendable () -> Void) {
    self.wake = wake
    self.stop = stop
  }
}
