import KernelBridge
public import KernelHostModel

/// The set-up of the processes that run kernels.
public struct WorkerSetup: Sendable {
  public var isolation = RunDefaults.isolation
  /// The plugins. Their paths are absolute, except for names of libraries that the loader searches
  /// for.
  public var plugins: [Plugin] = []
  /// What is loaded for each of them; empty before `prepare`.
  var libraries: [PluginLibrary] = []
  public var sandbox = RunDefaults.sandbox
  /// Absolute paths that the sandbox allows.
  public var allowed = AllowedPaths()
  public var limits = WorkerLimits()
  /// The absolute path that arguments of parameters with `KH_PATH` are relative to; empty for the
  /// working folder.
  public var folder = ""
  /// Whether several calls run at a time, so that each should use one thread.
  public var isParallel = false
  /// Whether a write past a state, arguments or memory of `kh_alloc` faults at once, in the step
  /// that does it. Each turn to another call then costs some microseconds.
  public var checksMemory = false
  /// The path of a library that workers load first; nil for no library.
  var preload: String?
  /// The plugins that started threads while they were loaded. Workers do not have these threads.
  var withoutThreads: Set<String> = []
  /// The time limit for loading a plugin, in seconds.
  public var patience = RunDefaults.loadingTime

  public init() {}

  var rules: WorkerRules {
    var rules = WorkerRules()
    rules.sandbox = sandbox
    rules.allowed = allowed
    rules.limits = limits
    rules.checksMemory = checksMemory
    rules.hasOneThread = isParallel
    return rules
  }
}

/// What is loaded for a plugin.
struct PluginLibrary: Sendable {
  let source: PluginSource
  /// The index of the plugin.
  let plugin: Int
  /// What the compiler printed; empty if it printed nothing, or did not run.
  var said = ""

  /// The path of the library.
  var file: String { source.path }
}

extension WorkerSetup {
  /// The limit of a function's declaration in bytes: it is sent to the fork server in one message.
  private static let longestDescription = 4_000

  /// Compiles source files, and determines what is loaded for each plugin. Returns what the
  /// compiler printed.
  mutating func prepare(_ builder: PluginBuilder = PluginBuilder()) throws(LoadError) -> [String] {
    var notes: [String] = []
    var faults: [PluginFault] = []
    libraries = []
    for (index, plugin) in plugins.enumerated() {
      if !plugin.functions.isEmpty {
        for function in plugin.functions {
          let description = plugin.description(of: function)
          if description.utf8.count > Self.longestDescription {
            let reason = Wording.declarationTooLong(function.name)
            faults.append(PluginFault(index: index, path: plugin.path, reason: reason))
          }
          libraries.append(PluginLibrary(source: .function(description), plugin: index))
        }
      } else if plugin.language == nil {
        libraries.append(PluginLibrary(source: .library(path: plugin.path), plugin: index))
      } else {
        do throws(PluginBuilder.Failure) {
          let built = try builder.library(of: plugin)
          libraries.append(
            PluginLibrary(source: .library(path: built.path), plugin: index, said: built.said))
          if !built.warnings.isEmpty { notes.append(built.warnings) }
        } catch {
          faults.append(PluginFault(index: index, path: plugin.path, reason: error.reason))
        }
      }
    }
    if !faults.isEmpty { throw .plugins(faults) }
    return notes
  }

  /// What compilers printed is shown once, after the plugins were loaded. If loading fails, it is
  /// shown by the next run.
  func markSeen() {
    for library in libraries where !library.said.isEmpty { PluginBuilder.markSeen(library.file) }
  }

  /// Returns the warnings about libraries, by their index.
  func sentences(_ notes: [Int: [PluginNote]]) -> [String] {
    notes.sorted { $0.key < $1.key }.flatMap { index, notes in
      let plugin = plugins[libraries[index].plugin]
      var replaced: [String: [String]] = [:]
      var shared: [String: [String]] = [:]
      var sentences: [String] = []
      for note in notes {
        switch note {
        case .file: break
        case .replaced(let name, let library): replaced[library, default: []].append(name)
        case .shared(let name, let library): shared[library, default: []].append(name)
        case .otherLibrary(let name, let wanted, let got):
          sentences.append(
            Wording.otherLibrary(plugin.path, name, wanted: wanted, got: origins[got] ?? got))
        case .changed(let changes):
          if !changes.parts.isEmpty {
            sentences.append(Wording.changedAtLoad(plugin.path, changes.parts))
          }
          if changes.contains(.threads) { sentences.append(Wording.threadsAtLoad(plugin.path)) }
        }
      }
      return replaced.sorted { $0.key < $1.key }.map { library, names in
        Wording.namesReplaced(
          plugin.path, names.sorted(), by: origins[library] ?? library,
          isCompiled: plugin.language != nil)
      }
        + shared.sorted { $0.key < $1.key }.map { library, names in
          Wording.namesShared(plugin.path, names.sorted(), with: origins[library] ?? library)
        } + sentences
    }
  }

  /// Notes which plugins started threads that workers do not have.
  mutating func noteThreads(_ notes: [Int: [PluginNote]]) {
    let origins = origins
    for (index, notes) in notes {
      let file = libraries[index].file
      for case .changed(let changes) in notes where changes.contains(.threads) {
        withoutThreads.insert(origins[file] ?? file)
      }
    }
  }

  /// Returns the files that the loader has chosen for libraries, by their index.
  func files(_ notes: [Int: [PluginNote]]) -> [Int: String] {
    notes.compactMapValues { notes in
      for case .file(let path) in notes { return path }
      return nil
    }
  }

  /// Returns the names of source files by the libraries that were compiled from them.
  var origins: [String: String] {
    var origins: [String: String] = [:]
    for library in libraries where plugins[library.plugin].language != nil {
      origins[library.file] = plugins[library.plugin].path
    }
    return origins
  }
}

extension Plugin {
  /// Encodes a function in the lines of ffi.h.
  fileprivate func description(of function: Prototype) -> String {
    let first = initializers.map { "\($0.returnsNumber ? "i" : "v")\($0.symbol) " }.joined()
    var lines = function.signature.split(separator: "\n").map(String.init)
    if function.reportsErrno { lines[0] += "e" }
    return ([path, function.symbol, function.name, function.text, first] + lines)
      .joined(separator: "\n")
  }
}

extension PluginBuilder.Failure {
  /// The sentence for the user.
  public var reason: String {
    switch self {
    case .noCompiler(let name, let variable): Wording.noCompiler(name, variable: variable)
    case .refused(let command, let output): Wording.notCompiled(command, output)
    case .unreadable(let error): Wording.sourceUnreadable(error.path, error.reason)
    case .noCacheFolder: Wording.noCache(Wording.noHome)
    case .cache(let error):
      Wording.noCache(Wording.system(error.action, error.path, error.reason))
    case .untrusted(let folder, .owner(let owner)):
      Wording.noCache(Wording.foreignCache(folder, owner: owner))
    case .untrusted(let folder, .writable(let rights)):
      Wording.noCache(Wording.openCache(folder, rights: rights))
    }
  }
}
