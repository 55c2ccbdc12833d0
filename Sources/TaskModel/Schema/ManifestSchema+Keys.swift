/// What each key of a manifest takes, and what it is for.
extension ManifestSchema {
  /// What a key takes; nil: this version refuses it.
  func schema(of key: ManifestKey, in section: Problem.Section) -> JSONTree? {
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
    case .cpu where section == .limits:
      described(
        Self.integer(RunBounds.count), "Seconds of processor time of each call in a worker.")
    case .cpu:
      described(
        [
          "type": "number", "exclusiveMinimum": 0,
          "maximum": .value(.number(.greatestFiniteMagnitude)),
        ], "Seconds of processor time of its steps after which the call is ended (default: none).")
    case .core: described(["type": "boolean"], "Whether a crash may leave a core file.")
    case .crashLimit:
      described(
        Self.integer(RunBounds.count),
        "After so many crashes of a kernel its other calls are skipped "
          + "(default \(RunDefaults.crashLimit)).")
    case .metadata: described(["type": "object"], "Anything that results shall tell of their run.")
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
        ],
        "Seconds of its own, its steps and sleeps, after which the call is ended (default: none).")
    case .deadline:
      described(
        [
          "type": "number", "exclusiveMinimum": 0,
          "maximum": .value(.number(.greatestFiniteMagnitude)),
        ], "Seconds of wall time from its start after which the call is ended (default: none).")
    case .grace:
      described(
        Self.seconds,
        "Seconds that a step may outlive its time before its worker is killed "
          + "(default \(Wording.plain(RunDefaults.grace))).")
    case .memory: described(["$ref": "#/$defs/size"], "The most that the call may take.")
    case .retries:
      described(["$ref": "#/$defs/retries"], "How often, and when, a failed call is tried again.")
    case .times: described(Self.integer(RunBounds.retries), "How often, beside the first start.")
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
        ["type": "array", "items": ["$ref": "#/$defs/function"], "minItems": 1],
        "C declarations of functions, like \"double hypot(double x, double y)\", and of the "
          + "types that they use.")
    case .`init`:
      described(
        ["type": "array", "items": ["type": "string"]],
        "Functions that are called once in each worker before the library's others.")
    case .function: described(["type": "string"], "A C declaration.")
    case .`as`: described(["type": "string", "minLength": 1], "The kernel's name.")
    case .error:
      described(["const": "errno"], "A call fails with the errno that the function sets.")
    case .sources:
      described(
        ["$ref": "#/$defs/texts"],
        "More files that are compiled and linked with a source file: sources, objects, archives.")
    case .include:
      described(["$ref": "#/$defs/texts"], "Folders of headers, relative to the manifest.")
    case .flags:
      described(
        ["$ref": "#/$defs/texts"],
        "For the compiler of a source file, which runs in the manifest's folder.")
    case .libraries:
      described(["$ref": "#/$defs/texts"], "What a source file is linked to: \"z\", or a path.")
    case .sweep:
      described(
        [
          "type": "object", "properties": .object(Self.pointsKeys),
          "additionalProperties": ["$ref": "#/$defs/axis"],
        ],
        "Parameters with several values each: a call for each combination, the first slowest. "
          + "A \"file\" has points of its columns, a row each.")
    case .zip: described(["type": "boolean"], "Pairs the values of a sweep instead.")
    case .repeat:
      described(
        Self.integer(RunBounds.count),
        "How often each point is called; a parameter \"seed\" that is not given gets the call's "
          + "number.")
    case .from: described(["type": "number"], "The first value.")
    case .to: described(["type": "number"], "The last value; with \"step\", if a step hits it.")
    case .count:
      described(Self.integer(1...Int64(Sweep.mostCalls)), "How many values, both ends too.")
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

  /// The keys of a sweep that stand for a file. Parameters may have these names, too.
  static let pointsKeys: [JSONTree.Member] = [
    .init(
      name: PointsFile.key,
      value: [
        "description": "A CSV file, relative to the manifest: a column a parameter, a row a point.",
        "anyOf": [["type": "string", "minLength": 1], ["$ref": "#/$defs/axis"]],
      ]),
    .init(
      name: PointsFile.columnsKey,
      value: [
        "description": "The columns to take of the file; an object has parameters' names for them.",
        "anyOf": [
          ["type": "object", "additionalProperties": ["type": "string"], "minProperties": 1],
          ["type": "array", "items": ["type": "string"], "minItems": 1],
          ["$ref": "#/$defs/axis"],
        ],
      ]),
  ]

  func described(_ schema: JSONTree, _ description: String) -> JSONTree {
    let start: JSONTree = ["description": .value(.text(description))]
    return start.adding(schema.members)
  }
}
