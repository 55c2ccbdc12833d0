import KernelBridge
public import TaskModel

/// Makes libraries of source files, with the machine's compiler.
///
/// What was made is kept in the user's cache folder, under what it was made of: the source,
/// the files that it includes, the host's header, the compiler and the flags. Processes that
/// want the same wait for each other.
public struct PluginBuilder: Sendable {
  /// Why there is no library.
  public enum Failure: Error, Sendable {
    case noCompiler(String, variable: String)
    /// The compiler's own words.
    case refused(command: String, output: String)
    /// Of the source file.
    case unreadable(SystemError)
    case noCacheFolder
    /// The cache folder is of no use.
    case cache(SystemError)
  }

  /// A library, and what the compiler said though it made it.
  public struct Built: Sendable {
    public let path: String
    public let warnings: String
  }

  /// Nil: the environment names none.
  private let cache: String?

  /// The user's cache folder, by the XDG rules.
  public init() {
    // What is not absolute is to be ignored, says the specification.
    let folders = [
      environmentVariable("XDG_CACHE_HOME"), environmentVariable("HOME").map { $0 + "/.cache" },
    ]
    cache = folders.compactMap { $0 }.first { $0.hasPrefix("/") }.map { $0 + "/kernelhost" }
  }

  /// The library of a source file: from the cache, or made now. The plugin's path is absolute.
  public func library(of plugin: Plugin) throws(Failure) -> Built {
    let compiler = try Compiler(plugin.language ?? .c)
    let (recipe, place, headers) = try recipe(plugin, compiler)
    try inCache { () throws(SystemError) in try Folders.make(place) }
    let lock = try inCache { () throws(SystemError) in try FileLock(place + "/lock") }
    defer { withExtendedLifetime(lock) {} }
    let library = Self.library(of: plugin, in: place)
    if isCurrent(place, recipe, library) { return Built(path: library, warnings: "") }
    try inCache { () throws(SystemError) in
      try Folders.make(headers)
      try Self.write(kernelHeader, to: headers + "/kernel_host.h")
    }
    // Whoever is interrupted from here on leaves nothing that looks finished.
    Folders.remove(place + "/recipe")
    let made = place + "/made.so"
    let includes = ["-MMD", "-MF", place + "/made.d"]
    let warnings = try compiler.run(plugin, headers: headers, output: made, more: includes)
    // The library itself is held against its hash, too: a disk may have been full.
    let included =
      Self.hash((try? FileReader.read(path: made, limit: Self.largest)) ?? []) + " \(library)\n"
      + Self.included(place + "/made.d", besides: [plugin.path, headers])
    try inCache { () throws(SystemError) in
      try Self.write(Array(included.utf8), to: place + "/included")
      try Folders.rename(made, to: library)
      try Self.write(recipe, to: place + "/recipe")
    }
    return Built(path: library, warnings: warnings)
  }

  /// The library of a source file if it is in the cache, and nil if it would have to be made.
  public func made(of plugin: Plugin) -> String? {
    guard let compiler = try? Compiler(plugin.language ?? .c),
      let (recipe, place, _) = try? recipe(plugin, compiler)
    else { return nil }
    let library = Self.library(of: plugin, in: place)
    return isCurrent(place, recipe, library) ? library : nil
  }

  /// All that a library is made of, and so where it is kept.
  private func recipe(
    _ plugin: Plugin, _ compiler: Compiler
  ) throws(Failure) -> (recipe: [UInt8], place: String, headers: String) {
    let source = try read(plugin.path)
    let folder = try cacheFolder()
    let headers = folder + "/include-" + Self.hash(kernelHeader)
    let words = compiler.facts + compiler.command(plugin, headers: headers, output: "")
    let recipe = Array(words.joined(separator: "\0").utf8) + [0] + source
    return (recipe, folder + "/" + Self.hash(recipe), headers)
  }

  private static func library(of plugin: Plugin, in place: String) -> String {
    "\(place)/\(stem(plugin.path)).so"
  }

  /// The compile step alone, to where it is wanted. Answers what the compiler said.
  public func build(_ plugin: Plugin, to output: String) throws(Failure) -> String {
    _ = try read(plugin.path)
    let folder = try cacheFolder()
    let headers = folder + "/include-" + Self.hash(kernelHeader)
    try inCache { () throws(SystemError) in
      try Folders.make(headers)
      let lock = try FileLock(headers + "/lock")
      defer { withExtendedLifetime(lock) {} }
      try Self.write(kernelHeader, to: headers + "/kernel_host.h")
    }
    return try Compiler(plugin.language ?? .c)
      .run(plugin, headers: headers, output: output, more: [])
  }

  /// What the library of a source file is usually called.
  public static func library(named source: String) -> String { "lib\(stem(source)).so" }

  /// The files that the source file includes, as far as they are known: after it was compiled.
  public func included(in plugin: Plugin) -> [String] {
    guard let language = plugin.language, let compiler = try? Compiler(language),
      let (_, place, _) = try? recipe(plugin, compiler),
      let list = try? FileReader.read(path: place + "/included", limit: Self.largest)
    else { return [] }
    return String(decoding: list, as: UTF8.self).split(separator: "\n").map {
      String($0.dropFirst(17))
    }
  }

  /// Whether the library is there and of what it would be made of now.
  private func isCurrent(_ place: String, _ recipe: [UInt8], _ library: String) -> Bool {
    guard FileFacts(library) != nil,
      let old = try? FileReader.read(path: place + "/recipe", limit: Self.largest), old == recipe,
      let list = try? FileReader.read(path: place + "/included", limit: Self.largest)
    else { return false }
    return String(decoding: list, as: UTF8.self).split(separator: "\n").allSatisfy { line in
      let path = String(line.dropFirst(17))
      guard let bytes = try? FileReader.read(path: path, limit: Self.largest) else { return false }
      return Self.hash(bytes) == line.prefix(16)
    }
  }

  private func cacheFolder() throws(Failure) -> String {
    guard let cache else { throw .noCacheFolder }
    return cache
  }

  private static let largest = 1 << 28

  private func read(_ path: String) throws(Failure) -> [UInt8] {
    do throws(SystemError) {
      return try FileReader.read(path: path, limit: Self.largest)
    } catch {
      throw .unreadable(error)
    }
  }

  private func inCache<Value>(
    _ body: () throws(SystemError) -> Value
  ) throws(Failure) -> Value {
    do throws(SystemError) {
      return try body()
    } catch {
      throw .cache(error)
    }
  }

  // MARK: Files

  private static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
    let file = try OutputFile(path: path)
    try file.write(bytes[...])
    try file.commit()
  }

  /// A file's name without its folder and what follows the last point.
  static func stem(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? "plugin"
    return String(name.lastIndex(of: ".").map { name[..<$0] } ?? name)
  }

  /// What a source includes, of the files that the compiler lists for make: a hash and a path
  /// a line.
  private static func included(_ list: String, besides known: [String]) -> String {
    let bytes = (try? FileReader.read(path: list, limit: largest)) ?? []
    var paths: [String] = []
    var path = ""
    var isEscaped = false
    for character in String(decoding: bytes, as: UTF8.self) {
      if isEscaped {
        // A blank in a path; the end of a line only breaks the list.
        if character != "\n" { path.append(character) }
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == " " || character == "\n" {
        if !path.isEmpty { paths.append(path) }
        path = ""
      } else {
        path.append(character)
      }
    }
    if !path.isEmpty { paths.append(path) }
    var text = ""
    for path in paths.dropFirst() where !known.contains(where: { path.hasPrefix($0) }) {
      let bytes = try? FileReader.read(path: path, limit: largest)
      text += hash(bytes ?? []) + " " + path + "\n"
    }
    return text
  }

  /// FNV-1a of 64 bits (Fowler, Noll, Vo), in 16 hexadecimal digits: a name for a place. What
  /// is there is compared with what it should be, byte by byte.
  static func hash(_ bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The machine's compiler for a language.
private struct Compiler {
  private let words: [String]
  /// What tells it from another, or from an older one of the same name.
  let facts: [String]

  init(_ language: Plugin.Language) throws(PluginBuilder.Failure) {
    let (variable, usual) = language == .c ? ("CC", "cc") : ("CXX", "c++")
    let wanted = environmentVariable(variable).flatMap { $0.isEmpty ? nil : $0 } ?? usual
    words = wanted.split(separator: " ").map(String.init)
    guard let name = words.first, let path = Folders.program(name), let file = FileFacts(path)
    else { throw .noCompiler(wanted, variable: variable) }
    facts = [path, String(file.size), String(file.changed)]
  }

  /// `flags` come behind the host's own, so that they count more.
  func command(_ plugin: Plugin, headers: String, output: String) -> [String] {
    let libraries = plugin.libraries.map { $0.contains("/") ? $0 : "-l" + $0 }
    return words + ["-O2", "-g", "-fPIC", "-shared", "-I", headers] + plugin.flags
      + [plugin.path, "-o", output] + libraries + ["-lm"]
  }

  /// Answers what it said; throws it where there is no library.
  func run(
    _ plugin: Plugin, headers: String, output: String, more: [String]
  ) throws(PluginBuilder.Failure) -> String {
    let command = command(plugin, headers: headers, output: output) + more
    let ended: Program.Ended
    do throws(SystemError) {
      ended = try Program.run(command, errors: .withOutput)
    } catch {
      throw .cache(error)
    }
    let text = String(decoding: ended.output, as: UTF8.self)
    let said = text.hasSuffix("\n") ? String(text.dropLast()) : text
    if ended.code != 0 { throw .refused(command: words.joined(separator: " "), output: said) }
    return said
  }
}
