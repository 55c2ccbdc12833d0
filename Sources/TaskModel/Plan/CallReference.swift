/// A call of a plan together with its task: found once, then carried along with the call.
public struct CallReference: Sendable, Hashable {
  /// The call's number in the plan.
  public let call: Int
  public let task: Int
  /// The call's number among those of its task, from 0.
  public let point: Int

  package init(call: Int, task: Int, point: Int) {
    self.call = call
    self.task = task
    self.point = point
  }
}

/// Finds the tasks of calls. Each call that follows the last one, or is of the same task, costs a
/// comparison; any other costs a search.
public struct CallLocator: Sendable {
  private let plan: Plan
  private var task = 0
  /// Of `task`.
  private var calls: Range<Int>

  public init(_ plan: Plan) {
    self.plan = plan
    calls = plan.manifest.tasks.isEmpty ? 0..<0 : plan.calls(ofTask: 0)
  }

  /// O(1) for calls in order; O(log tasks) for the others.
  @inline(__always)
  public mutating func locate(_ call: Int) -> CallReference {
    if !plan.hasSweeps { return CallReference(call: call, task: call, point: 0) }
    if !calls.contains(call) { move(to: call) }
    return CallReference(call: call, task: task, point: call - calls.lowerBound)
  }

  private mutating func move(to call: Int) {
    let isNext = call == calls.upperBound && task + 1 < plan.manifest.tasks.count
    task = isNext ? task + 1 : plan.task(ofCall: call)
    calls = plan.calls(ofTask: task)
    // The next task may have no call at all.
    if isNext, !calls.contains(call) { move(to: call) }
  }
}

extension Plan {
  /// Whether some task is several calls.
  public var hasSweeps: Bool { !firstCall.isEmpty }

  /// A call with its task. O(1), O(log tasks) with sweeps.
  @inline(__always)
  public func locate(_ call: Int) -> CallReference {
    reference(toCall: call, ofTask: task(ofCall: call))
  }

  /// A call whose task is known. O(1).
  @inline(__always)
  func reference(toCall call: Int, ofTask task: Int) -> CallReference {
    CallReference(call: call, task: task, point: firstCall.isEmpty ? 0 : call - firstCall[task])
  }

  /// The task that a call belongs to. O(1), O(log tasks) with sweeps.
  @inline(__always)
  public func task(ofCall call: Int) -> Int { firstCall.isEmpty ? call : search(call) }

  /// The last task that begins at the call or before it.
  private func search(_ call: Int) -> Int {
    var low = 0
    var high = firstCall.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstCall[middle] <= call { low = middle } else { high = middle }
    }
    return low
  }

  /// The first call of a task.
  public func firstCall(ofTask task: Int) -> CallReference {
    CallReference(call: calls(ofTask: task).lowerBound, task: task, point: 0)
  }

  /// The calls of a task.
  public func calls(ofTask task: Int) -> Range<Int> {
    if firstCall.isEmpty { return task..<task + 1 }
    return firstCall[task]..<(task + 1 < firstCall.count ? firstCall[task + 1] : callCount)
  }
}
