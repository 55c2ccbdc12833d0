import KernelBridge

/// The user's folder for compiled plugins.
///
/// Its files are loaded into processes of the user, so only the user may write to it.
public struct PluginCache: Sendable {
  /// Why a folder cannot be trusted.
  public enum Distrust: Sendable {
    case owner(UInt32)
    case writable(rights: UInt32)
  }

  /// The path of the folder; nil if the environment does not name one.
  private let root: String?

  /// Creates a cache below a folder. By default it is the user's folder, by the XDG rules.
  init(below folder: String? = nil) {
    // The specification says to ignore paths that are not absolute.
    let folders = [
      folder, environmentVariable("XDG_CACHE_HOME"),
      environmentVariable("HOME").map { $0 + "/.cache" },
    ]
    root = folders.compactMap { $0 }.first { $0.hasPrefix("/") }.map { $0 + "/kernelhost" }
  }

  private func folder() throws(PluginBuilder.Failure) -> String {
    guard let root else { throw .noCacheFolder }
    return root
  }

  /// The folder of the host's header, for compilers.
  func headersFolder() throws(PluginBuilder.Failure) -> String {
    try folder() + "/include-" + PluginRecord.hash(kernelHeader)
  }

  /// Returns the same folder, with the header in it.
  func headers() throws(PluginBuilder.Failure) -> String {
    let folder = try headersFolder()
    try makeRoot()
    return try PluginBuilder.inCache { () throws(SystemError) in
      let path = folder + "/kernel_host.h"
      try Folders.make(folder)
      let old = try? FileReader.read(path: path, limit: 1 << 20)
      if old != kernelHeader { try Self.write(kernelHeader, to: path) }
      return folder
    }
  }

  /// Returns the entry for the library of a recipe. Its folder belongs to the user, and exists if
  /// `makes` is true.
  func place(
    of recipe: [UInt8], stem: String, makes: Bool = true
  ) throws(PluginBuilder.Failure) -> Place {
    let place = Place(library: "\(try folder())/\(PluginRecord.hash(recipe))/\(stem).so")
    if !makes {
      try checkRoot()
      try Self.check(place.folder)
      return place
    }
    try makeRoot()
    try PluginBuilder.inCache { () throws(SystemError) in try Folders.make(place.folder) }
    try Self.check(place.folder)
    return place
  }

  private func makeRoot() throws(PluginBuilder.Failure) {
    let folder = try folder()
    try PluginBuilder.inCache { () throws(SystemError) in try Folders.make(folder) }
    try checkRoot()
  }

  private func checkRoot() throws(PluginBuilder.Failure) {
    let folder = try folder()
    try Self.check(folder)
    // A user who may rename entries of the parent folder could replace this folder.
    let above = String(folder.dropLast("/kernelhost".utf8.count))
    if let facts = FileFacts(above), facts.rights & 0o002 != 0, facts.rights & 0o1000 == 0 {
      throw .untrusted(folder: above, .writable(rights: facts.rights))
    }
  }

  private static func check(_ folder: String) throws(PluginBuilder.Failure) {
    guard let facts = FileFacts(folder) else { return }
    if facts.owner != currentUser() { throw .untrusted(folder: folder, .owner(facts.owner)) }
    if facts.rights & 0o022 != 0 {
      throw .untrusted(folder: folder, .writable(rights: facts.rights))
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
    let file = try OutputFile(path: path)
    try file.write(bytes[...])
    try file.commit()
  }

  /// A folder with one library, the record of its sources, and what the compiler printed.
  struct Place {
    let library: String

    var folder: String {
      library.lastIndex(of: "/").map { String(library[..<$0]) } ?? "."
    }

    private static let largest = 1 << 28

    /// The library, if it exists and is still current.
    func current(_ recipe: [UInt8]) -> PluginBuilder.Built? {
      let name = folder + "/" + PluginRecord.name
      guard let record = try? FileReader.read(path: name, limit: Self.largest),
        let library = try? FileReader.read(path: library, limit: Self.largest),
        PluginRecord.isCurrent(record, recipe: recipe, library: library)
      else { return nil }
      // What the compiler printed is in one of two files. The file's name says whether it was
      // shown.
      let unseen = text("unseen")
      return PluginBuilder.Built(
        path: self.library, warnings: unseen, said: unseen.isEmpty ? text("said") : unseen)
    }

    /// The files that the library was made from, according to the record.
    var files: [String] {
      let record = try? FileReader.read(path: folder + "/" + PluginRecord.name, limit: Self.largest)
      return PluginRecord.files(record ?? [])
    }

    /// The user's files that the library was made from, and their hashes at that time.
    var hashed: [(path: String, hash: String)] {
      let record = try? FileReader.read(path: folder + "/" + PluginRecord.name, limit: Self.largest)
      return PluginRecord.hashed(record ?? [])
    }

    /// The version that its compiler printed; empty if it was not kept.
    var compiler: String { text("compiler") }

    private func text(_ name: String) -> String {
      let bytes = (try? FileReader.read(path: folder + "/" + name, limit: Self.largest)) ?? []
      return String(decoding: bytes, as: UTF8.self)
    }

    func markSeen() { try? Folders.rename(folder + "/unseen", to: folder + "/said") }

    /// Stores a library that was just compiled. The record is written last, so that an interruption
    /// leaves nothing that looks complete.
    func keep(
      _ made: String, recipe: [UInt8], said: String, compiler: String,
      looks: [String: WatchedProgram.Look]?, began: Int
    ) throws(SystemError) {
      let name = folder + "/" + PluginRecord.name
      Folders.remove(name)
      Folders.remove(folder + "/said")
      let bytes = try FileReader.read(path: made, limit: Self.largest)
      try Folders.rename(made, to: library)
      try PluginCache.write(Array(said.utf8), to: folder + "/unseen")
      try PluginCache.write(Array(compiler.utf8), to: folder + "/compiler")
      if let record = PluginRecord.text(
        recipe: recipe, library: bytes, looks: looks, began: began, besides: folder + "/")
      {
        try PluginCache.write(record, to: name)
      }
    }
  }
}
