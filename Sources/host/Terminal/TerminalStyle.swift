import KernelBridge
import KernelHostModel

/// The look of messages on standard error. It never changes their words.
enum TerminalStyle {
  /// Whether messages have colours. NO_COLOR decides first, then the variables that demand colours
  /// even without a terminal, then the terminal.
  static let hasColours: Bool = {
    if isSet("NO_COLOR") { return false }
    if isSet("FORCE_COLOR") || isSet("CLICOLOR_FORCE") { return true }
    return isTerminal(2) && canDraw && environmentVariable("CLICOLOR") != "0"
  }()

  /// Whether the terminal can do more than print lines.
  static var canDraw: Bool { environmentVariable("TERM") ?? "dumb" != "dumb" }

  /// The largest width of an excerpt. A terminal breaks longer lines, so that the caret below would
  /// point to nothing.
  static var columns: Int {
    guard isTerminal(2), let size = Terminal.size(2), size.columns > 0 else {
      return SourceText.usualColumns
    }
    return min(size.columns - 1, widest)
  }

  private static let widest = 160

  /// Whether a variable is set, not empty and not "0".
  private static func isSet(_ name: String) -> Bool {
    let value = environmentVariable(name) ?? ""
    return !value.isEmpty && (name == "NO_COLOR" || value != "0")
  }

  /// Returns a message with colours, if messages have colours.
  static func painted(_ text: String) -> String { hasColours ? Paint.message(text) : text }
}
