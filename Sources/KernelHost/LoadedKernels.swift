public import KernelBridge
public import TaskModel

/// How the processes that run kernels are set up.
public struct WorkerSetup: Sendable {
  public var isolation = Isolation.process
  /// Paths of libraries, absolute.
  public var plugins: [String] = []
  public var sandbox = SandboxLevel.default
  /// Absolute paths.
  public var allowed = AllowedPaths()
  public var limits = WorkerLimits()
  /// Seconds that a plugin may take to load.
  public var patience = 10.0

  public init() {}

  var rules: WorkerRules {
    var rules = WorkerRules()
    rules.sandbox =
      switch sandbox {
      case .none: 0
      case .default: 1
      case .strict: 2
      }
    rules.allowsCore = limits.allowsCore
    rules.addressSpace = limits.addressSpace ?? 0
    rules.processorSeconds = limits.processorSeconds ?? 0
    rules.read = allowed.read
    rules.write = allowed.write
    return rules
  }
}

/// Why kernels cannot be called.
public enum LoadError: Error, Sendable {
  case plugin(path: String, reason: String)
  case system(String)
  /// What the sandbox should hold and this machine's kernel cannot.
  case sandbox(missing: [String])
}

/// The kernels that a run can call, and the processes that they run in.
public struct LoadedKernels: Sendable {
  public let catalogue: Catalogue
  public let setup: WorkerSetup
  /// Nil with isolation `none`.
  let workers: WorkerGuard?
  /// What of the sandbox is in force for workers.
  public let inForce: SandboxParts

  /// Whether all that workers start dies with them.
  public var hasNamespace: Bool { workers?.hasNamespace ?? false }

  /// The built-in kernels, in this process.
  public static let builtIn: LoadedKernels = {
    var setup = WorkerSetup()
    setup.isolation = .none
    return LoadedKernels(catalogue: .builtIn, setup: setup, workers: nil, inForce: [])
  }()

  /// Loads plugins and learns what kernels there are. `started`: a guard that was started
  /// earlier, to save time.
  public static func open(
    _ setup: WorkerSetup, started: WorkerGuard? = nil
  ) throws(LoadError) -> LoadedKernels {
    if setup.isolation == .none { return try openHere(setup) }
    var started = started
    for attempt in 1... {
      let (workers, inForce) = try start(setup, started)
      do throws(CatalogueError) {
        let catalogue = try workers.catalogue()
        return LoadedKernels(
          catalogue: catalogue, setup: setup, workers: workers, inForce: inForce)
      } catch {
        if case .kernel(let fault) = error { throw badKernel(fault) }
        // Somebody killed the spawner.
        if attempt == attempts {
          throw .system(Wording.system("start a worker process", nil, "it ended by itself"))
        }
        started = nil
      }
    }
    fatalError("the loop ends by itself")
  }

  /// How often a spawner is started that dies before it is of use.
  private static let attempts = 3

  private static func openHere(_ setup: WorkerSetup) throws(LoadError) -> LoadedKernels {
    if setup.plugins.isEmpty { return builtIn }
    do throws(CatalogueFault) {
      let catalogue = try Catalogue.inThisProcess(plugins: setup.plugins)
      return LoadedKernels(catalogue: catalogue, setup: setup, workers: nil, inForce: [])
    } catch {
      switch error {
      case .plugin(let refusal): throw refused(refusal, setup)
      case .kernel(let fault): throw badKernel(fault)
      }
    }
  }

  /// A spawner with its rules and its plugins.
  static func start(
    _ setup: WorkerSetup, _ started: WorkerGuard? = nil
  ) throws(LoadError) -> (WorkerGuard, SandboxParts) {
    let (workers, inForce) = try startWithRules(setup, started)
    let missing = setup.sandbox == .none ? [] : inForce.missing
    if setup.sandbox == .strict, !missing.isEmpty { throw .sandbox(missing: missing) }
    for path in setup.plugins {
      do throws(PluginRefusal) {
        try workers.load(path, patience: setup.patience)
      } catch {
        throw refused(error, setup)
      }
    }
    return (workers, inForce)
  }

  private static func startWithRules(
    _ setup: WorkerSetup, _ started: WorkerGuard?
  ) throws(LoadError) -> (WorkerGuard, SandboxParts) {
    var started = started
    for attempt in 1... {
      do throws(SystemError) {
        let workers: WorkerGuard
        if let started { workers = started } else { workers = try WorkerGuard() }
        try workers.waitUntilReady()
        return (workers, try workers.set(setup.rules))
      } catch {
        started = nil
        if attempt < attempts, error.code == SystemError.noProcess { continue }
        throw .system(Wording.system(error.action, error.path, error.reason))
      }
    }
    fatalError("the loop ends by itself")
  }

  /// Runs a plan's calls with these kernels.
  func settings(crashLimit: Int?, liveLimit: Int?) -> RunnerSettings {
    var settings = RunnerSettings()
    settings.isolation = setup.isolation
    settings.crashLimit = crashLimit ?? 100
    settings.liveLimit = liveLimit
    settings.setup = setup
    return settings
  }

  /// Another spawner in place of one that is gone.
  static func startAgain(_ setup: WorkerSetup) throws(SystemError) -> WorkerGuard {
    do throws(LoadError) {
      return try start(setup).0
    } catch {
      throw SystemError("start a worker process", path: nil, code: SystemError.noProcess)
    }
  }

  private static func refused(_ refusal: PluginRefusal, _ setup: WorkerSetup) -> LoadError {
    let reason =
      switch refusal.reason {
      case .linker(let text):
        text.hasPrefix(refusal.path + ": ") ? String(text.dropFirst(refusal.path.count + 2)) : text
      case .noKernels: Wording.noKernels
      case .wrongMagic(let found, let expected):
        Wording.wrongMagic(found: found, expected: expected)
      case .wrongMajor(let found, let expected):
        Wording.wrongMajor(found: found, expected: expected)
      case .wrongSize(let type, let found, let expected):
        Wording.wrongSize(of: type, found: found, expected: expected)
      case .duplicate(let kernel, let other): Wording.duplicateKernel(kernel, other: other)
      case .crashed(let signal): Wording.loadingCrashed(signal: signal)
      case .exited(let code): Wording.loadingExited(code: code)
      case .hung: Wording.loadingHung(seconds: setup.patience)
      }
    return .plugin(path: refusal.path, reason: reason)
  }

  private static func badKernel(_ fault: KernelFault) -> LoadError {
    .plugin(path: fault.origin, reason: Wording.badKernel(fault.kernel, text(of: fault.problem)))
  }

  private static func text(of problem: KernelFault.Problem) -> String {
    switch problem {
    case .noName: "has no name"
    case .noStep: "has no step function"
    case .stateSize(let size): "has a state of \(size) bytes; the most is 1 MiB, and kh_alloc"
    case .stateAlignment(let alignment):
      "has a state aligned to \(alignment); expected a power of two up to 64"
    case .unknownType(let field, let type):
      "has a field \(Wording.quoted(field)) of type \(type), which this host does not know"
    case .outsideState(let field):
      "has a field \(Wording.quoted(field)) that lies outside of its state"
    case .overlap(let a, let b):
      "has fields \(Wording.quoted(a)) and \(Wording.quoted(b)) that overlap"
    case .duplicateField(let name): "has two fields \(Wording.quoted(name))"
    case .defaultOutOfRange(let name):
      "has a default of \(Wording.quoted(name)) that its own range or choices do not allow"
    case .errorCode(let name, let code):
      "declares the error \(Wording.quoted(name)) with code \(code); codes are negative"
    case .unreadable: "is described in a way that cannot be read"
    }
  }
}

extension SandboxParts {
  /// What is not in force, as sentences.
  public var missing: [String] {
    var missing: [String] = []
    if !contains(.files) {
      missing.append("Landlock, so writes to files are not limited")
    }
    if !contains(.calls) {
      missing.append("seccomp, so network, processes and signals are not limited")
    }
    return missing
  }
}
