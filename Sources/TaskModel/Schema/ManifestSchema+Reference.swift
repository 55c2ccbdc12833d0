/// A key of a manifest, as the manual page shows it.
public struct ManifestKeyEntry: Sendable {
  public let name: String
  /// The values that it takes, in a few words.
  public let values: String
  /// A sentence or two, as in the schema.
  public let meaning: String
  public let isRequired: Bool
}

/// The keys of one kind of object in a manifest.
public struct ManifestObject: Sendable {
  public let title: String
  /// Where such an object stands.
  public let place: String
  public let entries: [ManifestKeyEntry]
}

/// The keys of a manifest for people. They follow from the schema: there is no second list.
extension ManifestSchema {
  /// The objects of a manifest, from the outermost one inwards.
  public static let objects: [ManifestObject] = Problem.Section.ofManifests.map { section in
    let schema = ManifestSchema(kernels: [])
    var entries = ManifestKey.known(in: section).compactMap { key in
      schema.schema(of: key, in: section).map {
        entry(key.text, $0, isRequired: required(in: section).contains(key))
      }
    }
    if section == .range { entries += pointsKeys.map { entry($0.name, $0.value) } }
    let (title, place) = heading(section)
    return ManifestObject(title: title, place: place, entries: entries)
  }

  private static func entry(
    _ name: String, _ schema: JSONTree, isRequired: Bool = false
  ) -> ManifestKeyEntry {
    ManifestKeyEntry(
      name: name, values: values(schema), meaning: text(schema["description"]) ?? "",
      isRequired: isRequired)
  }

  private static func required(in section: Problem.Section) -> [ManifestKey] {
    switch section {
    case .manifest: [.tasks]
    case .task: [.kernel]
    case .range: [.from, .to]
    case .retries: [.times]
    case .function: [.function]
    case .bytes: [.base64]
    case .defaults, .allow, .limits, .plugin, .reference, .request: []
    }
  }

  private static func heading(_ section: Problem.Section) -> (title: String, place: String) {
    switch section {
    case .manifest: ("manifest", "The outermost object. An array is taken for its tasks.")
    case .defaults: ("defaults", "The object of the key defaults.")
    case .task: ("task", "An element of tasks, or a line of a JSON Lines file.")
    case .range:
      (
        "sweep",
        "A sweep is an object of parameters. Each has an array of values, or a range, which is an "
          + "object with the keys from, to, and count or step. The keys file and columns stand "
          + "in the sweep itself."
      )
    case .bytes: ("bytes", "A value of a parameter that is bytes. A string is its UTF-8.")
    case .reference: ("reference", "An argument that another task's calls give.")
    case .allow: ("allow", "The object of the key allow.")
    case .limits: ("limits", "The object of the key limits.")
    case .retries: ("retries", "The value of the key retries, if it is not just the number.")
    case .plugin:
      ("plugin", "An element of plugins, if it is not just a path: with path, or with library.")
    case .function: ("function", "An element of functions, if it is not just a declaration.")
    case .request: ("request", "A line that a client writes to a server.")
    }
  }

  // MARK: Values in words

  private static func values(_ schema: JSONTree) -> String {
    if case .array(let choices)? = schema["enum"], !choices.isEmpty {
      return listed(choices.compactMap { text($0).map { "\"\($0)\"" } })
    }
    if let only = text(schema["const"]) { return "\"\(only)\"" }
    if let target = text(schema["$ref"]) { return referred(target) }
    if case .array(let kinds)? = schema["anyOf"] {
      return listed(unique(kinds.map { values($0) }))
    }
    switch schema["type"] {
    case .array(let kinds)?: return listed(kinds.map { named(text($0) ?? "", schema) })
    case let kind?: return named(text(kind) ?? "", schema)
    // An enumeration of names that are not known here.
    case nil: return "string"
    }
  }

  private static func named(_ kind: String, _ schema: JSONTree) -> String {
    switch kind {
    case "array": return schema["items"].map { "array: each \(values($0))" } ?? kind
    case "integer":
      guard case .value(.integer(let low))? = schema["minimum"],
        case .value(.integer(let high))? = schema["maximum"]
      else { return kind }
      return "integer, \(low) to \(high)"
    default: return kind
    }
  }

  private static func referred(_ target: String) -> String {
    switch target {
    case "#/$defs/texts": "array of strings"
    case "#/$defs/size": "bytes, or a string such as \"64 KiB\""
    case "#/$defs/axis": "array or range"
    case "#/$defs/task": "object"
    case "#/$defs/retries": "integer or object"
    default: "string or object"
    }
  }

  private static func text(_ tree: JSONTree?) -> String? {
    guard case .value(.text(let text))? = tree else { return nil }
    return text
  }

  private static func listed(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }

  private static func unique(_ words: [String]) -> [String] {
    words.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
