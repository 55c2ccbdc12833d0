/// A manifest held against the catalogue: every call that will be made, checked
/// and in order. Nothing is copied from the manifest; what planning adds is two
/// bytes an argument and a few bytes a task.
public struct Plan: Sendable {
  public let manifest: Manifest
  /// The catalogue that the manifest was planned with, in its order.
  public let signatures: [KernelSignature]
  /// For each task, its kernel's index in `signatures`.
  let kernelOfTask: [UInt32]
  /// For each argument of the manifest, its parameter's index in the kernel's signature.
  let parameterOfArgument: [UInt16]

  init(
    manifest: Manifest, signatures: [KernelSignature], kernelOfTask: [UInt32],
    parameterOfArgument: [UInt16]
  ) {
    self.manifest = manifest
    self.signatures = signatures
    self.kernelOfTask = kernelOfTask
    self.parameterOfArgument = parameterOfArgument
  }

  public var callCount: Int { manifest.tasks.count }

  /// The task that a call belongs to. O(1).
  @inline(__always)
  public func task(ofCall call: Int) -> Int { call }

  /// The index in `signatures` of a call's kernel. O(1).
  @inline(__always)
  public func kernelIndex(ofCall call: Int) -> Int { Int(kernelOfTask[task(ofCall: call)]) }

  /// The name of a call's kernel. O(1).
  @inline(__always)
  func kernelName(ofCall call: Int) -> String { signatures[kernelIndex(ofCall: call)].name }

  /// The name of a call's task as UTF-8, with nothing copied; nil if it has none.
  func taskNameBytes(ofCall call: Int) -> ArraySlice<UInt8>? {
    let name = manifest.tasks[task(ofCall: call)].name
    return name.isEmpty ? nil : manifest.pools.text[name.indices]
  }

  public func signature(ofCall call: Int) -> KernelSignature {
    signatures[kernelIndex(ofCall: call)]
  }

  /// The name of the task that a call belongs to; nil if it has none.
  public func taskName(ofCall call: Int) -> String? {
    manifest.name(of: manifest.tasks[task(ofCall: call)])
  }

  /// Seconds that a call may take; nil: no limit.
  public func timeout(ofCall call: Int) -> Double? {
    let own = manifest.tasks[task(ofCall: call)].timeout
    return own.isNaN ? manifest.defaultTimeout : own
  }

  /// Whether some call has a timeout. O(tasks).
  public var hasTimeouts: Bool {
    manifest.defaultTimeout != nil || manifest.tasks.contains { !$0.timeout.isNaN }
  }

  /// Whether some call has limits other than the standard ones.
  public var hasLimits: Bool {
    manifest.defaultLimits != .standard || !manifest.limits.isEmpty
  }

  /// What a call may take, beside its timeout. O(1).
  public func limits(ofCall call: Int) -> CallLimits {
    manifest.limits[task(ofCall: call)] ?? manifest.defaultLimits
  }

  /// Hands every given argument of a call to `body`: the parameter's index and
  /// the value, whose type the planner has checked against the signature. An
  /// `integer` may stand where the parameter is an f64, `integers` where it is an
  /// f64 array, a `text` where it is bytes, and "NaN", "Infinity" or "-Infinity"
  /// where it is an f64.
  @inline(__always)
  public func forEachArgument(
    ofCall call: Int, _ body: (_ parameter: Int, _ value: Manifest.Cell) -> Void
  ) {
    let task = manifest.tasks[task(ofCall: call)]
    let first = Int(task.firstArgument)
    for index in first..<first + Int(task.argumentCount) {
      body(Int(parameterOfArgument[index]), manifest.arguments[index].value)
    }
  }
}
