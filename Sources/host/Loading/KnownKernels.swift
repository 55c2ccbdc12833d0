import KernelBridge
import KernelHost
import KernelHostModel

/// The kernels that completion can offer. It works fast or not at all, and ignores broken plugins.
enum KnownKernels {
  /// Seconds that plugins may take to load, while a person waits.
  private static let patience = 0.5

  static func all(_ plugins: [String]) -> [KernelSignature] {
    var setup = WorkerSetup()
    setup.patience = patience
    let builder = PluginBuilder()
    setup.plugins = plugins.compactMap { name in
      let home = environmentVariable("HOME") ?? ""
      let path = name.hasPrefix("~/") ? home + name.dropFirst() : name
      let plugin = Plugin(path: Paths.plugin(path, in: Paths.current))
      if plugin.language == nil { return plugin }
      return builder.made(of: plugin).map(Plugin.init(path:))
    }
    while !setup.plugins.isEmpty {
      do throws(LoadError) {
        return try LoadedKernels.open(setup).catalogue.signatures
      } catch {
        // The other plugins may have kernels.
        guard case .plugins(let faults) = error else { return CallHost.builtInKernels }
        let broken = Set(faults.map { $0.index })
        let sound = setup.plugins.enumerated().filter { !broken.contains($0.offset) }
        if sound.count == setup.plugins.count { return CallHost.builtInKernels }
        setup.plugins = sound.map { $0.element }
      }
    }
    return CallHost.builtInKernels
  }
}
