import KernelBridge
import KernelHostModel

/// Why kernels cannot be loaded.
public enum LoadError: Error, Sendable, CustomStringConvertible {
  case plugins([PluginFault])
  case system(String)
  /// The part of the sandbox that this machine's Linux kernel cannot enforce.
  case sandbox(missing: [String])

  /// A line for each reason.
  public var description: String {
    switch self {
    case .plugins(let faults): faults.map { $0.description }.joined(separator: "\n")
    case .system(let reason): reason
    case .sandbox(let missing):
      missing.map { Wording.strictMisses(library: $0) }.joined(separator: "\n")
    }
  }
}

/// Why a plugin was not loaded.
public struct PluginFault: Sendable, CustomStringConvertible {
  /// The index of the plugin in the set-up; -1 if it is not known.
  public let index: Int
  public let path: String
  public let reason: String
  /// The index of an earlier plugin that is the same file; nil if there is no such plugin.
  public var twin: Int?

  public var description: String { Wording.pluginNotLoaded(path, reason) }
}

extension PluginFault {
  /// Creates the fault. `index` is that of the plugin's library in the set-up.
  init(_ refusal: PluginRefusal, _ index: Int, _ setup: WorkerSetup) {
    let library = setup.libraries[index]
    let plugin = library.plugin
    let path = setup.plugins[plugin].path
    let reason =
      switch refusal.reason {
      case .linker(let text):
        Self.missing(setup.plugins[plugin])
          ?? Self.file(text, library, setup.plugins[plugin])?.sentence
          ?? Wording.linker(
            text, library: library.file, isBeside: Self.isBeside(setup.plugins[plugin]))
      case .noKernels: Wording.noKernels
      case .wrongMagic(let found, let expected):
        Wording.wrongMagic(found: found, expected: expected)
      case .wrongMajor(let found, let expected):
        Wording.wrongMajor(found: found, expected: expected)
      case .wrongSize(let type, let found, let expected):
        Wording.wrongSize(of: type, found: found, expected: expected)
      case .duplicate(let kernel, let other):
        Self.duplicate(
          kernel, setup.plugins[plugin], other.map { setup.origins[$0] ?? $0 })
      case .noSymbol(let name): Wording.functionMissing(name)
      case .elsewhere(let name, let other): Wording.functionElsewhere(name, library: other)
      case .noFunction(let name): Wording.functionIsData(name)
      case .signature(let name): Wording.functionSignature(name)
      case .tooLarge(let found, let most): Wording.descriptionTooLarge(found, most: most)
      case .newer(let kernel, let minor, let type, let byte):
        Wording.newerPart(
          kernel, minor: minor, of: type, byte: byte, host: kernelABI)
      case .needs(let kernel, let minor):
        Wording.needsNewerHost(kernel, minor: minor, host: kernelABI)
      case .unknownFlag(let kernel, let field, let flag, let minor):
        Wording.unknownFlag(kernel, field: field, flag: flag, minor: minor, host: kernelABI)
      case .crashed(let signal):
        LibraryFile.problem(library.file)?.sentence ?? Wording.loadingCrashed(signal: signal)
      case .exited(let code):
        LibraryFile.problem(library.file)?.sentence ?? Wording.loadingExited(code: code)
      case .hung: Wording.loadingHung(seconds: setup.patience)
      }
    self.init(index: plugin, path: path, reason: Wording.compilerSaid(reason, library.said))
    if case .duplicate = refusal.reason { twin = setup.twin(of: plugin) }
  }

  /// Returns the message about a library of kernels that does not exist. The loader searches for
  /// plain libraries.
  private static func missing(_ plugin: Plugin) -> String? {
    guard plugin.functions.isEmpty, let problem = FileFacts.problem(plugin.path) else { return nil }
    return Wording.noPluginFile(plugin.path, reason: problem.reason)
  }

  /// Returns the fault of the file that the loader's message is about. The message begins with its
  /// path.
  private static func file(
    _ text: String, _ library: PluginLibrary, _ plugin: Plugin
  ) -> LibraryFile.Problem? {
    let named = text.components(before: ": ")
    return LibraryFile.problem(named.hasPrefix("/") ? named : library.file)
  }

  /// Whether the library is a name without a path. The loader does not search for it beside the
  /// manifest.
  private static func isBeside(_ plugin: Plugin) -> Bool {
    !plugin.path.contains("/") && FileFacts(plugin.folder + "/" + plugin.path)?.isRegular == true
  }

  private static func duplicate(_ kernel: String, _ plugin: Plugin, _ other: String?) -> String {
    let isFunction = !plugin.functions.isEmpty
    if let other, !isFunction, let one = FileFacts(plugin.path),
      one.identity == FileFacts(other)?.identity
    {
      return Wording.samePlugin(other)
    }
    return Wording.duplicateKernel(kernel, other: other, isFunction: isFunction)
  }

  init(_ fault: KernelFault, _ setup: WorkerSetup) {
    let library = setup.libraries.first { $0.file == fault.origin }
    let path = library.map { setup.plugins[$0.plugin].path } ?? fault.origin
    self.init(
      index: library?.plugin ?? -1, path: path,
      reason: Wording.badKernel(fault.kernel, Self.text(of: fault.problem)))
  }

  private static func text(of problem: KernelFault.Problem) -> String {
    switch problem {
    case .noName: "has no name"
    case .noStep: "has no step function"
    case .stateSize(let size): "has a state of \(size) bytes; the limit is 1 MiB, and kh_alloc"
    case .stateAlignment(let alignment):
      "has a state aligned to \(alignment); expected a power of two up to 64"
    case .unknownType(let field, let type):
      Wording.unknownType(field, type: type, host: kernelABI)
    case .outsideState(let field):
      "has a field \(Wording.quoted(field)) that is outside of its state"
    case .overlap(let a, let b):
      "has fields \(Wording.quoted(a)) and \(Wording.quoted(b)) that overlap"
    case .duplicateField(let name): "has two fields \(Wording.quoted(name))"
    case .defaultOutOfRange(let name):
      "has a default of \(Wording.quoted(name)) that its own range or choices do not allow"
    case .errorCode(let name, let code):
      "declares the error \(Wording.quoted(name)) with code \(code); codes are negative"
    case .pathIsNoText(let name):
      "has KH_PATH on its parameter \(Wording.quoted(name)), which is not a string"
    case .tooManyChoices(let name):
      "has more choices of \(Wording.quoted(name)) than its C type has numbers"
    case .unreadable: "is described in a way that cannot be read"
    case .tooLarge(let size): Wording.descriptionSize(size)
    case .tooManyFields: "has more than 10,000 parameters or results"
    }
  }
}

extension WorkerSetup {
  /// Returns an earlier plugin that is the same file.
  fileprivate func twin(of index: Int) -> Int? {
    // A library may be named several times, with different functions.
    guard plugins[index].functions.isEmpty, let file = FileFacts(plugins[index].path) else {
      return nil
    }
    return plugins[..<index].firstIndex {
      $0.functions.isEmpty && FileFacts($0.path)?.identity == file.identity
    }
  }
}

extension String {
  /// Returns the text before the first separator, or all of the text.
  fileprivate func components(before separator: String) -> String {
    var rest = self[...]
    while !rest.isEmpty, !rest.hasPrefix(separator) { rest.removeFirst() }
    return String(self[..<rest.startIndex])
  }
}
