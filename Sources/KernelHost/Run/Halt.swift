import KernelHostModel

/// The failures after which no more calls begin.
package enum Halt: Sendable, Hashable {
  /// After a number of calls that are not ok.
  case count(Int)
  /// After a percentage of all calls.
  case percent(Double)

  /// Skipped calls do not count as failures.
  func isReached(by counts: StatusCounts, of total: Int) -> Bool {
    let failed = counts.notOK - counts[.skipped]
    return switch self {
    case .count(let count): failed >= count
    case .percent(let percent): failed > 0 && Double(failed) * 100 >= percent * Double(total)
    }
  }

  var limit: String {
    switch self {
    case .count(let count): Wording.grouped(count)
    case .percent(let percent): "\(Wording.plain(percent))%"
    }
  }
}

/// The order in which tokens are written.
package enum Order: String, Sendable, CaseIterable {
  /// The order of the calls.
  case call
  /// The order in which calls end.
  case completion
}
