import Testing

@testable import KernelHostModel

/// Each call belongs to one shard, whoever asks, and in whichever way.
struct DealTests {
  /// Numbers of calls and shards at which something could be wrong.
  private static let sizes = [
    (0, 1), (1, 1), (1, 7), (7, 1), (10, 3), (2047, 2), (2048, 2), (4097, 2), (10_000, 3),
    (100_000, 4), (50_000, 7), (1000, 1001),
  ]

  @Test(arguments: Deal.Style.allCases)
  func theShardsArePartsOfAllCalls(_ style: Deal.Style) {
    for (calls, shards) in Self.sizes {
      let deal = Deal(style, shards: shards, calls: calls)
      var owner = [Int?](repeating: nil, count: calls)
      var counts: [Int] = []
      for shard in 0..<shards {
        let ranges = deal.positions(of: ShardSet(shard), among: calls)
        #expect(ranges.count <= 2048, "\(calls)/\(shards)")
        for call in ranges.joined() {
          #expect(owner[call] == nil && deal.shard(ofPosition: call) == shard)
          owner[call] = shard
        }
        counts.append(ranges.reduce(0) { $0 + $1.count })
      }
      #expect(owner.allSatisfy { $0 != nil })
      // No shard has more than a block above the others.
      if style != .block {
        #expect(counts.max()! - counts.min()! <= deal.block, "\(calls)/\(shards) \(style)")
      }
    }
  }

  @Test(arguments: Deal.Style.allCases)
  func someShardsHaveWhatEachOfThemHas(_ style: Deal.Style) {
    let deal = Deal(style, shards: 64, calls: 200_000)
    let some = ShardSet("3,7,9-12,63")!
    let base = Selection([5..<100_005, 200_000..<300_000])
    let each = some.ranges.joined().flatMap { deal.calls(of: ShardSet($0), in: base).ranges }
    #expect(
      deal.calls(of: some, in: base)
        == Selection(each.sorted { $0.lowerBound < $1.lowerBound }))
    #expect(deal.shards(of: deal.calls(of: some, in: base).ranges, in: base) == some)
    #expect(deal.calls(of: some, in: base).calls(in: 100_005..<200_000).isEmpty)
  }

  /// With few calls the call's number tells its shard.
  @Test func callCBelongsToShardCModN() {
    let deal = Deal(.stride, shards: 4, calls: 8000)
    #expect(deal.block == 1)
    for call in 0..<8000 { #expect(deal.shard(ofPosition: call) == call % 4) }
  }

  /// No list grows with the number of calls, and no product overflows.
  @Test(arguments: Deal.Style.allCases)
  func veryManyCallsAreFewRanges(_ style: Deal.Style) {
    for calls in [1_000_000_000_000, Int.max >> 1, Int.max] {
      let deal = Deal(style, shards: 1000, calls: calls)
      let found = Selection([0..<calls])
      let own = deal.calls(of: ShardSet(7), in: found)
      #expect(own.ranges.count <= 2048 && own.count > calls / 1001)
      let last = own.call(at: own.count - 1)
      #expect(deal.shard(ofPosition: last) == 7)
    }
    let many = Deal(style, shards: Deal.mostShards - 1, calls: Int.max)
    #expect(many.shard(ofPosition: Int.max - 1) < many.shards)
    #expect(!many.positions(of: ShardSet(many.shards - 1), among: Int.max).isEmpty)
  }

  /// Journals that exist depend on these.
  @Test func whoHasACallNeverChanges() {
    let hash = Deal(.hash, shards: 5, calls: 50)
    #expect((10..<20).map { hash.shard(ofPosition: $0) } == [1, 2, 3, 4, 0, 1, 2, 3, 4, 0])
    #expect((20..<30).map { hash.shard(ofPosition: $0) } == [3, 4, 0, 1, 2, 0, 1, 2, 3, 4])
    #expect(Deal(.stride, shards: 4, calls: 100_000).block == 24)
    #expect(Deal(.block, shards: 3, calls: 10).block == 4)
  }
}
