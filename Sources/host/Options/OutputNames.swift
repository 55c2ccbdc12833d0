import KernelBridge
import KernelHost
import KernelHostModel

/// The files that a command writes. They must be different files, and no file that the command
/// reads, whatever names and links lead to them.
struct OutputNames {
  /// For each file: the option that names it, and its path.
  private var named: [(option: String, path: String, identity: String?)] = []

  /// Collects the files of a run: the results, and the files of observers.
  init(_ parsed: OptionParser) throws(CommandError) {
    for name in ["output", "events", "trace", "junit", "report"] {
      guard let path = parsed.values[name] else { continue }
      if path == "-", name != "output" {
        // Only events may go to standard output. A file with the name - is surely a mistake.
        if name == "events" { continue }
        throw .usage(Messages.wrongValue("--\(name)", found: "-", expected: "the name of a file"))
      }
      named.append(("--\(name)", path, FileFacts.identity(path)))
      if name == "output", let ending = try RecordOptions.format(parsed).traits.sidecarEnding {
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

  /// Creates the list for a command that writes one file.
  init(output path: String) { self.init(option: "--output", path) }

  /// The one file of an option.
  init(option: String, _ path: String) { named = [(option, path, FileFacts.identity(path))] }

  /// Returns why a file that is read prevents the writing; nil if it does not. `what` is, for
  /// example, "the manifest".
  func conflict(with what: String, _ path: String) -> String? {
    guard let identity = FileFacts.identity(path == "-" ? "/dev/stdin" : path),
      let one = named.first(where: { $0.identity == identity })
    else { return nil }
    return Messages.writesOver(one.option, what, one.path)
  }

  /// The same check for the files that sources of plugins include, after they are compiled.
  func conflict(withIncludesOf plugins: [Plugin]) -> String? {
    // Only existing files can be included.
    let isThere = named.contains { FileFacts($0.path)?.isRegular == true }
    let sources = isThere ? plugins.filter { $0.language != nil } : []
    for file in sources.flatMap({ PluginBuilder().included(in: $0) }) {
      if let message = conflict(with: "what a plugin includes", file) { return message }
    }
    return nil
  }

  /// The same check for plugins and the libraries that they are linked with.
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
