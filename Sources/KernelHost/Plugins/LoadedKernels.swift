public import KernelBridge
import KernelHostModel

/// The kernels that a run can call, and the processes that they run in.
public struct LoadedKernels: Sendable {
  public let catalogue: Catalogue
  public let setup: WorkerSetup
  /// The supervisor of the workers; nil with isolation `none`.
  let workers: WorkerSupervisor?
  /// The parts of the sandbox that are in force for workers.
  public let inForce: SandboxParts
  /// What the compiler printed about plugins that it compiled.
  public var notes: [String] = []
  /// The files that the loader has chosen for libraries, by their index in the set-up.
  var files: [Int: String] = [:]

  /// Whether all processes that workers start end with the worker.
  public var hasNamespace: Bool { workers?.hasNamespace ?? false }

  /// The built-in kernels, in this process.
  public static let builtIn: LoadedKernels = {
    var setup = WorkerSetup()
    setup.isolation = .none
    return LoadedKernels(catalogue: .builtIn, setup: setup, workers: nil, inForce: [])
  }()

  /// Loads plugins and reads their kernels, in worker processes unless the set-up's isolation is
  /// `none`. `started` is a supervisor that was started earlier, to save time.
  ///
  /// Workers are forks of this program, so they have the kernels that are linked into it, too. To
  /// start them, the library executes `/proc/self/exe` again, with the name
  /// `kernelhost-forkserver`, a socket, and no arguments. A constructor that is linked into the
  /// program recognizes that name, and runs a fork server instead of `main`. It runs before Swift's
  /// runtime and before the program's own constructors. In any other process it compares the name
  /// and returns: a program that opens no workers is never executed again.
  ///
  /// Two kinds of program cannot use workers: one whose file is not itself, because an interpreter
  /// or a loader was started with it, and one without `/proc` whose file was replaced. Both may use
  /// isolation `none`. Blocks the calling thread while plugins are compiled and loaded.
  public static func open(
    _ setup: WorkerSetup, started: WorkerSupervisor? = nil
  ) throws(LoadError) -> LoadedKernels {
    var setup = setup
    // Also refuses NaN.
    guard setup.patience > 0 else { throw .system(Wording.wrongPatience(setup.patience)) }
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
        // The fork server was killed from outside.
        if attempt == attempts {
          throw .system(
            Wording.system("start a worker process", nil, "it ended before it was ready"))
        }
        started = nil
      }
    }
    fatalError("the loop has returned or thrown")
  }

  /// The number of attempts to start a fork server that dies early.
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

  /// A fork server with its rules and its plugins, and the notes about them.
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
        // The fork server is dead. If that happens in each attempt, the plugin has caused it.
        if error.reason == .exited(code: 0), attempt < attempts,
          (try? workers.waitUntilReady()) == nil
        {
          return try start(setup, attempt: attempt + 1)
        }
        faults.append(PluginFault(error, index, setup))
        // The process that had to load the other plugins is dead, too.
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
    fatalError("the loop has returned or thrown")
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

  /// Makes the lanes for these kernels.
  var lanes: any LaneProvider { ArenaLanes(catalogue, workers, setup) }

  /// Starts another fork server in place of a dead one.
  static func startAgain(_ setup: WorkerSetup) throws(SystemError) -> WorkerSupervisor {
    do throws(LoadError) {
      return try start(setup).0
    } catch {
      throw SystemError("start a worker process", path: nil, code: Errno.noProcess.number)
    }
  }
}

extension SandboxParts {
  /// Returns a sentence for each part of the sandbox that is not in force.
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
