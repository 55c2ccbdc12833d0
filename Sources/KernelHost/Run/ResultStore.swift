import KernelBridge
import KernelHostModel

/// Keeps results that other calls take as arguments, until every one of these has taken them.
/// All threads of lanes use it.
final class ResultStore: Sendable {
  /// One value, or one of each call of a task; changed where it lies.
  private struct Column {
    var one = Value.null
    var integers: [Int64] = []
    var numbers: [Double] = []

    mutating func set(_ value: Value, at point: Int, of count: Int) {
      if case .integer(let value) = value, numbers.isEmpty {
        if integers.isEmpty { integers = [Int64](repeating: 0, count: count) }
        integers[point] = value
        return
      }
      if numbers.isEmpty {
        // An unsigned result may be above `Int64.max`.
        numbers =
          integers.isEmpty ? [Double](repeating: 0, count: count) : integers.map { Double($0) }
        integers = []
      }
      switch value {
      case .integer(let value): numbers[point] = Double(value)
      case .unsigned(let value): numbers[point] = Double(value)
      case .number(let value): numbers[point] = value
      default: break
      }
    }

    var value: Value {
      if !integers.isEmpty { return .integers(integers) }
      return numbers.isEmpty ? one : .numbers(numbers)
    }
  }

  private struct State {
    var columns: [Column]
    /// For each column how many tasks have not taken it.
    var takers: [Int]
    /// Of tasks that are ready and not done: the parameters' values.
    var values: [Int: [(parameter: Int, value: Value)]] = [:]
  }

  private let plan: Plan
  private let dependencies: Dependencies
  private let state: Locked<State>

  init(plan: Plan, dependencies: Dependencies) {
    self.plan = plan
    self.dependencies = dependencies
    var takers = [Int](repeating: 0, count: dependencies.columns.count)
    for task in dependencies.readers {
      for column in plan.columns(takenBy: task) { takers[column] += 1 }
    }
    state = Locked(
      State(
        columns: [Column](repeating: Column(), count: dependencies.columns.count), takers: takers))
  }

  /// Keeps what others want of the result of a call that has ended well. O(columns of its task).
  func put(_ result: Value, ofCall call: Int, task: Int) {
    guard let wanted = dependencies.columnsOfTask[task] else { return }
    let calls = plan.calls(ofTask: task)
    state.withLock { state in
      for index in wanted where state.takers[index] > 0 {
        let column = dependencies.columns[index]
        let value = Self.field(column.field, of: result)
        if column.isAll {
          state.columns[index].set(value, at: call - calls.lowerBound, of: calls.count)
        } else {
          state.columns[index].one = value
        }
      }
    }
  }

  private static func field(_ index: Int, of result: Value) -> Value {
    guard case .record(let fields) = result else { return result }
    return fields.indices.contains(index) ? fields[index].value : .null
  }

  /// Takes together the values that a task gets from others, which have all ended well, and
  /// checks them. Returns why a value cannot be its parameter's argument, if so. O(size).
  func prepare(task: Int) -> String? {
    let parameters = plan.signature(ofTask: task).parameters
    var problem: String?
    state.withLock { state in
      var values: [(parameter: Int, value: Value)] = []
      plan.forEachArgument(of: plan.firstCall(ofTask: task)) { parameter, cell in
        guard cell.waits, problem == nil else { return }
        let field = parameters[parameter]
        let isReal = field.type.isReal
        let value = plan.value(of: cell, isReal: isReal) { state.columns[$0].value }
        if let reason = ArgumentCheck.problem(with: value, for: field) {
          problem = Wording.badResult(reason)
        }
        values.append((parameter, value))
      }
      drop(plan.columns(takenBy: task), &state)
      if problem == nil { state.values[task] = values }
    }
    return problem
  }

  /// The values that a task gets from others. Only for one that was prepared.
  func values(ofTask task: Int) -> [(parameter: Int, value: Value)] {
    dependencies.readers.contains(task) ? state.withLock { $0.values[task] ?? [] } : []
  }

  /// The task is done, or will never begin: it needs nothing any more.
  func forget(task: Int, wasPrepared: Bool) {
    guard dependencies.readers.contains(task) else { return }
    state.withLock { state in
      state.values[task] = nil
      if !wasPrepared { drop(plan.columns(takenBy: task), &state) }
    }
  }

  private func drop(_ columns: [Int], _ state: inout State) {
    for column in columns {
      state.takers[column] -= 1
      if state.takers[column] == 0 { state.columns[column] = Column() }
    }
  }
}
