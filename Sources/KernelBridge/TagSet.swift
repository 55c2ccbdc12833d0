/// Tags of calls, as ranges in order that do not overlap.
public struct TagSet: Sendable {
  public private(set) var ranges: [ClosedRange<UInt64>] = []

  /// Neighbours are joined, in any order. O(n log n).
  public init(_ parts: [ClosedRange<UInt64>]) {
    for part in parts.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = ranges.last,
        part.lowerBound <= last.upperBound || part.lowerBound == last.upperBound + 1
      {
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, part.upperBound)
      } else {
        ranges.append(part)
      }
    }
  }

  public var isEmpty: Bool { ranges.isEmpty }

  /// O(log ranges).
  public func contains(_ tag: UInt64) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < tag { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(tag)
  }

  /// Removes ranges.
  public mutating func remove(_ which: (ClosedRange<UInt64>) -> Bool) {
    ranges.removeAll(where: which)
  }
}
