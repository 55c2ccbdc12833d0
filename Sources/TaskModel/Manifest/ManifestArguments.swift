/// The arguments that stand in a manifest, by call, without knowing its kernels: for reports of
/// runs that are over.
public struct ManifestArguments: Sendable {
  private let manifest: Manifest
  /// For each task its first call, and behind the last the number of calls.
  private let firstCall: [Int]

  /// Nil: the manifest is not sound, or of more calls than there can be. O(tasks).
  public init?(_ reading: ManifestReading) {
    guard reading.diagnostics.isEmpty else { return nil }
    manifest = reading.manifest
    var count = 0
    var firstCall: [Int] = []
    for task in manifest.tasks.indices {
      firstCall.append(count)
      let (sum, overflow) = count.addingReportingOverflow(manifest.sweeps[task]?.callCount ?? 1)
      if overflow { return nil }
      count = sum
    }
    self.firstCall = firstCall + [count]
  }

  /// Those of a call beside its point: by name, or by their numbers where they stand in order;
  /// arrays and other tasks' results as their JSON. O(log tasks + size).
  public func given(toCall call: Int) -> [Value.Field] {
    guard call >= 0, let count = firstCall.last, call < count else { return [] }
    var low = 0
    var high = manifest.tasks.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstCall[middle] <= call { low = middle } else { high = middle }
    }
    return manifest.argumentIndices(ofTask: low).enumerated().map { position, index in
      let argument = manifest.arguments[index]
      let isNamed = argument.key != Manifest.Argument.positional
      return .init(
        name: isNamed ? manifest.names.name(argument.key) : String(position),
        value: manifest.shown(argument.value))
    }
  }
}
