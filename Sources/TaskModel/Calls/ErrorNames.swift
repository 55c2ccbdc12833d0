/// The names that the errors of calls of any kernel can have, beside those that it declares.
public enum ErrorNames {
  /// The names of crashes and losses, which have no `errno`.
  static let others = ErrorCause.allCases.filter {
    $0.status.row.isRetriable && !Errno.names.contains($0.name)
  }.map { $0.name }

  /// All but the names `CODE_N`, of codes that a kernel does not declare.
  static let all: Set<String> = Set(Errno.names + others + Signal.names.values)

  /// Whether the error of some call can have the name without its kernel's declaring it.
  static func contains(_ name: String) -> Bool {
    all.contains(name) || name.hasPrefix("CODE_") && UInt32(name.dropFirst(5)) != nil
  }
}
