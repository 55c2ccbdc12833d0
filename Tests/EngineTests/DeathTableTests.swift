import KernelBridge
import Testing

@testable import KernelHost

/// The table of deaths, over all cases that there are.
struct DeathTableTests {
  private static let cases: [DeathCase] = DeathCase.Role.allCases.flatMap { role in
    DeathCase.Cause.allCases.flatMap { cause in
      [false, true].flatMap { isPure in
        [false, true].flatMap { isStopping in
          [false, true].map {
            DeathCase(
              role: role, cause: cause, isPure: isPure, isStopping: isStopping, hasTriesLeft: $0)
          }
        }
      }
    }
  }

  /// No fate but waiting again makes a call begin that has begun once and is not pure.
  @Test func impureCallsBeginOnce() {
    for one in Self.cases where !one.isPure {
      let fate = DeathTable.fate(one)
      #expect(fate != .confirmed && fate != .restarted, "\(one): \(fate)")
    }
  }

  /// While a run stops nothing begins, and nothing waits to begin.
  @Test func stoppingBeginsNothing() {
    for one in Self.cases where one.isStopping {
      let fate = DeathTable.fate(one)
      #expect(fate == .cancelled || fate == .blamed, "\(one): \(fate)")
    }
  }

  /// A neighbour is not blamed for another's death; a call that has not begun is not lost.
  @Test func othersDeedsAreNoFaults() {
    for one in Self.cases where one.role == .neighbour {
      #expect(DeathTable.fate(one) != .blamed, "\(one)")
    }
    for one in Self.cases where one.cause == .notBegun && one.role != .running {
      #expect([.queued, .cancelled].contains(DeathTable.fate(one)), "\(one)")
    }
  }

  /// A pure call in whose code a worker died is blamed only if nobody else can have done it.
  @Test func doubtIsResolved() {
    func fate(_ cause: DeathCase.Cause, isPure: Bool = true) -> CallFate {
      DeathTable.fate(
        DeathCase(role: .running, cause: cause, isPure: isPure, isStopping: false))
    }
    #expect(fate(.doubtfulCrash) == .confirmed && fate(.outside) == .confirmed)
    #expect(fate(.crash) == .blamed && fate(.limit) == .blamed)
    #expect(fate(.doubtfulCrash, isPure: false) == .blamed)
    #expect(fate(.damage) == .restarted && fate(.damage, isPure: false) == .lost)
  }

  /// Each row decides some case, and every case has a row.
  @Test func eachRowIsNeeded() {
    var used = Set<Int>()
    for one in Self.cases {
      let row = DeathTable.rows.firstIndex { DeathTable.fits($0, one) }
      #expect(row != nil, "no row for \(one)")
      if let row { used.insert(row) }
    }
    #expect(used == Set(DeathTable.rows.indices))
  }
}
