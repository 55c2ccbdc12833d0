/// What is another between the inputs of a journal's run and those of now.
public struct JournalComparison: Sendable, Hashable {
  /// One task, or what became of it.
  public enum TaskChange: Sendable, Hashable {
    case changed(String, calls: Int)
    case new(String, calls: Int)
    case gone(String, calls: Int)
  }

  /// The manifest's bytes, or those of its files of points, are others.
  public var isOtherText = false
  public var abi: OriginDifference?
  /// Of the host, if it has kernels that are called, and of plugins.
  public var origins: [OriginDifference] = []
  /// The first of them; `changeCount` has how many there are.
  public var changes: [TaskChange] = []
  public var changeCount = 0
  /// Tasks whose kernel's code and arguments are as they were.
  public var sameTasks = 0
  /// Calls of the other tasks there are now: these would run again.
  public var callsToRun = 0
  public var callCount = 0

  /// Whether the journal can be gone on with.
  public var isSame: Bool { !isOtherText && abi == nil && changeCount == 0 }

  static let mostChanges = 20
}

extension JournalRun {
  /// Compares this, which is to be run now, with what a journal is of. O(tasks + bytes).
  public func comparison(with then: JournalRun) -> JournalComparison {
    var found = JournalComparison()
    found.callCount = callCount
    found.isOtherText = manifest.bytes != then.manifest.bytes || points != then.points
    let differences = origin.differences(from: then.origin)
    found.abi = differences.first {
      if case .abi = $0 { return true }
      return false
    }
    compareTasks(with: then, &found)
    if found.changeCount > 0 { found.origins = differences.filter { isCause($0) } }
    return found
  }

  /// Whether a difference can be why a kernel's code is another.
  private func isCause(_ difference: OriginDifference) -> Bool {
    switch difference {
    case .newerRecords, .machine, .abi: false
    case .host: kernels.contains { $0.signature.origin == KernelSignature.builtInOrigin }
    default: true
    }
  }

  private func compareTasks(with then: JournalRun, _ found: inout JournalComparison) {
    // A task that only moved is the same one.
    var old: [UInt64: [Int]] = [:]
    for (index, task) in then.tasks.enumerated().reversed() {
      old[task.fingerprint, default: []].append(index)
    }
    var isTaken = [Bool](repeating: false, count: then.tasks.count)
    var others: [Int] = []
    for (index, task) in tasks.enumerated() {
      if let match = old[task.fingerprint]?.popLast() {
        isTaken[match] = true
        found.sameTasks += 1
        if match != index { found.isOtherText = true }
      } else {
        others.append(index)
        found.callsToRun += task.calls
      }
    }
    let gone = then.tasks.indices.filter { !isTaken[$0] }
    found.changeCount = max(others.count, gone.count)
    if found.changeCount == 0 { return }
    let (newNames, oldNames) = (labels(), then.labels())
    var left = gone
    for index in others {
      if found.changes.count == JournalComparison.mostChanges { return }
      let (name, calls) = (newNames(index), tasks[index].calls)
      // What stands in its place, or has its name, is what it was.
      if let match = left.prefix(1000).firstIndex(where: { $0 == index || oldNames($0) == name }) {
        left.remove(at: match)
        found.changes.append(.changed(name, calls: calls))
      } else {
        found.changes.append(.new(name, calls: calls))
      }
    }
    for index in left.prefix(JournalComparison.mostChanges - found.changes.count) {
      found.changes.append(.gone(oldNames(index), calls: then.tasks[index].calls))
    }
  }

  /// Names for the tasks; by their numbers where the plan cannot be made.
  private func labels() -> (Int) -> String {
    guard case .success(let plan) = plan() else { return { Wording.taskNumber($0) } }
    return { task in
      let name = plan.manifest.name(of: plan.manifest.tasks[task])
      return name.map { Wording.quoted($0) }
        ?? Wording.taskNumber(task, kernel: plan.signatures[Int(plan.kernelOfTask[task])].name)
    }
  }
}
