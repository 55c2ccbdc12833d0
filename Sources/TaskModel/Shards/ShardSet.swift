/// Some shards of a run, by their numbers from 0: "3,7,9-12" as text.
public struct ShardSet: Sendable, Hashable, CustomStringConvertible {
  /// In order; no range is empty, and a gap is between any two.
  public let ranges: [Range<Int>]

  public init(_ shard: Int) { ranges = [shard..<shard + 1] }

  public init(_ shards: some Sequence<Int>) {
    self.init(ranges: shards.lazy.map { $0..<$0 + 1 })
  }

  /// In any order, and with any overlap.
  init(ranges: some Sequence<Range<Int>>) {
    var merged: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = merged.last, last.upperBound >= range.lowerBound {
        merged[merged.count - 1] =
          last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    self.ranges = merged
  }

  /// Reads "3,7,9-12". Nil: it is another text.
  public init?(_ text: some StringProtocol) {
    var ranges: [Range<Int>] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
        Self.number($0)
      }
      guard 1...2 ~= ends.count, let first = ends[0], let last = ends[ends.count - 1],
        first <= last
      else { return nil }
      ranges.append(first..<last + 1)
    }
    self.init(ranges: ranges)
  }

  /// Digits alone, of a number that a shard can have.
  static func number(_ text: some StringProtocol) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int(text),
      number < Deal.mostShards
    else { return nil }
    return number
  }

  public var count: Int { ranges.reduce(0) { $0 + $1.count } }
  public var isEmpty: Bool { ranges.isEmpty }
  public var first: Int? { ranges.first?.lowerBound }
  public var last: Int? { ranges.last.map { $0.upperBound - 1 } }

  public func contains(_ shard: Int) -> Bool { ranges.contains { $0.contains(shard) } }

  public var description: String {
    ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound - 1)" }
      .joined(separator: ",")
  }
}

/// The shards of one process, and of how many.
public struct ShardPart: Sendable, Hashable {
  public var shards: ShardSet
  /// The number of all shards of the run.
  public var count: Int
  /// Nil: as the journal has it, or by stride.
  public var style: Deal.Style?
  /// What is left of the run is dealt anew.
  public var isDealtAnew: Bool

  public init(
    _ shards: ShardSet, of count: Int, style: Deal.Style? = nil, isDealtAnew: Bool = false
  ) {
    self.shards = shards
    self.count = count
    self.style = style
    self.isDealtAnew = isDealtAnew
  }
}
