import KernelBridge
package import KernelHostModel

/// How a run is dealt now: as it was begun, or anew since.
struct CurrentDeal: Sendable {
  /// 0: as it was begun.
  let number: Int
  let deal: Deal
  /// Nil: the run is dealt as it was begun.
  let renewed: JournalDeal?

  /// Nil: the run is not dealt to shards.
  init?(_ run: JournalRun, _ renewed: JournalDeal?) {
    guard let deal = renewed?.deal ?? run.deal else { return nil }
    number = renewed?.number ?? 0
    self.deal = deal
    self.renewed = renewed
  }

  /// The calls that are dealt. O(tasks).
  func base(_ plan: Plan) -> Selection { renewed?.left ?? plan.independentCalls }
}

/// The shards of a run that one process makes.
package struct JournalPart: Sendable {
  let current: CurrentDeal
  package let shards: ShardSet

  init(_ current: CurrentDeal, _ shards: ShardSet) {
    self.current = current
    self.shards = shards
  }

  /// The number of all shards.
  package var count: Int { current.deal.shards }

  /// What names of files have, so that those of other shards need not be opened.
  package var mark: String {
    let (first, last) = (shards.first ?? 0, shards.last ?? 0)
    return "d\(current.number)s\(first)" + (last > first ? "_\(last)" : "")
  }

  /// What names of files with half-done calls have. Two sets of shards never have the same.
  var snapshotMark: String {
    guard shards.ranges.count > 1 else { return mark + "l" }
    return mark + "x" + String(Checksum.of(Array(text.utf8)), radix: 16) + "l"
  }

  /// As "3,7,9-12/64".
  package var text: String { "\(shards)/\(count)" }

  /// The calls of these shards. O(tasks + blocks).
  package func calls(_ plan: Plan) -> Selection {
    current.deal.calls(of: shards, in: current.base(plan))
  }

  /// Whether a segment can have something of these shards that the deal does not say.
  func concerns(_ segment: SegmentName) -> Bool {
    guard let share = segment.share else {
      return segment.number > current.renewed?.lastSegment ?? 0
    }
    return share.deal == current.number && overlaps(share)
  }

  func overlaps(_ share: SegmentName.Share) -> Bool {
    shards.ranges.contains {
      $0.overlaps(share.shards.lowerBound..<share.shards.upperBound + 1)
    }
  }
}
