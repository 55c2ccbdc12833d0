/// What the calls of a model do.
extension ManifestModel {
  /// The outcome of one call.
  enum Outcome: Equatable {
    case ok([String: Double])
    case error
    case skipped
  }

  /// Of all calls of all tasks.
  func outcomes() -> [[Outcome]] {
    var known: [Int: [Outcome]] = [:]
    func of(_ index: Int) -> [Outcome] {
      if let known = known[index] { return known }
      let task = tasks[index]
      let isReady = task.targets.allSatisfy { of($0).allSatisfy(\.isOK) }
      let outcomes = (0..<task.calls).map { call -> Outcome in
        if !isReady { return .skipped }
        var values: [String: [Double]] = [:]
        for argument in task.args { values[argument.name] = numbers(argument.value, of) }
        for (name, number) in task.swept(call) { values[name] = [number.double] }
        return Self.run(task.kernel, values)
      }
      known[index] = outcomes
      return outcomes
    }
    return tasks.indices.map(of)
  }

  private func numbers(_ argument: Argument, _ of: (Int) -> [Outcome]) -> [Double] {
    switch argument {
    case .number(let number): [number.double]
    case .list(let elements): elements.flatMap { numbers($0, of) }
    case .result(let task, let field, _, _): of(task).map { $0[field] }
    }
  }

  private static func run(_ kernel: String, _ values: [String: [Double]]) -> Outcome {
    switch kernel {
    case "for_loop": return values["increment"] == [0] ? .error : .ok([:])
    case "primes":
      let limit = Int(values["limit"]?[0] ?? 0)
      let primes = (0...limit).filter { number in
        number > 1 && !(2..<max(number, 2)).contains { number % $0 == 0 }
      }
      return .ok(["count": Double(primes.count), "largest": Double(primes.last ?? 0)])
    case "moments":
      let all = values["values"] ?? []
      return .ok([
        "count": Double(all.count), "min": all.min() ?? .nan, "max": all.max() ?? .nan,
      ])
    // After no iteration it is the first value.
    default: return .ok(["x": values["x0"]?[0] ?? 0.5])
    }
  }

  // MARK: Selections

  /// The tasks whose names match, and what they wait for. A pattern has a star at its end, or
  /// a question mark.
  func selected(matching pattern: String) -> Set<Int> {
    needed(
      tasks.indices.filter { index in
        let name = tasks[index].isNamed ? tasks[index].name : tasks[index].kernel
        return Self.matches(Array(pattern)[...], Array(name)[...])
      })
  }

  private static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>)
    -> Bool
  {
    guard let first = pattern.first else { return name.isEmpty }
    if first == "*" {
      return matches(pattern.dropFirst(), name)
        || !name.isEmpty && matches(pattern, name.dropFirst())
    }
    guard let character = name.first, first == "?" || first == character else { return false }
    return matches(pattern.dropFirst(), name.dropFirst())
  }

  /// Tasks and all that they wait for.
  func needed(_ wanted: [Int]) -> Set<Int> {
    var found: Set<Int> = []
    var open = wanted
    while let task = open.popLast() {
      if !found.insert(task).inserted { continue }
      open += tasks[task].targets
    }
    return found
  }

  /// The calls of a task.
  func calls(of task: Int) -> Range<Int> {
    let first = tasks[..<task].reduce(0) { $0 + $1.calls }
    return first..<first + tasks[task].calls
  }

  /// Whether a chain of names is one of tasks that each wait for the next, from a task on, and
  /// ends at one that failed itself.
  func isChain(_ names: [String], from task: Int, _ outcomes: [[Outcome]]) -> Bool {
    var place = task
    for name in names {
      guard let next = tasks[place].targets.first(where: { tasks[$0].name == name }),
        !outcomes[next].allSatisfy(\.isOK)
      else { return false }
      place = next
    }
    return !names.isEmpty && outcomes[place].contains(.error)
  }
}

extension ManifestModel.Outcome {
  var isOK: Bool { if case .ok = self { true } else { false } }

  subscript(field: String) -> Double {
    if case .ok(let fields) = self { fields[field] ?? .nan } else { .nan }
  }
}

/// Steele and others, Fast splittable pseudorandom number generators, 2014.
struct Splitmix {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(max(bound, 1)))
  }
}
