/// The manifest as a JSON Schema (draft 2020-12), with the parameters of all kernels that
/// are known: editors complete and check by it.
///
/// Each keyword says what the parser and the planner take, so what changes there changes
/// here. Where a value can be of two types, the keywords of both stand side by side: each
/// looks at its own type alone, and editors show better messages than for `oneOf`.
public struct ManifestSchema {
  let kernels: [KernelSignature]

  public init(kernels: [KernelSignature]) {
    self.kernels = kernels
  }

  /// The document as text, with an end of line. O(parameters).
  public var text: String {
    var buffer: [UInt8] = []
    document.write(to: &buffer)
    return String(decoding: buffer, as: UTF8.self) + "\n"
  }

  var document: JSONTree {
    let manifest: JSONTree = [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "KernelHost manifest",
      "description": "Calls of C kernels: an object with \"tasks\", or just the array of tasks.",
      "$comment": .value(.text(Self.unsayable)),
      "type": ["object", "array"],
      "items": ["$ref": "#/$defs/task"],
    ]
    let defs: JSONTree = [
      "task": task, "retries": retries, "plugin": plugin, "function": function, "size": Self.size,
      "texts": Self.texts, "axis": axis, "f64": Self.anyNumber, "bytes": bytes,
      "result": reference([.result]), "reference": reference([.result, .results]),
    ]
    return manifest.adding(members(of: .manifest, required: [.tasks])).adding([
      .init(name: "allOf", value: [Self.isolationNone]),
      .init(
        name: "$defs",
        value: defs.adding(
          kernels.map { .init(name: Self.definition(of: $0), value: arguments(of: $0)) })),
    ])
  }

  /// What `host check` finds all the same.
  private static let unsayable = """
    A schema cannot say: that a key stands once in its object, and a name at one task; that \
    an integer is written without point and exponent (3.0 is refused); that integers beyond \
    2^53 are rounded before they are held against the range of an f64; that a size is at \
    least a byte and below 9e18 bytes, whatever its unit; that plugins can be loaded, \
    compiled or called as they are declared, that names of tasks are there and what their \
    results are, and what kernels they have (those of the \
    plugins that were given to `host schema` are here); that a sandbox can be enforced, \
    that the paths of allow are there, what stands in a file of points, that some error has a \
    name in retries; how \
    deep and how large a manifest may be. In JSON Lines each line is a task: #/$defs/task.
    """

  // MARK: Objects

  /// The keywords of an object that has a section's keys.
  private func members(
    of section: Problem.Section, required: [ManifestKey] = []
  ) -> [JSONTree.Member] {
    let properties: [JSONTree.Member] = ManifestKey.known(in: section).compactMap { key in
      schema(of: key, in: section).map { .init(name: key.text, value: $0) }
    }
    let keywords: JSONTree = ["properties": .object(properties), "additionalProperties": false]
    if required.isEmpty { return keywords.members }
    return keywords.adding([
      .init(name: "required", value: JSONTree(texts: required.map { $0.text }))
    ]).members
  }

  func object(_ section: Problem.Section, _ description: String) -> JSONTree {
    let start: JSONTree = ["description": .value(.text(description)), "type": "object"]
    return start.adding(members(of: section))
  }

  private var task: JSONTree {
    let start: JSONTree = [
      "description": "One call of a kernel, which gets one token.", "type": "object",
    ]
    return start.adding(members(of: .task, required: [.kernel])).adding([
      .init(name: "allOf", value: .array(kernels.map { choice(of: $0) }))
    ])
  }

  private var retries: JSONTree {
    let start: JSONTree = [
      "type": ["integer", "object"], "minimum": .value(.integer(RunBounds.retries.lowerBound)),
      "maximum": .value(.integer(RunBounds.retries.upperBound)),
    ]
    return start.adding(members(of: .retries, required: [.times]))
  }

  private var function: JSONTree {
    let start: JSONTree = ["type": ["string", "object"]]
    return start.adding(members(of: .function, required: [.function]))
  }

  private var plugin: JSONTree {
    let start: JSONTree = ["type": ["string", "object"]]
    let end: JSONTree = [
      "dependentRequired": [
        "library": ["functions"], "functions": ["library"], "init": ["library"],
      ],
      "allOf": [
        [
          "if": ["type": "object"],
          "then": ["oneOf": [["required": ["path"]], ["required": ["library"]]]],
        ],
        [
          "if": [
            "anyOf": [
              ["required": ["flags"]], ["required": ["libraries"]], ["required": ["sources"]],
              ["required": ["include"]],
            ]
          ],
          // Only sources are compiled.
          "then": [
            "required": ["path"],
            "properties": ["path": ["pattern": "[.](c|cpp|cc|cxx|c[+][+]|C)$"]],
          ],
        ],
      ],
    ]
    let pattern = Self.text.members.filter { $0.name == "pattern" }
    return start.adding(pattern + members(of: .plugin) + end.members)
  }

  /// What a parameter's values may be one by one, the kernel's own check says.
  private var axis: JSONTree {
    let start: JSONTree = ["type": ["array", "object"], "minItems": 1]
    let end: JSONTree = [
      "required": ["from", "to"],
      "allOf": [
        [
          "if": ["type": "object"],
          "then": ["oneOf": [["required": ["count"]], ["required": ["step"]]]],
        ],
        [
          "if": ["properties": ["log": ["const": true]], "required": ["log"]],
          "then": [
            "required": ["count"],
            "properties": ["from": ["exclusiveMinimum": 0], "to": ["exclusiveMinimum": 0]],
          ],
        ],
      ],
    ]
    return start.adding(members(of: .range) + end.members)
  }

  private var bytes: JSONTree {
    let start: JSONTree = ["type": ["string", "object"]]
    return start.adding(members(of: .bytes, required: [.base64]))
  }

  /// With isolation `none` what needs worker processes is refused, wherever it stands.
  private static let isolationNone: JSONTree = [
    "if": [
      "type": "object", "properties": ["isolation": ["const": "none"]],
      "required": ["isolation"],
    ],
    "then": [
      "properties": [
        "sandbox": ["const": "none"], "allow": false, "limits": false,
        "defaults": ["properties": ["memory": false]],
        "tasks": ["items": ["properties": ["memory": false]]],
      ]
    ],
  ]

  /// Another task's result, or the results of all its calls if they may be that.
  private func reference(_ keys: [ManifestKey]) -> JSONTree {
    let known = members(of: .reference).filter { $0.name != "properties" }
    let properties = keys.compactMap { key in
      schema(of: key, in: .reference).map { JSONTree.Member(name: key.text, value: $0) }
    }
    let start: JSONTree = ["type": "object", "minProperties": 1, "maxProperties": 1]
    return start.adding([.init(name: "properties", value: .object(properties))] + known)
  }

  // MARK: Values

  static func integer(_ range: ClosedRange<Int64>) -> JSONTree {
    [
      "type": "integer", "minimum": .value(.integer(range.lowerBound)),
      "maximum": .value(.integer(range.upperBound)),
    ]
  }

  static let seconds: JSONTree = [
    "type": "number", "minimum": 0, "exclusiveMaximum": 9_000_000_000,
  ]

  static let size: JSONTree = [
    "type": ["integer", "string"], "minimum": 1, "maximum": .value(.integer(.max)),
    // Not only zeros.
    "pattern": "^(?=.*[1-9])[0-9]+([.][0-9]+)? ?(B|KB|MB|GB|KiB|MiB|GiB)$",
  ]

  /// What the system takes for a path, or a compiler for an argument.
  static let text: JSONTree = ["type": "string", "pattern": #"^[^\u0000]+$"#]
  static let texts: JSONTree = ["type": "array", "items": text]

  static let cause: JSONTree = [
    "anyOf": [
      ["enum": JSONTree(texts: Retries.possible.map { $0.rawValue })],
      ["type": "string", "pattern": "^[A-Z_][A-Z0-9_]*$"],
    ]
  ]

  /// The digits behind the last byte's bits are zero.
  static let base64: JSONTree = """
    ^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$
    """
}
