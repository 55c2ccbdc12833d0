import KernelBridge
import TaskModel

/// What the process that forks workers told of a death, beside its wait status. Plugins run
/// code there: it is a hint, and the sentences made of it escape what a terminal would obey.
struct DeathFacts {
  /// "f+0x12 (libx.so)"; empty: not known.
  var function = ""
  /// The function of a plugin that called it, itself or through others; empty: it is in a
  /// plugin itself, or the caller is not known.
  var caller = ""
  /// The bytes that the stack may have, where it was full.
  var fullStack: UInt64?
  /// The seconds that a worker's limit of processor time allows, where they were used up.
  var processorLimit: UInt64?

  /// Lines: the function, its caller, then "stack N" and "cpu N" as they apply.
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

  /// Where the code was that crashed: "f+0x12 (libx.so), called from g+0x3 (libmine.so)".
  var place: String {
    if caller.isEmpty { return function }
    return function.isEmpty ? "a call from \(caller)" : "\(function), called from \(caller)"
  }

  /// Why it died, where the signal alone does not tell.
  var reason: Wording.DeathReason? {
    if let fullStack { return .fullStack(bytes: fullStack) }
    if let processorLimit { return .processorLimit(seconds: processorLimit) }
    return nil
  }
}
