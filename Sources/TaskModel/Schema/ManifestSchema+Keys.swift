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
    case .defaults: object(.defaults, "Defaults for tasks without their own.")
    case .plugins:
      described(
        ["type": "array", "items": ["$ref": "#/$defs/plugin"]],
        "Libraries of kernels and C sources; paths are relative to the manifest.")
    case .mode:
      described(
        ["enum": JSONTree(texts: Mode.allCases.map { $0.rawValue })],
        "concurrent: all calls take turns, a step each (default); parallel: on all processors, "
          + "in any order; the tokens are in the order of the calls.")
    case .isolation:
      described(
        ["enum": JSONTree(texts: Isolation.allCases.map { $0.rawValue })],
        "\"process\": calls share worker processes (default); \"call\": each has its own; "
          + "\"none\": they run inside the host.")
    case .sandbox:
      described(
        ["enum": JSONTree(texts: SandboxLevel.allCases.map { $0.rawValue })],
        "What workers may do to the system. strict refuses to run where a part cannot be "
          + "enforced, default warns and continues.")
    case .allow: object(.allow, "Exceptions from the sandbox of workers.")
    case .read: described(["$ref": "#/$defs/texts"], "Files and folders that workers may read.")
    case .write: described(["$ref": "#/$defs/texts"], "Files and folders that workers may write.")
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
        ], "The limit of processor time of the call's steps, in seconds (default: no limit).")
    case .core: described(["type": "boolean"], "Whether a crash may leave a core file.")
    case .crashLimit:
      described(
        Self.integer(RunBounds.count),
        "The number of crashes of a kernel after which its other calls are skipped "
          + "(default \(RunDefaults.crashLimit)).")
    case .metadata: described(["type": "object"], "Any object; the results have a copy of it.")
    case .kernel:
      described(
        ["enum": JSONTree(texts: kernels.map { $0.name })],
        "What to call; `host kernels NAME` describes it.")
    case .args:
      described(["type": ["object", "array"]], "Arguments by name, or as an array in order.")
    case .name:
      described(
        ["type": "string", "minLength": 1], "A unique name of the task, which its records have.")
    case .timeout:
      described(
        [
          "type": "number", "exclusiveMinimum": 0,
          "maximum": .value(.number(.greatestFiniteMagnitude)),
        ],
        "The limit of the call's own time, its steps and sleeps, in seconds (default: no limit).")
    case .deadline:
      described(
        [
          "type": "number", "exclusiveMinimum": 0,
          "maximum": .value(.number(.greatestFiniteMagnitude)),
        ], "The limit of wall time from the call's start, in seconds (default: no limit).")
    case .grace:
      described(
        Self.seconds,
        "Seconds that a step may outlive its time before its worker is killed "
          + "(default \(Wording.plain(RunDefaults.grace))).")
    case .memory: described(["$ref": "#/$defs/size"], "The limit of the call's memory.")
    case .retries:
      described(
        ["$ref": "#/$defs/retries"],
        "How often, and for which failures, a failed call is started again.")
    case .times:
      described(Self.integer(RunBounds.retries), "The number of retries after the first attempt.")
    case .delay: described(Self.seconds, "Seconds between two attempts.")
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
        "Flags for the compiler of a source file, which runs in the manifest's folder.")
    case .libraries:
      described(["$ref": "#/$defs/texts"], "Libraries to link a source file to: \"z\", or a path.")
    case .sweep:
      described(
        [
          "type": "object", "properties": .object(Self.pointsKeys),
          "additionalProperties": ["$ref": "#/$defs/axis"],
        ],
        "Parameters with several values each: a call for each combination, the first slowest. "
          + "A \"file\" has points of its columns, a row each.")
    case .zip:
      described(["type": "boolean"], "Pairs the values of a sweep instead of combining them.")
    case .repeat:
      described(
        Self.integer(RunBounds.count),
        "The number of calls of each point; a parameter \"seed\" without a value is the call's "
          + "number.")
    case .from: described(["type": "number"], "The first value.")
    case .to: described(["type": "number"], "The last value; with \"step\", if a step hits it.")
    case .count:
      described(Self.integer(1...Int64(Sweep.mostCalls)), "The number of values, with both ends.")
    case .step:
      described(
        ["type": "number", "not": ["const": 0]], "The difference between two neighbouring values.")
    case .log:
      described(["type": "boolean"], "Whether values are evenly spaced on a logarithmic scale.")
    case .jobs:
      described(Self.integer(1...1024), "Lanes in mode parallel (default: the processors).")
    case .id:
      described(["$ref": "#/$defs/id"], "The client's name of the request; records have it.")
    case .compact:
      described(
        ["type": "boolean"],
        "Whether the results of calls that end well come together, without other facts.")
    case .cancel:
      described(["$ref": "#/$defs/id"], "Ends the calls of the request with this id.")
    case .kernels: described(["const": true], "Asks for a line with the kernels.")
    case .stats: described(["const": true], "Asks for a line with counts.")
    case .shutdown:
      described(
        ["enum": JSONTree(texts: Shutdown.allCases.map { $0.rawValue })],
        "Ends the server: now, or after the requests before it.")
    case .after where section == .request:
      described(["not": .object([])], "Not possible: a request waits for no other.")
    case .after:
      described(
        [
          "type": ["string", "array"], "minLength": 1, "items": ["type": "string", "minLength": 1],
        ],
        "Names of tasks whose calls must all succeed before this one begins.")
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
