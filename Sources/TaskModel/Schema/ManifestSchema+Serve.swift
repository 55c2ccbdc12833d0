/// The lines of `host serve` as a JSON Schema: what its client may write, and what it writes.
extension ManifestSchema {
  /// The document as text, with an end of line. O(parameters).
  public var serveText: String {
    var buffer: [UInt8] = []
    serveDocument.write(to: &buffer)
    return String(decoding: buffer, as: UTF8.self) + "\n"
  }

  var serveDocument: JSONTree {
    let start: JSONTree = [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "The lines of host serve",
      "description": "A client writes requests and reads replies, a JSON object a line each.",
      "$comment": .value(.text(Self.unsayableOfLines)),
      "anyOf": [["$ref": "#/$defs/request"], ["$ref": "#/$defs/reply"]],
    ]
    let defs: JSONTree = [
      "id": ReplySchema.id, "request": request, "reply": ReplySchema.reply,
      "record": ReplySchema.record,
      "description": ReplySchema.kernelDescription, "counts": ReplySchema.counts,
      "stats": ReplySchema.stats,
    ]
    let others = document["$defs"]?.members ?? []
    return start.adding([.init(name: "$defs", value: defs.adding(others))])
  }

  private static let unsayableOfLines = """
    An id must not be that of another open request. Kernels of plugins are only in a schema from \
    `host schema serve --plugin PATH`. A request cannot take the results of others. What the \
    schema of a manifest cannot say of a task, this one cannot say either.
    """

  /// What the members of a task are in a manifest, they are in a request.
  private var request: JSONTree {
    let start: JSONTree = [
      "description": "A task of a manifest with an id, or an order, which stands alone.",
      "type": "object",
    ]
    let orders = ManifestKey.orders.map { key -> JSONTree in
      ["required": .array([.value(.text(key.text))]), "maxProperties": 1]
    }
    let noOrder = ManifestKey.orders.map { JSONTree.Member(name: $0.text, value: false) }
    let task: JSONTree = ["required": ["id", "kernel"], "properties": .object(noOrder)]
    return start.adding(object(.request, "").members.filter { $0.name.hasSuffix("roperties") })
      .adding([
        .init(name: "oneOf", value: .array([task] + orders)),
        .init(name: "allOf", value: document["$defs"]?["task"]?["allOf"] ?? .array([])),
      ])
  }

}

/// The parts of the schema that no manifest has.
private enum ReplySchema {
  static let id: JSONTree = [
    "type": ["integer", "string"], "maxLength": .value(.integer(Int64(RequestID.longest))),
  ]

  /// An object with exactly these members; those that are not required have a name with "?".
  static func exact(_ members: (String, JSONTree)...) -> JSONTree {
    let required = members.map(\.0).filter { !$0.hasSuffix("?") }
    let properties = members.map { name, value in
      JSONTree.Member(name: name.hasSuffix("?") ? String(name.dropLast()) : name, value: value)
    }
    return [
      "type": "object", "properties": .object(properties),
      "required": JSONTree(texts: required), "additionalProperties": false,
    ]
  }

  static func reference(_ name: String) -> JSONTree {
    ["$ref": .value(.text("#/$defs/\(name)"))]
  }

  static let text: JSONTree = ["type": "string"]
  static let count: JSONTree = ["type": "integer", "minimum": 0]
  static let number: JSONTree = ["type": "number", "minimum": 0]
  static let yesOrNo: JSONTree = ["type": "boolean"]
  static func list(_ items: JSONTree) -> JSONTree { ["type": "array", "items": items] }

  static let reply: JSONTree = [
    "description": "A line of the server.",
    "anyOf": .array([
      reference("record"),
      exact(
        ("protocol", ["const": 1]), ("host", text), ("abi", text), ("isolation", text),
        ("lanes", count), ("longest_line", count), ("kernels", list(reference("description")))),
      exact(
        ("id", reference("id")), ("done", ["const": true]), ("calls", count),
        ("counts", reference("counts")), ("unrecorded?", count)),
      exact(
        ("id", reference("id")), ("call", count),
        ("results", list(result).adding([.init(name: "minItems", value: 1)]))),
      exact(("id", reference("id")), ("call", count), ("print", text)),
      exact(
        ("id", ["anyOf": [reference("id"), ["type": "null"]]]),
        (
          "refused", list(exact(("line", count), ("column", count), ("message", text)))
        ), ("more?", count)),
      exact(("cancel", reference("id")), ("open", yesOrNo)),
      exact(("kernels", list(reference("description")))),
      exact(("stats", reference("stats"))),
      exact(("warning", text)),
      exact(
        ("end", ["enum": ["eof", "drain", "now", "signal", "closed"]]),
        ("stats", reference("stats"))),
    ]),
  ]

  static let result: JSONTree = [
    "type": ["null", "boolean", "number", "string", "array", "object"]
  ]

  static let record: JSONTree = exact(
    ("id", reference("id")), ("call", count), ("point?", ["type": "object"]),
    ("result", result),
    ("ok", yesOrNo), ("status", ["enum": JSONTree(texts: Status.allCases.map { $0.rawValue })]),
    (
      "error",
      [
        "anyOf": [
          ["type": "null"],
          exact(("code", ["type": "integer"]), ("name", text), ("message", text)),
        ]
      ]
    ), ("attempts", count), ("steps", count), ("seconds", number), ("warning?", text))

  static let counts: JSONTree = [
    "type": "object", "additionalProperties": count,
    "propertyNames": ["enum": JSONTree(texts: Status.allCases.map { $0.rawValue })],
  ]

  static let stats = exact(
    ("requests", count), ("refused", count), ("open", count), ("calls", count),
    ("counts", reference("counts")), ("lanes", count), ("seconds", number))

  static let kernelDescription: JSONTree = [
    "type": "object",
    "required": [
      "name", "summary", "parameters", "results", "errors", "pure", "flat", "origin",
    ],
  ]
}
