public import KernelBridge
import Synchronization

/// A few lines at the bottom of a terminal that are drawn again and again, and make way for
/// all else that is written there.
///
/// While it is shown the cursor stands at its beginning, so whatever is written to the
/// terminal past it is written over it and not into the middle. It is shown only while the
/// cursor is at the beginning of a line: what a kernel printed without a line feed stays whole.
public final class StatusArea: OutputScreen {
  private struct State {
    var lines: [String] = []
    var isShown = false
    var isClosed = false
    var isAtLineStart = true
    var drawnAt: UInt64 = 0
  }

  private let state = Locked(State())
  /// Whether something of it is on the screen; for `wipe` alone.
  private let isThere = Atomic<Bool>(false)
  private let descriptor: Int32
  /// Nanoseconds between two drawings.
  private static let pause: UInt64 = 100_000_000

  /// `descriptor`: of a terminal.
  public init(descriptor: Int32) { self.descriptor = descriptor }

  /// Columns that a line may take; rows that the area may.
  var room: (columns: Int, rows: Int) {
    let size = Terminal.size(descriptor) ?? (80, 24)
    // In the last column a terminal may begin another line by itself.
    return (max(size.columns - 1, 0), max(min(size.rows - 1, 4), 1))
  }

  /// Shows these lines, each of which fits into the terminal's width.
  func show(_ lines: [String]) {
    state.withLock { state in
      state.lines = lines
      draw(&state)
    }
  }

  public func around(_ bytes: ArraySlice<UInt8>, _ write: () -> Void) {
    state.withLock { state in
      clear(&state)
      write()
      if let last = bytes.last { state.isAtLineStart = last == 10 }
      if monotonicNanoseconds() - state.drawnAt >= Self.pause { draw(&state) }
    }
  }

  /// Takes the area away for good.
  public func close() {
    state.withLock { state in
      clear(&state)
      state.isClosed = true
    }
  }

  /// Takes it away because the process ends now, whoever is about to draw: it waits for
  /// nobody.
  public func wipe() {
    if isThere.load(ordering: .relaxed) { Terminal.write("\r\u{1B}[J", to: descriptor) }
  }

  private func clear(_ state: inout State) {
    if state.isShown { Terminal.write("\r\u{1B}[J", to: descriptor) }
    state.isShown = false
    isThere.store(false, ordering: .relaxed)
  }

  private func draw(_ state: inout State) {
    if state.isClosed || !state.isAtLineStart || state.lines.isEmpty { return }
    guard Terminal.isFree(descriptor) else { return }
    var text = "\r"
    for (index, line) in state.lines.enumerated() {
      text += (index > 0 ? "\n" : "") + line + "\u{1B}[K"
    }
    text += "\u{1B}[J"
    if state.lines.count > 1 { text += "\u{1B}[\(state.lines.count - 1)A" }
    isThere.store(true, ordering: .relaxed)
    Terminal.write(text + "\r", to: descriptor)
    state.isShown = true
    state.drawnAt = monotonicNanoseconds()
  }
}
