import KernelHostModel

/// What a journal must know of calls before they begin, and which ends it keeps.
struct JournalRules: Sendable {
  private let plan: Plan
  /// By kernel.
  private let isPure: [Bool]
  private let hasImpure: Bool
  /// Calls that are dealt together, and those among which one must not begin twice.
  private let mostDealt: Int
  private let mostHeld: Int

  /// Begins that are written down together: a host that dies loses them, if they must not begin
  /// twice.
  private static let mostHeld = 4096

  init(_ plan: Plan, liveLimit: Int?) {
    self.plan = plan
    mostDealt = max(min(liveLimit ?? RunDefaults.liveLimit, RunDefaults.liveLimit), 1)
    mostHeld = min(Self.mostHeld, mostDealt)
    isPure = plan.signatures.map { $0.isPure }
    hasImpure = plan.manifest.tasks.indices.contains { [isPure] in
      !isPure[plan.kernelIndex(ofTask: $0)]
    }
  }

  /// How many of the first of some calls may be dealt together.
  func together(_ calls: Range<Int>) -> Int {
    let most = min(calls.count, mostDealt)
    guard hasImpure, let impure = firstImpure(in: calls.prefix(most)) else { return most }
    // Pure calls in front do not wait for the disk, where they are worth a batch.
    let distance = impure - calls.lowerBound
    return distance >= mostHeld ? distance : min(most, mostHeld)
  }

  private func firstImpure(in calls: Range<Int>) -> Int? {
    var next = calls.lowerBound
    while next < calls.upperBound {
      let task = plan.task(ofCall: next)
      if !isPure[plan.kernelIndex(ofTask: task)] { return next }
      next = plan.calls(ofTask: task).upperBound
    }
    return nil
  }

  /// The calls of a range by whether they may be run again. O(tasks of the range).
  func parts(of calls: Range<Int>) -> (pure: [Range<Int>], impure: [Range<Int>]) {
    guard hasImpure else { return ([calls], []) }
    var pure: [Range<Int>] = []
    var impure: [Range<Int>] = []
    var next = calls.lowerBound
    while next < calls.upperBound {
      let task = plan.task(ofCall: next)
      let part = next..<min(plan.calls(ofTask: task).upperBound, calls.upperBound)
      if isPure[plan.kernelIndex(ofTask: task)] {
        Self.add(part, to: &pure)
      } else {
        Self.add(part, to: &impure)
      }
      next = part.upperBound
    }
    return (pure, impure)
  }

  private static func add(_ part: Range<Int>, to ranges: inout [Range<Int>]) {
    if let last = ranges.last, last.upperBound == part.lowerBound {
      ranges[ranges.count - 1] = last.lowerBound..<part.upperBound
    } else {
      ranges.append(part)
    }
  }

  /// Whether the end of a call is written down. A call that only the stop of its process ended is
  /// left to the next one, unless it began and must not begin twice.
  /// `isStopping`: then crashes are not verified by a second run, and that is left to the next
  /// process, too.
  func keeps(_ token: Token<Value>, ofCall call: Int, isStopping: Bool) -> Bool {
    guard let error = token.error else { return true }
    switch error.status {
    case .cancelled: return token.attempts > 0 && !isPure[plan.kernelIndex(ofCall: call)]
    case .crash: return !isStopping || !isPure[plan.kernelIndex(ofCall: call)]
    case .skipped: return error.name != ErrorCause.halted.name
    default: return true
    }
  }
}
