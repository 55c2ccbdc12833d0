/// The names that the errors of calls of any kernel can have, beside those that it declares.
public enum ErrorNames {
  /// Of crashes and losses, which have no `errno`.
  static let others = ["EXIT", "GONE", "DAMAGE", "OVERRUN", "LOST", "NO_WORKER"]

  /// All but the names `CODE_N`, of codes that a kernel does not declare.
  static let all: Set<String> = Set(Errno.names + others + Signal.names.values)

  /// Whether the error of some call can have the name without its kernel's declaring it.
  static func contains(_ name: String) -> Bool {
    all.contains(name) || name.hasPrefix("CODE_") && UInt32(name.dropFirst(5)) != nil
  }
}
