import KernelBridge
import TaskModel

/// The address sanitizer's run-time part. A library that was compiled with it
/// (`-fsanitize=address`) needs that before all else in its process.
enum Sanitizer {
  /// The run-time parts, as clang and gcc call them.
  private static let files: [String] = {
    #if arch(arm64)
      ["libclang_rt.asan-aarch64.so", "libclang_rt.asan.so", "libasan.so"]
    #else
      ["libclang_rt.asan-x86_64.so", "libclang_rt.asan.so", "libasan.so"]
    #endif
  }()

  /// The path of the one that the plugin's compiler has; nil: there is none.
  static func runtime(of plugin: Plugin) -> String? {
    guard let compiler = try? PluginCompiler(plugin.language ?? .c) else { return nil }
    return files.lazy.compactMap { compiler.file(named: $0) }.first
  }

  /// Whether a plugin that is compiled asks for it.
  static func isWanted(by plugin: Plugin) -> Bool {
    plugin.language != nil
      && plugin.flags.contains { flag in
        guard let list = flag.split(separator: "=", maxSplits: 1).last,
          flag.hasPrefix("-fsanitize=")
        else { return false }
        return list.split(separator: ",").contains("address")
      }
  }
}

extension WorkerSetup {
  /// Finds the run-time part that plugins ask for by their flags.
  mutating func findSanitizer() {
    guard let plugin = plugins.first(where: Sanitizer.isWanted) else { return }
    preload = Sanitizer.runtime(of: plugin)
  }

  /// The same setup for a library that was not loaded for want of the run-time part; nil: that is
  /// not why, or there is none.
  func withSanitizer(for index: Int) -> WorkerSetup? {
    guard preload == nil, case .sanitized(let name)? = LibraryFile.problem(libraries[index].file),
      name.hasPrefix("libasan"),
      let runtime = Sanitizer.runtime(of: plugins[libraries[index].plugin])
    else { return nil }
    var setup = self
    setup.preload = runtime
    return setup
  }
}
