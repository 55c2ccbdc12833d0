import KernelHostModel

/// Tasks that wait for others: which may begin, and which never will. Lanes read the results that
/// they take from `store`.
struct DependencyTracker: Sendable {
  let store: ResultStore
  private let plan: Plan
  private let selection: Selection
  private let dependencies: Dependencies
  /// For each task its selected calls without a token.
  private var left: [Int]
  /// For each task what it still waits for.
  private var open: [UInt32]
  /// Of tasks that did not end well.
  private var failures: [Int: Failure] = [:]
  /// Tasks that may begin and were not taken yet.
  private var ready: [Int] = []
  /// Tasks that will never begin and were not taken yet.
  private var skipped: [(task: Int, token: Token<Value>)] = []
  private var isClosed = false
  /// Tasks that cannot begin with the results that were known beforehand.
  private var unfit: Set<Int> = []
  /// How the records of calls have what was taken from others.
  enum RecordedTaken: Sendable {
    case none
    /// Long values as their hash.
    case recorded
    case whole
  }

  private let recordsArguments: RecordedTaken
  private var locator: CallLocator
  /// Of tasks that may begin and take results, what was not told yet.
  private var taken: [Taken] = []

  /// What a task takes from others, as its records have it, and how many records there will be.
  struct Taken: Sendable {
    let task: Int
    let arguments: [TakenArgument]
    let records: Int
  }

  /// What stopped a task, and all that wait for it.
  private struct Failure: Sendable {
    /// The tasks to wait for, the nearest first; the last is that which failed first.
    var chain: [String]
    /// How many are missing before the last.
    var hidden = 0
    var cause: String
    var isCancelled: Bool
    /// The lowest call of those that failed.
    var call: Int

    func behind(_ task: String) -> Failure {
      var other = self
      other.chain.insert(task, at: 0)
      if other.chain.count > 4 {
        other.chain.remove(at: 3)
        other.hidden += 1
      }
      return other
    }
  }

  /// `known`: results of calls that are not selected. `failed`: tokens of those that did not end
  /// well, in an earlier process. `recordsArguments`: how records will have them.
  init?(
    plan: Plan, selection: Selection, known: [Int: Value], failed: [Int: Token<Value>] = [:],
    recordsArguments: RecordedTaken = .none
  ) {
    guard let dependencies = plan.dependencies else { return nil }
    self.recordsArguments = recordsArguments
    self.plan = plan
    locator = CallLocator(plan)
    self.selection = selection
    self.dependencies = dependencies
    store = ResultStore(plan: plan, dependencies: dependencies)
    left = plan.manifest.tasks.indices.map { task in
      selection.calls(in: plan.calls(ofTask: task)).reduce(0) { $0 + $1.count }
    }
    open = plan.manifest.tasks.indices.map { [left] task in
      // What is not called has ended long ago.
      UInt32(dependencies.graph.targets(of: task).count { left[Int($0)] > 0 })
    }
    // What has ended takes nothing any more.
    if !known.isEmpty {
      for task in dependencies.readers where left[task] == 0 && selection.count > 0 {
        if plan.calls(ofTask: task).isEmpty { continue }
        store.forget(task: task, wasPrepared: false)
      }
    }
    for (call, result) in known { store.put(result, ofCall: call, task: plan.task(ofCall: call)) }
    for (call, token) in failed {
      // Its end is on record: what waits for it is skipped, and not left to another process.
      fail(plan.task(ofCall: call), call, token, isFinal: true)
    }
    if !failures.isEmpty { failBehind() }
    for task in open.indices where open[task] == 0 && left[task] > 0 {
      if !failures.isEmpty, let failure = failureBefore(task) {
        skip(task, failure)
        unfit.insert(task)
      } else if !known.isEmpty, !prepare(task) {
        unfit.insert(task)
      }
    }
  }

  /// Tasks that have ended behind others that did not end well have their reason from these, as in
  /// a run without a break.
  private mutating func failBehind() {
    var isSeen = Set<Int>()
    var found = Array(failures.keys).sorted()
    while let task = found.last {
      let targets = dependencies.graph.targets(of: task).map { Int($0) }
      if isSeen.insert(task).inserted {
        found += targets.filter { failures[$0] != nil && !isSeen.contains($0) }
      } else {
        found.removeLast()
        if let failure = failureBefore(task) { failures[task] = behind(failure, task) }
      }
    }
  }

  /// The first of what a task waits for that did not end well.
  private func failureBefore(_ task: Int) -> Failure? {
    dependencies.graph.targets(of: task).lazy.compactMap { [failures] in failures[Int($0)] }.first
  }

  private func behind(_ failure: Failure, _ task: Int) -> Failure {
    let name = plan.taskName(ofCall: plan.calls(ofTask: task).lowerBound)
    var own = failure.behind(name ?? "")
    own.call = Int.min
    return own
  }

  /// The calls that wait for nothing.
  var first: [Range<Int>] {
    Selection(
      open.indices.lazy.filter { [open, unfit] in open[$0] == 0 && !unfit.contains($0) }
        .flatMap { [self] in calls(of: $0) }
    ).ranges
  }

  private func calls(of task: Int) -> [Range<Int>] {
    selection.calls(in: plan.calls(ofTask: task))
  }

  /// Calls that may begin now and could not before.
  mutating func takeReady() -> [Range<Int>] {
    if ready.isEmpty { return [] }
    defer { ready.removeAll(keepingCapacity: true) }
    return Selection(ready.sorted().flatMap { calls(of: $0) }).ranges
  }

  /// A task whose calls are not to begin, and their token.
  mutating func takeSkipped() -> (calls: [Range<Int>], token: Token<Value>)? {
    skipped.popLast().map { (calls(of: $0.task), $0.token) }
  }

  /// All calls that wait, and those that may begin and were not taken. Nothing becomes ready
  /// or skipped from now on. What is skipped already is to be taken before.
  mutating func close() -> [Range<Int>] {
    isClosed = true
    let untaken = ready
    ready = []
    return (untaken + open.indices.filter { open[$0] > 0 }).sorted().flatMap { calls(of: $0) }
  }

  /// A call has its token.
  mutating func note(_ call: Int, _ token: Token<Value>) {
    let task = locator.locate(call).task
    if let result = token.result {
      store.put(result, ofCall: call, task: task)
    } else {
      fail(task, call, token)
    }
    left[task] -= 1
    if left[task] == 0 { end(task) }
  }

  private mutating func fail(
    _ task: Int, _ call: Int, _ token: Token<Value>, isFinal: Bool = false
  ) {
    // Of a task that was skipped the reason is known already.
    guard !dependencies.graph.waiting(for: task).isEmpty,
      failures[task].map({ call < $0.call }) ?? true
    else { return }
    failures[task] = Failure(
      chain: [plan.taskName(ofCall: call) ?? ""],
      cause: Wording.failedFirst(
        call: plan.isSwept(call: call) ? call : nil, error: token.error?.description ?? ""),
      isCancelled: token.status == .cancelled && !isFinal, call: call)
  }

  private mutating func end(_ task: Int) {
    store.forget(task: task, wasPrepared: true)
    if isClosed { return }
    for waiting in dependencies.graph.waiting(for: task) {
      let waiting = Int(waiting)
      open[waiting] -= 1
      if open[waiting] == 0, left[waiting] > 0 { begin(waiting) }
    }
  }

  /// All that the task waits for has ended: the first of what did not end well is the reason.
  private mutating func begin(_ task: Int) {
    if let failure = failureBefore(task) { return skip(task, failure) }
    if prepare(task) { ready.append(task) }
  }

  private mutating func skip(_ task: Int, _ failure: Failure) {
    store.forget(task: task, wasPrepared: false)
    failures[task] = behind(failure, task)
    skipped.append((task, token(failure)))
  }

  /// Takes together what a task takes from others. False: that cannot be its arguments, which
  /// its calls' token says.
  private mutating func prepare(_ task: Int) -> Bool {
    if let problem = store.prepare(task: task) {
      skipped.append((task, .failed(Wording.badArgument(problem), attempts: 0)))
      return false
    }
    if recordsArguments != .none, dependencies.readers.contains(task) {
      let arguments = taken(byTask: task).map {
        recordsArguments == .whole
          ? $0 : TakenArgument(parameter: $0.parameter, value: $0.value.recorded)
      }
      taken.append(Taken(task: task, arguments: arguments, records: left[task]))
    }
    return true
  }

  /// The arguments that a task which was prepared has from others. O(size).
  func taken(byTask task: Int) -> [TakenArgument] {
    let parameters = plan.signature(ofCall: plan.calls(ofTask: task).lowerBound).parameters
    return store.values(ofTask: task).map {
      TakenArgument(
        parameter: $0.parameter, value: $0.value.converted(to: parameters[$0.parameter].type))
    }
  }

  /// Returns what has become ready since the last question, as records have it.
  mutating func takeTaken() -> [Taken] {
    if taken.isEmpty { return [] }
    defer { taken = [] }
    return taken
  }

  private func token(_ failure: Failure) -> Token<Value> {
    if failure.isCancelled { return TokenMaker.cancelledBeforeStart }
    return .failed(
      CallError(
        .dependency,
        message: Wording.skipped(
          chain: failure.chain, hidden: failure.hidden, cause: failure.cause)),
      attempts: 0)
  }
}
