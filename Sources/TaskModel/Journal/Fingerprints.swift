/// A call by what it does: its kernel's code and all its arguments. Two calls with one key have
/// the same effect. 128 bits, so that no two of a billion calls meet by chance.
public struct CallKey: Hashable, Sendable {
  let high: UInt64
  let low: UInt64

  /// One half is as good as a hash.
  public func hash(into hasher: inout Hasher) { hasher.combine(low) }
}

/// Makes the keys of a plan's calls.
public struct CallKeys {
  private let plan: Plan
  private var arguments: RecordedArguments
  /// For each kernel of the plan; nil: its calls have no keys.
  private let seeds: [UInt64?]
  private var text: [UInt8] = []
  private var marks: [String] = []

  /// `contents`: of the plan's kernels, in their order, as `RunOrigin.content` has it.
  public init(_ plan: Plan, contents: [String]) {
    self.plan = plan
    arguments = RecordedArguments(plan, .text)
    seeds = zip(plan.signatures, contents).map { kernel, content in
      guard kernel.isPure, !content.isEmpty else { return nil }
      return Fingerprint.of("\(content)\n\(kernel.name)")
    }
  }

  /// Nil: the call may not be run again to the same effect, its kernel's code is not known, or it
  /// waits for others' results. O(arguments).
  public mutating func key(ofCall call: Int) -> CallKey? {
    guard let seed = seeds[plan.kernelIndex(ofCall: call)] else { return nil }
    if let dependencies = plan.dependencies,
      dependencies.readers.contains(plan.task(ofCall: call))
    {
      return nil
    }
    text.removeAll(keepingCapacity: true)
    arguments.write(of: plan.locate(call), taken: [], marks: &marks, to: &text)
    let (high, low) = NameHash.pair(of: text, seed: seed)
    return CallKey(high: high, low: low)
  }
}

enum Fingerprint {
  static func of(_ text: String) -> UInt64 {
    let bytes = Array(text.utf8)
    return NameHash.of(bytes, bytes.indices, seed: 0)
  }
}

extension Plan {
  /// A number for what a task's calls do: their kernel's code, name and arguments, and how often.
  /// The same in each host and on each machine, for journals keep it. O(values that are written).
  public func fingerprint(ofTask task: Int, content: String) -> UInt64 {
    let kernel = signatures[Int(kernelOfTask[task])]
    var text = Array("\(content)\n\(kernel.name)\n".utf8)
    var values = kernel.parameters.map { $0.defaultValue }
    var references: [Int: Manifest.Cell] = [:]
    for index in manifest.argumentIndices(ofTask: task) {
      let parameter = Int(parameterOfArgument[index])
      let cell = manifest.arguments[index].value
      values[parameter] = manifest.value(cell, as: kernel.parameters[parameter].type)
      if cell.waits { references[parameter] = cell }
    }
    for (index, value) in values.enumerated() {
      JSONWriter.text(kernel.parameters[index].name, to: &text)
      text.append(UInt8(ascii: ":"))
      if let cell = references[index] {
        manifest.write(cell, to: &text)
      } else {
        JSONWriter.value(value.recorded, to: &text)
      }
      text.append(10)
    }
    if let sweep = sweep(ofTask: task) { describe(sweep, kernel, to: &text) }
    return NameHash.of(text, text.indices, seed: 0)
  }

  private func describe(
    _ sweep: Sweep, _ kernel: KernelSignature, to text: inout [UInt8]
  ) {
    JSONWriter.raw("\(sweep.isZipped) \(sweep.repeats) ", to: &text)
    JSONWriter.raw("\(sweep.seedParameter.map { Int($0) } ?? -1)\n", to: &text)
    for axis in sweep.axes {
      text += axis.label
      JSONWriter.raw("\(axis.count) \(axis.isTied)", to: &text)
      let type = kernel.parameters[Int(axis.parameter)].type
      for index in Self.telling(axis) {
        text.append(UInt8(ascii: " "))
        let value = manifest.value(manifest.value(index, of: axis), as: type).recorded
        JSONWriter.value(value, to: &text)
      }
      text.append(10)
    }
  }

  /// The values that tell an axis from others. A range is known by a few of them, the ends
  /// among these; a list by all.
  private static func telling(_ axis: Sweep.Axis) -> [Int] {
    let few = 64
    switch axis.values {
    case .list, .file, .column: return Array(0..<axis.count)
    case .line, .curve, .steps:
      if axis.count <= few { return Array(0..<axis.count) }
      // A product has 46 bits at most.
      return (0..<few).map { $0 * (axis.count - 1) / (few - 1) }
    }
  }
}
