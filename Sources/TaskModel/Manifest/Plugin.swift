/// Where kernels come from that are not built in.
public struct Plugin: Sendable, Hashable {
  /// A library, or a source file that is compiled to one; with `functions` a library's name
  /// as the loader takes it, too.
  public var path: String
  /// What is compiled and linked with a source file: more source files, objects, archives.
  public var sources: [String] = []
  /// Folders in which headers are looked for.
  public var include: [String] = []
  /// For the compiler of a source file, behind the host's own.
  public var flags: [String] = []
  /// Libraries that a source file is linked to: "z" for -lz, or a path.
  public var libraries: [String] = []
  /// The folder that relative paths in `flags` mean, absolute; "": that of the source.
  public var folder = ""
  /// Of a plain library: what of it becomes kernels. Empty: it has kernels of its own.
  public var functions: [Prototype] = []
  /// Of a plain library: what is called once in each worker before its other functions.
  public var initializers: [Initializer] = []

  public init(path: String) { self.path = path }

  /// The language of a source file, by its name; nil: it is a library.
  public enum Language: Sendable { case c, cPlusPlus }

  public var language: Language? {
    guard functions.isEmpty, let own = Self.language(of: path) else { return nil }
    return sources.contains { Self.language(of: $0) == .cPlusPlus } ? .cPlusPlus : own
  }

  /// The language of one file; nil: it is neither C nor C++.
  public static func language(of path: String) -> Language? {
    guard let dot = path.lastIndex(of: ".") else { return nil }
    switch path[path.index(after: dot)...] {
    case "c": return .c
    case "cpp", "cc", "cxx", "c++", "C": return .cPlusPlus
    default: return nil
    }
  }
}
