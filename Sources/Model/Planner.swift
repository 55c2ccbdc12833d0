/// Holds a manifest against the kernels that there are. Runs nothing.
public struct Planner {
  private let manifest: Manifest
  private let catalogue: [KernelSignature]
  private var diagnostics = Diagnostics()
  /// By the number of a name: the kernel of that name, or -1, or -2: not yet looked up.
  private var kernels: [Int32]
  /// For each kernel, by the number of a name: the parameter, or -1, or -2.
  private var parameters: [[Int32]]
  /// For the arguments of the task at hand: which parameters are given.
  private var given: [Bool] = []

  private static let unknown: Int32 = -1
  private static let unseen: Int32 = -2

  /// Reads a source and plans it: the plan, or everything that is wrong with it.
  /// `catalogue` is sorted by name. O(size of the source).
  public static func plan(
    _ source: SourceText, format: ManifestFormat, catalogue: [KernelSignature]
  ) -> Result<Plan, Diagnostics> {
    let (manifest, reading) = ManifestReader.read(source, format: format)
    var planner = Planner(manifest: manifest, catalogue: catalogue)
    let plan = planner.plan()
    let all = reading.merged(with: planner.diagnostics)
    return all.isEmpty ? .success(plan) : .failure(all)
  }

  private init(manifest: Manifest, catalogue: [KernelSignature]) {
    self.manifest = manifest
    self.catalogue = catalogue
    kernels = Array(repeating: Self.unseen, count: manifest.names.count)
    parameters = Array(repeating: [], count: catalogue.count)
  }

  private mutating func plan() -> Plan {
    var kernelOfTask: [UInt32] = []
    kernelOfTask.reserveCapacity(manifest.tasks.count)
    var parameterOfArgument = [UInt16](repeating: 0, count: manifest.arguments.count)
    for task in manifest.tasks {
      let kernel = kernel(of: task)
      kernelOfTask.append(UInt32(max(kernel, 0)))
      if kernel >= 0 { bind(task, Int(kernel), &parameterOfArgument) }
    }
    return Plan(
      manifest: manifest, signatures: catalogue, kernelOfTask: kernelOfTask,
      parameterOfArgument: parameterOfArgument)
  }

  private mutating func kernel(of task: Manifest.Task) -> Int32 {
    var kernel = kernels[Int(task.kernel)]
    if kernel == Self.unseen {
      let name = manifest.names.name(task.kernel)
      kernel = catalogue.firstIndex { $0.name == name }.map { Int32($0) } ?? Self.unknown
      kernels[Int(task.kernel)] = kernel
    }
    if kernel == Self.unknown {
      let name = manifest.names.name(task.kernel)
      let known = catalogue.map { $0.name }
      let near = NearName.nearest(to: name, among: known)
      diagnostics.add(
        .unknownKernel(name, near: near, known: known), at: Int(task.kernelPlace))
    }
    return kernel
  }

  private mutating func bind(
    _ task: Manifest.Task, _ kernel: Int, _ parameterOfArgument: inout [UInt16]
  ) {
    let count = catalogue[kernel].parameters.count
    given.removeAll(keepingCapacity: true)
    given.append(contentsOf: repeatElement(false, count: count))
    let first = Int(task.firstArgument)
    for index in first..<first + Int(task.argumentCount) {
      let argument = manifest.arguments[index]
      let parameter: Int
      if argument.key == Manifest.Argument.positional {
        parameter = index - first
        if parameter >= count {
          diagnostics.add(
            .tooManyArguments(
              kernel: catalogue[kernel].name, found: Int(task.argumentCount),
              most: catalogue[kernel].parameters.map { $0.name }), at: Int(argument.place))
          break
        }
      } else {
        guard let found = self.parameter(argument, kernel) else { continue }
        parameter = found
      }
      given[parameter] = true
      parameterOfArgument[index] = UInt16(parameter)
      check(argument, catalogue[kernel].parameters[parameter], kernel)
    }
    for (index, parameter) in catalogue[kernel].parameters.enumerated()
    where parameter.isRequired && !given[index] {
      diagnostics.add(
        .missingArgument(parameter.name, kernel: catalogue[kernel].name), at: Int(task.kernelPlace))
    }
  }

  private mutating func parameter(_ argument: Manifest.Argument, _ kernel: Int) -> Int? {
    if parameters[kernel].isEmpty {
      parameters[kernel] = Array(repeating: Self.unseen, count: manifest.names.count)
    }
    var parameter = parameters[kernel][Int(argument.key)]
    if parameter == Self.unseen {
      let name = manifest.names.name(argument.key)
      parameter = catalogue[kernel].parameterIndex(name).map { Int32($0) } ?? Self.unknown
      parameters[kernel][Int(argument.key)] = parameter
    }
    if parameter >= 0 { return Int(parameter) }
    let name = manifest.names.name(argument.key)
    let known = catalogue[kernel].parameters.map { $0.name }
    diagnostics.add(
      .unknownParameter(
        name, kernel: catalogue[kernel].name, near: NearName.nearest(to: name, among: known),
        known: known), at: Int(argument.keyPlace))
    return nil
  }

  private mutating func check(
    _ argument: Manifest.Argument, _ parameter: FieldSignature, _ kernel: Int
  ) {
    guard let problem = ArgumentCheck.problem(argument.value, in: manifest.pools, for: parameter)
    else { return }
    var place = Int(argument.place)
    if case .element(let element, _) = problem { place = self.place(ofElement: element, in: place) }
    diagnostics.add(
      .argument(parameter.name, kernel: catalogue[kernel].name, problem), at: place)
  }

  /// Where an element of an array stands: the array is read again, which only errors do.
  private func place(ofElement wanted: Int, in array: Int) -> Int {
    var reader = JSONReader(manifest.source.bytes, from: array)
    do throws(Diagnostic) {
      guard try reader.kind("") == .array else { return array }
      try reader.enter()
      var first = true
      var index = 0
      while try reader.nextElement(first: &first) {
        let element = try reader.skipValue()
        if index == wanted { return element.lowerBound }
        index += 1
      }
    } catch {
      return array
    }
    return array
  }
}
