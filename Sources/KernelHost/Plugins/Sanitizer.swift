import KernelBridge
import KernelHostModel

/// The address sanitizer's runtime library. A plugin compiled with `-fsanitize=address` needs it to
/// be loaded first in its process.
enum Sanitizer {
  /// The names of the runtime library in clang and gcc.
  private static let files: [String] = {
    #if arch(arm64)
      ["libclang_rt.asan-aarch64.so", "libclang_rt.asan.so", "libasan.so"]
    #else
      ["libclang_rt.asan-x86_64.so", "libclang_rt.asan.so", "libasan.so"]
    #endif
  }()

  /// Returns the path of the one that belongs to the plugin's compiler; nil if it does not exist.
  static func runtime(of plugin: Plugin) -> String? {
    guard let compiler = try? PluginCompiler(plugin.language ?? .c) else { return nil }
    return files.lazy.compactMap { compiler.file(named: $0) }.first
  }

  /// Whether the flags of a plugin ask for it.
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
  /// Finds the runtime library that the flags of plugins ask for.
  mutating func findSanitizer() {
    guard let plugin = plugins.first(where: Sanitizer.isWanted) else { return }
    preload = Sanitizer.runtime(of: plugin)
  }

  /// Returns the same set-up with the runtime library that a plugin lacked when it was loaded. Nil
  /// if that was not the reason, or the library does not exist.
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
