import KernelBridge
import TaskModel

/// Some calls of a plan, next to each other.
struct PlannedCalls: CallSource, Sendable {
  private let plan: Plan
  /// Nil: no call takes another's result.
  private let store: ResultStore?
  /// In place of the plan's arguments; hardly ever any.
  private let given: [Int: [TakenArgument]]
  private let calls: Range<Int>
  let hasTimeouts: Bool
  let hasLimits: Bool

  /// None of them.
  init(
    _ plan: Plan, _ store: ResultStore?, given: [Int: [TakenArgument]] = [:]
  ) {
    self.given = given
    self.plan = plan
    self.store = store
    calls = 0..<0
    hasTimeouts = plan.hasTimeouts
    hasLimits = plan.hasLimits
  }

  private init(_ other: PlannedCalls, _ calls: Range<Int>) {
    plan = other.plan
    store = other.store
    given = other.given
    self.calls = calls
    hasTimeouts = other.hasTimeouts
    hasLimits = other.hasLimits
  }

  /// Other calls of the same plan.
  func block(_ calls: Range<Int>) -> PlannedCalls { PlannedCalls(self, calls) }

  var firstCall: Int { calls.lowerBound }
  var callCount: Int { calls.upperBound }
  func kernel(ofCall call: Int) -> Int { plan.kernelIndex(ofCall: call) }
  func timeout(ofCall call: Int) -> UInt64 { nanoseconds(plan.timeout(ofCall: call)) }
  func limits(ofCall call: Int) -> CallLimits { plan.limits(ofCall: call) }

  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    plan.forEachArgument(ofCall: call) { parameter, value in
      writer.cell(value, in: plan.manifest.pools, for: parameter)
    }
    if let store {
      for (parameter, value) in store.values(ofTask: plan.task(ofCall: call)) {
        writer.value(value, for: parameter)
      }
    }
    if given.isEmpty { return }
    for one in given[call] ?? [] { writer.value(one.value, for: one.parameter) }
  }
}
