/// The number of a call in its lanes: its job's number above, its own number in the job below.
enum CallTag {
  private static let callBits: UInt64 = 40
  /// Job numbers that a tag has room for. They are used again.
  static let jobNumbers: UInt64 = 1 << (64 - callBits)

  /// Calls that a job may have.
  static var mostCalls: Int { 1 << Int(callBits) }

  @inline(__always)
  static func of(job: UInt64, call: Int) -> UInt64 { job << callBits | UInt64(call) }
  @inline(__always)
  static func job(_ tag: UInt64) -> UInt64 { tag >> callBits }
  @inline(__always)
  static func call(_ tag: UInt64) -> Int { Int(tag & ((1 << callBits) - 1)) }

  /// The tags of some calls of a job, at least one.
  static func of(_ calls: Range<Int>, ofJob job: UInt64) -> ClosedRange<UInt64> {
    of(job: job, call: calls.lowerBound)...of(job: job, call: calls.upperBound - 1)
  }

  /// The tags of all calls of a job.
  static func all(ofJob job: UInt64) -> ClosedRange<UInt64> {
    let first = job << callBits
    return first...first | (1 << callBits - 1)
  }
}
