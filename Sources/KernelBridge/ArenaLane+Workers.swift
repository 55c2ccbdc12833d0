import CLanes

/// How a worker died, and in whose code.
public struct WorkerDeath: Sendable {
  public enum Cause: Sendable, Hashable {
    case signal(Int32)
    case exit(code: Int32)
    /// It was never there, or it went with the process that it descends from: `errno`.
    case gone(errno: Int32)
  }

  /// Why the host ended it.
  public enum HostReason: Sendable, Hashable {
    case timeout, deadline, memory, other
    /// What it had written for the host could not be: kernels had written over it.
    case damage
  }

  /// The call whose code ran.
  public struct Call: Sendable {
    public let tag: UInt64
    public let slot: UInt32
    public let kernel: Int
    public let place: Place
    /// Steps that it had done.
    public let steps: Int64
    /// Bytes of text that it had printed.
    public let printed: UInt64

    package init(
      tag: UInt64, slot: UInt32, kernel: Int, place: Place, steps: Int64, printed: UInt64
    ) {
      self.tag = tag
      self.slot = slot
      self.kernel = kernel
      self.place = place
      self.steps = steps
      self.printed = printed
    }

    init(_ raw: kh_death, _ place: Place) {
      unsafe tag = raw.tag
      unsafe slot = raw.slot
      unsafe kernel = Int(raw.kernel)
      self.place = place
      unsafe steps = Int64(clamping: raw.steps)
      unsafe printed = raw.printed
    }

    /// The same as one whose death was others' doing.
    public var survivor: Survivor {
      Survivor(
        tag: tag, slot: slot, kernel: kernel, fate: .again, steps: steps, printed: printed)
    }
  }

  public enum Place: Sendable, Hashable { case setup, start, step, finish }

  public let cause: Cause
  /// Nil: the host had no part in it.
  public let reason: HostReason?
  /// Its own handler saw the signal: nobody from outside ended it.
  public let wasNoted: Bool
  /// Where memory was touched that may not be.
  public let address: UInt64?
  /// "f+0x12 (libx.so)"; empty: not known.
  public let symbol: String
  /// Nil: no kernel's code ran.
  public let call: Call?
  /// What the call wrote to descriptors 1 and 2 by itself in its last step.
  public let output: [UInt8]
  /// The call's own time: its steps and sleeps.
  public let seconds: Double
  /// When the call began, by `monotonicNanoseconds`; 0: not known.
  public let began: UInt64

  package init(
    cause: Cause, reason: HostReason? = nil, wasNoted: Bool = false, call: Call? = nil,
    seconds: Double = 0, began: UInt64 = 0
  ) {
    self.cause = cause
    self.reason = reason
    self.wasNoted = wasNoted
    self.call = call
    self.seconds = seconds
    self.began = began
    address = nil
    symbol = ""
    output = []
  }
}

/// A call that was in a lane whose worker died.
public struct Survivor: Sendable {
  public enum Fate: Sendable, Hashable {
    /// Has not begun, and will.
    case queued
    /// Goes on from its bytes.
    case resumed
    /// Begun, and its bytes are no use.
    case again
  }

  public let tag: UInt64
  public let slot: UInt32
  public let kernel: Int
  public let fate: Fate
  public let steps: Int64
  public let printed: UInt64

  package init(
    tag: UInt64, slot: UInt32, kernel: Int, fate: Fate, steps: Int64, printed: UInt64 = 0
  ) {
    self.tag = tag
    self.slot = slot
    self.kernel = kernel
    self.fate = fate
    self.steps = steps
    self.printed = printed
  }
}

/// A lane in a worker process. One without knows none of this.
extension ArenaLane {
  /// Starts the worker. `once`: it ends when nothing is left to do; `isMeasured`: its memory
  /// will be looked at.
  public func start(once: Bool, isMeasured: Bool) throws(SystemError) {
    let how =
      (once ? KH_START_ONCE.rawValue : 0) | (isMeasured ? KH_START_MEASURED.rawValue : 0)
    let error = unsafe kh_client_start(client, how)
    if error != 0 { throw SystemError("start a worker process", path: nil, code: error) }
  }

  /// The worker is dead. What it still has to tell is to be taken first.
  public var hasDied: Bool { unsafe kh_client_has_died(client) }

  /// The worker is dead because the fork server is, or was never there.
  public var isGone: Bool { unsafe kh_client_is_gone(client) }

  /// Somebody stopped the worker.
  public var isStopped: Bool { unsafe kh_client_is_stopped(client) }

  /// How the worker died, and the calls that are left, in the order in which they go on;
  /// those that have not begun only if they are wanted: they are many.
  public func takeDeath(includingQueued: Bool) -> (WorkerDeath, [Survivor]) {
    var raw = unsafe kh_death()
    unsafe kh_client_death(client, &raw)
    let count = unsafe kh_client_recover(client, &raw)
    var survivors: [Survivor] = []
    for index in 0..<count {
      var one = kh_survivor()
      unsafe kh_client_survivor(client, index, &one)
      if one.fate == KH_FATE_QUEUED, !includingQueued { continue }
      survivors.append(Survivor(one))
    }
    return (unsafe WorkerDeath(raw), survivors)
  }

  /// Instead of `takeDeath`, where it can be: how the worker died in a call's code, and some
  /// of the calls that were live beside it. All calls but that one stay where they are: to be
  /// followed by `start`. Nil: it cannot be, and nothing has changed.
  public func takeOver() -> (WorkerDeath, beside: [Survivor])? {
    var raw = unsafe kh_death()
    unsafe kh_client_death(client, &raw)
    let death = unsafe WorkerDeath(raw)  // before what it wrote is wiped
    guard unsafe kh_client_take_over(client, &raw) else { return nil }
    var some = [kh_survivor](repeating: kh_survivor(), count: 256)
    let count = unsafe kh_client_beside(client, &some, some.count)
    return (death, some[..<count].map(Survivor.init))
  }

  /// Gives back a call of a dead worker that does not go on there.
  public func release(slot: UInt32) { unsafe kh_client_release(client, slot) }

  /// Starts another worker with the calls that were not released.
  public func revive() throws(SystemError) {
    let error = unsafe kh_client_revive(client)
    if error != 0 { throw SystemError("start a worker process", path: nil, code: error) }
  }

  /// Makes a lane without a call and with a dead worker ready for calls and a start.
  public func renew() { unsafe kh_client_renew(client) }

  /// Ends a worker that has taken more memory than `memoryLimit` bytes (0: no limit). All else
  /// that it may not do is looked after whenever the lane is waited for.
  public func check(memoryLimit: UInt64) { _ = unsafe kh_client_check(client, memoryLimit) }

  /// Lets a lane without calls end by its own if its kernels have something to free; a worker has
  /// a second for that. It takes no more calls.
  public func letEnd() { unsafe kh_client_let_end(client) }

  /// Ends the worker now.
  public func kill() { unsafe kh_client_kill(client) }
}

extension Survivor {
  init(_ raw: kh_survivor) {
    tag = raw.tag
    slot = raw.slot
    kernel = Int(raw.kernel)
    fate =
      switch raw.fate {
      case KH_FATE_QUEUED: .queued
      case KH_FATE_RESUMED: .resumed
      default: .again
      }
    steps = Int64(clamping: raw.steps)
    printed = raw.printed
  }
}

extension WorkerDeath {
  init(_ raw: kh_death) {
    cause =
      if unsafe raw.signal != 0 {
        unsafe .signal(raw.signal)
      } else if unsafe raw.exit_code >= 0 {
        unsafe .exit(code: raw.exit_code)
      } else {
        unsafe .gone(errno: raw.error)
      }
    reason =
      switch unsafe raw.reason {
      case KH_REASON_NONE: nil
      case KH_REASON_TIMEOUT: .timeout
      case KH_REASON_MEMORY: .memory
      case KH_REASON_DEADLINE: .deadline
      case KH_REASON_DAMAGE: .damage
      default: .other
      }
    unsafe wasNoted = raw.was_noted
    address = unsafe raw.has_address ? unsafe raw.address : nil
    symbol = unsafe String(cString: raw.symbol)
    let place: Place =
      switch unsafe raw.phase {
      case 1: .start
      case 3: .finish
      case 4: .setup
      default: .step
      }
    call =
      unsafe raw.has_call
      ? unsafe Call(raw, place) : nil
    output = unsafe [UInt8](
      UnsafeRawBufferPointer(start: raw.output, count: Int(raw.output_length)))
    seconds = unsafe Double(raw.nanoseconds) * 1e-9
    began = unsafe raw.started_ns
  }
}
