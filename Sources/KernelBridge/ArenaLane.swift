import CKernelHost
import CKernelHostLanes
import Glibc
import KernelHostModel

/// A lane over memory that it shares with its owner: a C loop on a thread of this process, or in
/// a worker process.
@safe public final class ArenaLane: Lane {
  public let catalogue: Catalogue
  let box: ClientBox
  private var pieces = [kh_text_piece](repeating: kh_text_piece(), count: 256)
  private var buffer = [UInt8](repeating: 0, count: 1 << 17)
  private let completions: UnsafeMutablePointer<kh_completion>
  private static let batchSize = 256

  var client: OpaquePointer { unsafe box.client }

  /// The lane has taken all its calls, and sleeps: its calls wait for a time.
  public var isIdle: Bool { unsafe kh_client_is_idle(client) }

  /// Starts a lane on a thread of its own. With `workers` it prepares one in a worker process,
  /// which `start` starts. `liveLimit`: calls in it at a time. `lanes`: how many lanes there will
  /// be. `silence`: nanoseconds by which it may delay the notification that calls have ended.
  /// `copiesCalls`: its calls may be copied and restored; for a lane in a worker.
  public init(
    catalogue: Catalogue, workers: WorkerSupervisor? = nil, liveLimit: Int? = nil, lanes: Int = 1,
    silence: UInt64 = LaneSilence.short, copiesCalls: Bool = false
  ) throws(SystemError) {
    self.catalogue = catalogue
    box = try ClientBox(
      catalogue: catalogue, workers: workers, liveLimit: liveLimit, lanes: lanes,
      silence: silence, copiesCalls: copiesCalls)
    unsafe completions = .allocate(capacity: Self.batchSize)
  }

  deinit {
    unsafe completions.deallocate()
  }

  /// Whether the host survives the death of the lane.
  public var isIsolated: Bool { box.workers != nil }

  public var signal: LaneSignal {
    let box = box
    return LaneSignal(
      wake: { unsafe kh_client_wake(box.client) }, stop: { unsafe kh_client_stop(box.client) })
  }

  /// Sleeps until one of the lanes has something to take, has died or is woken, but not longer than
  /// `nanoseconds`; nil: no limit. All lanes are of this type.
  public static func wait(_ lanes: [any Lane], nanoseconds: Int64?) {
    let clients = unsafe lanes.map { lane in
      guard let lane = lane as? ArenaLane else { preconditionFailure("a lane of another kind") }
      return unsafe Optional(lane.client)
    }
    unsafe clients.withUnsafeBufferPointer { clients in
      unsafe kh_client_wait(clients.baseAddress, clients.count, nanoseconds ?? -1)
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
      if let problem = measure.problem { return .refused(problem) }
      payload = measure.used
    }
    var draft = unsafe kh_draft()
    switch unsafe kh_client_draft(client, UInt32(kernel), UInt64(payload), &draft) {
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
    writer.finish(measured: payload)
    if let problem = writer.problem {
      unsafe kh_client_release(client, draft.slot)
      return .refused(problem)
    }
    var raw = options.raw
    unsafe kh_client_submit(client, &draft, &raw)
    return .submitted
  }

  /// Opens or closes a batch. While it is open, the lane steps every call of it once before it
  /// steps any twice.
  public func setOpen(_ open: Bool) { unsafe kh_client_set_open(client, open) }

  /// Publishes what was submitted to the lane.
  public func flush() { unsafe kh_client_flush(client) }

  /// Calls submitted and not yet taken.
  public var liveCount: Int { Int(unsafe kh_client_live(client)) }

  /// Calls submitted that the lane has not taken, as far as it reports.
  public var waitingCount: Int { Int(unsafe kh_client_waiting(client)) }

  /// Takes back calls that the lane has not begun, at most half of them. Returns their tags. For a
  /// lane that is one of several. O(calls that wait).
  public func takeBack() -> [UInt64] {
    var tags = [UInt64](repeating: 0, count: 2048)
    let count = unsafe kh_client_take_back(client, &tags, tags.count)
    return Array(tags[..<count])
  }

  /// Ends the submitted calls with these tags between two steps, or before their start.
  public func cancel(_ tags: TagSet) {
    let bounds = tags.ranges.flatMap { [$0.lowerBound, $0.upperBound] }
    unsafe kh_client_cancel_tags(client, bounds, tags.ranges.count)
  }

  /// Takes what there is: first all text, in pieces in the order of printing, then at most a few
  /// hundred completions. Returns the number of completions.
  public func take(
    text: (_ piece: TextPiece) -> Void,
    completions body: (borrowing Completions) -> Void
  ) -> Int {
    unsafe kh_client_poll(client)
    while takeText(text) {}
    let count = unsafe kh_client_reap(client, completions, Self.batchSize)
    if count > 0 {
      unsafe body(Completions(completions, count: count, client: client, catalogue: catalogue))
    }
    for index in 0..<count { unsafe kh_client_release(client, completions[index].slot) }
    return count
  }

  private func takeText(_ text: (TextPiece) -> Void) -> Bool {
    let count = unsafe pieces.withUnsafeMutableBufferPointer { pieces in
      unsafe buffer.withUnsafeMutableBytes { buffer in
        unsafe kh_client_reap_text(
          client, pieces.baseAddress, pieces.count,
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

extension CallOptions {
  var raw: kh_call_options {
    kh_call_options(
      tag: tag, timeout_ns: timeout, deadline_ns: deadline, grace_ns: grace,
      processor_ns: processor, memory: memory, skip_text: skippedText, number: number,
      attempt: attempt)
  }
}

/// The C client, closed when the last reference goes: `Lane` and its signals. The functions of a
/// signal may be called on any thread, and all others only by the lane's owner.
@safe final class ClientBox: @unchecked Sendable {
  let client: OpaquePointer
  let workers: WorkerSupervisor?
  private let catalogue: Catalogue

  init(
    catalogue: Catalogue, workers: WorkerSupervisor?, liveLimit: Int?, lanes: Int,
    silence: UInt64, copiesCalls: Bool
  ) throws(SystemError) {
    self.catalogue = catalogue
    self.workers = workers
    var options = unsafe kh_client_options(
      shapes: catalogue.shapes, kernels: catalogue.table,
      kernel_count: UInt32(catalogue.signatures.count),
      live_limit: UInt32(clamping: liveLimit ?? RunDefaults.liveLimit), supervisor: workers?.handle,
      lanes: UInt32(clamping: lanes), notify_ns: silence,
      snapshots: copiesCalls ? 1 : 0)
    guard let opened = unsafe kh_client_open(&options) else {
      let code = errno
      let what = "make memory to share with a worker, which ulimit -f limits"
      throw SystemError(
        code == EFBIG ? what + " (--isolation none needs no such memory)" : "start a lane",
        path: nil,
        code: code)
    }
    unsafe client = opened
  }

  deinit {
    unsafe kh_client_close(client)
  }
}

/// Nanoseconds of a clock that only goes forward.
public func monotonicNanoseconds() -> UInt64 { kh_now() }
