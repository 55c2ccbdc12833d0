import KernelBridge
import KernelHostModel

/// Consecutive calls of a plan, as a lane takes them.
struct PlannedCalls: CallSource, Sendable {
  fileprivate let plan: Plan
  /// Nil: no call takes the result of another.
  private let store: ResultStore?
  /// Arguments that replace those of the plan, by call; mostly empty.
  private let given: [Int: [TakenArgument]]
  private let calls: Range<Int>
  /// The task of the first call, and all its calls.
  private let firstTask: Int
  private let callsOfFirstTask: Range<Int>
  let hasTimeouts: Bool
  let hasLimits: Bool

  /// No calls yet: `block` gives some.
  init(
    _ plan: Plan, _ store: ResultStore?, given: [Int: [TakenArgument]] = [:]
  ) {
    self.given = given
    self.plan = plan
    self.store = store
    calls = 0..<0
    firstTask = 0
    callsOfFirstTask = 0..<0
    hasTimeouts = plan.hasTimeouts
    hasLimits = plan.hasLimits
  }

  private init(_ other: PlannedCalls, _ calls: Range<Int>) {
    plan = other.plan
    store = other.store
    given = other.given
    self.calls = calls
    firstTask = calls.isEmpty ? 0 : plan.task(ofCall: calls.lowerBound)
    callsOfFirstTask = calls.isEmpty ? 0..<0 : plan.calls(ofTask: firstTask)
    hasTimeouts = other.hasTimeouts
    hasLimits = other.hasLimits
  }

  /// Other calls of the same plan.
  func block(_ calls: Range<Int>) -> PlannedCalls { PlannedCalls(self, calls) }

  var firstCall: Int { calls.lowerBound }
  var callCount: Int { calls.upperBound }
  func kernel(ofCall call: Int) -> Int { plan.kernelIndex(ofTask: task(ofCall: call)) }
  /// Whether a call of the plan, with this number, is of a kernel.
  func isCall(_ call: Int, of kernel: Int) -> Bool {
    0..<plan.callCount ~= call && self.kernel(ofCall: call) == kernel
  }
  func timeout(ofCall call: Int) -> UInt64 { timeout(ofTask: task(ofCall: call)) }
  func limits(ofCall call: Int) -> CallLimits { plan.limits(ofTask: task(ofCall: call)) }

  fileprivate func timeout(ofTask task: Int) -> UInt64 { nanoseconds(plan.timeout(ofTask: task)) }

  /// Most blocks are of one task.
  @inline(__always)
  private func task(ofCall call: Int) -> Int {
    callsOfFirstTask.contains(call) ? firstTask : plan.task(ofCall: call)
  }

  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    write(plan.locate(call), to: &writer)
  }

  @inline(__always)
  fileprivate func write(_ call: CallReference, to writer: inout Arguments) {
    plan.forEachArgument(of: call) { parameter, value in
      writer.cell(value, in: plan.manifest.pools, for: parameter)
    }
    if let store {
      for (parameter, value) in store.values(ofTask: call.task) {
        writer.value(value, for: parameter)
      }
    }
    if given.isEmpty { return }
    for one in given[call.call] ?? [] { writer.value(one.value, for: one.parameter) }
  }

  /// Submits the calls of each task together: its kernel, timeout and limits are looked up once.
  func submit(
    _ calls: Range<Int>, tag: UInt64, to lane: any Lane, _ routing: Routing
  ) -> (next: Int, room: LaneSubmission?) {
    if !plan.hasSweeps {
      return SingleCalls(source: self).submit(calls, tag: tag, to: lane, routing)
    }
    var next = calls.lowerBound
    var room: LaneSubmission? = .soon
    while next < calls.upperBound {
      let one = CallsOfTask(self, plan.locate(next))
      let end = min(calls.upperBound, one.callCount)
      (next, room) = one.submit(next..<end, tag: tag, to: lane, routing)
      if next < end { break }
    }
    return (next, room)
  }
}

/// Calls of which each is a task of its own: the call's number is the task's.
private struct SingleCalls: CallSource {
  let source: PlannedCalls

  var callCount: Int { source.callCount }
  var hasTimeouts: Bool { source.hasTimeouts }
  var hasLimits: Bool { source.hasLimits }
  func kernel(ofCall call: Int) -> Int { source.plan.kernelIndex(ofTask: call) }
  func timeout(ofCall call: Int) -> UInt64 { source.timeout(ofTask: call) }
  func limits(ofCall call: Int) -> CallLimits { source.plan.limits(ofTask: call) }
  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    source.write(CallReference(call: call, task: call, point: 0), to: &writer)
  }
}

/// The calls of one task.
private struct CallsOfTask: CallSource {
  private let source: PlannedCalls
  private let task: Int
  let firstCall: Int
  let callCount: Int
  private let kernel: Int
  private let timeout: UInt64
  private let limits: CallLimits
  let hasTimeouts: Bool
  let hasLimits: Bool

  init(_ source: PlannedCalls, _ call: CallReference) {
    self.source = source
    task = call.task
    let calls = source.plan.calls(ofTask: task)
    firstCall = calls.lowerBound
    callCount = calls.upperBound
    kernel = source.plan.kernelIndex(ofTask: task)
    timeout = source.timeout(ofTask: task)
    hasTimeouts = timeout > 0
    hasLimits = source.hasLimits
    limits = hasLimits ? source.plan.limits(ofTask: task) : .standard
  }

  func kernel(ofCall: Int) -> Int { kernel }
  func timeout(ofCall: Int) -> UInt64 { timeout }
  func limits(ofCall: Int) -> CallLimits { limits }
  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    source.write(CallReference(call: call, task: task, point: call - firstCall), to: &writer)
  }
}
