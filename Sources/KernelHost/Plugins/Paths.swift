import KernelBridge
package import KernelHostModel

extension Plugin {
  /// Returns the plugin with absolute paths. Relative paths begin at `folder`.
  package func placed(in folder: String) -> Plugin {
    var plugin = self
    if functions.isEmpty || path.contains("/") { plugin.path = Paths.plugin(path, in: folder) }
    plugin.folder = folder
    plugin.sources = sources.map { Paths.absolute($0, in: folder) }
    plugin.include = include.map { Paths.absolute($0, in: folder) }
    plugin.libraries = libraries.map { $0.contains("/") ? Paths.absolute($0, in: folder) : $0 }
    return plugin
  }
}

/// Absolute paths.
package enum Paths {
  /// Returns the file of a plugin. A name without a slash is also searched in HOST_PLUGIN_PATH.
  package static func plugin(_ path: String, in folder: String) -> String {
    let place = absolute(path, in: folder)
    guard !path.contains("/"), FileFacts(place) == nil else { return place }
    for other in (environmentVariable("HOST_PLUGIN_PATH") ?? "").split(separator: ":") {
      let found = absolute(path, in: absolute(String(other), in: current))
      if FileFacts(found) != nil { return found }
    }
    return place
  }

  package static var current: String { currentFolder() }

  package static func absolute(_ path: String, in folder: String) -> String {
    if path.hasPrefix("/") { return path }
    if path.hasPrefix("./") { return absolute(String(path.dropFirst(2)), in: folder) }
    return (folder.hasSuffix("/") ? folder : folder + "/") + path
  }

  /// Returns the absolute folder of a manifest.
  package static func folder(of manifest: String) -> String {
    guard manifest != "-", let slash = manifest.lastIndex(of: "/") else { return current }
    let folder = slash == manifest.startIndex ? "/" : String(manifest[..<slash])
    return absolute(folder, in: current)
  }
}
