/// A manifest held against the catalogue: every call that will be made, checked
/// and in order. Nothing is copied from the manifest; what planning adds is two
/// bytes an argument and a few bytes a task.
///
/// A class, for it is large and goes wherever a call goes: nothing of it ever changes.
public final class Plan: Sendable {
  public let manifest: Manifest
  /// The catalogue that the manifest was planned with, in its order.
  public let signatures: [KernelSignature]
  /// For each task, its kernel's index in `signatures`.
  let kernelOfTask: [UInt32]
  /// For each kernel, for records: `,"kernel":"name"`.
  let kernelLabels: [[UInt8]]
  /// For each argument of the manifest, its parameter's index in the kernel's signature.
  let parameterOfArgument: [UInt16]
  /// For each task its first call, where some task has more than one call; else empty.
  let firstCall: [Int]
  /// For each task its index in `sweeps`; -1: the task has no sweep. Empty if no task has one.
  private let sweepOfTask: [Int32]
  private let sweeps: [Sweep]
  /// Nil: no task waits for another.
  public let dependencies: Dependencies?
  public let callCount: Int

  init(
    manifest: Manifest, signatures: [KernelSignature], kernelOfTask: [UInt32],
    parameterOfArgument: [UInt16], dependencies: Dependencies?
  ) {
    self.dependencies = dependencies
    self.manifest = manifest
    self.signatures = signatures
    self.kernelOfTask = kernelOfTask
    self.parameterOfArgument = parameterOfArgument
    kernelLabels = signatures.map { kernel in
      var label = Array(",\"kernel\":".utf8)
      JSONWriter.text(kernel.name, to: &label)
      return label
    }
    var firsts: [Int] = []
    var places: [Int32] = []
    var sweeps: [Sweep] = []
    var count = manifest.tasks.count
    if !manifest.sweeps.isEmpty {
      count = 0
      for task in manifest.tasks.indices {
        firsts.append(count)
        let sweep = manifest.sweeps[task]
        // A manifest of more calls than there can be is refused, whatever comes out here.
        count &+= sweep?.callCount ?? 1
        places.append(sweep == nil ? -1 : Int32(sweeps.count))
        if let sweep { sweeps.append(sweep) }
      }
    }
    firstCall = firsts
    sweepOfTask = places
    self.sweeps = sweeps
    callCount = count
  }

  /// How a task is several calls; nil: it is one.
  @inline(__always)
  func sweep(ofTask task: Int) -> Sweep? {
    if sweepOfTask.isEmpty || sweepOfTask[task] < 0 { return nil }
    return sweeps[Int(sweepOfTask[task])]
  }

  /// Whether a task's calls are told apart by their points.
  public func isSwept(task: Int) -> Bool { sweep(ofTask: task) != nil }

  /// Whether a call is one of several of its task.
  public func isSwept(call: Int) -> Bool { isSwept(task: task(ofCall: call)) }

  /// Appends all arguments that a call is given as a JSON object, by the names of its kernel's
  /// parameters, in their order; other tasks' results as references. O(size).
  public func writeArguments(ofCall call: Int, to buffer: inout [UInt8]) {
    var given: [(parameter: Int, cell: Manifest.Cell)] = []
    let call = locate(call)
    forEachArgument(of: call) { parameter, cell in given.append((parameter, cell)) }
    let parameters = signature(ofTask: call.task).parameters
    buffer.append(UInt8(ascii: "{"))
    for (index, argument) in given.sorted(by: { $0.parameter < $1.parameter }).enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      JSONWriter.text(parameters[argument.parameter].name, to: &buffer)
      buffer.append(UInt8(ascii: ":"))
      manifest.write(argument.cell, to: &buffer)
    }
    buffer.append(UInt8(ascii: "}"))
  }

  /// The parameters that a task sweeps over, and how many values each has.
  /// Those that are columns of one file are one: "r, x0 of points.csv".
  public func axes(ofTask task: Int) -> [(name: String, count: Int)] {
    var shown: [(name: String, count: Int)] = []
    var columns: [String] = []
    for axis in sweep(ofTask: task)?.axes ?? [] {
      let name = manifest.names.name(axis.key)
      guard let file = axis.file else {
        shown.append((name, axis.count))
        continue
      }
      columns = axis.isTied ? columns + [name] : [name]
      if axis.isTied { shown.removeLast() }
      let names = columns.joined(separator: ", ")
      shown.append(("\(names) of \(manifest.pointsFiles[file].path)", axis.count))
    }
    return shown
  }

  /// How a task is several calls; nil: it is one.
  public func multiplicity(ofTask task: Int) -> (isZipped: Bool, repeats: Int)? {
    sweep(ofTask: task).map { ($0.isZipped, $0.repeats) }
  }

  /// The tasks that are several calls, in order.
  public var sweptTasks: [Int] { manifest.sweeps.keys.sorted() }

  /// The calls of each kernel that is called, of those that are selected. O(tasks).
  public func callsByKernel(_ selection: Selection) -> [(name: String, count: Int)] {
    var counts: [UInt32: Int] = [:]
    for task in manifest.tasks.indices {
      let count = selection.calls(in: calls(ofTask: task)).reduce(0) { $0 + $1.count }
      if count > 0 { counts[kernelOfTask[task], default: 0] += count }
    }
    return counts.map { (signatures[Int($0.key)].name, $0.value) }.sorted { $0.0 < $1.0 }
  }

  /// For each kernel, in the order of `signatures`: the number of its selected calls, and the range
  /// of numbers in which these lie. O(tasks).
  public func spans(_ selection: Selection) -> [(count: Int, calls: Range<Int>)] {
    var spans = [(count: Int, calls: Range<Int>)](repeating: (0, 0..<0), count: signatures.count)
    for task in manifest.tasks.indices {
      let ranges = selection.calls(in: calls(ofTask: task))
      guard let first = ranges.first, let last = ranges.last, !last.isEmpty else { continue }
      let kernel = kernelIndex(ofTask: task)
      let start = spans[kernel].count == 0 ? first.lowerBound : spans[kernel].calls.lowerBound
      spans[kernel].calls = start..<last.upperBound
      spans[kernel].count += ranges.reduce(0) { $0 + $1.count }
    }
    return spans
  }

  /// Whether more than one kernel is called. O(tasks), at a fraction of a nanosecond each.
  public var hasSeveralKernels: Bool { kernelOfTask.contains { $0 != kernelOfTask[0] } }

  /// The values that a call has by its task's sweep: the parameter's name and the value, in
  /// the manifest's order; nothing for a task without one.
  func forEachSweptValue(
    of call: CallReference, _ body: (_ parameter: Int, _ value: Manifest.Cell) -> Void
  ) {
    guard let sweep = sweep(ofTask: call.task) else { return }
    let point = call.point
    if let seed = sweep.seedParameter { body(Int(seed), .integer(Int64(point))) }
    sweep.forEachIndex(ofCall: point) { axis, index in
      let one = sweep.axes[axis]
      body(Int(one.parameter), manifest.value(index, of: one))
    }
  }

  /// The index in `signatures` of a task's kernel. O(1).
  @inline(__always)
  public func kernelIndex(ofTask task: Int) -> Int { Int(kernelOfTask[task]) }

  /// The index in `signatures` of a call's kernel. O(1), O(log tasks) with sweeps.
  @inline(__always)
  public func kernelIndex(ofCall call: Int) -> Int { kernelIndex(ofTask: task(ofCall: call)) }

  /// The name of a task as UTF-8, without a copy; nil: the task is not named.
  func nameBytes(ofTask task: Int) -> ArraySlice<UInt8>? {
    let name = manifest.tasks[task].name
    return name.isEmpty ? nil : manifest.pools.text[name.indices]
  }

  public func signature(ofTask task: Int) -> KernelSignature {
    signatures[kernelIndex(ofTask: task)]
  }

  public func signature(ofCall call: Int) -> KernelSignature {
    signature(ofTask: task(ofCall: call))
  }

  /// The name of a task; nil: it is not named.
  public func name(ofTask task: Int) -> String? { manifest.name(of: manifest.tasks[task]) }

  /// The name of the task that a call belongs to; nil: it is not named.
  public func taskName(ofCall call: Int) -> String? { name(ofTask: task(ofCall: call)) }

  /// The name of each task, or of its kernel if the task is not named. Names may repeat.
  public var names: some Sequence<String> {
    manifest.tasks.indices.lazy.map { [self] task in
      manifest.name(of: manifest.tasks[task]) ?? signatures[Int(kernelOfTask[task])].name
    }
  }

  /// The names of the first tasks that call a kernel and have one. O(tasks).
  public func taskNames(ofKernel kernel: String, most: Int) -> [String] {
    Array(
      manifest.tasks.indices.lazy.filter { [self] in
        signatures[Int(kernelOfTask[$0])].name == kernel
      }.compactMap { [self] in manifest.name(of: manifest.tasks[$0]) }.prefix(most))
  }

  /// Seconds that each call of a task may take; nil: no limit.
  public func timeout(ofTask task: Int) -> Double? {
    manifest.timeout(of: manifest.tasks[task]) ?? manifest.defaultTimeout
  }

  public func timeout(ofCall call: Int) -> Double? { timeout(ofTask: task(ofCall: call)) }

  /// Whether some call has a timeout.
  public var hasTimeouts: Bool {
    manifest.defaultTimeout != nil || !manifest.timeouts.isEmpty
  }

  /// Whether some call has limits other than the standard ones.
  public var hasLimits: Bool {
    manifest.defaultLimits != .standard || !manifest.limits.isEmpty
  }

  /// What each call of a task may take, beside its timeout. O(1).
  public func limits(ofTask task: Int) -> CallLimits {
    manifest.limits[task] ?? manifest.defaultLimits
  }

  public func limits(ofCall call: Int) -> CallLimits { limits(ofTask: task(ofCall: call)) }

  /// Passes every given argument of a call to `body`: the parameter's index and the value. The
  /// planner has checked the value's type against the signature. For an f64 it may also be an
  /// `integer`, or "NaN", "Infinity" or "-Infinity". For an f64 array it may be `integers`, and for
  /// bytes a `text`.
  @inline(__always)
  public func forEachArgument(
    of call: CallReference, _ body: (_ parameter: Int, _ value: Manifest.Cell) -> Void
  ) {
    if hasSweeps { forEachSweptValue(of: call, body) }
    for index in manifest.argumentIndices(ofTask: call.task) {
      body(Int(parameterOfArgument[index]), manifest.arguments[index].value)
    }
  }
}
