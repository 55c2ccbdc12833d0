import Testing

@testable import KernelHostModel

/// The table of causes, and what follows from it.
struct ErrorCauseTests {
  @Test func everyCauseHasARow() {
    for cause in ErrorCause.allCases {
      #expect(cause.status != .ok && !cause.name.isEmpty && cause.code <= 0, "\(cause)")
      let error = CallError(cause, message: "why")
      #expect(error.status == cause.status && error.description == "\(cause.name): why")
    }
    // One status, code and name for two causes could not be told apart.
    let rows = ErrorCause.allCases.map { "\($0.status) \($0.code) \($0.name)" }
    #expect(Set(rows).count == rows.count)
  }

  /// "on" of "retries" takes the names of causes whose status can be retried, and no others.
  @Test func namesForRetries() {
    for cause in ErrorCause.allCases where cause.code == 0 {
      #expect(ErrorNames.contains(cause.name) == cause.status.row.isRetriable, "\(cause)")
    }
    #expect(Set(["EXIT", "GONE", "DAMAGE", "OVERRUN", "LOST"]).isSubset(of: ErrorNames.others))
  }
}
