/// What the code of a kernel is known by: two kernels of one name and one content do the same.
extension RunOrigin {
  /// Returns a text for the code of a kernel of this run. A built-in kernel's is the executable's;
  /// one that was compiled has its compiler, its flags and all sources; another one its library.
  /// Where files lie does not matter. Empty: the code is not known. O(sources).
  public func content(of kernel: KernelSignature) -> String {
    if kernel.origin == KernelSignature.builtInOrigin {
      return build.isEmpty ? "" : "built-in \(build)"
    }
    let plugin =
      plugins.first { $0.path.hasBytes(of: kernel.origin) && $0.kernels.contains(kernel.name) }
      ?? plugins.first { $0.path.hasBytes(of: kernel.origin) }
      ?? plugins.first { $0.kernels.contains(kernel.name) }
    return plugin?.content ?? ""
  }
}

extension KernelSignature {
  /// The `origin` of kernels that are part of the host.
  static let builtInOrigin = "built-in"
}

extension PluginOrigin {
  fileprivate var content: String {
    var parts = functions
    if !sources.isEmpty {
      // A source that cannot be read now may be read later: then the code would seem to be another.
      if sources.contains(where: { $0.sha256.isEmpty }) { return "" }
      parts += [compiler] + flags + sources.map { $0.sha256 }
    } else if let library, !library.sha256.isEmpty {
      parts.append(library.sha256)
    } else if let library, library.bytes > File.largestRead {
      // Too large to be read for each run.
      parts.append("\(library.bytes) bytes")
    } else {
      return ""
    }
    return SHA256.digits(of: Array(parts.joined(separator: "\n").utf8))
  }
}
