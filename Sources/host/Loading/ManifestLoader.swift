import KernelBridge
import KernelHost
import KernelHostModel

/// Turns an operand of the command line into a plan.
struct ManifestLoader {
  /// Offsets in a manifest are 32 bits wide.
  static let largest = Int(UInt32.max) - 1

  struct Loaded {
    let plan: Plan
    let kernels: LoadedKernels
    let warnings: [String]
    let stats: Stats
    let input: ManifestFormat
    /// The files of points, byte for byte, where they are wanted.
    let points: [JournalRun.Points]
    /// Values in place of the manifest's.
    let settings: [Setting]

    /// Returns what the command line knows about the origin of results.
    func origin(at operand: String) -> RunOrigin {
      var origin = RunOrigin(
        manifest: operand == "-" ? nil : Paths.absolute(operand, in: Paths.current),
        source: plan.manifest.source, points: plan.manifest.pointsHash, input: input)
      origin.command = [HostProcess.name] + HostProcess.arguments
      origin.folder = Paths.current
      origin.settings = settings
      return origin
    }
  }

  /// Reads, checks and plans a manifest. A nil `input` means that the name decides. `outputs` are
  /// the files that will be written, which must not be files that are read. `mode` and `jobs` are
  /// those of the command line. `kept`: a run whose manifest and points are taken
  /// in place of the operand's; the operand's folder still counts. `past`: the run whose values of
  /// `--set` hold for all names that the command line does not set.
  static func load(
    _ operand: String, input: ManifestFormat?, _ options: KernelOptions,
    overrides: OverrideOptions? = nil, outputs: OutputNames? = nil, mode: Mode? = nil,
    jobs: Int? = nil, keepsPoints: Bool = false, text: String? = nil, kept: JournalRun? = nil,
    past: RunOrigin? = nil
  ) throws(CommandError) -> Loaded {
    var stats = Stats()
    let started = options.startEarly()
    var points: [JournalRun.Points] = []
    var reading: ManifestReading
    if let kept {
      reading = kept.reading
      points = kept.points
    } else {
      if let text {
        reading = ManifestReader.read(SourceText(name: "<call>", text: text))
      } else {
        reading = try read(operand, input, withPoints: false)
      }
      readPoints(of: &reading, at: operand) { path, bytes in
        if keepsPoints { points.append(.init(path: path, bytes: bytes)) }
      }
    }
    stats.end("read")
    if text == nil, let conflict = outputs?.conflict(with: "the manifest", operand) {
      throw .input([Messages.error(conflict)])
    }
    for path in reading.pointsPaths {
      let path = Paths.absolute(path, in: Paths.folder(of: operand))
      if let conflict = outputs?.conflict(with: "a file of points", path) {
        throw .input([Messages.error(conflict)])
      }
    }
    overrides?.applyLimits(to: &reading.manifest)
    var setup = options.setup(reading.manifest, at: operand)
    setup.isParallel =
      (mode ?? reading.manifest.mode ?? RunDefaults.mode) == .parallel
      && jobs ?? reading.manifest.jobs ?? Processors.usable > 1
    if let conflict = outputs?.conflict(with: setup.plugins) {
      throw .input([Messages.error(conflict)])
    }
    if setup.isolation != .none, try !options.checkAllowed(&reading, at: operand) {
      // The search for other mistakes continues without them.
      setup.allowed = AllowedPaths()
    }
    reading.manifest.isolation = setup.isolation
    if options.isInProcess { reading.manifest.dropWhatNeedsProcesses() }
    let (kernels, warnings) = try open(setup, started, reading)
    if let conflict = outputs?.conflict(withIncludesOf: setup.plugins) {
      throw .input([Messages.error(conflict)])
    }
    let given = overrides?.settings ?? []
    let settings = settings(given, kept: kept, past: past)
    try OverrideOptions.apply(settings, to: &reading.manifest, kernels.catalogue.signatures)
    stats.end("load")
    switch Planner.plan(reading, catalogue: kernels.catalogue.signatures) {
    case .success(let plan):
      stats.end("plan")
      return Loaded(
        plan: plan, kernels: kernels, warnings: warnings, stats: stats,
        input: input ?? format(of: operand), points: points, settings: settings)
    case .failure(let diagnostics):
      throw .input([
        diagnostics.rendered(in: reading.manifest.source, columns: TerminalStyle.columns)
      ])
    }
  }

  /// Returns the values in place of the manifest's, in the order of their names. Those of a journal
  /// hold as a whole, because its run is one of certain inputs.
  private static func settings(
    _ given: [Setting], kept: JournalRun?, past: RunOrigin?
  ) -> [Setting] {
    if let kept { return given.isEmpty ? kept.origin.settings : given }
    let recorded = (past?.settings ?? []).filter { old in !given.contains { $0.name == old.name } }
    return (recorded + given).sorted { $0.name < $1.name }
  }

  /// Reads, checks and plans the one operand of `check` and `plan`, and shows the warnings.
  static func load(
    _ parsed: OptionParser, _ console: Console
  ) throws(CommandError) -> Loaded {
    guard parsed.operands.count == 1 else {
      throw .usage(Messages.oneManifest(parsed.operands))
    }
    let input: ManifestFormat? = try parsed.choice("input")
    let options = try KernelOptions(parsed)
    let loaded = try load(parsed.operands[0], input: input, options)
    for warning in loaded.warnings { console.say(warning) }
    return loaded
  }

  /// Returns the kernels that a manifest could call. Throws if the manifest has mistakes that can
  /// be found without its kernels, so that a misspelt plugin is reported.
  static func kernels(
    of operand: String, _ options: KernelOptions, loadsPlugins: Bool
  ) throws(CommandError) -> [KernelSignature] {
    let reading = try read(operand, nil, withPoints: false)
    if !reading.diagnostics.isEmpty {
      throw .input([
        reading.diagnostics.rendered(in: reading.manifest.source, columns: TerminalStyle.columns)
      ])
    }
    let setup = options.setup(reading.manifest, at: operand)
    if setup.plugins.isEmpty || !loadsPlugins { return CallHost.builtInKernels }
    return try open(setup, nil, reading).0.catalogue.signatures
  }

  /// Reads a manifest. `withPoints`: also read the files with the points of sweeps.
  static func read(
    _ operand: String, _ input: ManifestFormat?, withPoints: Bool = true
  ) throws(CommandError) -> ManifestReading {
    let isStandardInput = operand == "-"
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileReader.read(path: isStandardInput ? nil : operand, limit: largest)
    } catch {
      let isFolder = !isStandardInput && FileFacts(operand)?.isFolder == true
      throw .input([
        Messages.error(isFolder ? Wording.folder(operand) : Messages.system(error))
      ])
    }
    if bytes.starts(with: #"{"run":{"#.utf8) {
      throw .input([Messages.error(Wording.records(isStandardInput ? "<stdin>" : operand))])
    }
    let source = SourceText(name: isStandardInput ? "<stdin>" : operand, bytes: bytes)
    var reading = ManifestReader.read(source, format: input ?? format(of: operand))
    if withPoints { readPoints(of: &reading, at: operand) }
    return reading
  }

  /// Reads the files with the points of sweeps. Their paths are relative to the folder of the
  /// manifest. Mistakes in them are added to those of the reading.
  static func readPoints(
    of reading: inout ManifestReading, at operand: String,
    keep: (String, [UInt8]) -> Void = { _, _ in }
  ) {
    let folder = Paths.folder(of: operand)
    // Messages have a path that can be opened from the current folder.
    let prefix = operand.lastIndex(of: "/").map { String(operand[...$0]) } ?? ""
    reading.readPoints(
      name: { $0.hasPrefix("/") || operand == "-" ? $0 : prefix + $0 },
      read: { path in
        do throws(SystemError) {
          let bytes = try FileReader.readRegular(
            path: Paths.absolute(path, in: folder), limit: largest)
          if let bytes { keep(path, bytes) }
          return bytes.map { .success($0) } ?? .failure(.notRegular)
        } catch {
          return .failure(.unreadable(reason: error.reason))
        }
      })
  }

  private static func format(of operand: String) -> ManifestFormat {
    operand.hasSuffix(".jsonl") ? .jsonl : .json
  }

  private static func open(
    _ setup: WorkerSetup, _ started: WorkerSupervisor?, _ reading: ManifestReading
  ) throws(CommandError) -> (LoadedKernels, warnings: [String]) {
    do throws(LoadError) {
      return try KernelOptions.load(setup, started)
    } catch {
      guard case .plugins(let faults) = error else { throw .input(KernelOptions.sentences(error)) }
      // Faults of plugins in the manifest are reported at their places.
      let given = setup.plugins.count - reading.manifest.plugins.count
      let others = faults.filter { $0.index < given }
      if !others.isEmpty { throw .input(KernelOptions.sentences(.plugins(others))) }
      var diagnostics = reading.diagnostics
      for fault in faults {
        let plugin = reading.manifest.plugins[fault.index - given]
        let problem: Problem
        if let twin = fault.twin {
          let first = twin < given ? nil : reading.manifest.plugins[twin - given]
          problem = .samePlugin(
            plugin.plugin.path, as: first?.plugin.path ?? setup.plugins[twin].path,
            first: first?.place)
        } else {
          problem = .plugin(plugin.plugin.path, reason: fault.reason)
        }
        diagnostics.report(problem, at: plugin.place)
      }
      throw .input([
        diagnostics.rendered(in: reading.manifest.source, columns: TerminalStyle.columns)
      ])
    }
  }
}
