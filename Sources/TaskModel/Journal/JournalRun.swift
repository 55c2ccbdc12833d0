/// What a journal is of: all that is needed to go on with the run, and to write its results where
/// neither the manifest nor the plugins are. `run.json` holds it, and never changes.
public struct JournalRun: Sendable {
  /// Of the journal's format; the major version is `JournalFormat.major` or older.
  public var minor = JournalFormat.minor
  /// Sixteen hexadecimal digits that no other run has.
  public var id: String
  /// What made the results, when the run was begun.
  public var origin: RunOrigin
  public var callCount: Int
  /// How the calls were dealt to shards when the run was begun; nil: it was begun whole.
  public var deal: Deal?
  /// The kernels that are called, and what their code is known by.
  public var kernels: [Kernel]
  public var tasks: [Task]
  /// The manifest, byte for byte.
  public var manifest: SourceText
  /// The files that sweeps take their points from, byte for byte, by the paths in the manifest.
  public var points: [Points]

  public struct Kernel: Sendable, Hashable {
    public var signature: KernelSignature
    /// As `RunOrigin.content` has it.
    public var content: String
  }

  public struct Task: Sendable, Hashable {
    public var fingerprint: UInt64
    public var calls: Int
  }

  public struct Points: Sendable, Hashable {
    public var path: String
    public var bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// Of a run that begins. `points`: the bytes of the plan's files of points. O(tasks + bytes).
  public init(_ plan: Plan, origin: RunOrigin, points: [Points], id: String) {
    self.id = id
    self.origin = origin
    self.points = points
    callCount = plan.callCount
    manifest = plan.manifest.source
    let called = Set(plan.manifest.tasks.indices.lazy.map { plan.kernelOfTask[$0] }).sorted()
    var contents = [String](repeating: "", count: plan.signatures.count)
    for kernel in called.map({ Int($0) }) {
      contents[kernel] = origin.content(of: plan.signatures[kernel])
    }
    kernels = called.map {
      Kernel(signature: plan.signatures[Int($0)], content: contents[Int($0)])
    }
    tasks = plan.manifest.tasks.indices.map { task in
      Task(
        fingerprint: plan.fingerprint(
          ofTask: task, content: contents[Int(plan.kernelOfTask[task])]),
        calls: plan.calls(ofTask: task).count)
    }
  }

  init(id: String, origin: RunOrigin) {
    self.id = id
    self.origin = origin
    callCount = 0
    kernels = []
    tasks = []
    points = []
    manifest = SourceText(name: "", bytes: [])
  }

  /// Whether the manifest came from standard input.
  public var isFromStandardInput: Bool { origin.manifest == nil }

  /// What the plan's kernels are known by, in their order, for `CallKeys`.
  public func contents(of plan: Plan) -> [String] {
    let known = Dictionary(kernels.map { ($0.signature.name, $0.content) }) { first, _ in first }
    return plan.signatures.map { known[$0.name] ?? "" }
  }

  /// The manifest with its points, as they are kept here. O(size).
  public var reading: ManifestReading {
    var reading = ManifestReader.read(manifest, format: origin.input)
    reading.readPoints(
      name: { $0 },
      read: { path in
        points.first { $0.path.hasBytes(of: path) }.map { .success($0.bytes) }
          ?? .failure(.unreadable(reason: Wording.notInJournal))
      })
    return reading
  }

  /// The plan of the run, made of what is kept here alone. O(size).
  public func plan() -> Result<Plan, Diagnostics> {
    var reading = reading
    reading.manifest.isolation = Isolation(rawValue: origin.isolation)
    if reading.manifest.isolation == Isolation.none { reading.manifest.dropWhatNeedsProcesses() }
    let catalogue = kernels.map { $0.signature }
    for setting in origin.settings { _ = reading.manifest.set(setting, catalogue) }
    return Planner.plan(reading, catalogue: catalogue)
  }
}
