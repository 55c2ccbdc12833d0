/// How some calls are dealt to the shards of a run. Which calls a shard has follows from its number
/// alone, in any order of the shards, on any machine.
///
/// Calls are dealt in blocks, in rounds: each round gives each shard one block. A shard has at most
/// 2,048 blocks, however many calls there are. So a shard of a sweep of 10^12 points begins at once.
/// Lanes get calls in ranges, and the records of a shard stay ranges, too. A block has one call
/// where a shard has less than 2,048: then call c belongs to shard c mod n.
public struct Deal: Sendable, Hashable {
  public enum Style: String, Sendable, Hashable, CaseIterable {
    /// Blocks in turn.
    case stride
    /// Each shard has calls that follow one another.
    case block
    /// Blocks in turn, but each round begins with another shard. For sweeps of which every n-th
    /// block is dear.
    case hash
  }

  public static let mostShards = 1 << 31
  /// Of a shard; at most twice as many are made.
  private static let blocks = 1024

  public let style: Style
  /// The number of shards.
  public let shards: Int
  /// Calls that are dealt together.
  public let block: Int

  /// `calls`: the number of all calls that are dealt.
  public init(_ style: Style, shards: Int, calls: Int) {
    let shards = max(shards, 1)
    let block =
      switch style {
      case .block: calls / shards + (calls % shards == 0 ? 0 : 1)
      case .stride, .hash: calls / (shards * Self.blocks)
      }
    self.init(style, shards: shards, block: block)
  }

  /// As it was written down.
  init(_ style: Style, shards: Int, block: Int) {
    self.style = style
    self.shards = min(max(shards, 1), Self.mostShards)
    self.block = max(block, 1)
  }

  /// The shard that has a call, by the call's place among those that are dealt. O(1).
  public func shard(ofPosition position: Int) -> Int {
    let (round, place) = (position / block).quotientAndRemainder(dividingBy: shards)
    let shard = place - rotation(round)
    return shard < 0 ? shard + shards : shard
  }

  /// The places of the calls that some shards have, in order, among `count` that are dealt.
  /// O(rounds x ranges of shards).
  public func positions(of wanted: ShardSet, among count: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    let inRound = block.multipliedReportingOverflow(by: shards)
    let round = inRound.overflow ? Int.max : inRound.partialValue
    var start = 0
    var number = 0
    while start < count {
      let rotation = rotation(number)
      var places: [Range<Int>] = []
      for range in wanted.ranges {
        let range = range.clamped(to: 0..<shards)
        // The rotation may bring a part of it behind the others to the front.
        let (low, high) = (range.lowerBound + rotation, range.upperBound + rotation)
        places.append(min(low, shards)..<min(high, shards))
        places.append(max(low - shards, 0)..<max(high - shards, 0))
      }
      for place in places.sorted(by: { $0.lowerBound < $1.lowerBound }) where !place.isEmpty {
        let low = Self.scaled(place.lowerBound, block, start)
        let high = Self.scaled(place.upperBound, block, start)
        if min(low, count) < min(high, count) { found.append(low..<min(high, count)) }
      }
      let (next, overflow) = start.addingReportingOverflow(round)
      if overflow { break }
      start = next
      number += 1
    }
    return found
  }

  /// `start + number * block`, but at most `Int.max`.
  private static func scaled(_ number: Int, _ block: Int, _ start: Int) -> Int {
    let (product, tooLarge) = number.multipliedReportingOverflow(by: block)
    let (sum, overflow) = product.addingReportingOverflow(start)
    return tooLarge || overflow ? .max : sum
  }

  /// The place of shard 0 in a round. Journals depend on these numbers: they must stay as they are.
  private func rotation(_ round: Int) -> Int {
    if style != .hash { return 0 }
    // Steele and others, Fast splittable pseudorandom number generators, 2014.
    var mixed = (UInt64(truncatingIfNeeded: round) &+ 1) &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(shards))
  }
}

extension Deal {
  /// The calls of some shards. `base`: all calls that are dealt. O(what is found).
  public func calls(of wanted: ShardSet, in base: Selection) -> Selection {
    if base.ranges.count == 1 {
      let first = base.ranges[0].lowerBound
      return Selection(
        positions(of: wanted, among: base.count).lazy.map {
          first + $0.lowerBound..<first + $0.upperBound
        })
    }
    return Selection(
      positions(of: wanted, among: base.count).lazy.flatMap { base.calls(atPositions: $0) })
  }

  /// The shards that have one of some calls. `base`: all calls that are dealt. O(ranges x blocks).
  public func shards(of calls: [Range<Int>], in base: Selection) -> ShardSet {
    var found = Set<Int>()
    for range in calls {
      for part in base.calls(in: range) {
        var position = base.position(of: part.lowerBound)
        let end = position + part.count
        while position < end, found.count < shards {
          found.insert(shard(ofPosition: position))
          position = (position / block + 1) * block
        }
      }
    }
    return ShardSet(found)
  }
}

extension Plan {
  /// The calls that wait for no others: these are dealt to shards. O(tasks).
  public var independentCalls: Selection {
    guard let dependencies else { return Selection(allOf: self) }
    return Selection(
      manifest.tasks.indices.lazy.filter { dependencies.graph.targets(of: $0).isEmpty }
        .map { [self] in calls(ofTask: $0) })
  }
}
