package import KernelHostModel

/// The calls of a run that have no record: as ranges, and as the shards that have them.
package struct MissingCalls: Sendable {
  package private(set) var count = 0
  /// The first ones.
  package private(set) var ranges: [Range<Int>] = []
  package private(set) var hasMoreRanges = false
  /// Those that wait for other calls: no shard has them.
  package private(set) var waiting = 0
  /// The shards that have the others; nil: the run is not dealt to shards.
  package var shards: ShardSet? { deal == nil ? nil : ShardSet(found) }
  /// The number of all shards.
  package var shardCount: Int? { deal?.shards }

  private let deal: Deal?
  /// The calls that are dealt.
  private let base: Selection
  private var found: Set<Int> = []

  private static let mostRanges = 10_000

  /// `deal`: as the run is dealt now; nil: it is not.
  init(_ deal: CurrentDeal?, _ plan: Plan) {
    self.deal = deal?.deal
    base = deal?.base(plan) ?? Selection([])
  }

  /// Adds calls behind those that it has. O(log ranges + calls in other shards).
  mutating func add(_ calls: Range<Int>) {
    if calls.isEmpty { return }
    count += calls.count
    if ranges.count < Self.mostRanges { ranges.append(calls) } else { hasMoreRanges = true }
    guard let deal else { return }
    var dealt = 0
    for part in base.calls(in: calls) {
      dealt += part.count
      var position = base.position(of: part.lowerBound)
      let end = position + part.count
      while position < end, found.count < deal.shards {
        found.insert(deal.shard(ofPosition: position))
        position = (position / deal.block + 1) * deal.block
      }
    }
    waiting += calls.count - dealt
  }
}
