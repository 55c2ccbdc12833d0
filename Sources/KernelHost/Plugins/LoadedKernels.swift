public import KernelBridge
import TaskModel

/// The kernels that a run can call, and the processes that they run in.
public struct LoadedKernels: Sendable {
  public let catalogue: Catalogue
  public let setup: WorkerSetup
  /// Nil with isolation `none`.
  let workers: WorkerSupervisor?
  /// What of the sandbox is in force for workers.
  public let inForce: SandboxParts
  /// What the compiler said of plugins that it made.
  public var notes: [String] = []
  /// The files that the loader took for libraries, by their index in the set-up.
  var files: [Int: String] = [:]

  /// Whether all that workers start dies with them.
  public var hasNamespace: Bool { workers?.hasNamespace ?? false }

  /// The built-in kernels, in this process.
  public static let builtIn: LoadedKernels = {
    var setup = WorkerSetup()
    setup.isolation = .none
    return LoadedKernels(catalogue: .builtIn, setup: setup, workers: nil, inForce: [])
  }()

  /// Loads plugins and learns what kernels there are. `started`: a supervisor that was started
  /// earlier, to save time.
  public static func open(
    _ setup: WorkerSetup, started: WorkerSupervisor? = nil
  ) throws(LoadError) -> LoadedKernels {
    var setup = setup
    let notes = try setup.prepare()
    if setup.isolation == .none { return try openHere(setup, notes) }
    setup.findSanitizer()
    var started = setup.preload == nil ? started : nil
    for attempt in 1... {
      let (workers, inForce, found) = try start(setup, started)
      setup.noteThreads(found)
      do throws(CatalogueError) {
        let catalogue = try workers.catalogue(origins: setup.origins, folder: setup.folder)
        setup.markSeen()
        return LoadedKernels(
          catalogue: catalogue, setup: setup, workers: workers, inForce: inForce,
          notes: notes + setup.sentences(found), files: setup.files(found))
      } catch {
        if case .kernel(let fault) = error { throw .plugins([PluginFault(fault, setup)]) }
        // Somebody killed the fork server.
        if attempt == attempts {
          throw .system(Wording.system("start a worker process", nil, "it ended by itself"))
        }
        started = nil
      }
    }
    fatalError("the loop ends by itself")
  }

  /// How often a fork server is started that dies before it is of use.
  private static let attempts = 3

  private static func openHere(
    _ setup: WorkerSetup, _ notes: [String]
  ) throws(LoadError) -> LoadedKernels {
    if setup.plugins.isEmpty { return builtIn }
    do throws(CatalogueFault) {
      let (catalogue, found) = try Catalogue.inThisProcess(
        plugins: setup.libraries.map { $0.source }, origins: setup.origins, folder: setup.folder)
      setup.markSeen()
      return LoadedKernels(
        catalogue: catalogue, setup: setup, workers: nil, inForce: [],
        notes: notes + setup.sentences(found), files: setup.files(found))
    } catch {
      switch error {
      case .plugin(let refusal, let index): throw .plugins([PluginFault(refusal, index, setup)])
      case .kernel(let fault): throw .plugins([PluginFault(fault, setup)])
      }
    }
  }

  /// A fork server with its rules and its plugins, and what there is to say of them.
  static func start(
    _ setup: WorkerSetup, _ started: WorkerSupervisor? = nil, attempt: Int = 1
  ) throws(LoadError) -> (WorkerSupervisor, SandboxParts, notes: [Int: [PluginNote]]) {
    let (workers, inForce) = try startWithRules(setup, started)
    let missing = setup.sandbox == .none ? [] : inForce.missing
    if setup.sandbox == .strict, !missing.isEmpty { throw .sandbox(missing: missing) }
    var faults: [PluginFault] = []
    var notes: [Int: [PluginNote]] = [:]
    for (index, library) in setup.libraries.enumerated() {
      do throws(PluginRefusal) {
        notes[index] = try workers.load(library.source, patience: setup.patience)
      } catch {
        if let again = setup.withSanitizer(for: index) { return try start(again, attempt: attempt) }
        // The fork server is gone: the plugin's doing, if that happens again and again.
        if error.reason == .exited(code: 0), attempt < attempts,
          (try? workers.waitUntilReady()) == nil
        {
          return try start(setup, attempt: attempt + 1)
        }
        faults.append(PluginFault(error, index, setup))
        // The process that was to load the others is gone with it.
        if error.reason == .hung { break }
      }
    }
    if !faults.isEmpty { throw .plugins(faults) }
    return (workers, inForce, notes)
  }

  private static func startWithRules(
    _ setup: WorkerSetup, _ started: WorkerSupervisor?
  ) throws(LoadError) -> (WorkerSupervisor, SandboxParts) {
    var started = started
    for attempt in 1... {
      do throws(SystemError) {
        let workers: WorkerSupervisor
        if let started {
          workers = started
        } else {
          workers = try WorkerSupervisor(preload: setup.preload)
        }
        try workers.waitUntilReady()
        return (workers, try workers.set(setup.rules))
      } catch {
        started = nil
        if attempt < attempts, error.code == Errno.noProcess.number { continue }
        throw .system(Wording.system(error.action, error.path, error.reason))
      }
    }
    fatalError("the loop ends by itself")
  }

  /// Runs a plan's calls with these kernels.
  func settings(crashLimit: Int?, liveLimit: Int?) -> EngineSettings {
    var settings = EngineSettings()
    settings.isolation = setup.isolation
    settings.crashLimit = crashLimit ?? RunDefaults.crashLimit
    settings.liveLimit = liveLimit
    settings.sandbox = setup.isolation == .none ? .none : setup.sandbox
    settings.withoutThreads = setup.withoutThreads
    return settings
  }

  /// Where lanes for these kernels come from.
  var lanes: any LaneProvider { ArenaLanes(catalogue, workers, setup) }

  /// Another fork server in place of one that is gone.
  static func startAgain(_ setup: WorkerSetup) throws(SystemError) -> WorkerSupervisor {
    do throws(LoadError) {
      return try start(setup).0
    } catch {
      throw SystemError("start a worker process", path: nil, code: Errno.noProcess.number)
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
