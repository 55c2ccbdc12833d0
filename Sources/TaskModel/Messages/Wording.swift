/// The messages about mistakes in manifests. Each says what was found, what was expected, and what
/// to do. Its place comes before it. `Wording+JSON` has the messages about JSON, `Wording+Calls`
/// those about calls and the system.
public enum Wording {
  static func sentence(_ problem: Problem, in source: SourceText) -> String {
    switch problem {
    case .json(let problem): return json(problem)
    case .sourceTooLarge(let bytes):
      return "the manifest has \(grouped(bytes)) bytes; expected fewer than 4,294,967,295: "
        + "split it into several"
    case .foreign(let file): return foreign(file, name: source.name)
    case .notManifest(let found):
      return "a manifest is an object, or an array of tasks; found \(shown(found))"
    case .notTask(let found):
      return "a task is an object like {\"kernel\": \"for_loop\"}; found \(shown(found))"
    case .missingTasks:
      return "the manifest has no \"tasks\"; add \"tasks\": [...], which may be empty"
    case .noValues(let name):
      return "\(quoted(name)) has no values; give at least one, or remove it"
    case .rangeIncomplete(let missing): return rangeIncomplete(missing)
    case .wrongRange(let problem): return range(problem)
    case .rangeNotWhole(let name):
      return "\(quoted(name)) takes integers, and this range has fractions between its ends; "
        + "give an integer \"step\", a \"count\" that divides the distance evenly, or a list"
    case .zipLengths(let first, let count, let other, let otherCount):
      return "with \"zip\" all parameters need the same number of values; \(quoted(first)) has "
        + "\(grouped(count)), \(quoted(other)) has \(grouped(otherCount))"
    case .zipWithoutSweep:
      return "\"zip\" pairs the values of a \"sweep\", and this task has no sweep; remove it"
    case .tooManyPoints(let most):
      return "this sweep makes more than \(grouped(most)) calls; give it fewer values"
    case .tooManyCalls(let most):
      return
        "the tasks up to here make more than \(grouped(most)) calls; give the sweeps fewer "
        + "values, or split the manifest"
    case .sweptTwice(let name):
      return "\(quoted(name)) is given in \"args\" and in \"sweep\"; remove it from one of them"
    case .points(let problem): return points(problem)
    case .waiting(let problem): return waiting(problem, in: source)
    case .request(let problem): return request(problem)
    case .missingPath:
      return "the plugin has neither \"path\", of a library or a source file, nor \"library\" with "
        + "\"functions\"; add one of them"
    case .pathAndLibrary:
      return "a plugin has \"path\" or \"library\", not both; remove one of them"
    case .missingFunctions:
      return "\"library\" needs \"functions\", the declarations of those to call, like "
        + "[\"double hypot(double x, double y)\"]; a library of kernels is given as \"path\""
    case .functionsOfPath:
      return "\"functions\" and \"init\" belong to a plain library; write \"library\" in place of "
        + "\"path\""
    case .optionsOfLibrary(let key):
      return "\(quoted(key)) is for source files (.c, .cpp, .cc, .cxx), which are compiled; "
        + "remove it"
    case .prototype(let problem): return prototype(problem)
    case .missingFunction: return missingFunction
    case .badKernelName: return badKernelName
    case .errorOfFunction(let found): return errorOfFunction(found)
    case .missingKernel:
      return "the task has no \"kernel\"; add \"kernel\": \"NAME\", which `host kernels` lists"
    case .unknownKey(let key, let section, let near):
      return unknownKey(key, in: section, near: near)
    case .misplacedKey(let key, let sections): return misplacedKey(key, sections)
    case .duplicateKey(let key, let first):
      return "the key \(quoted(key)) appears twice in this object, first in "
        + "\(line(first, in: source)); remove one of them"
    case .duplicateTask(let name, let first):
      return "two tasks have the name \(quoted(name)), the first in \(line(first, in: source)); "
        + "give each task a name of its own"
    case .wrongType(let key, let expected, let found):
      return "\(quoted(key)) takes \(expectation(expected)); found \(shown(found))"
        + remedy(expected, found)
    case .wrongWord(let key, let found, let allowed, let near):
      return "\(quoted(key)) is one of \(list(allowed)); found \(quoted(found))"
        + (near.map(didYouMean) ?? "")
    case .wrongTimeout(let key, let found):
      return "a \(key) is a number of seconds above 0; found \(Printable.number(found))"
        + "; for no limit leave it out"
    case .unknownCause(let name, let near, let declared):
      return unknownCause(name, near: near, declared: declared)
    case .allowedPath(let problem): return allowedPath(problem)
    case .missingTimes:
      return "\"retries\" has no \"times\"; add \"times\": 1, or write only the number"
    case .needsProcess(let key):
      return
        "\(quoted(key)) needs worker processes, which isolation \"none\" does not use; remove it, or "
        + "use isolation \"process\" or \"call\""
    case .wrongJobs(let found):
      return "\"jobs\" is an integer from 1 to 1024; found \(Printable.number(found))"
    case .emptyText(let key): return "\(quoted(key)) is empty; it takes at least one character"
    case .plugin(let path, let reason): return pluginNotLoaded(path, reason)
    case .samePlugin(let path, let other, let first):
      return samePlugin(path, as: other, at: first.map { line($0, in: source) })
    case .nulInPath: return "a path cannot contain a NUL character (\\u0000)"
    case .numberOutOfRange(let found):
      return "\(Printable.number(found)) is beyond the largest f64, "
        + "1.7976931348623157e+308; for an infinite f64 write the string \"Infinity\""
    case .wrongBase64(let problem): return base64(problem)
    case .unknownKernel(let name, let near, let known, let count):
      return unknownKernel(name, near: near, known: known, count: count)
    case .unknownParameter(let name, let kernel, let near, let known):
      return unknownParameter(name, kernel: kernel, near: near, known: known)
    case .tooManyPositional(let kernel, let found, let parameters):
      return tooManyPositional(kernel: kernel, found: found, most: parameters.count)
        + (parameters.isEmpty ? "" : ": " + list(parameters))
    case .missingArgument(let name, let type, let kernel):
      return missingArgument(name, kernel: kernel) + "; add \(quoted(name)): \(example(of: type))"
    case .argument(let problem, let parameter, let kernel):
      return argument(problem, parameter: parameter, kernel: kernel)
    }
  }

  /// The line after the last error that is shown.
  static func more(shown: Int, total: Int) -> String {
    "\(grouped(shown)) errors shown, \(grouped(total)) in all"
  }

  static func line(_ place: Int, in source: SourceText) -> String {
    let position = source.position(of: place)
    return "line \(position.line), column \(position.column)"
  }

  private static func rangeIncomplete(_ missing: [String]) -> String {
    if missing.isEmpty {
      return "a range has a \"count\" or a \"step\", not both; remove one of them"
    }
    let parts = missing.map { $0 == "count" ? "\"count\" or \"step\"" : quoted($0) }
    return "the range has no " + parts.joined(separator: ", no ") + "; expected a range like "
      + "{\"from\": 0, \"to\": 1, \"count\": 11}"
  }

  private static func range(_ problem: RangeProblem) -> String {
    switch problem {
    case .noStep: "a \"step\" of 0 never reaches \"to\"; give another, or a \"count\""
    case .wrongWay: "\"step\" leads away from \"to\"; change its sign, or swap the ends"
    case .stepOfLogarithm: "a range with \"log\" has a \"count\", not a \"step\"; replace it"
    case .logarithmOfNothing:
      "with \"log\" both ends must be above 0; change them, or remove \"log\""
    case .oneOfTwo: "a \"count\" of 1 has room for one end only, and the two differ; give 2 or more"
    case .tooMany: "the range has too many values; give a larger \"step\""
    }
  }

  static func base64(_ problem: Base64Problem) -> String {
    let start = "this text is not base64 (RFC 4648): "
    return switch problem {
    case .character(let found):
      start + "\(quoted(String(found))) is not one of the digits A-Z a-z 0-9 + /"
    case .length(let count):
      start + "its length is \(grouped(count)), not a multiple of 4; pad it with \"=\""
    case .padding: start + "\"=\" is only allowed at the end"
    case .strayBits: start + "its last digit has bits that belong to no byte"
    }
  }
}
