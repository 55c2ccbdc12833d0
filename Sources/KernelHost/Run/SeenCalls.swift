/// Which numbers have come, each of them once. One bit for each number of a page that is not
/// complete, and one range for complete pages next to each other.
struct SeenCalls {
  private static let pageBits = 12
  /// The page of the latest number, and its bits.
  private var page = -1
  private var words: [UInt64] = []
  private var count = 0
  /// The other pages that have some of their numbers.
  private var others: [Int: (words: [UInt64], count: Int)] = [:]
  private var complete = RangeSet<Int>()
  private let wordsOfPage: Int

  /// `most`: how many numbers there will be, from 0.
  init(most: Int) {
    wordsOfPage = min(max((most + 63) / 64, 1), 1 << (Self.pageBits - 6))
  }

  /// Takes a number; false if it has come before. O(1) where numbers are near each other.
  @inline(__always)
  mutating func insert(_ number: Int) -> Bool {
    if number >> Self.pageBits != page, !turn(to: number >> Self.pageBits) { return false }
    let word = (number >> 6) & ((1 << (Self.pageBits - 6)) - 1)
    let bit = UInt64(1) << UInt64(number & 63)
    if words[word] & bit != 0 { return false }
    words[word] |= bit
    count += 1
    if count == 1 << Self.pageBits { close() }
    return true
  }

  /// Whether a number has come.
  func contains(_ number: Int) -> Bool {
    let wanted = number >> Self.pageBits
    let word = (number >> 6) & ((1 << (Self.pageBits - 6)) - 1)
    guard let words = wanted == page ? words : others[wanted]?.words else {
      return complete.contains(wanted)
    }
    return word < words.count && words[word] >> UInt64(number & 63) & 1 != 0
  }

  /// False: the page is complete.
  private mutating func turn(to wanted: Int) -> Bool {
    if complete.contains(wanted) { return false }
    if page >= 0 { others[page] = (words, count) }
    let known = others.removeValue(forKey: wanted)
    page = wanted
    words = known?.words ?? [UInt64](repeating: 0, count: wordsOfPage)
    count = known?.count ?? 0
    return true
  }

  private mutating func close() {
    complete.insert(contentsOf: page..<page + 1)
    page = -1
    words = []
    count = 0
  }
}
