import KernelBridge
import KernelHost
import TaskModel

/// The files that a command writes. No two are one, and none is a file that the command reads,
/// by whatever names and links they are called.
struct OutputNames {
  /// The options that name them, and the paths.
  private var named: [(option: String, path: String, identity: String?)] = []

  /// Of a run: its results, and what its observers write.
  init(_ parsed: OptionParser) throws(CommandError) {
    for name in ["output", "events", "trace", "junit", "report"] {
      guard let path = parsed.values[name] else { continue }
      if path == "-", name != "output" {
        // Only events can go where results go; a file of that name nobody means.
        if name == "events" { continue }
        throw .usage(Messages.wrongValue("--\(name)", found: "-", expected: "the name of a file"))
      }
      named.append(("--\(name)", path, FileFacts.identity(path)))
      let format = parsed.values["format"].flatMap(Format.init(rawValue:))
      if name == "output", let ending = format?.traits.sidecarEnding {
        let sidecar = path + ending
        named.append(("--\(name)", sidecar, FileFacts.identity(sidecar)))
      }
    }
    for (index, one) in named.enumerated() {
      guard let identity = one.identity,
        let other = named[..<index].first(where: { $0.identity == identity })
      else { continue }
      throw .usage(Messages.sameFile(other.option, one.option, one.path))
    }
  }

  /// Of a command that writes one file.
  init(output path: String) { named = [("--output", path, FileFacts.identity(path))] }

  /// Why the files cannot be written beside what is read; nil: they can. `what`: "the manifest".
  func conflict(with what: String, _ path: String) -> String? {
    guard let identity = FileFacts.identity(path == "-" ? "/dev/stdin" : path),
      let one = named.first(where: { $0.identity == identity })
    else { return nil }
    return Messages.writesOver(one.option, what, one.path)
  }

  /// The same of what the plugins' source files include, once they are compiled.
  func conflict(withIncludesOf plugins: [Plugin]) -> String? {
    // Only what is there already can be one of them.
    let isThere = named.contains { FileFacts($0.path)?.isRegular == true }
    let sources = isThere ? plugins.filter { $0.language != nil } : []
    for file in sources.flatMap({ PluginBuilder().included(in: $0) }) {
      if let message = conflict(with: "what a plugin includes", file) { return message }
    }
    return nil
  }

  /// The same of the plugins, as they stand in the files and with what they are made of.
  func conflict(with plugins: [Plugin]) -> String? {
    for plugin in plugins {
      let files = (plugin.path.contains("/") ? [plugin.path] : []) + plugin.libraries
      for file in files where file.contains("/") {
        if let message = conflict(with: "a plugin", file) { return message }
      }
    }
    return nil
  }
}
