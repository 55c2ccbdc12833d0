import KernelHostModel

/// Where the record of each call stands that has one: about five bytes a call where most calls of
/// a page have theirs, and 24 where few do.
struct CallIndex {
  fileprivate static let pageBits = 12
  fileprivate static let pageSize = 1 << pageBits
  /// A page with more calls has room for all of them.
  fileprivate static let mostSparse = pageSize / 8

  fileprivate struct Entry {
    let call: UInt16
    let status: UInt8
    let place: Int
  }

  fileprivate struct Page {
    /// Sorted by call; used as long as there are few.
    var sparse: [Entry] = []
    /// A status' index + 1, or 0: no record. Empty as long as the page is sparse.
    var statuses: [UInt8] = []
    /// Places as distances from `base`.
    var near: [Int32] = []
    /// Places themselves, where a distance has more than 32 bits.
    var far: [Int] = []
    var base = 0
    var count = 0
  }

  private var pages: [Page] = []
  private var numbers: [Int: Int] = [:]
  /// The page that was looked at last, and its place in `pages`.
  private var lastNumber = -1
  private var lastPage = 0
  private(set) var counts = StatusCounts()

  var count: Int { counts.total }

  /// Adds a call's record, unless it has one: then false. O(1) where most calls have one.
  @inline(__always)
  mutating func insert(_ call: Int, _ status: Status, at place: Int) -> Bool {
    let number = call >> Self.pageBits
    if number != lastNumber { turn(to: number) }
    guard pages[lastPage].insert(call & (Self.pageSize - 1), UInt8(status.index + 1), place) else {
      return false
    }
    counts.add(status)
    return true
  }

  private mutating func turn(to number: Int) {
    lastNumber = number
    if let known = numbers[number] {
      lastPage = known
      return
    }
    lastPage = pages.count
    numbers[number] = lastPage
    pages.append(Page())
  }

  /// The record of a call: how it ended, and where it stands; nil: it has no record. O(1), or O(log n)
  /// on a page with few.
  func record(of call: Int) -> (status: Status, place: Int)? {
    guard let page = numbers[call >> Self.pageBits],
      let found = pages[page].find(call & (Self.pageSize - 1)), found.status > 0
    else { return nil }
    return (Status.allCases[Int(found.status) - 1], found.place)
  }

  /// Takes back the records of calls. O(calls in pages that exist).
  mutating func remove(_ calls: Range<Int>) {
    for (number, page) in numbers {
      let start = number << Self.pageBits
      let inPage = calls.clamped(to: start..<start + Self.pageSize)
      for call in inPage {
        if let status = pages[page].remove(call - start) {
          counts.add(Status.allCases[Int(status) - 1], -1)
        }
      }
    }
  }

  /// Hands each call that has a record to `body`, in order. O(records).
  func visit(_ body: (_ call: Int, _ status: Status, _ place: Int) -> Void) {
    for (number, page) in numbers.sorted(by: { $0.key < $1.key }) {
      let start = number << Self.pageBits
      pages[page].visit { call, status, place in
        body(start + call, Status.allCases[Int(status) - 1], place)
      }
    }
  }

  /// The calls of a range that have no record, in order. O(pages of the range that exist), and
  /// the calls of those that are not full.
  func missing(in calls: Range<Int>) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var next = calls.lowerBound
    for (number, page) in pages(in: calls) {
      let start = number << Self.pageBits
      if pages[page].count == Self.pageSize {
        if start > next { found.append(next..<start) }
        next = start + Self.pageSize
        continue
      }
      pages[page].visit { call, _, _ in
        let call = start + call
        if call < next || call >= calls.upperBound { return }
        if call > next { found.append(next..<call) }
        next = call + 1
      }
    }
    if next < calls.upperBound { found.append(next..<calls.upperBound) }
    return found
  }

  /// The pages that have calls of a range, in order.
  private func pages(in calls: Range<Int>) -> [(number: Int, page: Int)] {
    if calls.isEmpty { return [] }
    let wanted = calls.lowerBound >> Self.pageBits...(calls.upperBound - 1) >> Self.pageBits
    if wanted.count < numbers.count {
      return wanted.compactMap { number in numbers[number].map { (number, $0) } }
    }
    return numbers.filter { wanted.contains($0.key) }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }
}

extension CallIndex.Page {
  @inline(__always)
  fileprivate mutating func insert(_ call: Int, _ status: UInt8, _ place: Int) -> Bool {
    if statuses.isEmpty { return insertSparse(call, status, place) }
    if statuses[call] != 0 { return false }
    count += 1
    set(call, status, place)
    return true
  }

  private mutating func insertSparse(_ call: Int, _ status: UInt8, _ place: Int) -> Bool {
    // Mostly behind the last one.
    let index = (sparse.last.map { Int($0.call) < call } ?? true) ? sparse.count : position(call)
    if index < sparse.count, Int(sparse[index].call) == call { return false }
    count += 1
    sparse.insert(.init(call: UInt16(call), status: status, place: place), at: index)
    if sparse.count > CallIndex.mostSparse { makeRoom() }
    return true
  }

  private mutating func makeRoom() {
    let entries = sparse
    sparse = []
    statuses = [UInt8](repeating: 0, count: CallIndex.pageSize)
    near = [Int32](repeating: 0, count: CallIndex.pageSize)
    base = entries[0].place
    for entry in entries { set(Int(entry.call), entry.status, entry.place) }
  }

  @inline(__always)
  private mutating func set(_ call: Int, _ status: UInt8, _ place: Int) {
    statuses[call] = status
    if far.isEmpty {
      if let distance = Int32(exactly: place - base) {
        near[call] = distance
        return
      }
      far = near.map { base + Int($0) }
      near = []
    }
    far[call] = place
  }

  /// Where a call stands among few, or would.
  private func position(_ call: Int) -> Int {
    var low = 0
    var high = sparse.count
    while low < high {
      let middle = (low + high) / 2
      if Int(sparse[middle].call) < call { low = middle + 1 } else { high = middle }
    }
    return low
  }

  fileprivate func find(_ call: Int) -> (status: UInt8, place: Int)? {
    if !statuses.isEmpty { return (statuses[call], place(call)) }
    let index = position(call)
    guard index < sparse.count, Int(sparse[index].call) == call else { return nil }
    return (sparse[index].status, sparse[index].place)
  }

  private func place(_ call: Int) -> Int { far.isEmpty ? base + Int(near[call]) : far[call] }

  fileprivate mutating func remove(_ call: Int) -> UInt8? {
    if !statuses.isEmpty {
      let status = statuses[call]
      if status == 0 { return nil }
      statuses[call] = 0
      count -= 1
      return status
    }
    let index = position(call)
    guard index < sparse.count, Int(sparse[index].call) == call else { return nil }
    count -= 1
    return sparse.remove(at: index).status
  }

  fileprivate func visit(_ body: (_ call: Int, _ status: UInt8, _ place: Int) -> Void) {
    for entry in sparse { body(Int(entry.call), entry.status, entry.place) }
    for call in statuses.indices where statuses[call] != 0 {
      body(call, statuses[call], place(call))
    }
  }
}
