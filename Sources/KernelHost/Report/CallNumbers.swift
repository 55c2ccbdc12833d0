/// The set of call numbers that were seen, to find repeated and missing numbers.
struct CallNumbers {
  private var pages: [Int: [UInt64]] = [:]
  private(set) var repeated = 0
  private(set) var distinct = 0
  private(set) var last = -1
  /// False if the numbers are so far apart that some were not recorded.
  private(set) var isComplete = true

  private static let pageSize = 1 << 16
  /// 32 MiB of marks, for 268 million calls in a row.
  private static let pageLimit = 4096

  mutating func add(_ call: Int) {
    last = max(last, call)
    let page = call / Self.pageSize
    if pages[page] == nil {
      if pages.count == Self.pageLimit {
        isComplete = false
        return
      }
      pages[page] = [UInt64](repeating: 0, count: Self.pageSize / 64)
    }
    let place = call % Self.pageSize
    let mark: UInt64 = 1 << UInt64(place % 64)
    if pages[page, default: []][place / 64] & mark != 0 {
      repeated += 1
    } else {
      distinct += 1
      pages[page, default: []][place / 64] |= mark
    }
  }
}
