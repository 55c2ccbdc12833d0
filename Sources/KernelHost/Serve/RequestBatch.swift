import KernelBridge
import KernelHostModel

/// Requests that were read together: one plan, in which each of them is a task. Threads of lanes
/// bring their tokens at the same time.
final class RequestBatch: Sendable {
  let plan: Plan
  let source: PlannedCalls
  /// The ids of the requests, by task.
  let ids: [RequestID]
  /// Tasks whose good results go together.
  private let compact: Set<Int>
  /// Bytes of its text: what it keeps in memory is in proportion to them.
  let size: Int
  private let state: Locked<State>

  private struct State: Sendable {
    var seen: SeenCalls
    var locator: CallLocator
    /// Of tasks that are several calls and have ended calls.
    var swept: [Int: SweptTask] = [:]
    var cancelled: Set<Int> = []
    /// What records will say beside their tokens, by call.
    var warnings: [Int: String] = [:]
    var openTasks: Int
    /// The call whose result may follow in the line of results that is being written.
    var nextResult: CallReference?
  }

  private struct SweptTask: Sendable {
    var counts = StatusCounts()
    /// Calls that ended without a record.
    var unrecorded = 0
  }

  /// The outcome of some tokens.
  struct Taken {
    var count = 0
    var absent = 0
    /// Calls whose second token this was.
    var second: [Int] = []
    var counts = StatusCounts()
    var ended: [RequestID] = []
    /// No request of the batch is open any more.
    var isLast = false
  }

  init(_ plan: Plan, ids: [RequestID], compact: Set<Int> = [], size: Int) {
    self.plan = plan
    self.ids = ids
    self.compact = compact
    self.size = size
    source = PlannedCalls(plan, nil)
    state = Locked(
      State(
        seen: SeenCalls(most: plan.callCount), locator: CallLocator(plan), openTasks: ids.count))
  }

  func id(ofCall call: Int) -> RequestID { ids[plan.task(ofCall: call)] }

  /// A request of the batch was refused: it has no calls. Returns true if no other is left.
  func drop() -> Bool {
    state.withLock { state in
      state.openTasks -= 1
      return state.openTasks == 0
    }
  }

  func warn(_ call: Int, _ text: String) { state.withLock { $0.warnings[call] = text } }

  /// Takes tokens, each call's first one, and appends their records, and a line for each request
  /// that has ended with its last call. O(calls).
  ///
  /// `publish` sends lines before another thread can append any for the same requests: the last
  /// line of a sweep must not come before its records. Only used for batches with sweeps.
  func take(
    _ count: Int, to buffer: inout [UInt8], publish: (Taken, inout [UInt8]) -> Void,
    _ call: (_ index: Int) -> EndedCall?
  ) -> Taken {
    state.withLock { state in
      var taken = Taken()
      for index in 0..<count {
        guard let ended = call(index) else {
          taken.absent += 1
          continue
        }
        guard state.seen.insert(ended.call) else {
          taken.second.append(ended.call)
          continue
        }
        let reference = state.locator.locate(ended.call)
        let warning =
          state.warnings.isEmpty ? nil : state.warnings.removeValue(forKey: ended.call)
        if compact.contains(reference.task), ended.token.ok, warning == nil {
          addResult(ended.token, reference, &state.nextResult, &buffer)
        } else {
          endResults(&state.nextResult, &buffer)
          CallRecordWriter.write(
            id: ids[reference.task], reference, ended.token, warning: warning, plan, to: &buffer)
        }
        taken.count += 1
        taken.counts.add(ended.token.status)
        if plan.isSwept(task: reference.task) {
          state.swept[reference.task, default: SweptTask()].counts.add(ended.token.status)
        }
        settle(reference.task, &state, &taken, &buffer)
      }
      endResults(&state.nextResult, &buffer)
      if plan.hasSweeps { publish(taken, &buffer) }
      return taken
    }
  }

  /// Appends a result to the line before it if it is that of the next call.
  private func addResult(
    _ token: Token<Value>, _ call: CallReference, _ next: inout CallReference?,
    _ buffer: inout [UInt8]
  ) {
    let follows = next?.call == call.call && next?.task == call.task
    if !follows {
      endResults(&next, &buffer)
      CallRecordWriter.beginResults(id: ids[call.task], point: call.point, to: &buffer)
    }
    CallRecordWriter.addResult(token.result, isFirst: !follows, to: &buffer)
    next = CallReference(call: call.call + 1, task: call.task, point: call.point + 1)
  }

  private func endResults(_ next: inout CallReference?, _ buffer: inout [UInt8]) {
    if next == nil { return }
    next = nil
    CallRecordWriter.endResults(to: &buffer)
  }

  /// Ends calls that never began. A request of one call has its record. A sweep has its last line
  /// only: it can have more points than anyone reads.
  func end(
    _ calls: Range<Int>, _ token: Token<Value>, to buffer: inout [UInt8],
    publish: (Taken, inout [UInt8]) -> Void
  ) -> Taken {
    var taken = Taken()
    var next = calls.lowerBound
    while next < calls.upperBound {
      let task = plan.task(ofCall: next)
      let part = next..<min(plan.calls(ofTask: task).upperBound, calls.upperBound)
      next = part.upperBound
      if !plan.isSwept(task: task) {
        taken.add(
          take(1, to: &buffer, publish: publish) { _ in
            EndedCall(call: part.lowerBound, token: token)
          })
        continue
      }
      state.withLock { state in
        var swept = Taken()
        state.swept[task, default: SweptTask()].counts.add(token.status, part.count)
        state.swept[task]?.unrecorded += part.count
        swept.counts.add(token.status, part.count)
        settle(task, &state, &swept, &buffer)
        publish(swept, &buffer)
      }
    }
    return taken
  }

  /// A task has a token more.
  private func settle(
    _ task: Int, _ state: inout State, _ taken: inout Taken, _ buffer: inout [UInt8]
  ) {
    if plan.isSwept(task: task) {
      let total = plan.calls(ofTask: task).count
      guard let swept = state.swept[task], swept.counts.total == total else { return }
      state.swept[task] = nil
      endResults(&state.nextResult, &buffer)
      ServeLines.done(
        ids[task], calls: total, swept.counts, unrecorded: swept.unrecorded, to: &buffer)
    }
    taken.ended.append(ids[task])
    state.openTasks -= 1
    if state.openTasks == 0 { taken.isLast = true }
  }

  /// Returns the calls of a range that have no token yet. O(range).
  func missing(in calls: Range<Int>) -> [Range<Int>] {
    state.withLock { state in calls.filter { !state.seen.contains($0) }.map { $0..<$0 + 1 } }
  }

  /// Calls of this task that are given back end.
  func cancel(task: Int) { state.withLock { _ = $0.cancelled.insert(task) } }

  /// Parts a range of calls into those that may begin and those of cancelled requests.
  func sorted(_ calls: Range<Int>) -> (open: [Range<Int>], cancelled: [Range<Int>]) {
    let tasks = state.withLock { $0.cancelled }
    if tasks.isEmpty { return ([calls], []) }
    let cancelled = RangeSet(
      tasks.map { plan.calls(ofTask: $0).clamped(to: calls) }.filter { !$0.isEmpty })
    let open = RangeSet(calls).subtracting(cancelled)
    return (Array(open.ranges), Array(cancelled.ranges))
  }
}

extension RequestBatch.Taken {
  mutating func add(_ other: RequestBatch.Taken) {
    count += other.count
    absent += other.absent
    second += other.second
    counts.add(other.counts)
    ended += other.ended
    isLast = isLast || other.isLast
  }
}
