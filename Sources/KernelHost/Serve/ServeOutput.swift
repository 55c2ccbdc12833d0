import KernelBridge
import KernelHostModel

/// The lines on their way to the client, through a thread that writes them. A client that does not
/// read holds up those that append, so that memory stays bounded.
final class ServeOutput: Sendable {
  private struct State: Sendable {
    var bytes: [UInt8] = []
    /// Bytes that the thread is writing.
    var writing = 0
    var isEnded = false
    var isDone = false
    var failure: SystemError?

    var size: Int { bytes.count + writing }
  }

  private let state = Monitor(State())
  /// Bytes from which on no more calls are begun for the client.
  private static let full = 1 << 20
  /// Bytes from which on appending waits.
  private static let most = 8 << 20

  /// Starts the thread. `onRoom` runs on it when there is room again, and `onFailure` once if the
  /// lines cannot be written.
  func start(
    _ descriptor: Int32, onRoom: @escaping @Sendable () -> Void,
    onFailure: @escaping @Sendable () -> Void
  ) -> Bool {
    HostThread.start { [self] in
      let file = OutputFile(
        descriptor: descriptor, name: "standard output", action: "write records to")
      while let bytes = next() {
        do throws(SystemError) {
          try file.write(bytes[...])
          try file.flush()
        } catch {
          fail(error)
          onFailure()
        }
        if wrote() { onRoom() }
      }
      state.change { $0.isDone = true }
    }
  }

  private func next() -> [UInt8]? {
    state.wait { state in
      if !state.bytes.isEmpty, state.failure == nil {
        var bytes: [UInt8] = []
        swap(&bytes, &state.bytes)
        state.writing = bytes.count
        return .done(bytes)
      }
      return state.isEnded || state.failure != nil ? .done(nil) : .again(at: nil)
    }
  }

  /// Returns true if there is room again.
  private func wrote() -> Bool {
    state.change { state in
      let wasFull = state.size >= Self.full
      state.writing = 0
      return wasFull && state.size < Self.full
    }
  }

  /// Appends whole lines. Waits while there are too many.
  func append(_ bytes: [UInt8]) {
    if bytes.isEmpty { return }
    state.wait { state in
      if state.failure != nil || state.isEnded { return .done(()) }
      if state.size >= Self.most { return .again(at: nil) }
      if state.bytes.isEmpty { state.bytes = bytes } else { state.bytes += bytes }
      return .done(())
    }
    state.notify()
  }

  /// Appends whole lines, however many there are. `waitUntilTaken` is to follow, at a time at which
  /// a wait holds up no other thread.
  func put(_ bytes: [UInt8]) {
    if bytes.isEmpty { return }
    state.change { state in
      if state.failure != nil || state.isEnded { return }
      if state.bytes.isEmpty { state.bytes = bytes } else { state.bytes += bytes }
    }
  }

  /// Waits while there are too many lines.
  func waitUntilTaken() {
    state.wait { state in
      state.size < Self.most || state.failure != nil || state.isEnded ? .done(()) : .again(at: nil)
    }
  }

  /// Whether more calls may begin.
  var hasRoom: Bool { state.withLock { $0.size < Self.full || $0.failure != nil } }

  func waitForRoom() {
    state.wait { $0.size < Self.full || $0.failure != nil ? .done(()) : .again(at: nil) }
  }

  /// Nothing can be written any more.
  func fail(_ error: SystemError) {
    state.change { state in
      state.failure = state.failure ?? error
      state.bytes = []
    }
  }

  /// Appends the last line, and waits until all is written, at most for some seconds; nil: without
  /// a limit. Returns why it is not. Lines that come later are dropped.
  func end(_ last: [UInt8] = [], within seconds: Double? = nil) -> SystemError? {
    state.change { state in
      if !state.isEnded, state.failure == nil { state.bytes += last }
      state.isEnded = true
    }
    let until = seconds.map { monotonicNanoseconds() + UInt64($0 * 1e9) }
    return state.wait { state in
      if state.failure != nil || state.isDone { return .done(state.failure) }
      if let until, monotonicNanoseconds() >= until { return .done(nil) }
      return .again(at: until)
    }
  }

  var hasFailed: Bool { state.withLock { $0.failure != nil } }
}
