import KernelBridge
public import TaskModel

/// Makes libraries of source files, with the machine's compiler.
///
/// What was made is kept in the user's cache folder (`PluginCache`), with a record of all that it
/// was made from (`PluginRecord`). Processes that want the same wait for each other.
public struct PluginBuilder: Sendable {
  /// Why there is no library.
  public enum Failure: Error, Sendable {
    case noCompiler(String, variable: String)
    /// The compiler's own words.
    case refused(command: String, output: String)
    /// Of a source file.
    case unreadable(SystemError)
    case noCacheFolder
    /// The cache folder is of no use.
    case cache(SystemError)
    /// Others than the user could put files there.
    case untrusted(folder: String, PluginCache.Distrust)
  }

  /// A library, and what was said when it was made.
  public struct Built: Sendable {
    public let path: String
    /// What the compiler said, if it has not been shown yet; and what the host has to say.
    public let warnings: String
    /// What the compiler said, whenever that was.
    public let said: String
  }

  let cache: PluginCache
  private let patience: Double

  /// With the user's cache folder, by the XDG rules.
  public init() { self.init(below: nil) }

  /// `patience`: seconds to wait for another process that makes the same library.
  init(below folder: String?, patience: Double = 60) {
    cache = PluginCache(below: folder)
    self.patience = patience
  }

  /// The library of a source file: from the cache, or made now. The plugin's paths are absolute.
  public func library(of plugin: Plugin) throws(Failure) -> Built {
    let compiler = try PluginCompiler(plugin.language ?? .c)
    let recipe = try recipe(plugin, compiler)
    let place = try cache.place(of: recipe, stem: Self.stem(plugin.path))
    if let built = place.current(recipe) { return built }
    let lock = try Self.inCache { () throws(SystemError) in
      try FileLock.take(place.folder + "/making", patience: patience)
    }
    defer { withExtendedLifetime(lock) {} }
    // Another process may have made it meanwhile.
    if let built = place.current(recipe) { return built }
    let headers = try cache.headers()
    let made = place.folder + "/made-\(processNumber()).so"
    defer { Folders.remove(made) }
    let began = PluginRecord.begin()
    let (said, looks) = try compiler.run(plugin, headers: headers, output: made)
    try Self.inCache { () throws(SystemError) in
      try place.keep(
        made, recipe: recipe, said: said, compiler: compiler.version, looks: looks, began: began)
    }
    let waited = lock == nil ? Wording.waitedForCache(place.folder, seconds: patience) : ""
    return Built(
      path: place.library,
      warnings: [waited, said].filter { !$0.isEmpty }.joined(separator: "\n"), said: said)
  }

  /// What the compiler said of a library was shown; it is not shown again.
  static func markSeen(_ library: String) { PluginCache.Place(library: library).markSeen() }

  /// The library of a source file if it is in the cache, and nil if it would have to be made.
  public func made(of plugin: Plugin) -> String? {
    guard let compiler = try? PluginCompiler(plugin.language ?? .c),
      let recipe = try? recipe(plugin, compiler),
      let place = try? cache.place(of: recipe, stem: Self.stem(plugin.path), makes: false)
    else { return nil }
    return place.current(recipe)?.path
  }

  /// What is asked of the compiler, and the sources themselves: what a library is named after.
  func recipe(_ plugin: Plugin, _ compiler: PluginCompiler) throws(Failure) -> [UInt8] {
    var sources: [UInt8] = []
    for source in [plugin.path] + plugin.sources {
      do throws(SystemError) {
        sources += [0] + (try FileReader.read(path: source, limit: 1 << 28))
      } catch {
        throw .unreadable(error)
      }
    }
    let headers = try cache.headersFolder()
    let words =
      compiler.facts + [plugin.compilesIn] + compiler.command(plugin, headers: headers, output: "")
    return Array(words.joined(separator: "\0").utf8) + sources
  }

  /// The compile step alone, to where it is wanted. Returns what the compiler said.
  public func build(_ plugin: Plugin, to output: String) throws(Failure) -> String {
    let compiler = try PluginCompiler(plugin.language ?? .c)
    _ = try recipe(plugin, compiler)
    return try compiler.run(plugin, headers: try cache.headers(), output: output).said
  }

  /// What the library of a source file is usually called.
  public static func library(named source: String) -> String { "lib\(stem(source)).so" }

  /// The files that a source file's library was made from, once it was made.
  public func included(in plugin: Plugin) -> [String] {
    guard let language = plugin.language, let compiler = try? PluginCompiler(language),
      let recipe = try? recipe(plugin, compiler),
      let place = try? cache.place(of: recipe, stem: Self.stem(plugin.path), makes: false)
    else { return [] }
    return place.files
  }

  static func inCache<Value>(
    _ body: () throws(SystemError) -> Value
  ) throws(Failure) -> Value {
    do throws(SystemError) {
      return try body()
    } catch {
      throw .cache(error)
    }
  }

  /// A file's name without its folder and what follows the last point.
  static func stem(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? "plugin"
    return String(name.lastIndex(of: ".").map { name[..<$0] } ?? name)
  }
}
