import Foundation

/// The prototypes of Tests/prototypes.txt: as headers have them, with what becomes of them.
public struct PrototypeList: Sendable {
  public struct Library: Sendable {
    public let name: String
    public let headers: [String]
    /// The declaration of a function to call first; empty if no such function is needed.
    public let initializer: String
    public var entries: [Entry] = []
  }

  public struct Entry: Sendable {
    /// "declare", "ok", or the reason why it cannot be called.
    public let status: String
    public let text: String
    /// The arguments of a call, as JSON; nil if it is not called.
    public let arguments: String?
    /// Its token; or "=" and a C expression of the result; nil: any.
    public let token: String?
  }

  public static let all: [Library] = {
    let path = Repository.path + "/Tests/prototypes.txt"
    var libraries: [Library] = []
    for line in ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n")
    where !line.hasPrefix("#") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      if fields[0] == "@" {
        libraries.append(
          Library(
            name: fields[1], headers: fields[2].split(separator: " ").map(String.init),
            initializer: fields.count > 3 ? fields[3] : ""))
      } else {
        libraries[libraries.count - 1].entries.append(
          Entry(
            status: fields[0], text: fields[1], arguments: fields.count > 2 ? fields[2] : nil,
            token: fields.count > 3 ? fields[3] : nil))
      }
    }
    return libraries
  }()

  /// Whether the C compiler finds all headers of a library.
  public static func isThere(_ library: String) -> Bool {
    guard let one = all.first(where: { $0.name == library }), let compiler = Plugins.compiler else {
      return false
    }
    let text = one.headers.map { "#include <\($0)>\n" }.joined()
    let outcome = try? Child(
      "/usr/bin/env", [compiler, "-fsyntax-only", "-x", "c", "-"], input: Array(text.utf8)
    ).finish()
    return outcome?.end == .exit(0)
  }
}
