import KernelBridge
import TaskModel

/// What messages on standard error look like: nothing of it changes their words.
enum TerminalStyle {
  /// What the person and the terminal say of colours, the strongest first: NO_COLOR, the
  /// variables that ask for them also where there is no terminal, and the terminal itself.
  static let hasColours: Bool = {
    if isSet("NO_COLOR") { return false }
    if isSet("FORCE_COLOR") || isSet("CLICOLOR_FORCE") { return true }
    return isTerminal(2) && canDraw && environmentVariable("CLICOLOR") != "0"
  }()

  /// Whether the terminal can do more than print lines.
  static var canDraw: Bool { environmentVariable("TERM") ?? "dumb" != "dumb" }

  /// The columns that a line of an excerpt may take: what is longer a terminal breaks, and the
  /// caret stands under nothing.
  static var columns: Int {
    guard isTerminal(2), let size = Terminal.size(2), size.columns > 0 else {
      return SourceText.usualColumns
    }
    return min(size.columns - 1, widest)
  }

  private static let widest = 160

  /// There, not empty, and not "0".
  private static func isSet(_ name: String) -> Bool {
    let value = environmentVariable(name) ?? ""
    return !value.isEmpty && (name == "NO_COLOR" || value != "0")
  }

  /// A message that is fit for a terminal, with colours where there shall be some.
  static func painted(_ text: String) -> String { hasColours ? Paint.message(text) : text }
}
