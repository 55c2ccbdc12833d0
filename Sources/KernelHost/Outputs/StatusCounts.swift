package import KernelHostModel

/// The number of calls with each status.
package struct StatusCounts: Sendable, Hashable {
  private var counts = [Int](repeating: 0, count: Status.allCases.count)
  private static let statuses = Status.allCases

  package init() {}

  package subscript(status: Status) -> Int { counts[status.index] }
  package var total: Int { counts.reduce(0, +) }
  /// The number of calls whose status has a row of this kind.
  func count(where isCounted: (StatusRow) -> Bool) -> Int {
    Self.statuses.reduce(0) { isCounted($1.row) ? $0 + self[$1] : $0 }
  }
  package var notOK: Int { total - self[.ok] }

  mutating func add(_ status: Status, _ count: Int = 1) { counts[status.index] += count }

  mutating func add(_ other: StatusCounts) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// The statuses that occurred, with their counts.
  package var occurred: [(status: Status, count: Int)] {
    Self.statuses.filter { self[$0] > 0 }.map { ($0, self[$0]) }
  }

  /// Appends the statuses that occurred as a JSON object.
  func write(to buffer: inout [UInt8]) {
    JSONWriter.object(to: &buffer) { object in
      for (status, count) in occurred { object.integer(status.rawValue, count) }
    }
  }
}
