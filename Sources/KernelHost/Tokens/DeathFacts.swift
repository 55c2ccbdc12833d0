import KernelBridge
import KernelHostModel

/// What the fork server reported about a death, besides its wait status. Plugins run code in that
/// process, so this is only a hint. Messages escape it for the terminal.
struct DeathFacts {
  /// "f+0x12 (libx.so)", or empty if it is not known.
  var function = ""
  /// The function of a plugin that called it, directly or through others. Empty if the function is
  /// in a plugin, or the caller is not known.
  var caller = ""
  /// The size limit of the stack in bytes, if the stack was full.
  var fullStack: UInt64?
  /// The worker's limit of processor time in seconds, if it was used up.
  var processorLimit: UInt64?

  /// Reads lines: the function, its caller, then "stack N" and "cpu N" if they apply.
  init(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    function = lines.first ?? ""
    if lines.count > 1 { caller = lines[1] }
    for line in lines.dropFirst(2) {
      let words = line.split(separator: " ")
      guard words.count == 2, let value = UInt64(words[1]) else { continue }
      switch words[0] {
      case "stack": fullStack = value
      case "cpu": processorLimit = value
      default: break
      }
    }
  }

  /// The place of the crash, like "f+0x12 (libx.so), called from g+0x3 (libmine.so)".
  var place: String {
    if caller.isEmpty { return function }
    return function.isEmpty ? "a call from \(caller)" : "\(function), called from \(caller)"
  }

  /// The reason of the death, if the signal alone does not tell it.
  var reason: Wording.DeathReason? {
    if let fullStack { return .fullStack(bytes: fullStack) }
    if let processorLimit { return .processorLimit(seconds: processorLimit) }
    return nil
  }
}
