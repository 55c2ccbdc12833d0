import KernelHostTestSupport
import Testing

/// The keys on the manual page of manifests.
struct ManifestKeys {
  /// The title of the object that has the key.
  let object: String
  let key: String
  let text: String

  /// Reads the page that the program prints, without roff's escapes.
  static func ofThePage() throws -> [ManifestKeys] {
    let run = try HostBinary.run(["man", "5"])
    try #require(run.end == .exit(0) && run.err == "", "\(run.err)")
    var found: [ManifestKeys] = []
    var object = ""
    var lines = run.out.lines[...]
    while let line = lines.popFirst() {
      if line.hasPrefix(".SS ") {
        object = line.dropFirst(4).filter { $0 != "\"" }
      } else if line == ".TP", let head = lines.popFirst() {
        let text = lines.prefix { !$0.hasPrefix(".") }
        lines = lines.dropFirst(text.count)
        found.append(
          ManifestKeys(object: object, key: plain(head), text: plain(text.joined(separator: " "))))
      }
    }
    return found
  }

  private static func plain(_ roff: String) -> String {
    let escapes = [
      ("\\fB", ""), ("\\fR", ""), ("\\-", "-"), ("\\(aq", "'"), ("\\(ga", "`"), ("\\(ti", "~"),
      ("\\(ha", "^"), ("\\&", ""), ("\\e", "\\"),
    ]
    return escapes.reduce(roff) { $0.replacing($1.0, with: $1.1) }
  }
}
