import KernelBridge
public import KernelHostModel

/// A manifest whose calls run in worker processes, or as the manifest says, and whose records come
/// to Swift:
///
///     let study = try ManifestRun(path: "study.json")
///     for try await record in study.records { print(record.kernel, record.token.triple) }
public final class ManifestRun: Sendable {
  private let plan: Plan
  private let kernels: LoadedKernels

  /// What compilers printed about the plugins, and the parts of the sandbox that this machine lacks.
  public var warnings: [String] {
    let isShut = kernels.setup.isolation != .none && kernels.setup.sandbox != .none
    return kernels.notes + (isShut ? kernels.inForce.missing : [])
  }

  /// Reads a manifest from a file and loads its plugins. Paths in it are relative to its folder. A
  /// name that ends in ".jsonl" has a task on each line. Blocks the calling thread while plugins
  /// are compiled and loaded. Throws the mistakes of the manifest with their places.
  public convenience init(path: String) throws(HostError) {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileReader.read(path: path, limit: ManifestReader.sourceLimit - 1)
    } catch {
      throw .wrongManifest(mistakes: Wording.system(error.action, error.path, error.reason))
    }
    try self.init(
      SourceText(name: path, bytes: bytes), format: path.hasSuffix(".jsonl") ? .jsonl : .json,
      folder: Paths.folder(of: path))
  }

  /// Takes a manifest from memory. Paths in it are relative to `folder`, which is the working
  /// folder if nil. `name` stands in messages.
  public convenience init(
    json: String, name: String = "manifest", folder: String? = nil
  ) throws(HostError) {
    let current = Paths.current
    try self.init(
      SourceText(name: name, bytes: Array(json.utf8)), format: .json,
      folder: folder.map { Paths.absolute($0, in: current) } ?? current)
  }

  private init(
    _ source: SourceText, format: ManifestFormat, folder: String
  ) throws(HostError) {
    var reading = ManifestReader.read(source, format: format)
    let read = { (path: String) -> Result<[UInt8], PointsFailure> in
      do throws(SystemError) {
        let bytes = try FileReader.readRegular(
          path: Paths.absolute(path, in: folder), limit: ManifestReader.sourceLimit - 1)
        return bytes.map { .success($0) } ?? .failure(.notRegular)
      } catch {
        return .failure(.unreadable(reason: error.reason))
      }
    }
    reading.readPoints(name: { $0 }, read: read)
    let setup = Self.setup(reading.manifest, folder: folder)
    reading.manifest.isolation = setup.isolation
    do throws(LoadError) {
      kernels = try LoadedKernels.open(setup)
    } catch {
      throw .cannotLoad(reason: error.description)
    }
    switch Planner.plan(reading, catalogue: kernels.catalogue.signatures) {
    case .success(let plan): self.plan = plan
    case .failure(let diagnostics):
      throw .wrongManifest(mistakes: diagnostics.rendered(in: source))
    }
  }

  private static func setup(_ manifest: Manifest, folder: String) -> WorkerSetup {
    var setup = WorkerSetup()
    setup.isolation = manifest.isolation ?? RunDefaults.isolation
    setup.sandbox = setup.isolation == .none ? .none : manifest.sandbox ?? RunDefaults.sandbox
    setup.limits = manifest.workerLimits
    setup.folder = folder
    setup.plugins = manifest.plugins.map { $0.plugin.placed(in: folder) }
    setup.allowed.read = manifest.allowed.read.map { Paths.absolute($0, in: folder) }
    setup.allowed.write = manifest.allowed.write.map { Paths.absolute($0, in: folder) }
    setup.isParallel =
      manifest.mode == .parallel && manifest.jobs ?? Processors.usable > 1
    return setup
  }

  /// The number of calls, and of records.
  public var callCount: Int { plan.callCount }

  /// The records of all calls, in call order. See `records(inCallOrder:buffering:)`.
  public var records: Records { Records(self, inCallOrder: true, buffering: 1_024) }

  /// The records of all calls, in call order or as the calls end. Each iteration runs the manifest
  /// once, on threads of the host. When `buffering` records were not taken, calls wait.
  /// Throws for a number below 1.
  public func records(
    inCallOrder: Bool = true, buffering: Int = 1_024
  ) throws(HostError) -> Records {
    try HostError.check("buffering", buffering, least: 1)
    return Records(self, inCallOrder: inCallOrder, buffering: buffering)
  }

  /// One call's record.
  public struct Record: Sendable {
    /// The number of the call, from 0.
    public let call: Int
    public let token: Token<Value>
    /// What a person should know of the call; nil: nothing.
    public let warning: String?
    private let plan: Plan
    private let taken: [TakenArgument]
    private let reference: CallReference

    fileprivate init(_ record: CallRecord, _ plan: Plan) {
      call = record.call
      token = record.token
      warning = record.warning
      taken = record.taken
      self.plan = plan
      reference = record.located(in: plan)
    }

    /// The name of its task; nil: the task is not named.
    public var task: String? { plan.name(ofTask: reference.task) }
    /// The number of the call among those of its task, from 0.
    public var point: Int { reference.point }
    public var kernel: String { plan.signature(ofTask: reference.task).name }

    /// Returns the argument for a parameter: of the sweep, of the task, the result of another task,
    /// or the kernel's default. Nil: the kernel has no such parameter, or the argument is not
    /// known, as that of a call that was skipped. O(parameters).
    public func argument(_ name: String) -> Value? {
      guard let index = plan.signature(ofTask: reference.task).parameterIndex(name) else {
        return nil
      }
      return plan.arguments(of: reference, taken: taken)[index]
    }
  }

  /// The records of a manifest's calls.
  public struct Records: AsyncSequence, Sendable {
    public typealias Element = Record
    public typealias Failure = any Error

    private let study: ManifestRun
    private let inCallOrder: Bool
    private let buffering: Int

    fileprivate init(_ study: ManifestRun, inCallOrder: Bool, buffering: Int) {
      self.study = study
      self.inCallOrder = inCallOrder
      self.buffering = buffering
    }

    /// Starts the run when the first record is asked for. The run ends with the iterator.
    public func makeAsyncIterator() -> Iterator {
      Iterator(study.start(inCallOrder: inCallOrder, buffering: buffering))
    }

    public struct Iterator: AsyncIteratorProtocol {
      private let feed: RecordFeed
      private let reader: StreamReader

      fileprivate init(_ feed: RecordFeed) {
        self.feed = feed
        reader = StreamReader { feed.leave() }
      }

      /// Returns the next record; nil: all have been returned. Throws `CancellationError` if the
      /// task is cancelled, and a ``HostError`` if the run cannot start.
      public mutating func next() async throws -> Record? { try await feed.next() }
    }
  }

  private func start(inCallOrder: Bool, buffering: Int) -> RecordFeed {
    var options = Run.Options()
    options.format = .tokens
    options.order = inCallOrder ? .call : .completion
    options.warningDescriptor = nil
    options.isForObservers = true
    return RecordFeed(Run(plan, kernels, options), plan, buffering)
  }
}

/// Brings the records of one run to one reader.
private final class RecordFeed: Sendable {
  private let run: Run
  private let plan: Plan
  private let limit: Int
  private let buffer = StreamBuffer<ManifestRun.Record>()
  private let hasBegun = Locked(false)

  init(_ run: Run, _ plan: Plan, _ limit: Int) {
    self.run = run
    self.plan = plan
    self.limit = limit
  }

  /// Receives the records on the threads of lanes, which wait while too many were not taken.
  private final class Observer: RunObserver {
    let wishes = RunWishes(records: true)
    private let feed: RecordFeed

    init(_ feed: RecordFeed) { self.feed = feed }

    func recorded(_ record: CallRecord) {
      feed.buffer.waitForRoom(feed.limit)
      feed.buffer.put(ManifestRun.Record(record, feed.plan))
    }
  }

  private func begin() {
    let isFirst = hasBegun.withLock { hasBegun in
      defer { hasBegun = true }
      return !hasBegun
    }
    guard isFirst else { return }
    let started = HostThread.start { [self] in
      do throws(RunError) {
        _ = try run.run([Observer(self)])
        buffer.end()
      } catch {
        buffer.end(HostError.cannotStart(reason: error.description))
      }
    }
    if !started {
      let error = SystemError("start a thread", path: nil, code: Errno.tryAgain.number)
      buffer.end(
        HostError.cannotStart(reason: Wording.system(error.action, error.path, error.reason)))
    }
  }

  func next() async throws -> ManifestRun.Record? {
    begin()
    let record = try await buffer.next { [self] in leave() }
    if record == nil { try Task.checkCancellation() }
    return record
  }

  func leave() {
    run.stop()
    buffer.leave()
  }
}
