import KernelBridge
import Synchronization

/// A few lines at the bottom of a terminal that are redrawn often. All other output to the terminal
/// appears above them.
///
/// While the area is shown, the cursor is at its beginning. Output that does not pass through this
/// object overwrites the area from there. The area is shown only if the cursor is at the beginning
/// of a line, so that text without a line feed stays complete.
package final class StatusArea: OutputScreen {
  private struct State {
    var lines: [String] = []
    var isShown = false
    var isClosed = false
    var isAtLineStart = true
    var drawnAt: UInt64 = 0
  }

  private let state = Locked(State())
  /// Whether the area is on the screen; only `wipe` reads it.
  private let isThere = Atomic<Bool>(false)
  private let descriptor: Int32
  /// Nanoseconds between two drawings.
  private static let pause: UInt64 = 100_000_000

  /// Creates an area. `descriptor` must be a terminal.
  package init(descriptor: Int32) { self.descriptor = descriptor }

  /// The largest width of a line, and the largest number of lines.
  var room: (columns: Int, rows: Int) {
    let size = Terminal.size(descriptor) ?? (80, 24)
    // In the last column, some terminals begin a new line.
    return (max(size.columns - 1, 0), max(min(size.rows - 1, 4), 1))
  }

  /// Shows these lines, each of which fits into the terminal's width.
  func show(_ lines: [String]) {
    state.withLock { state in
      state.lines = lines
      draw(&state)
    }
  }

  package func around(_ bytes: ArraySlice<UInt8>, _ write: () -> Void) {
    state.withLock { state in
      clear(&state)
      write()
      if let last = bytes.last { state.isAtLineStart = last == 10 }
      if monotonicNanoseconds() - state.drawnAt >= Self.pause { draw(&state) }
    }
  }

  /// Removes the area. It is not shown again.
  package func close() {
    state.withLock { state in
      clear(&state)
      state.isClosed = true
    }
  }

  /// Removes the area because the process ends now. Does not wait for a thread that draws.
  package func wipe() {
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
