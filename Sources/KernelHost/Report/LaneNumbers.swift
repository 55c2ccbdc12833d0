/// The lane numbers of records, each with an index in order of appearance. A record may contain any
/// number, so that their count is limited.
struct LaneNumbers<Lane: Hashable> {
  private(set) var numbers: [Lane] = []
  private var indices: [Lane: Int] = [:]
  let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Returns the index of a lane; nil if the limit is reached. O(1).
  mutating func index(of number: Lane) -> Int? {
    if let index = indices[number] { return index }
    if numbers.count == limit { return nil }
    let index = numbers.count
    indices[number] = index
    numbers.append(number)
    return index
  }
}
