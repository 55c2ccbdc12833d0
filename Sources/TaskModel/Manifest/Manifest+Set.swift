/// Values that the command line gives in place of the manifest's.
extension Manifest {
  /// Why a parameter cannot be set.
  public enum SetProblem: Sendable, Hashable {
    /// No kernel of the manifest has such a parameter. These are similar, or all that there are.
    case unknown(known: [String])
    /// A task sweeps it. The number of the task.
    case swept(task: Int)
    /// A kernel does not take the value.
    case refused(ArgumentProblem, kernel: String)
  }

  /// Gives a parameter the value of a setting in all tasks whose kernel has it. Returns nil if it is
  /// set, or if a kernel is unknown that could have it: the planner reports that one.
  /// O(tasks + arguments).
  public mutating func set(_ setting: Setting, _ signatures: [KernelSignature]) -> SetProblem? {
    let name = setting.name
    var kernels: [String: KernelSignature] = [:]
    for signature in signatures { kernels[signature.name] = signature }
    let key = names.intern(name)
    let cell = add(Self.value(setting.json) ?? .text(setting.json))
    var checked: Set<String> = []
    var known: Set<String> = []
    var isFound = false
    var allAreKnown = true
    var all: [Argument] = []
    all.reserveCapacity(arguments.count + tasks.count)
    for task in tasks.indices {
      let own = arguments[argumentIndices(ofTask: task)]
      let kernel =
        tasks[task].kernel == Task.noKernel ? nil : kernels[names.name(tasks[task].kernel)]
      tasks[task].firstArgument = UInt32(all.count)
      if let kernel, let parameter = kernel.parameterIndex(name) {
        isFound = true
        let field = kernel.parameters[parameter]
        if checked.insert(kernel.name).inserted, let problem = refusal(cell, setting, field) {
          return .refused(problem, kernel: kernel.name)
        }
        if let sweep = sweeps[task], sweep.axes.contains(where: { $0.key == key }) {
          return .swept(task: task)
        }
        // Other arguments stay where they are, because messages find their places by their order.
        var changed = named(own, kernel)
        let argument = Argument(value: cell, key: key)
        if let index = changed.firstIndex(where: { $0.key == key }) {
          changed[index] = argument
        } else {
          changed.append(argument)
        }
        all += changed
      } else {
        if kernel == nil { allAreKnown = false }
        for parameter in kernel?.parameters ?? [] { known.insert(parameter.name) }
        all += own
      }
    }
    arguments = all
    return isFound || tasks.isEmpty || !allAreKnown ? nil : .unknown(known: known.sorted())
  }

  /// Why a parameter does not take a value; nil: it does. Bytes are left to the planner.
  private func refusal(
    _ cell: Cell, _ setting: Setting, _ field: FieldSignature
  ) -> ArgumentProblem? {
    if field.type == .bytes || ArgumentRule(field).allows(cell, in: pools) { return nil }
    if case .text(let range) = cell, field.type == .text, field.takes(choice: pools.string(range)) {
      return nil
    }
    let source = SourceText(name: "--set", text: setting.json)
    return ArgumentCheck.refusal(at: 0, in: source, field).0
  }

  /// Arguments in declared order as arguments by name: the two cannot be mixed.
  private mutating func named(
    _ arguments: ArraySlice<Argument>, _ kernel: KernelSignature
  ) -> [Argument] {
    arguments.enumerated().map { index, argument in
      guard argument.key == Argument.positional, index < kernel.parameters.count else {
        return argument
      }
      var argument = argument
      argument.key = names.intern(kernel.parameters[index].name)
      return argument
    }
  }

  /// Adds a value to the pools.
  private mutating func add(_ value: Value) -> Cell {
    switch value {
    case .null, .record: return .null
    case .bool(let value): return .bool(value)
    case .integer(let value): return .integer(value)
    case .unsigned(let value): return .unsigned(value)
    case .number(let value): return .number(value)
    case .text(let text):
      let start = pools.text.count
      pools.text += text.utf8
      return .text(PoolRange(start: start, count: pools.text.count - start))
    case .bytes(let bytes):
      let start = pools.text.count
      pools.text += bytes
      return .bytes(PoolRange(start: start, count: bytes.count))
    case .integers(let values):
      let start = pools.integers.count
      pools.integers += values
      return .integers(PoolRange(start: start, count: values.count))
    case .numbers(let values):
      let start = pools.numbers.count
      pools.numbers += values
      return .numbers(PoolRange(start: start, count: values.count))
    }
  }

  /// The command line's timeout, for tasks without their own.
  public mutating func setDefaultTimeout(_ seconds: Double) {
    defaultTimeout = seconds > 0 ? seconds : nil
  }

  /// The command line's retries, for tasks without their own.
  public mutating func setDefaultRetries(_ times: Int) {
    let before = defaultLimits.retries
    var given = before ?? Retries(times: times)
    given.times = times
    defaultLimits.retries = given
    for (task, own) in limits where own.retries == before { limits[task]?.retries = given }
  }

  /// Reads one value as the arguments of a manifest have it; nil if the text is not exactly one
  /// value that a kernel can take.
  public static func value(_ json: String) -> Value? {
    guard isOneValue(json) else { return nil }
    let source = SourceText(name: "", text: "[{\"kernel\":\"k\",\"args\":[\(json)\n]}]")
    let reading = ManifestReader.read(source)
    let manifest = reading.manifest
    guard reading.isComplete, reading.diagnostics.isEmpty, manifest.tasks.count == 1,
      manifest.arguments.count == 1, let cell = manifest.arguments.first?.value
    else { return nil }
    switch cell {
    case .null, .reference, .mixed, .other: return nil
    default: return manifest.pools.value(cell)
    }
  }

  /// Whether a text is exactly one JSON value, so that it can stand in a larger text without an
  /// effect on what is around it. O(bytes).
  public static func isOneValue(_ json: String) -> Bool {
    var reader = JSONReader(Array(json.utf8))
    do throws(JSONError) {
      _ = try reader.skipValue()
      try reader.finish()
      return true
    } catch {
      return false
    }
  }
}
