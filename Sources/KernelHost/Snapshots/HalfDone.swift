import KernelHostModel

/// What earlier processes have left half done.
struct HalfDone {
  private let calls: [HalfDoneCall]
  /// Whether this process continues calls, and copies them.
  let isPossible: Bool
  /// Calls that did nothing since they were copied: they continue also if they must not begin
  /// twice.
  private(set) var left = RangeSet<Int>()

  init(_ store: SnapshotStore, _ plan: Plan, isolation: Isolation) {
    calls = store.halfDone
    let flat = plan.manifest.tasks.indices.contains { plan.signature(ofTask: $0).isFlat }
    isPossible = isolation == .process && flat
  }

  /// Finds out what continues. A call that waits for others again does not. `index`: with what is
  /// to run again taken back.
  mutating func find(_ plan: Plan, _ index: JournalIndex) {
    if !isPossible { return }
    var waits: [Int: Bool] = [:]
    for one in calls where one.isFinal && one.call.number < plan.callCount {
      let task = plan.task(ofCall: one.call.number)
      let signature = plan.signature(ofTask: task)
      let isWaiting =
        waits[task] ?? plan.dependencies?.graph.targets(of: task)
        .contains { index.hasOpen(plan.calls(ofTask: Int($0))) } ?? false
      waits[task] = isWaiting
      guard signature.name == one.kernel, signature.isFlat, !isWaiting else { continue }
      left.insert(contentsOf: one.call.number..<one.call.number + 1)
    }
  }

  /// All that were left so, whether they can continue or not.
  var stopped: Set<Int> { Set(calls.filter { $0.isFinal }.map { $0.call.number }) }

  /// A call that was copied got on: the host's death is not its fault.
  func forgiveDeaths(_ index: inout JournalIndex) {
    for one in calls { index.forgive(one.call.number, through: Int(clamping: one.generation)) }
  }
}

extension RangeSet<Int> {
  init(_ calls: Set<Int>) {
    self.init()
    for call in calls.sorted() { insert(contentsOf: call..<call + 1) }
  }
}
