/// The lanes that records name, each with an index: in the order in which they come, and no more
/// than a limit, for a record may name any number.
struct LaneNumbers {
  private(set) var numbers: [Int] = []
  private var indices: [Int: Int] = [:]
  let limit: Int

  init(limit: Int) { self.limit = limit }

  /// The index of a lane, below the limit; nil: there are as many others. O(1).
  mutating func index(of number: Int) -> Int? {
    if let index = indices[number] { return index }
    if numbers.count == limit { return nil }
    let index = numbers.count
    indices[number] = index
    numbers.append(number)
    return index
  }
}
