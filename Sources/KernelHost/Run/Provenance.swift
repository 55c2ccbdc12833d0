import KernelBridge
import KernelHostModel

/// Gathers what makes the numbers of a run, when it begins.
extension LoadedKernels {
  /// Returns the record of a run. `given`: what the caller knows of it; nil: the caller is a program
  /// that uses the library and has no command line. O(bytes of the plugins).
  func origin(_ given: RunOrigin?, of plan: Plan, mode: Mode, lanes: Int) -> RunOrigin {
    var origin =
      given
      ?? RunOrigin(
        manifest: nil, source: plan.manifest.source, points: plan.manifest.pointsHash, input: .json)
    origin.host = KernelHostVersion.host
    origin.build = HostProcess.build
    origin.abi = KernelHostVersion.abi
    if origin.began.isEmpty { origin.began = wallText(wallSeconds()) }
    if let metadata = plan.manifest.metadata {
      JSONWriter.compact(plan.manifest.source.bytes[metadata], to: &origin.metadata)
    }
    origin.mode = mode.rawValue
    origin.lanes = lanes
    origin.isolation = setup.isolation.rawValue
    origin.sandbox = (setup.isolation == .none ? .none : setup.sandbox).rawValue
    origin.machine = .here
    origin.kernels = plan.kernelsInOrder.map { KernelFields(plan.signatures[$0]) }
    origin.plugins = pluginOrigins(ofCommand: setup.plugins.count - plan.manifest.plugins.count)
    return origin
  }

  private func pluginOrigins(ofCommand count: Int) -> [PluginOrigin] {
    let builder = PluginBuilder()
    return setup.plugins.enumerated().map { index, plugin in
      var origin = PluginOrigin(path: plugin.path, isOfCommand: index < count)
      origin.functions = plugin.functions.map { $0.text }
      if plugin.functions.isEmpty {
        origin.kernels = catalogue.signatures.filter { $0.origin == plugin.path }.map { $0.name }
      } else {
        origin.kernels = plugin.functions.map { $0.name }.sorted()
      }
      if let path = file(ofPlugin: index) { origin.library = PluginOrigin.File(reading: path) }
      if plugin.language != nil { builder.describe(plugin, in: &origin) }
      return origin
    }
  }

  /// The file that the loader took for a plugin; nil: not known.
  private func file(ofPlugin index: Int) -> String? {
    guard let library = setup.libraries.firstIndex(where: { $0.plugin == index }) else {
      return nil
    }
    let name = setup.libraries[library].file
    if name.contains("/") { return name }
    // Of several functions of one library, only the first one loaded it.
    return setup.libraries.indices.lazy.filter { setup.libraries[$0].file == name }
      .compactMap { files[$0] }.first
  }
}

extension PluginOrigin.File {
  /// Describes the file that a path leads to, as it is now. O(size).
  init(reading path: String) {
    let path = Folders.real(path)
    self.init(path: path)
    guard let facts = FileFacts(path), facts.isRegular else { return }
    bytes = facts.size
    guard bytes <= Self.largestRead, let file = try? InputFile(path: path) else { return }
    var hash = SHA256()
    while let piece = try? file.read(most: 1 << 16) {
      if piece.isEmpty {
        sha256 = hash.digits()
        return
      }
      hash.add(piece[...])
    }
  }
}

extension MachineFacts {
  /// The machine of this process.
  static let here: MachineFacts = {
    let names = Machine.names()
    var facts = MachineFacts()
    (facts.system, facts.release, facts.machine) = (names.system, names.release, names.machine)
    facts.processor = Machine.processor()
    facts.processors = Processors.usable
    return facts
  }()
}
