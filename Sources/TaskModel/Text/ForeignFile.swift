/// What a file that should be a manifest is instead, where that can be told.
public enum ForeignFile: Sendable, Hashable {
  /// A C or C++ source; its name ends so, or it begins as one does.
  case source
  /// A library or a program.
  case library
  /// What `host run` writes: by which format.
  case results(Results)
  /// Comma-separated values of something else.
  case table
  /// A text of another language, by its name.
  case language(String)

  public enum Results: String, Sendable, Hashable {
    case jsonl
    case json
    case csv
    case events
  }

  /// Whether a line of it tells a person anything.
  var isText: Bool { self != .library }

  /// Nil: it may be a manifest. O(1).
  init?(_ source: SourceText) {
    let head = source.bytes.prefix(200)
    if head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) {
      self = .library
      return
    }
    let text = String(decoding: head, as: UTF8.self).drop { $0.isWhitespace }
    if text.hasPrefix("{\"call\":") {
      self = .results(.jsonl)
    } else if text.hasPrefix("{\"event\":") {
      self = .results(.events)
    } else if text.hasPrefix("{\"metadata\":"), text.contains("\"run\":{\"version\":") {
      self = .results(.json)
    } else if text.hasPrefix("call,task,") {
      self = .results(.csv)
    } else if let other = Self.foreign(named: source.name, text) {
      self = other
    } else {
      return nil
    }
  }

  /// By the name, for a text that does not begin as JSON does.
  private static func foreign(named name: String, _ text: Substring) -> ForeignFile? {
    if let first = text.first, "{[".contains(first) { return nil }
    if ["#include", "#define", "#pragma", "typedef ", "extern \"C\""].contains(
      where: text.hasPrefix)
    {
      return .source
    }
    if text.hasPrefix("#!") { return .language("a script") }
    if text.hasPrefix("<") { return .language("HTML or XML") }
    guard let dot = name.lastIndex(of: ".") else { return nil }
    switch name[name.index(after: dot)...].lowercased() {
    case "c", "cc", "cpp", "cxx", "c++", "h", "hpp": return .source
    case "csv", "tsv": return .table
    case "yaml", "yml": return .language("YAML")
    case "toml": return .language("TOML")
    case "py": return .language("Python")
    case "swift": return .language("Swift")
    case "md": return .language("Markdown")
    default: return nil
    }
  }
}
