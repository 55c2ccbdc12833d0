/// A manifest at random and what must come of it, worked out without the code that is tested:
/// ranges by exact fractions, calls, selections, who waits for whom, results and statuses.
struct ManifestModel {
  struct Task {
    var name: String
    var isNamed = true
    var kernel: String
    var args: [(name: String, value: Argument)] = []
    var axes: [(name: String, values: [Number], text: String)] = []
    var isZipped = false
    var repeats = 1
    var after: [Int] = []

    var points: Int {
      if isZipped { return axes[0].values.count }
      return axes.reduce(1) { $0 * $1.values.count }
    }
    var calls: Int { points * repeats }

    /// What the sweep gives to a call.
    func swept(_ call: Int) -> [(String, Number)] {
      var rest = call / repeats
      var values: [(String, Number)] = []
      for axis in axes.reversed() {
        let index = isZipped ? call / repeats : rest % axis.values.count
        rest /= axis.values.count
        values.insert((axis.name, axis.values[index]), at: 0)
      }
      return values
    }

    /// All that it waits for.
    var targets: [Int] {
      after + args.flatMap { $0.value.targets }
    }
  }

  enum Argument {
    case number(Number)
    case list([Argument])
    /// Of a task, a field; of all its calls.
    case result(Int, String, isAll: Bool, text: String)

    var targets: [Int] {
      switch self {
      case .number: []
      case .list(let elements): elements.flatMap { $0.targets }
      case .result(let task, _, _, _): [task]
      }
    }
  }

  /// A whole number, or a fraction that is the nearest double to its quotient.
  struct Number {
    var top: Int
    var bottom = 1
    var isWhole: Bool { bottom == 1 }
    /// Both are below 2^53: the division rounds once.
    var double: Double { Double(top) / Double(bottom) }
  }

  var tasks: [Task] = []
  /// False: there is a mistake in it.
  var isSound = true
  private var random: Splitmix

  init(seed: UInt64) {
    random = Splitmix(state: seed)
    let count = 1 + random.below(7)
    for index in 0..<count { tasks.append(task(index)) }
    // Tasks stand in any order: what one waits for may come behind it.
    if random.below(2) == 0 { shuffle() }
    if random.below(12) == 0 { breakSomething() }
  }

  mutating func below(_ bound: Int) -> Int { random.below(bound) }

  // MARK: At random

  private mutating func task(_ index: Int) -> Task {
    let kernel = ["for_loop", "primes", "logistic_map", "moments", "logistic_map"][random.below(5)]
    var task = Task(name: ["t", "u.v", "é", "a b"][random.below(4)] + "\(index)", kernel: kernel)
    task.isNamed = random.below(4) > 0
    let named = tasks.indices.filter { tasks[$0].isNamed }
    for target in named where random.below(4) == 0 { task.after.append(target) }
    switch kernel {
    case "for_loop":
      task.args = [("max", .number(.init(top: random.below(4))))]
      if random.below(3) == 0 {
        task.args.append(("increment", .number(.init(top: random.below(3)))))
      } else if random.below(4) == 0 {
        task.axes = [list("increment", (1...1 + random.below(3)).map { _ in random.below(5) })]
      }
      if random.below(3) == 0 { task.axes.append(wholeRange("min")) }
    case "primes":
      if random.below(3) == 0 {
        task.axes = [random.below(2) == 0 ? powers("limit") : wholeRange("limit")]
      } else {
        task.args = [("limit", wholeArgument(named))]
      }
    case "moments": task.args = [("values", array(named))]
    default:
      task.args = [("n", .number(.init(top: 0)))]
      if random.below(2) == 0 { task.axes.append(realRange("r", most: 4)) }
      if random.below(2) == 0 {
        task.axes.append(realRange("x0", most: 1))
      } else if let one = named.filter({ tasks[$0].kernel == kernel && tasks[$0].calls == 1 }).last,
        random.below(2) == 0
      {
        task.args.append(("x0", .result(one, "x", isAll: false, text: tasks[one].name)))
      }
    }
    if task.axes.count == 2, task.axes[0].values.count == task.axes[1].values.count {
      task.isZipped = random.below(2) == 0
    }
    if random.below(5) == 0 { task.repeats = 1 + random.below(3) }
    return task
  }

  private mutating func wholeArgument(_ named: [Int]) -> Argument {
    let primes = named.filter { tasks[$0].kernel == "primes" && tasks[$0].calls == 1 }
    if let target = primes.last, random.below(2) == 0 {
      return .result(target, "count", isAll: false, text: tasks[target].name + ".count")
    }
    return .number(.init(top: random.below(60)))
  }

  private mutating func array(_ named: [Int]) -> Argument {
    if let target = named.filter({ tasks[$0].kernel == "logistic_map" }).last, random.below(3) == 0
    {
      return .result(target, "x", isAll: true, text: tasks[target].name)
    }
    if let target = named.filter({ tasks[$0].kernel == "primes" }).last, random.below(3) == 0 {
      return .result(target, "largest", isAll: true, text: tasks[target].name + ".largest")
    }
    var elements: [Argument] = []
    for _ in 0...random.below(3) {
      elements.append(
        random.below(2) == 0
          ? wholeArgument(named) : .number(.init(top: random.below(99), bottom: 10)))
    }
    return .list(elements)
  }

  private func list(_ name: String, _ values: [Int]) -> (String, [Number], String) {
    (name, values.map { Number(top: $0) }, "\(values)")
  }

  private mutating func wholeRange(_ name: String) -> (String, [Number], String) {
    let (from, step, count) = (random.below(9), 1 + random.below(4), 1 + random.below(4))
    let over = random.below(step)
    return (
      name, (0..<count).map { Number(top: from + $0 * step) },
      "{\"from\": \(from), \"to\": \(from + (count - 1) * step + over), \"step\": \(step)}"
    )
  }

  private mutating func powers(_ name: String) -> (String, [Number], String) {
    let (first, base, count) = (1 + random.below(3), 2 + random.below(3), 2 + random.below(4))
    var values = [first]
    for _ in 1..<count { values.append(values[values.count - 1] * base) }
    return (
      name, values.map { Number(top: $0) },
      "{\"from\": \(first), \"to\": \(values[count - 1]), \"count\": \(count), \"log\": true}"
    )
  }

  /// Decimals from 0 to `most`: a list, steps, parts, or powers of ten.
  private mutating func realRange(_ name: String, most: Int) -> (String, [Number], String) {
    let unit = [10, 100, 1000, 1_000_000][random.below(4)]
    let limit = most * unit
    let from = random.below(limit)
    switch random.below(4) {
    case 0:
      let values = (0...random.below(3)).map { _ in Number(top: random.below(limit), bottom: unit) }
      return (
        name, values, "[" + values.map { text($0.top, unit) }.joined(separator: ", ") + "]"
      )
    case 1:
      let count = 1 + random.below(4)
      let step = 1 + random.below(max((limit - from) / count, 1))
      let to = min(from + (count - 1) * step + random.below(step), limit)
      let points = (to - from) / step + 1
      // Down again, as often.
      let isDown = random.below(2) == 0
      let last = from + (points - 1) * step
      let values = (0..<points).map {
        Number(top: isDown ? last - $0 * step : from + $0 * step, bottom: unit)
      }
      let ends = isDown ? (last, from) : (from, to)
      return (
        name, values,
        "{\"from\": \(text(ends.0, unit)), \"to\": \(text(ends.1, unit)), \"step\": "
          + "\(isDown ? "-" : "")\(text(step, unit))}"
      )
    case 2:
      let (to, count) = (random.below(limit), 2 + random.below(5))
      let values = (0..<count).map {
        Number(top: from * (count - 1) + (to - from) * $0, bottom: unit * (count - 1))
      }
      return (
        name, values,
        "{\"from\": \(text(from, unit)), \"to\": \(text(to, unit)), \"count\": \(count)}"
      )
    default:
      let digits = 1 + random.below(2)
      let values = (0...digits).map { power in
        Number(top: 1, bottom: (0..<digits - power).reduce(10) { product, _ in product * 10 })
      }
      return (
        name, values,
        "{\"from\": 1e-\(digits + 1), \"to\": 0.1, \"count\": \(digits + 1), \"log\": true}"
      )
    }
  }

  /// A decimal in one of the ways that people write it.
  private mutating func text(_ top: Int, _ unit: Int) -> String {
    let digits = String(unit).count - 1
    if random.below(4) == 0 { return "\(top)e-\(digits)" }
    let part = String(top % unit)
    return "\(top / unit)." + String(repeating: "0", count: digits - part.count) + part
  }

  private mutating func shuffle() {
    var order = Array(tasks.indices)
    for index in order.indices.reversed() { order.swapAt(index, random.below(index + 1)) }
    var place = [Int](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { place[old] = new }
    func moved(_ argument: Argument) -> Argument {
      switch argument {
      case .number: argument
      case .list(let elements): .list(elements.map(moved))
      case .result(let task, let field, let isAll, let text):
        .result(place[task], field, isAll: isAll, text: text)
      }
    }
    tasks = order.map { old in
      var task = tasks[old]
      task.after = task.after.map { place[$0] }
      task.args = task.args.map { ($0.name, moved($0.value)) }
      return task
    }
  }

  private mutating func breakSomething() {
    isSound = false
    let index = random.below(tasks.count)
    switch random.below(3) {
    case 0:
      tasks[index].isNamed = true
      tasks[index].after.append(index)
    case 1: tasks[index].args.append(("bogus", .number(.init(top: 1))))
    default:
      tasks[index].kernel = "logistic_map"
      tasks[index].args = []
      tasks[index].isZipped = false
      tasks[index].axes = [
        (
          "r", [.init(top: 5)],
          ["{\"from\": 0, \"to\": 4.5, \"count\": 3}", "[4.0000001]"][random.below(2)]
        )
      ]
    }
  }

  // MARK: As JSON

  var text: String {
    "[" + tasks.map(text).joined(separator: ",\n ") + "]"
  }

  private func text(_ task: Task) -> String {
    var parts = ["\"kernel\": \"\(task.kernel)\""]
    if task.isNamed { parts.append("\"name\": \"\(task.name)\"") }
    if !task.after.isEmpty { parts.append("\"after\": \(task.after.map { tasks[$0].name })") }
    if !task.args.isEmpty {
      let args = task.args.map { "\"\($0.name)\": \(text($0.value))" }
      parts.append("\"args\": {\(args.joined(separator: ", "))}")
    }
    if !task.axes.isEmpty {
      let axes = task.axes.map { "\"\($0.name)\": \($0.text)" }
      parts.append("\"sweep\": {\(axes.joined(separator: ", "))}")
    }
    if task.isZipped { parts.append("\"zip\": true") }
    if task.repeats > 1 { parts.append("\"repeat\": \(task.repeats)") }
    return "{\(parts.joined(separator: ", "))}"
  }

  private func text(_ argument: Argument) -> String {
    switch argument {
    case .number(let number): number.isWhole ? "\(number.top)" : "\(number.double)"
    case .list(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
    case .result(_, _, let isAll, let text): "{\"\(isAll ? "results" : "result")\": \"\(text)\"}"
    }
  }
}
