import CKernelHost
import CLanes
import Glibc
import TaskModel

/// A lane over memory that it shares with its owner: a C loop on a thread of this process, or in
/// a worker process.
@safe public final class ArenaLane: Lane {
  public let catalogue: Catalogue
  private let box: PortBox
  private var pieces = [kh_text_piece](repeating: kh_text_piece(), count: 256)
  private var buffer = [UInt8](repeating: 0, count: 1 << 17)
  private let completions: UnsafeMutablePointer<kh_completion>
  private static let batchSize = 256

  var port: OpaquePointer { unsafe box.port }

  /// The lane has taken all that it was given, and sleeps: its calls wait for a time.
  public var isIdle: Bool { unsafe kh_port_is_idle(port) }

  /// Starts a lane on a thread of its own, or makes ready for one in a worker of `workers`,
  /// which `start` starts. `liveLimit`: calls in it at a time; `lanes`: how many there will
  /// be; `silence`: nanoseconds for which it may keep it to itself that calls have ended.
  public init(
    catalogue: Catalogue, workers: WorkerGuard? = nil, liveLimit: Int? = nil, lanes: Int = 1,
    silence: UInt64 = LaneSilence.short
  ) throws(SystemError) {
    self.catalogue = catalogue
    box = try PortBox(
      catalogue: catalogue, workers: workers, liveLimit: liveLimit, lanes: lanes,
      silence: silence)
    unsafe completions = .allocate(capacity: Self.batchSize)
  }

  deinit {
    unsafe completions.deallocate()
  }

  /// Whether a death of the lane is not the host's.
  public var isIsolated: Bool { box.workers != nil }

  public var signal: LaneSignal {
    let box = box
    return LaneSignal(
      wake: { unsafe kh_port_wake(box.port) }, stop: { unsafe kh_port_stop(box.port) })
  }

  /// Sleeps until one of the lanes has something to take, has died or is woken, or for a number
  /// of nanoseconds; nil: no limit. All are of this type.
  public static func wait(_ lanes: [any Lane], nanoseconds: Int64?) {
    let ports = unsafe lanes.map { lane in
      guard let lane = lane as? ArenaLane else { preconditionFailure("a lane of another kind") }
      return unsafe Optional(lane.port)
    }
    unsafe ports.withUnsafeBufferPointer { ports in
      unsafe kh_port_wait(ports.baseAddress, ports.count, nanoseconds ?? -1)
    }
  }

  /// Submits a call. `arguments` runs once, or twice for a kernel with texts or
  /// arrays. O(size of the arguments).
  public func submit(
    kernel: Int, options: CallOptions, arguments: (inout Arguments) -> Void
  ) -> LaneSubmission {
    precondition(catalogue.signatures.indices.contains(kernel), "no such kernel")
    var payload = 0
    if unsafe catalogue.layouts[kernel].hasPayload {
      var measure = Arguments(measuring: kernel, of: catalogue)
      arguments(&measure)
      payload = measure.used
    }
    var draft = unsafe kh_draft()
    switch unsafe kh_port_draft(port, UInt32(kernel), UInt64(payload), &draft) {
    case KH_ROOM: break
    case KH_ROOM_SOON: return .soon
    case KH_ROOM_LATER: return .later
    default: return .never
    }
    var writer = unsafe Arguments(
      kernel: kernel, of: catalogue, state: draft.state, payload: draft.payload,
      payloadSize: payload,
      distance: draft.distance)
    arguments(&writer)
    var raw = kh_call_options(
      tag: options.tag, timeout_ns: options.timeout, deadline_ns: options.deadline,
      grace_ns: options.grace, processor_ns: options.processor, memory: options.memory,
      skip_text: options.skippedText, number: options.number, attempt: options.attempt)
    unsafe kh_port_submit(port, &draft, &raw)
    return .submitted
  }

  /// While open, every call submitted is stepped once before any is stepped twice.
  public func setOpen(_ open: Bool) { unsafe kh_port_set_open(port, open) }

  /// Lets the lane see what was submitted.
  public func flush() { unsafe kh_port_flush(port) }

  /// Calls submitted and not yet taken.
  public var liveCount: Int { Int(unsafe kh_port_live(port)) }

  /// Calls submitted that the lane has not taken, as far as it says.
  public var waitingCount: Int { Int(unsafe kh_port_waiting(port)) }

  /// Of a lane that is one of several: takes back some calls that it has not begun, at most half
  /// of them; their tags. O(calls that wait).
  public func takeBack() -> [UInt64] {
    var tags = [UInt64](repeating: 0, count: 2048)
    let count = unsafe kh_port_take_back(port, &tags, tags.count)
    return Array(tags[..<count])
  }

  /// Ends the submitted calls of some tags between two steps, or before their start.
  public func cancel(_ tags: ClosedRange<UInt64>) {
    unsafe kh_port_cancel_tags(port, tags.lowerBound, tags.upperBound)
  }

  /// Takes what there is: first all text, piece by piece in the order of
  /// printing, then some hundred completions at the most. Answers how many.
  public func take(
    text: (_ piece: TextPiece) -> Void,
    completions body: (borrowing Completions) -> Void
  ) -> Int {
    unsafe kh_port_look(port)
    while takeText(text) {}
    let count = unsafe kh_port_take(port, completions, Self.batchSize)
    if count > 0 {
      unsafe body(Completions(completions, count: count, port: port, catalogue: catalogue))
    }
    for index in 0..<count { unsafe kh_port_release(port, completions[index].slot) }
    return count
  }

  private func takeText(_ text: (TextPiece) -> Void) -> Bool {
    let count = unsafe pieces.withUnsafeMutableBufferPointer { pieces in
      unsafe buffer.withUnsafeMutableBytes { buffer in
        unsafe kh_port_take_text(
          port, pieces.baseAddress, pieces.count,
          buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
          buffer.count)
      }
    }
    for piece in pieces[..<count] {
      text(
        TextPiece(
          tag: piece.tag, kernel: Int(piece.kernel), isOutput: piece.is_output != 0,
          bytes: buffer[Int(piece.offset)..<Int(piece.offset + piece.length)]))
    }
    return count > 0
  }
}

/// The C port, closed when the last reference goes: `Lane` and its signals.
/// The functions used through a signal may be called on any thread; all others
/// are called by the lane's one owner only.
@safe final class PortBox: @unchecked Sendable {
  let port: OpaquePointer
  let workers: WorkerGuard?
  private let catalogue: Catalogue

  init(
    catalogue: Catalogue, workers: WorkerGuard?, liveLimit: Int?, lanes: Int, silence: UInt64
  ) throws(SystemError) {
    self.catalogue = catalogue
    self.workers = workers
    var options = unsafe kh_port_options(
      shapes: catalogue.shapes, kernels: catalogue.table,
      kernel_count: UInt32(catalogue.signatures.count),
      live_limit: UInt32(clamping: liveLimit ?? RunDefaults.liveLimit), guard: workers?.handle,
      lanes: UInt32(clamping: lanes), tell_ns: silence)
    guard let opened = unsafe kh_port_open(&options) else {
      let code = errno
      let what = "make memory to share with a worker, which ulimit -f limits"
      throw SystemError(
        code == EFBIG ? what + " (--isolation none needs none)" : "start a lane", path: nil,
        code: code)
    }
    unsafe port = opened
  }

  deinit {
    unsafe kh_port_close(port)
  }
}

/// Nanoseconds of a clock that only goes forward.
public func monotonicNanoseconds() -> UInt64 { kh_now() }
