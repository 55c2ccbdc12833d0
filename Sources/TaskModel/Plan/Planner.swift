/// Holds a manifest against the kernels that there are. Runs nothing.
public struct Planner {
  var manifest: Manifest
  let catalogue: [KernelSignature]
  var diagnostics: Diagnostics
  /// All tasks of the manifest are there.
  let isComplete: Bool

  /// Whether the plan has the manifest's text, which can be large and is for messages only.
  private var keepsSource = true
  /// Arguments that take other tasks' results.
  var resultUses: [ResultUse] = []

  /// For each name of the manifest, the kernel of that name, `unseen` or `unknown`.
  private var kernelOfName: [UInt32]
  /// For each kernel, what its parameters take, all end to end.
  var rules: [ArgumentRule] = []
  var firstRule: [Int] = []
  private var requiredCount: [Int] = []
  var isRequired: [Bool] = []
  /// For each rule, the name and the parameter that an argument in that position
  /// of a task had last: tasks of one kernel mostly give the same in the same order.
  private var lastKey: [UInt32]
  private var lastParameter: [UInt16]
  /// The parameter of a name, by kernel and name.
  private var parameters: [UInt64: UInt16] = [:]

  /// Kernels that are not in the catalogue, where that is no mistake: their plugins were not
  /// loaded. Nil: each is a mistake.
  private var missing: [String]?

  var foundPlaces = FoundPlaces()

  /// The kernels of plugins are not known.
  var lacksKernels: Bool { missing != nil }

  private static let unseen = UInt32.max
  static let unknown = UInt32.max - 1
  static let noParameter = UInt16.max

  /// Reads a source and plans it: a plan, or the first mistakes of both by place. O(bytes).
  public static func plan(
    _ source: SourceText, format: ManifestFormat = .json, catalogue: [KernelSignature]
  ) -> Result<Plan, Diagnostics> {
    plan(ManifestReader.read(source, format: format), catalogue: catalogue)
  }

  /// Plans what was read. The plan refers to kernels by their index in `catalogue`.
  /// O(tasks + arguments).
  public static func plan(
    _ reading: ManifestReading, catalogue: [KernelSignature]
  ) -> Result<Plan, Diagnostics> {
    var planner = Planner(reading, catalogue)
    planner.refuseWhatCannotBe()
    guard let plan = planner.plan() else { return .failure(planner.diagnostics) }
    return .success(plan)
  }

  /// Plans requests. The plan has no text, because it may live long.
  public static func plan(
    requests reading: ManifestReading, catalogue: [KernelSignature]
  ) -> Result<Plan, Diagnostics> {
    var planner = Planner(reading, catalogue)
    planner.keepsSource = false
    planner.refuseWhatCannotBe()
    guard let plan = planner.plan() else { return .failure(planner.diagnostics) }
    return .success(plan)
  }

  /// What can be said of a manifest whose plugins were not loaded, with the kernels of
  /// `catalogue`: the mistakes, or the calls that there are and the kernels that are missing.
  /// `hasPlugins`: there are plugins that a kernel may be of.
  public static func planWithoutPlugins(
    _ reading: ManifestReading, catalogue: [KernelSignature], hasPlugins: Bool
  ) -> Result<PartialPlan, Diagnostics> {
    var planner = Planner(reading, catalogue)
    planner.missing = hasPlugins ? [] : nil
    planner.refuseWhatCannotBe()
    let plan: Plan? = planner.plan()
    guard planner.diagnostics.isEmpty, let plan else { return .failure(planner.diagnostics) }
    let missing = planner.missing ?? []
    return .success(
      PartialPlan(
        callCount: plan.callCount, missing: missing, plan: missing.isEmpty ? plan : nil))
  }

  private init(_ reading: ManifestReading, _ catalogue: [KernelSignature]) {
    manifest = reading.manifest
    diagnostics = reading.diagnostics
    isComplete = reading.isComplete
    self.catalogue = catalogue
    kernelOfName = [UInt32](repeating: Self.unseen, count: manifest.names.count)
    for kernel in catalogue {
      firstRule.append(rules.count)
      rules += kernel.parameters.map { ArgumentRule($0) }
      isRequired += kernel.parameters.map { $0.isRequired }
      requiredCount.append(kernel.parameters.count { $0.isRequired })
    }
    firstRule.append(rules.count)
    lastKey = [UInt32](repeating: Manifest.Argument.positional, count: rules.count)
    lastParameter = [UInt16](repeating: Self.noParameter, count: rules.count)
  }

  /// What the manifest asks for is never left out in silence.
  private mutating func refuseWhatCannotBe() {
    if manifest.isolation == Isolation.none { refuseWhatNeedsProcesses() }
    refuseTooManyCalls()
  }

  /// A call's number has 40 bits where calls are told apart.
  private mutating func refuseTooManyCalls() {
    if manifest.sweeps.isEmpty { return }
    var count = manifest.tasks.count - manifest.sweeps.count
    for (_, sweep) in manifest.sweeps.sorted(by: { $0.key < $1.key }) {
      // A sweep that is too large on its own is reported already.
      guard let calls = sweep.callCount, calls <= Sweep.mostCalls else { continue }
      count += calls
      if count > Self.mostCalls {
        return diagnostics.add(.tooManyCalls(most: Self.mostCalls), at: sweep.place)
      }
    }
  }

  static let mostCalls = 1 << 40

  /// Nothing is weakened in silence.
  private mutating func refuseWhatNeedsProcesses() {
    if let sandbox = manifest.sandbox, sandbox != SandboxLevel.none {
      diagnostics.add(.needsProcess("sandbox"), at: manifest.sandboxPlace)
    }
    if let place = manifest.allowPlace { diagnostics.add(.needsProcess("allow"), at: place) }
    if let place = manifest.workerLimitsPlace {
      diagnostics.add(.needsProcess("limits"), at: place)
    }
    if let place = manifest.memoryPlace { diagnostics.add(.needsProcess("memory"), at: place) }
  }

  /// Nil: there are mistakes. A plan counts the calls of all sweeps, which must be sound for it.
  private mutating func plan() -> Plan? {
    var kernelOfTask: [UInt32] = []
    kernelOfTask.reserveCapacity(manifest.tasks.count)
    var parameterOfArgument = [UInt16](
      repeating: Self.noParameter, count: manifest.arguments.count)
    for (number, task) in manifest.tasks.enumerated() {
      let kernel = kernel(of: task, number)
      kernelOfTask.append(kernel)
      if kernel < Self.unknown { bind(number, Int(kernel), &parameterOfArgument) }
    }
    checkRetryNames(kernelOfTask)
    let dependencies = bindDependencies(kernelOfTask)
    guard diagnostics.isEmpty else { return nil }
    if !keepsSource { manifest.source = SourceText(name: manifest.source.name, bytes: []) }
    // What was made of the files is with the axes.
    for index in manifest.pointsFiles.indices { manifest.pointsFiles[index].table = nil }
    return Plan(
      manifest: manifest, signatures: catalogue, kernelOfTask: kernelOfTask,
      parameterOfArgument: parameterOfArgument, dependencies: dependencies)
  }

  @inline(__always)
  private mutating func kernel(of task: Manifest.Task, _ number: Int) -> UInt32 {
    if task.kernel == Manifest.Task.noKernel { return Self.unknown }
    let known = kernelOfName[Int(task.kernel)]
    return known < Self.unknown ? known : findKernel(of: task, number)
  }

  private mutating func findKernel(of task: Manifest.Task, _ number: Int) -> UInt32 {
    if kernelOfName[Int(task.kernel)] == Self.unseen {
      let name = manifest.names.name(task.kernel)
      let index = catalogue.firstIndex { $0.name.hasBytes(of: name) }
      kernelOfName[Int(task.kernel)] = index.map { UInt32($0) } ?? Self.unknown
      if index == nil { missing?.append(name) }
    }
    let found = kernelOfName[Int(task.kernel)]
    if found == Self.unknown, missing == nil {
      let names = catalogue.map { $0.name }
      diagnostics.add(
        Self.unknownKernel(manifest.names.name(task.kernel), names),
        at: kernelPlace(ofTask: number))
    }
    return found
  }

  private static func unknownKernel(_ name: String, _ names: [String]) -> Problem {
    .unknownKernel(
      name, near: NearName.nearest(to: name, among: names), known: Array(names.prefix(8)),
      count: names.count)
  }

  private mutating func bind(
    _ number: Int, _ kernel: Int, _ parameterOfArgument: inout [UInt16]
  ) {
    let base = firstRule[kernel]
    let count = firstRule[kernel + 1] - base
    let arguments = manifest.argumentIndices(ofTask: number)
    let first = arguments.lowerBound
    var required = 0
    var isKnown = true
    for position in 0..<arguments.count {
      let argument = manifest.arguments[first + position]
      let parameter: UInt16
      if argument.key == Manifest.Argument.positional {
        parameter = position < count ? UInt16(truncatingIfNeeded: position) : Self.noParameter
        if position == count { reportTooMany(number, kernel, position: position) }
      } else if position < count, lastKey[base + position] == argument.key {
        parameter = lastParameter[base + position]
      } else {
        parameter = findParameter(
          argument.key, kernel, position < count ? base + position : nil,
          at: .argument(task: number, position: position))
      }
      parameterOfArgument[first + position] = parameter
      if parameter == Self.noParameter {
        isKnown = false
        continue
      }
      let rule = base + Int(parameter)
      if argument.value == .minusZero {
        manifest.arguments[first + position].value = rules[rule].zero
      }
      if isRequired[rule] { required += 1 }
      if !rules[rule].allows(argument.value, in: manifest.pools) {
        if argument.value.waits {
          resultUses.append(
            .init(
              task: number, argument: first + position, kernel: kernel, parameter: Int(parameter)))
        } else {
          check(
            argument.value, kernel, Int(parameter), at: .argument(task: number, position: position))
        }
      }
    }
    var swept: [UInt16] = []
    if !manifest.sweeps.isEmpty, manifest.sweeps[number] != nil {
      let given = parameterOfArgument[arguments]
      guard let found = bindSweep(number, kernel, given: given) else { return }
      swept = found
      required += swept.count { isRequired[base + Int($0)] }
    }
    // A name that is unknown may be meant for one that is missing.
    if required < requiredCount[kernel], isKnown {
      reportMissing(number, kernel, parameterOfArgument[arguments] + swept)
    }
  }

  /// `slot`: where the parameter is kept for the next task.
  mutating func findParameter(
    _ key: UInt32, _ kernel: Int, _ slot: Int?, at site: Site
  ) -> UInt16 {
    let id = UInt64(kernel) << 32 | UInt64(key)
    if let known = parameters[id] {
      keep(known, key, slot)
      if known == Self.noParameter { reportUnknown(key, kernel, at: site) }
      return known
    }
    let name = manifest.names.name(key)
    let index = catalogue[kernel].parameterIndex(name) ?? Int(Self.noParameter)
    let parameter = UInt16(clamping: index)
    parameters[id] = parameter
    keep(parameter, key, slot)
    if parameter == Self.noParameter { reportUnknown(key, kernel, at: site) }
    return parameter
  }

  private mutating func keep(_ parameter: UInt16, _ key: UInt32, _ slot: Int?) {
    guard let slot, parameter != Self.noParameter else { return }
    lastKey[slot] = key
    lastParameter[slot] = parameter
  }
}

/// What is known of a manifest's calls without the kernels of its plugins.
public struct PartialPlan: Sendable {
  public let callCount: Int
  /// Names of kernels that are called and not known.
  public let missing: [String]
  /// The whole plan, where no kernel is missing.
  public let plan: Plan?
}
