/// A text that is equal only to the same bytes. `String` takes characters for equal that are
/// written in different ways, which C, JSON and files tell apart.
public struct ExactText: Sendable, Hashable {
  public let text: String

  public init(_ text: String) { self.text = text }

  public static func == (left: ExactText, right: ExactText) -> Bool {
    left.text.hasBytes(of: right.text)
  }

  /// The same bytes are equal in the other sense, too.
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension String {
  /// Whether both are the same bytes.
  public func hasBytes(of other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
