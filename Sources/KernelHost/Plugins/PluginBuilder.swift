import KernelBridge
public import KernelHostModel

/// Compiles source files to libraries, with the machine's compiler.
///
/// Libraries are kept in the user's cache folder (`PluginCache`), with a record of everything that
/// they were made from (`PluginRecord`). Processes that need the same library wait for each other.
public struct PluginBuilder: Sendable {
  /// Why there is no library.
  public enum Failure: Error, Sendable {
    case noCompiler(String, variable: String)
    /// The compiler rejected it. The values are the command and its output.
    case refused(command: String, output: String)
    /// A source file cannot be read.
    case unreadable(SystemError)
    case noCacheFolder
    /// The cache folder cannot be used.
    case cache(SystemError)
    /// Other users could put files into the cache folder.
    case untrusted(folder: String, PluginCache.Distrust)
  }

  /// A library, and the messages from its compilation.
  public struct Built: Sendable {
    public let path: String
    /// What the compiler printed, if it has not been shown yet, and the host's own warnings.
    public let warnings: String
    /// What the compiler printed, shown or not.
    public let said: String
  }

  let cache: PluginCache
  private let patience: Double

  /// Creates a builder with the user's cache folder, by the XDG rules.
  public init() { self.init(below: nil) }

  /// Creates a builder. `patience` is how many seconds to wait for another process that makes the
  /// same library.
  init(below folder: String?, patience: Double = 60) {
    cache = PluginCache(below: folder)
    self.patience = patience
  }

  /// Returns the library of a source file, from the cache or compiled now. The plugin's paths are
  /// absolute.
  public func library(of plugin: Plugin) throws(Failure) -> Built {
    let compiler = try PluginCompiler(plugin.language ?? .c)
    let recipe = try recipe(plugin, compiler)
    let place = try cache.place(of: recipe, stem: Self.stem(plugin.path))
    if let built = place.current(recipe) { return built }
    let lock = try Self.inCache { () throws(SystemError) in
      try FileLock.take(place.folder + "/making", patience: patience)
    }
    defer { withExtendedLifetime(lock) {} }
    // Another process may have compiled it meanwhile.
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

  /// Marks the compiler's messages about a library as shown. They are not shown again.
  static func markSeen(_ library: String) { PluginCache.Place(library: library).markSeen() }

  /// Returns the library of a source file if it is in the cache; nil if it must be compiled.
  public func made(of plugin: Plugin) -> String? {
    guard let compiler = try? PluginCompiler(plugin.language ?? .c),
      let recipe = try? recipe(plugin, compiler),
      let place = try? cache.place(of: recipe, stem: Self.stem(plugin.path), makes: false)
    else { return nil }
    return place.current(recipe)?.path
  }

  /// Returns the compiler's arguments and the sources. The name of the library is their hash.
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

  /// Compiles to a given path, without the cache. Returns what the compiler printed.
  public func build(_ plugin: Plugin, to output: String) throws(Failure) -> String {
    let compiler = try PluginCompiler(plugin.language ?? .c)
    _ = try recipe(plugin, compiler)
    return try compiler.run(plugin, headers: try cache.headers(), output: output).said
  }

  /// Returns the usual name of the library of a source file.
  public static func library(named source: String) -> String { "lib\(stem(source)).so" }

  /// Returns the files that a source file's library was compiled from.
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

  /// Returns a file's name without its folder and its extension.
  static func stem(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? "plugin"
    return String(name.lastIndex(of: ".").map { name[..<$0] } ?? name)
  }
}
