import KernelBridge
import KernelHost
import TaskModel

/// The options that say which kernels there are and how they are kept apart: of `run`,
/// `check`, `kernels` and `schema`. What the command line says counts more than the manifest.
struct KernelOptions {
  static let options = [
    Option("isolation", choices: Isolation.self),
    Option("sandbox", choices: SandboxLevel.self),
    Option("allow-read", value: "PATH", isRepeatable: true),
    Option("allow-write", value: "PATH", isRepeatable: true),
    Option("plugin", value: "PATH", isRepeatable: true, completion: .plugin),
  ]
  /// Of commands that say what kernels there are.
  static let ofKernels = options.filter { $0.long == "plugin" }

  private let isolation: Isolation?
  private let sandbox: SandboxLevel?
  let allowed: AllowedPaths
  private let plugins: [String]
  /// `--check-memory` of `run`.
  let checksMemory: Bool
  /// Whatever the manifest says, without what needs processes.
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

  /// For calls inside this process, with plugins by their absolute paths.
  init(inProcessWith plugins: [String]) {
    isolation = Isolation.none
    sandbox = nil
    allowed = AllowedPaths()
    self.plugins = plugins
    checksMemory = false
    isInProcess = true
  }

  /// A spawner takes some milliseconds to come up: it may do so while the manifest is
  /// read, if one will be wanted.
  func startEarly() -> WorkerGuard? {
    isolation == Isolation.none ? nil : try? WorkerGuard()
  }

  /// The set-up for a manifest; nil: for none. Its paths are relative to its own folder,
  /// those of the command line to the current one.
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

  /// What kernels there are without a manifest. Plugins are asked in a process of their
  /// own; what is built in needs none.
  func signatures() throws(CommandError) -> [KernelSignature] {
    let setup = setup(nil, at: nil)
    if setup.plugins.isEmpty { return Host.builtInKernels }
    return try Self.open(setup, nil).0.catalogue.signatures
  }

  /// The kernels, and what to say of a sandbox that is not whole.
  static func open(
    _ setup: WorkerSetup, _ started: WorkerGuard?
  ) throws(CommandError) -> (LoadedKernels, warnings: [String]) {
    do throws(LoadError) {
      return try load(setup, started)
    } catch {
      throw .input(sentences(error))
    }
  }

  static func load(
    _ setup: WorkerSetup, _ started: WorkerGuard?
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

extension Plugin {
  /// With paths that are absolute; those of a manifest are relative to its folder.
  func placed(in folder: String) -> Plugin {
    var plugin = self
    if functions.isEmpty || path.contains("/") { plugin.path = Paths.plugin(path, in: folder) }
    plugin.folder = folder
    plugin.sources = sources.map { Paths.absolute($0, in: folder) }
    plugin.include = include.map { Paths.absolute($0, in: folder) }
    plugin.libraries = libraries.map { $0.contains("/") ? Paths.absolute($0, in: folder) : $0 }
    return plugin
  }
}

/// Paths as the system knows them.
enum Paths {
  /// The file of a plugin: in the folder, or, by its name alone, in one of HOST_PLUGIN_PATH.
  static func plugin(_ path: String, in folder: String) -> String {
    let place = absolute(path, in: folder)
    guard !path.contains("/"), FileFacts(place) == nil else { return place }
    for other in (environmentVariable("HOST_PLUGIN_PATH") ?? "").split(separator: ":") {
      let found = absolute(path, in: absolute(String(other), in: current))
      if FileFacts(found) != nil { return found }
    }
    return place
  }

  static var current: String { currentFolder() }

  static func absolute(_ path: String, in folder: String) -> String {
    if path.hasPrefix("/") { return path }
    if path.hasPrefix("./") { return absolute(String(path.dropFirst(2)), in: folder) }
    return (folder.hasSuffix("/") ? folder : folder + "/") + path
  }

  /// The folder of a manifest, absolute.
  static func folder(of manifest: String) -> String {
    guard manifest != "-", let slash = manifest.lastIndex(of: "/") else { return current }
    let folder = slash == manifest.startIndex ? "/" : String(manifest[..<slash])
    return absolute(folder, in: current)
  }
}
