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
      "task": task, "retries": retries, "plugin": plugin, "size": Self.size,
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
    plugins that were given to `host schema` are here); that a sandbox can be enforced; how \
    deep and how large a manifest may be. In JSON Lines each line is a task: #/$defs/task.
    """

  // MARK: Objects

  /// The keywords of an object that has a section's keys.
  private func members(
    of section: Problem.Section, required: [ManifestKey] = []
  ) -> [JSONTree.Member] {
    let properties: [JSONTree.Member] = ManifestKey.known(in: section).compactMap { key in
      schema(of: key).map { .init(name: key.text, value: $0) }
    }
    let keywords: JSONTree = ["properties": .object(properties), "additionalProperties": false]
    if required.isEmpty { return keywords.members }
    return keywords.adding([
      .init(name: "required", value: JSONTree(texts: required.map { $0.text }))
    ]).members
  }

  private func object(_ section: Problem.Section, _ description: String) -> JSONTree {
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
      "type": ["integer", "object"], "minimum": 0, "maximum": 1_000_000,
    ]
    return start.adding(members(of: .retries, required: [.times]))
  }

  private var plugin: JSONTree {
    let start: JSONTree = ["type": ["string", "object"]]
    let end: JSONTree = [
      "dependentRequired": ["library": ["functions"], "functions": ["library"]],
      "allOf": [
        [
          "if": ["type": "object"],
          "then": ["oneOf": [["required": ["path"]], ["required": ["library"]]]],
        ],
        [
          "if": ["anyOf": [["required": ["flags"]], ["required": ["libraries"]]]],
          // Only sources are compiled.
          "then": [
            "required": ["path"],
            "properties": ["path": ["pattern": "[.](c|cpp|cc|cxx|C)$"]],
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
      schema(of: key).map { JSONTree.Member(name: key.text, value: $0) }
    }
    let start: JSONTree = ["type": "object", "minProperties": 1, "maxProperties": 1]
    return start.adding([.init(name: "properties", value: .object(properties))] + known)
  }

  // MARK: Keys

  /// What a key takes; nil: this version refuses it.
  private func schema(of key: ManifestKey) -> JSONTree? {
    switch key {
    case .schema:
      described(["type": "string"], "The schema of this file, for editors; `host` ignores it.")
    case .tasks:
      described(
        ["type": "array", "items": ["$ref": "#/$defs/task"]],
        "The calls, in the order of their tokens; may be empty.")
    case .defaults: object(.defaults, "For tasks that do not say it themselves.")
    case .plugins:
      described(
        ["type": "array", "items": ["$ref": "#/$defs/plugin"]],
        "Libraries of kernels and C sources; paths from the manifest's folder.")
    case .mode:
      described(
        ["enum": JSONTree(texts: Mode.allCases.map { $0.rawValue })],
        "concurrent: all calls take turns, a step each (default); parallel: on all processors, "
          + "in any order; the tokens are in the order of the calls.")
    case .isolation:
      described(
        ["enum": JSONTree(texts: Isolation.allCases.map { $0.rawValue })],
        "process: calls share worker processes (default); call: each has its own; "
          + "none: they run inside the host.")
    case .sandbox:
      described(
        ["enum": JSONTree(texts: SandboxLevel.allCases.map { $0.rawValue })],
        "What workers may do to the system. strict refuses to run where a part cannot be "
          + "enforced, default says so and goes on.")
    case .allow: object(.allow, "What workers may reach in spite of the sandbox.")
    case .read: described(["$ref": "#/$defs/texts"], "Files and folders that they may read.")
    case .write: described(["$ref": "#/$defs/texts"], "Files and folders that they may write.")
    case .limits: object(.limits, "Limits of each worker process.")
    case .addressSpace: described(["$ref": "#/$defs/size"], "Address space of a worker.")
    case .cpu: described(Self.integer(1...1_000_000_000), "Processor time of a worker, in s.")
    case .core: described(["type": "boolean"], "Whether a crash may leave a core file.")
    case .crashLimit:
      described(
        Self.integer(1...1_000_000_000),
        "After so many crashes of a kernel its other calls are skipped (default 100).")
    case .metadata: ["description": "Anything; --format json passes it through."]
    case .kernel:
      described(
        ["enum": JSONTree(texts: kernels.map { $0.name })],
        "What to call; `host kernels NAME` describes it.")
    case .args:
      described(["type": ["object", "array"]], "Arguments by name, or as an array in order.")
    case .name:
      described(["type": "string", "minLength": 1], "Of this task alone; stands in its records.")
    case .timeout:
      described(
        [
          "type": "number", "exclusiveMinimum": 0,
          "maximum": .value(.number(.greatestFiniteMagnitude)),
        ], "Seconds after which the call is ended; without it there is no limit.")
    case .grace:
      described(
        Self.seconds,
        "Seconds that a step may outlive its timeout before its worker is killed (default 0.1).")
    case .memory: described(["$ref": "#/$defs/size"], "The most that the call may take.")
    case .retries:
      described(["$ref": "#/$defs/retries"], "How often, and when, a failed call is tried again.")
    case .times: described(Self.integer(0...1_000_000), "How often, beside the first start.")
    case .delay: described(Self.seconds, "Seconds between two starts.")
    case .on:
      described(
        ["type": "array", "items": Self.cause],
        "Statuses and names of error codes (default: error, timeout).")
    case .base64:
      described(["type": "string", "pattern": Self.base64], "Bytes in base64 (RFC 4648).")
    case .path:
      described(Self.text, "A library that has kernels, or a source file (.c, .cpp, .cc, .cxx).")
    case .library: described(Self.text, "A plain library; its functions become kernels.")
    case .functions:
      described(
        ["type": "array", "items": ["type": "string"], "minItems": 1],
        "C declarations of functions, like \"double hypot(double x, double y)\".")
    case .flags:
      described(["$ref": "#/$defs/texts"], "For the compiler of a source file.")
    case .libraries:
      described(["$ref": "#/$defs/texts"], "What a source file is linked to: \"z\", or a path.")
    case .sweep:
      described(
        ["type": "object", "additionalProperties": ["$ref": "#/$defs/axis"]],
        "Parameters with several values each: a call for each combination, the first slowest.")
    case .zip: described(["type": "boolean"], "Pairs the values of a sweep instead.")
    case .repeat:
      described(
        Self.integer(1...1_000_000_000),
        "How often each point is called; a parameter \"seed\" that is not given gets the call's "
          + "number.")
    case .from: described(["type": "number"], "The first value.")
    case .to: described(["type": "number"], "The last value, which is hit exactly.")
    case .count: described(Self.integer(1...1_000_000_000_000), "How many values, both ends too.")
    case .step: described(["type": "number", "not": ["const": 0]], "From a value to the next.")
    case .log: described(["type": "boolean"], "Even in the logarithm.")
    case .jobs:
      described(Self.integer(1...1024), "Lanes in mode parallel (default: the processors).")
    case .after:
      described(
        [
          "type": ["string", "array"], "minLength": 1, "items": ["type": "string", "minLength": 1],
        ],
        "Tasks, by name, of which all calls must have ended well before this one begins.")
    case .result:
      described(
        ["type": "string", "minLength": 1],
        "The result of the task of that name, or one of several: "
          + "\"name.field\".")
    case .results:
      described(
        ["type": "string", "minLength": 1],
        "The results of all calls of the task of that name, as an array; or \"name.field\".")
    }
  }

  private func described(_ schema: JSONTree, _ description: String) -> JSONTree {
    let start: JSONTree = ["description": .value(.text(description))]
    return start.adding(schema.members)
  }

  // MARK: Values

  static func integer(_ range: ClosedRange<Int64>) -> JSONTree {
    [
      "type": "integer", "minimum": .value(.integer(range.lowerBound)),
      "maximum": .value(.integer(range.upperBound)),
    ]
  }

  private static let seconds: JSONTree = [
    "type": "number", "minimum": 0, "exclusiveMaximum": 9_000_000_000,
  ]

  private static let size: JSONTree = [
    "type": ["integer", "string"], "minimum": 1, "maximum": .value(.integer(.max)),
    // Not only zeros.
    "pattern": "^(?=.*[1-9])[0-9]+([.][0-9]+)? ?(B|KB|MB|GB|KiB|MiB|GiB)$",
  ]

  /// What the system takes for a path, or a compiler for an argument.
  private static let text: JSONTree = ["type": "string", "pattern": #"^[^\u0000]+$"#]
  private static let texts: JSONTree = ["type": "array", "items": text]

  private static let cause: JSONTree = [
    "anyOf": [
      ["enum": JSONTree(texts: Retries.possible.map { $0.rawValue })],
      ["type": "string", "pattern": "^[A-Z_][A-Z0-9_]*$"],
    ]
  ]

  /// The digits behind the last byte's bits are zero.
  private static let base64: JSONTree = """
    ^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$
    """
}
