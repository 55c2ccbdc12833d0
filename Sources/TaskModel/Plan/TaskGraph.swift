/// Which task waits for which. Tasks by their numbers; two arrays each way, whatever the shape.
public struct TaskGraph: Sendable {
  /// One task waits for another.
  struct Edge {
    let waiting: UInt32
    let target: UInt32
    /// Where the manifest says so.
    let place: UInt32
  }

  /// The tasks that each task waits for, in the order in which it names them.
  private let targets: Neighbours
  /// The tasks that wait for each task, in their order.
  private let waiting: Neighbours
  /// Every task comes behind those that it waits for.
  public let isForward: Bool

  /// O(tasks + edges).
  init(taskCount: Int, edges: [Edge]) {
    targets = Neighbours(taskCount, edges, from: { $0.waiting }, to: { $0.target })
    waiting = Neighbours(taskCount, edges, from: { $0.target }, to: { $0.waiting })
    isForward = edges.allSatisfy { $0.target < $0.waiting }
  }

  /// The tasks that a task waits for; one as often as it names it.
  public func targets(of task: Int) -> ArraySlice<UInt32> { targets[task] }

  /// The tasks that wait for a task; one as often as it names it.
  public func waiting(for task: Int) -> ArraySlice<UInt32> { waiting[task] }

  /// Lists of neighbours, end to end.
  private struct Neighbours: Sendable {
    private var starts: [UInt32]
    private var list: [UInt32]

    init(
      _ count: Int, _ edges: [Edge], from: (Edge) -> UInt32, to: (Edge) -> UInt32
    ) {
      starts = [UInt32](repeating: 0, count: count + 1)
      for edge in edges { starts[Int(from(edge)) + 1] += 1 }
      for index in 0..<count { starts[index + 1] += starts[index] }
      list = [UInt32](repeating: 0, count: edges.count)
      var next = starts
      for edge in edges {
        list[Int(next[Int(from(edge))])] = to(edge)
        next[Int(from(edge))] += 1
      }
    }

    subscript(task: Int) -> ArraySlice<UInt32> { list[Int(starts[task])..<Int(starts[task + 1])] }
  }

  /// Cycles that have no task in common, each as tasks of which every one waits for the next
  /// and the last for the first; at most `most`. O(tasks + edges) (Kahn 1962: what is left when
  /// tasks that wait for nothing are taken away again and again is on cycles or behind them).
  func cycles(taskCount: Int, most: Int) -> [[Int]] {
    var open = (0..<taskCount).map { UInt32(targets[$0].count) }
    var isGone = [Bool](repeating: false, count: taskCount)
    var free: [Int] = []
    for task in 0..<taskCount where open[task] == 0 {
      isGone[task] = true
      free.append(task)
    }
    var cycles: [[Int]] = []
    var first = 0
    while true {
      while let task = free.popLast() {
        for other in waiting[task] where !isGone[Int(other)] {
          open[Int(other)] -= 1
          if open[Int(other)] == 0 {
            isGone[Int(other)] = true
            free.append(Int(other))
          }
        }
      }
      while first < taskCount, isGone[first] { first += 1 }
      if first == taskCount || cycles.count == most { return cycles }
      let cycle = cycle(from: first) { !isGone[$0] }
      cycles.append(cycle)
      for task in cycle {
        isGone[task] = true
        free.append(task)
      }
    }
  }

  /// Follows what is left of the targets until a task comes again. Every task that is left waits
  /// for one that is left.
  private func cycle(from start: Int, isLeft: (Int) -> Bool) -> [Int] {
    var path: [Int] = []
    var position: [Int: Int] = [:]
    var task = start
    while position[task] == nil {
      position[task] = path.count
      path.append(task)
      guard let next = targets[task].first(where: { isLeft(Int($0)) }) else { return path }
      task = Int(next)
    }
    return Array(path[(position[task] ?? 0)...])
  }
}

/// A result that some argument takes.
public struct ResultColumn: Sendable, Hashable {
  public let task: Int
  /// Among the results of the task's kernel.
  public let field: Int
  /// Of all calls of the task, in their order; else of its one call.
  public let isAll: Bool
}

/// What tasks of a manifest have to do with each other.
public struct Dependencies: Sendable {
  public let graph: TaskGraph
  /// Each result that is read, once.
  public let columns: [ResultColumn]
  /// For each reference of the manifest, its column.
  let columnOfReference: [UInt32]
  /// For each task that is read, its columns.
  public let columnsOfTask: [Int: [Int]]
  /// The tasks that take some result.
  public let readers: Set<Int>
}

extension Plan {
  /// The columns that a task takes, one as often as it takes it. O(arguments).
  public func columns(takenBy task: Int) -> [Int] {
    guard let dependencies else { return [] }
    var columns: [Int] = []
    forEachArgument(of: firstCall(ofTask: task)) { _, cell in
      switch cell {
      case .reference(let index):
        columns.append(Int(dependencies.columnOfReference[Int(index)]))
      case .mixed(let range):
        for case .reference(let index) in manifest.elements[range.indices] {
          columns.append(Int(dependencies.columnOfReference[Int(index)]))
        }
      default: break
      }
    }
    return columns
  }

  /// The value of an argument that takes results: `column` gives that of one of them. `isReal`:
  /// for numbers that need not be whole. O(size).
  public func value(of cell: Manifest.Cell, isReal: Bool, column: (Int) -> Value) -> Value {
    func taken(_ index: UInt32) -> Value {
      column(Int(dependencies?.columnOfReference[Int(index)] ?? 0))
    }
    guard case .mixed(let range) = cell else {
      if case .reference(let index) = cell { return taken(index) }
      return manifest.pools.value(cell)
    }
    var integers: [Int64]? = isReal ? nil : []
    var numbers: [Double] = []
    for element in manifest.elements[range.indices] {
      let value: Value =
        switch element {
        case .integer(let value): .integer(value)
        case .minusZero: isReal ? .number(-0.0) : .integer(0)
        case .number(let value): .number(value)
        case .reference(let index): taken(index)
        }
      switch value {
      case .integer(let value):
        integers?.append(value)
        numbers.append(Double(value))
      case .unsigned(let value):
        integers = nil
        numbers.append(Double(value))
      case .number(let value):
        integers = nil
        numbers.append(value)
      default: break
      }
    }
    return integers.map { .integers($0) } ?? .numbers(numbers)
  }
}
