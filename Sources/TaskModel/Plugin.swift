/// Where kernels come from that are not built in.
public struct Plugin: Sendable, Hashable {
  /// A library, or a source file that is compiled to one; with `functions` a library's name
  /// as the loader takes it, too.
  public var path: String
  /// For the compiler of a source file, behind the host's own.
  public var flags: [String] = []
  /// Libraries that a source file is linked to: "z" for -lz, or a path.
  public var libraries: [String] = []
  /// Of a plain library: what of it becomes kernels. Empty: it has kernels of its own.
  public var functions: [Prototype] = []

  public init(path: String) { self.path = path }

  /// The language of a source file, by its name; nil: it is a library.
  public enum Language: Sendable { case c, cPlusPlus }

  public var language: Language? {
    guard functions.isEmpty, let dot = path.lastIndex(of: ".") else { return nil }
    switch path[path.index(after: dot)...] {
    case "c": return .c
    case "cpp", "cc", "cxx", "C": return .cPlusPlus
    default: return nil
    }
  }
}
