import CLanes

/// One lane and the port to it: calls go in, completions and printed text come
/// out. One thread at a time uses it; `signal` is for the others.
@safe public final class Lane {
  public let catalogue: Catalogue
  private let box: PortBox
  private var pieces = [kh_text_piece](repeating: kh_text_piece(), count: 256)
  private var buffer = [UInt8](repeating: 0, count: 1 << 17)
  private let completions: UnsafeMutablePointer<kh_completion>
  private static let batchSize = 256

  private var port: OpaquePointer { unsafe box.port }

  /// Starts a lane on a thread of its own. `liveLimit`: calls in it at a time.
  public init(catalogue: Catalogue, liveLimit: Int? = nil) throws(SystemError) {
    self.catalogue = catalogue
    box = try PortBox(catalogue: catalogue, liveLimit: liveLimit)
    unsafe completions = .allocate(capacity: Self.batchSize)
  }

  deinit {
    unsafe completions.deallocate()
  }

  /// What other threads may do to this lane.
  public var signal: LaneSignal { LaneSignal(box: box) }

  /// What became of a submission.
  public enum Submission: Sendable {
    case submitted
    /// The lane has not seen the last ones yet: wait.
    case soon
    /// No room till completions were taken.
    case later
    /// The arguments are larger than any arena.
    case never
  }

  /// Submits a call. `arguments` runs once, or twice for a kernel with texts or
  /// arrays. `timeout` in nanoseconds, 0 for none. O(size of the arguments).
  public func submit(
    kernel: Int, tag: UInt64, timeout: UInt64, arguments: (inout Arguments) -> Void
  ) -> Submission {
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
    unsafe kh_port_submit(port, &draft, tag, timeout)
    return .submitted
  }

  /// While open, every call submitted is stepped once before any is stepped twice.
  public func setOpen(_ open: Bool) { unsafe kh_port_set_open(port, open) }

  /// Lets the lane see what was submitted.
  public func flush() { unsafe kh_port_flush(port) }

  /// Calls submitted and not yet taken.
  public var liveCount: Int { Int(unsafe kh_port_live(port)) }

  /// Sleeps until there is something to take or `signal.wake()`.
  public func wait() { unsafe kh_port_wait(port, -1) }

  /// Ends the submitted calls of some tags between two steps, or before their start.
  public func cancel(_ tags: ClosedRange<UInt64>) {
    unsafe kh_port_cancel_tags(port, tags.lowerBound, tags.upperBound)
  }

  /// Takes what there is: first all text, piece by piece in the order of
  /// printing, then some hundred completions at the most. Answers how many.
  public func take(
    text: (_ tag: UInt64, _ bytes: ArraySlice<UInt8>) -> Void,
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

  private func takeText(_ text: (UInt64, ArraySlice<UInt8>) -> Void) -> Bool {
    let count = unsafe pieces.withUnsafeMutableBufferPointer { pieces in
      unsafe buffer.withUnsafeMutableBytes { buffer in
        unsafe kh_port_take_text(
          port, pieces.baseAddress, pieces.count,
          buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
          buffer.count)
      }
    }
    for piece in pieces[..<count] {
      text(piece.tag, buffer[Int(piece.offset)..<Int(piece.offset + piece.length)])
    }
    return count > 0
  }
}

/// The C port, closed when the last reference goes: `Lane` and its signals.
/// The functions used through a signal may be called on any thread; all others
/// are called by the lane's one owner only.
@safe final class PortBox: @unchecked Sendable {
  let port: OpaquePointer
  private let catalogue: Catalogue

  init(catalogue: Catalogue, liveLimit: Int?) throws(SystemError) {
    self.catalogue = catalogue
    var options = unsafe kh_port_options(
      kernels: catalogue.table, kernel_count: UInt32(catalogue.signatures.count),
      live_limit: UInt32(clamping: liveLimit ?? 0))
    guard let opened = unsafe kh_port_open(&options) else {
      throw SystemError.last("start a lane", path: nil)
    }
    unsafe port = opened
  }

  deinit {
    unsafe kh_port_close(port)
  }
}

/// What any thread may do to a lane.
public struct LaneSignal: Sendable {
  let box: PortBox

  /// Ends the owner's `wait`, now or the next.
  public func wake() { unsafe kh_port_wake(box.port) }

  /// Ends all calls between two steps, and those submitted later before their start.
  public func stop() { unsafe kh_port_stop(box.port) }
}

/// Nanoseconds of a clock that only goes forward.
public func monotonicNanoseconds() -> UInt64 { kh_now() }
