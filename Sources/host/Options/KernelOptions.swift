import KernelBridge
import KernelHost
import KernelHostModel

/// The options that select the kernels and how their calls are isolated. They override the
/// manifest.
struct KernelOptions {
  static let options = [
    Option("isolation", choices: Isolation.self),
    Option("sandbox", choices: SandboxLevel.self),
    Option("allow-read", value: "PATH", isRepeatable: true),
    Option("allow-write", value: "PATH", isRepeatable: true),
    Option("plugin", value: "PATH", isRepeatable: true, completion: .plugin),
  ]
  /// The options of commands that only list kernels.
  static let ofKernels = options.filter { $0.long == "plugin" }

  private let isolation: Isolation?
  private let sandbox: SandboxLevel?
  let allowed: AllowedPaths
  private let plugins: [String]
  /// `--check-memory` of `run`.
  let checksMemory: Bool
  /// Whether calls run inside this process, whatever the manifest says.
  let isInProcess: Bool

  init(_ parsed: OptionParser) throws(CommandError) {
    isolation = try parsed.choice("isolation")
    sandbox = try parsed.choice("sandbox")
    var allowed = AllowedPaths()
    allowed.read = parsed.repeated["allow-read"] ?? []
    allowed.write = parsed.repeated["allow-write"] ?? []
    self.allowed = allowed
    plugins = parsed.repeated["plugin"] ?? []
    checksMemory = parsed.flags.contains("check-memory")
    isInProcess = false
    if isolation == Isolation.none, checksMemory {
      throw .usage(Messages.memoryCheckWithoutProcess)
    }
    if isolation == Isolation.none, sandbox != nil && sandbox != SandboxLevel.none {
      throw .usage(Messages.sandboxWithoutProcess)
    }
  }

  /// Creates the options for calls inside this process, with absolute paths of plugins.
  init(inProcessWith plugins: [String]) {
    isolation = Isolation.none
    sandbox = nil
    allowed = AllowedPaths()
    self.plugins = plugins
    checksMemory = false
    isInProcess = true
  }

  /// A fork server takes some milliseconds to come up: it may do so while the manifest is
  /// read, if one will be wanted.
  func startEarly() -> WorkerSupervisor? {
    isolation == Isolation.none ? nil : try? WorkerSupervisor()
  }

  /// Returns the set-up for a manifest, or without one. Paths in a manifest are relative to its
  /// folder, and paths of the command line to the current folder.
  func setup(_ manifest: Manifest?, at path: String?) -> WorkerSetup {
    var setup = WorkerSetup()
    setup.isolation = isolation ?? manifest?.isolation ?? RunDefaults.isolation
    setup.sandbox = isInProcess ? .none : sandbox ?? manifest?.sandbox ?? RunDefaults.sandbox
    setup.checksMemory = checksMemory
    setup.limits = manifest?.workerLimits ?? WorkerLimits()
    let folder = path.map { Paths.folder(of: $0) } ?? Paths.current
    let own = { (paths: [String]) in paths.map { Paths.absolute($0, in: folder) } }
    let given = { (paths: [String]) in paths.map { Paths.absolute($0, in: Paths.current) } }
    setup.folder = folder
    setup.plugins =
      plugins.map { Plugin(path: Paths.plugin($0, in: Paths.current)) }
      + (manifest?.plugins ?? []).map { $0.plugin.placed(in: folder) }
    setup.allowed.read = given(allowed.read) + own(manifest?.allowed.read ?? [])
    setup.allowed.write = given(allowed.write) + own(manifest?.allowed.write ?? [])
    return setup
  }

  /// Returns the kernels without a manifest. Plugins are loaded in a process of their own; built-in
  /// kernels need no process.
  func signatures() throws(CommandError) -> [KernelSignature] {
    let setup = setup(nil, at: nil)
    if setup.plugins.isEmpty { return CallHost.builtInKernels }
    return try Self.open(setup, nil).0.catalogue.signatures
  }

  /// Loads the kernels. Returns them with warnings about missing parts of the sandbox.
  static func open(
    _ setup: WorkerSetup, _ started: WorkerSupervisor?
  ) throws(CommandError) -> (LoadedKernels, warnings: [String]) {
    do throws(LoadError) {
      return try load(setup, started)
    } catch {
      throw .input(sentences(error))
    }
  }

  static func load(
    _ setup: WorkerSetup, _ started: WorkerSupervisor?
  ) throws(LoadError) -> (LoadedKernels, warnings: [String]) {
    let kernels = try LoadedKernels.open(setup, started: started)
    let isShut = setup.isolation != .none && setup.sandbox != .none
    let missing = isShut ? kernels.inForce.missing.map(Messages.sandboxMisses) : []
    return (kernels, kernels.notes + missing)
  }

  static func sentences(_ error: LoadError) -> [String] {
    switch error {
    case .plugins(let faults):
      faults.map { Messages.error(Wording.pluginNotLoaded($0.path, $0.reason)) }
    case .system(let reason): [Messages.error(reason + "; nothing ran")]
    case .sandbox(let missing): missing.map { Messages.error(Messages.strictMisses($0)) }
    }
  }
}
