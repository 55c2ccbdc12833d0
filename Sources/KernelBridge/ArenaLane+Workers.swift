import CKernelHostLanes

/// How a worker died, and in which call's code.
public struct WorkerDeath: Sendable {
  public enum Cause: Sendable, Hashable {
    case signal(Int32)
    case exit(code: Int32)
    /// It never existed, or died with the fork server: `errno`.
    case gone(errno: Int32)
  }

  /// Why the host ended it.
  public enum HostReason: Sendable, Hashable {
    case timeout, deadline, memory, other
    /// What it had written for the host was impossible: a kernel had overwritten it.
    case damage
  }

  /// What a worker lacked that could not make itself ready.
  public enum SetUpFailure: Sendable, Hashable { case memory, sandbox }

  /// Nil: the worker was ready, or died in another way.
  public var setUpFailure: SetUpFailure? {
    guard call == nil, case .exit(let code) = cause else { return nil }
    switch UInt32(bitPattern: code) {
    case KH_WORKER_NO_MAP.rawValue: return .memory
    case KH_WORKER_NO_SANDBOX.rawValue: return .sandbox
    default: return nil
    }
  }

  /// The call whose code ran.
  public struct Call: Sendable {
    public let tag: UInt64
    public let slot: UInt32
    public let kernel: Int
    public let place: Place
    /// Steps that it had completed.
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

    /// The same call as a survivor, for when another call caused the death.
    public var survivor: Survivor {
      Survivor(
        tag: tag, slot: slot, kernel: kernel, fate: .again, steps: steps, printed: printed)
    }
  }

  public enum Place: Sendable, Hashable { case setup, start, step, finish }

  public let cause: Cause
  /// Nil: the host did not end it.
  public let reason: HostReason?
  /// Its own handler saw the signal, so the signal was not sent from outside.
  public let wasNoted: Bool
  /// The address of the access that faulted.
  public let address: UInt64?
  /// "f+0x12 (libx.so)"; empty: not known.
  public let symbol: String
  /// Nil: no kernel's code ran.
  public let call: Call?
  /// What the call wrote to descriptors 1 and 2 in its last step.
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

/// A call that was in a lane when its worker died.
public struct Survivor: Sendable {
  public enum Fate: Sendable, Hashable {
    /// It has not begun, and will.
    case queued
    /// It continues from its bytes.
    case resumed
    /// It has begun, and its bytes are unusable.
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

/// A lane in a worker process. A lane without a worker has no use for these.
extension ArenaLane {
  /// Starts the worker. `once`: it ends when it has no calls left. `isMeasured`: its memory can be
  /// measured.
  public func start(once: Bool, isMeasured: Bool) throws(SystemError) {
    let how =
      (once ? KH_START_ONCE.rawValue : 0) | (isMeasured ? KH_START_MEASURED.rawValue : 0)
    let error = unsafe kh_client_start(client, how)
    if error != 0 { throw SystemError("start a worker process", path: nil, code: error) }
  }

  /// The worker is dead. The caller first takes what it has reported.
  public var hasDied: Bool { unsafe kh_client_has_died(client) }

  /// The worker is dead because the fork server is, or it never existed.
  public var isGone: Bool { unsafe kh_client_is_gone(client) }

  /// A signal has stopped the worker.
  public var isStopped: Bool { unsafe kh_client_is_stopped(client) }

  /// Returns how the worker died, and the calls that are left, in the order in which they continue.
  /// Calls that have not begun are many, so they are listed only if `includingQueued`.
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

  /// The fast way instead of `takeDeath`: returns how the worker died in a call's code, and some of
  /// the calls that were live then. All calls but that one stay in their places, and `start`
  /// follows. Nil: this is impossible, and nothing has changed.
  public func takeOver() -> (WorkerDeath, beside: [Survivor])? {
    var raw = unsafe kh_death()
    unsafe kh_client_death(client, &raw)
    let death = unsafe WorkerDeath(raw)  // before its output is erased
    guard unsafe kh_client_take_over(client, &raw) else { return nil }
    var some = [kh_survivor](repeating: kh_survivor(), count: 256)
    let count = unsafe kh_client_beside(client, &some, some.count)
    return (death, some[..<count].map(Survivor.init))
  }

  /// Gives back a call of a dead worker that does not continue there.
  public func release(slot: UInt32) { unsafe kh_client_release(client, slot) }

  /// Starts another worker with the calls that were not released.
  public func revive() throws(SystemError) {
    let error = unsafe kh_client_revive(client)
    if error != 0 { throw SystemError("start a worker process", path: nil, code: error) }
  }

  /// Prepares a lane with a dead worker and no calls for calls and a start.
  public func renew() { unsafe kh_client_renew(client) }

  /// Ends a worker that has taken more memory than `memoryLimit` bytes (0: no limit). Other limits
  /// are checked whenever the lane is waited for.
  public func check(memoryLimit: UInt64) { _ = unsafe kh_client_check(client, memoryLimit) }

  /// Lets a lane without calls end after its kernels' teardown. A worker has a second for that. The
  /// lane takes no more calls.
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
