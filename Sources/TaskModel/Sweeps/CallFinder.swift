/// Finds calls of a task by their arguments, without a look at each: a task may have 10^12.
public struct CallFinder {
  private let plan: Plan
  private let task: Int
  private let kernel: KernelSignature
  private let sweep: Sweep?
  /// Of axes whose values are in no order: where each value stands first.
  private let places: [[Value: Int]]

  /// O(values that are listed).
  public init(_ plan: Plan, task: Int) {
    self.plan = plan
    self.task = task
    let kernel = plan.signature(ofTask: task)
    self.kernel = kernel
    sweep = plan.sweep(ofTask: task)
    places = (sweep?.axes ?? []).map { axis in
      switch axis.values {
      case .line, .curve, .steps, .file: return [:]
      case .list, .column:
        let type = kernel.parameters[Int(axis.parameter)].type
        var known: [Value: Int] = [:]
        for index in (0..<axis.count).reversed() {
          known[plan.manifest.value(plan.manifest.value(index, of: axis), as: type)] = index
        }
        return known
      }
    }
  }

  /// The calls of the task whose values of the sweep may be those that a call of a plan has: all of
  /// them, but of values that a list has twice only the first. Whether the other arguments are the
  /// same, too, is for the caller to find out. O(axes x log values + calls).
  public func calls(like call: Int, of other: Plan) -> Range<Int> {
    let call = other.locate(call)
    let none = 0..<0
    guard other.signature(ofTask: call.task).name.hasBytes(of: kernel.name), let sweep else {
      return none
    }
    let all = plan.calls(ofTask: task)
    let arguments = other.arguments(of: call, taken: [])
    if let seed = sweep.seedParameter {
      // Each call has its own number as an argument.
      guard arguments.indices.contains(Int(seed)), case .integer(let number) = arguments[Int(seed)],
        number >= 0, number < Int64(all.count)
      else { return none }
      return all.lowerBound + Int(number)..<all.lowerBound + Int(number) + 1
    }
    var point = 0
    for (axis, known) in zip(sweep.axes, places) {
      let parameter = Int(axis.parameter)
      guard kernel.parameters.indices.contains(parameter), arguments.indices.contains(parameter),
        let value = arguments[parameter],
        let index = index(of: value, axis, known, kernel.parameters[parameter].type)
      else { return none }
      if sweep.isZipped {
        point = index
        break
      }
      if !axis.isTied { point += index * axis.stride }
    }
    let first = all.lowerBound + point * sweep.repeats
    return first..<first + sweep.repeats
  }

  /// Where a value stands on an axis; nil: nowhere.
  private func index(
    of value: Value, _ axis: Sweep.Axis, _ known: [Value: Int], _ type: ValueType
  ) -> Int? {
    if !known.isEmpty { return known[value] }
    guard axis.count > 0, let wanted = value.asNumber else { return nil }
    func at(_ index: Int) -> Value {
      plan.manifest.value(plan.manifest.value(index, of: axis), as: type)
    }
    // Values of a range are in order, up or down.
    guard let start = at(0).asNumber, let end = at(axis.count - 1).asNumber else { return nil }
    let isRising = start <= end
    var (low, high) = (0, axis.count)
    while low < high {
      let middle = low + (high - low) / 2
      guard let found = at(middle).asNumber else { return nil }
      if isRising ? found < wanted : found > wanted { low = middle + 1 } else { high = middle }
    }
    // Whole numbers beyond 2^53 may be told apart by their last digits alone.
    while low < axis.count, at(low).asNumber == wanted {
      if at(low) == value { return low }
      low += 1
    }
    return nil
  }
}

extension Value {
  /// The nearest f64 of a number; nil: it is another value.
  fileprivate var asNumber: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
