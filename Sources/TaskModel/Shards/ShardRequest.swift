/// The value of `--shard`.
public enum ShardRequest: Sendable, Hashable {
  case shards(ShardSet, of: Int)
  /// The engine that started the process says which. `of`: nil if the journal says how many.
  case automatic(of: Int?)

  public static let expected = "i/n with i from 0 to n-1, 3,7,9-12/64, auto, or auto/n"

  /// Nil: it is another text.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts[0] == "auto" {
      switch parts.count {
      case 1: self = .automatic(of: nil)
      case 2:
        guard let count = Self.count(parts[1]) else { return nil }
        self = .automatic(of: count)
      default: return nil
      }
      return
    }
    guard parts.count == 2, let count = Self.count(parts[1]), let shards = ShardSet(parts[0]),
      let last = shards.last, last < count
    else { return nil }
    self = .shards(shards, of: count)
  }

  private static func count(_ text: Substring) -> Int? {
    ShardSet.number(text).flatMap { $0 > 0 ? $0 : nil }
  }
}
