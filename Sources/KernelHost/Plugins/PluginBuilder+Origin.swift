import KernelBridge
import KernelHostModel

/// Describes what a library was compiled from, for the record of a run.
extension PluginBuilder {
  /// Adds the compiler, its flags and the sources of a plugin that was compiled, or found in the
  /// cache, just now. O(bytes of the sources).
  func describe(_ plugin: Plugin, in origin: inout PluginOrigin) {
    guard let compiler = try? PluginCompiler(plugin.language ?? .c),
      let recipe = try? recipe(plugin, compiler),
      let place = try? cache.place(of: recipe, stem: Self.stem(plugin.path), makes: false)
    else { return }
    let kept = place.compiler
    origin.compiler = kept.isEmpty ? compiler.version : kept
    origin.flags = compiler.flags(plugin)
    let own = [plugin.path] + plugin.sources
    let hashed = place.hashed
    let headers = (try? cache.headersFolder()).map { $0 + "/" }
    // The host's own header stands for the ABI, which the record has already.
    let others = hashed.map { $0.path }.filter { path in
      !own.contains(path) && headers.map { !path.hasPrefix($0) } ?? true
    }
    let known = Dictionary(hashed.map { ($0.path, $0.hash) }) { first, _ in first }
    origin.sources = (own + others).map { source($0, hash: known[$0]) }
  }

  /// Describes a source file. `hash` is its hash when it was compiled. A file that has changed
  /// since then has no hash in the record.
  private func source(_ path: String, hash: String?) -> PluginOrigin.File {
    guard let bytes = try? FileReader.read(path: path, limit: 1 << 28),
      hash == nil || hash == PluginRecord.hash(bytes)
    else { return PluginOrigin.File(path: path) }
    return PluginOrigin.File(path: path, bytes: bytes.count, sha256: SHA256.digits(of: bytes))
  }
}
