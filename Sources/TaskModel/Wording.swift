/// The sentences of all mistakes in manifests. Each says what was found, what was
/// expected, and what to do; the place stands before it. `Wording+JSON` has those
/// of JSON, `Wording+Calls` those of calls and the system.
public enum Wording {
  static func sentence(_ problem: Problem, in source: SourceText) -> String {
    switch problem {
    case .json(let problem): return json(problem)
    case .sourceTooLarge(let bytes):
      return "the manifest has \(grouped(bytes)) bytes, and must have less than 4,294,967,295; "
        + "split it into several"
    case .notManifest(let found):
      return "a manifest is an object, or an array of tasks; found \(shown(found))"
    case .notTask(let found):
      return "a task is an object like {\"kernel\": \"for_loop\"}; found \(shown(found))"
    case .missingTasks:
      return "the manifest has no \"tasks\"; add \"tasks\": [...], which may be empty"
    case .noValues(let name):
      return "\(quoted(name)) has no values to take; give one at least, or leave it out"
    case .rangeIncomplete:
      return "a range has \"from\", \"to\", and either \"count\" or \"step\", like "
        + "{\"from\": 0, \"to\": 1, \"count\": 11}"
    case .wrongRange(let problem): return range(problem)
    case .rangeNotWhole(let name):
      return "\(quoted(name)) takes whole numbers, and this range has others between its ends; "
        + "give a whole \"step\", a \"count\" that divides the distance evenly, or a list"
    case .zipLengths(let first, let count, let other, let otherCount):
      return "with \"zip\" all have as many values; \(quoted(first)) has \(grouped(count)), "
        + "\(quoted(other)) \(grouped(otherCount))"
    case .zipWithoutSweep:
      return "\"zip\" pairs the values of a \"sweep\", and there is none; remove it"
    case .tooManyPoints(let most):
      return "these are more than \(grouped(most)) calls; sweep fewer values"
    case .tooManyCalls(let most):
      return
        "up to here the tasks are more than \(grouped(most)) calls in all; sweep fewer values, "
        + "or make several manifests of it"
    case .sweptTwice(let name):
      return "\(quoted(name)) is given in \"args\", and in \"sweep\" too; remove it from one"
    case .points(let problem): return points(problem)
    case .waiting(let problem): return waiting(problem, in: source)
    case .missingPath:
      return "the plugin has neither \"path\", of a library or a source file, nor \"library\" with "
        + "\"functions\"; add one of them"
    case .pathAndLibrary:
      return "a plugin has \"path\" or \"library\", not both; remove one of them"
    case .missingFunctions:
      return "\"library\" needs \"functions\", which of its functions shall be kernels, like "
        + "[\"double hypot(double x, double y)\"]; a library that has kernels is a \"path\""
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
      return "the task has no \"kernel\"; add \"kernel\": \"...\", the name of what to call"
    case .unknownKey(let key, let section, let near):
      return "unknown key \(quoted(key))" + (near.map(didYouMean) ?? keys(of: section))
    case .misplacedKey(let key, let sections):
      let places = sections.map { place(of: $0) }.joined(separator: " or ")
      return "\(quoted(key)) does not belong here; it belongs into \(places)"
    case .duplicateKey(let key, let first):
      return "the key \(quoted(key)) stands twice in this object, first in "
        + "\(line(first, in: source)); remove one of them"
    case .duplicateTask(let name, let first):
      return "two tasks have the name \(quoted(name)), the first in \(line(first, in: source)); "
        + "give each its own"
    case .wrongType(let key, let expected, let found):
      return "\(quoted(key)) takes \(expectation(expected)); found \(shown(found))"
    case .wrongWord(let key, let found, let allowed, let near):
      return "\(quoted(key)) is one of \(list(allowed)); found \(quoted(found))"
        + (near.map(didYouMean) ?? "")
    case .wrongTimeout(let key, let found):
      return "a \(key) is a number of seconds above 0; found \(Printable.number(found))"
        + "; for no limit leave it out"
    case .missingTimes:
      return "\"retries\" does not say how often; add \"times\": 1, or write just the number"
    case .needsProcess(let key):
      return
        "\(quoted(key)) needs worker processes, and isolation \"none\" has none; remove it, or "
        + "use isolation \"process\" or \"call\""
    case .wrongJobs(let found):
      return "\"jobs\" is a whole number from 1 to 1024; found \(Printable.number(found))"
    case .emptyText(let key): return "\(quoted(key)) is empty; it takes at least one character"
    case .plugin(let path, let reason): return pluginNotLoaded(path, reason)
    case .nulInPath: return "a path cannot contain a NUL character (\\u0000)"
    case .numberOutOfRange(let found):
      return "\(Printable.number(found)) is beyond the largest f64, 1.7976931348623157e+308; for "
        + "infinity write the text \"Infinity\""
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

  /// The line after the last mistake that is shown.
  static func more(shown: Int, total: Int) -> String {
    "\(grouped(shown)) errors shown, \(grouped(total)) in all"
  }

  static func line(_ place: Int, in source: SourceText) -> String {
    let position = source.position(of: place)
    return "line \(position.line), column \(position.column)"
  }

  private static func keys(of section: Problem.Section) -> String {
    let known = ManifestKey.known(in: section).map { $0.text }
    let names = list(known, most: known.count)
    return switch section {
    case .manifest: "; a manifest has \(names)"
    case .defaults: "; \"defaults\" has \(names)"
    case .task: "; a task has \(names)"
    case .bytes: "; the object for bytes has \(names) alone"
    case .allow: "; \"allow\" has \(names)"
    case .limits: "; \"limits\" has \(names)"
    case .retries: "; \"retries\" has \(names)"
    case .plugin: "; a plugin has \(names)"
    case .function: "; a function has \(names)"
    case .range: "; a range has \(names)"
    case .reference: "; another task's result has \(names)"
    }
  }

  private static func range(_ problem: RangeProblem) -> String {
    switch problem {
    case .noStep: "a step of 0 never gets from \"from\" to \"to\""
    case .wrongWay: "\"step\" leads away from \"to\"; change its sign, or swap the ends"
    case .stepOfLogarithm: "with \"log\" a range has a \"count\", not a \"step\""
    case .logarithmOfNothing: "with \"log\" both ends must be above 0"
    case .oneOfTwo: "a \"count\" of 1 cannot have both ends, which differ"
    case .tooMany: "these are too many values; take a larger \"step\""
    }
  }

  private static func place(of section: Problem.Section) -> String {
    switch section {
    case .manifest: "the manifest's own object"
    case .defaults: "\"defaults\""
    case .task: "a task"
    case .bytes: "the value of an argument"
    case .allow: "\"allow\""
    case .limits: "\"limits\""
    case .retries: "the object of \"retries\""
    case .plugin: "an object in \"plugins\""
    case .function: "an object in \"functions\""
    case .range: "a range in \"sweep\""
    case .reference: "the value of an argument"
    }
  }

  private static func expectation(_ expected: Problem.Expected) -> String {
    switch expected {
    case .text: "a text"
    case .seconds: "a number of seconds above 0"
    case .wholeNumber: "a whole number"
    case .object: "an object"
    case .arguments: "an object, for arguments by name, or an array, for arguments in order"
    case .tasks: "an array of tasks"
    case .paths: "an array of paths"
    case .path: "paths, which are texts"
    case .secondsOrNone: "a number of seconds, 0 or more"
    case .wholeSeconds: "a whole number of seconds, 1 or more"
    case .size: "a size: a whole number of bytes above 0, or a text like \"64 MiB\""
    case .retries:
      "a whole number from 0 to 1000000, or an object like {\"times\": 2, \"on\": [\"crash\"]}"
    case .retryTimes: "a whole number from 0 to 1000000"
    case .causes: "an array of statuses and names of error codes"
    case .cause: "statuses and names of error codes, which are texts"
    case .crashLimit: "a whole number, 1 or more"
    case .bool: "true or false"
    case .plugins: "an array of paths, and of objects like {\"path\": \"mine.c\"}"
    case .plugin: "paths, and objects like {\"path\": \"mine.c\"}"
    case .texts: "an array of texts"
    case .functions: "an array of C declarations"
    case .function: "C declarations, which are texts, and objects like {\"function\": \"...\"}"
    case .number: "a number"
    case .sweep:
      "an object of parameters, each with its values, or {\"file\": \"points.csv\"}"
    case .sweepValues:
      "an array of values, or a range like {\"from\": 0, \"to\": 1, \"count\": 11}"
    case .columns:
      "an array of names of columns, or an object of parameters, each with its column's name"
    case .repeats: "a whole number, 1 or more"
    case .after: "the name of a task, or an array of names"
    }
  }

  static func base64(_ problem: Base64Problem) -> String {
    let start = "this text is not base64 (RFC 4648): "
    return switch problem {
    case .character(let found):
      start + "\(quoted(String(found))) is none of its digits A-Z a-z 0-9 + /"
    case .length(let count):
      start + "its length is \(grouped(count)), no multiple of 4; pad it with \"=\""
    case .padding: start + "\"=\" stands before its end"
    case .strayBits: start + "its last digit has bits that belong to no byte"
    }
  }
}

/// Arguments.
extension Wording {
  static func argument(_ problem: ArgumentProblem, parameter: String, kernel: String?) -> String {
    let subject = "argument \(quoted(parameter))" + (kernel.map { " of \(quoted($0))" } ?? "")
    return argument(problem, subject: subject)
  }

  private static func argument(_ problem: ArgumentProblem, subject: String) -> String {
    switch problem {
    case .wrongType(let expected, let found):
      return "\(subject) is \(type(expected)); found \(shown(found))" + remedy(expected, found)
    case .tooWide(let found, let low, let high):
      return "\(subject) is a whole number from \(low) to \(high); found \(Printable.number(found))"
    case .beyondFloat(let found):
      return
        "\(subject) is a number of 32 bits (float), of which \(Float.greatestFiniteMagnitude) is "
        + "the largest; found \(Printable.number(found)): for infinity write the text \"Infinity\""
    case .outOfRange(let found, let limits, let unit):
      let what = unit.map { " (\($0))" } ?? ""
      return "\(subject) must be \(limits)\(what); found \(Printable.number(found))"
    case .wrongCount(let found, let expected, let unit):
      return "\(subject) has exactly \(counted(expected, unit)); found \(grouped(found))"
    case .notAmong(let found, let choices, let near):
      return "\(subject) is one of \(list(choices)); found \(quoted(found))"
        + (near.map(didYouMean) ?? "")
    case .element(let index, let problem):
      return argument(problem, subject: "element \(grouped(index)) (from 0) of \(subject)")
    }
  }

  /// What to write instead, where that is plain.
  private static func remedy(_ expected: ValueType, _ found: Found) -> String {
    switch (expected, found) {
    case (_, .null): return "; to take the default, leave the argument out"
    case (.i64, .number(let text)):
      guard let value = Double(text), value == value.rounded() else {
        return "; it takes no fraction"
      }
      guard let whole = Int128(exactly: value), UInt64(exactly: whole.magnitude) != nil else {
        return ", which has more than 64 bits"
      }
      return "; write it without point and exponent: \(whole)"
    case (.i64, .text(let text)) where Int64(text) != nil,
      (.f64, .text(let text)) where Double(text)?.isFinite == true:
      return "; write it without quotes: \(text)"
    case (.f64, .text(let text)):
      let near = NearName.nearest(to: text, among: ["NaN", "Infinity", "-Infinity"])
      return near.map(didYouMean) ?? "; the only texts it takes are \"NaN\", \"Infinity\" and "
        + "\"-Infinity\""
    case (.bool, .integer("0")): return "; write false"
    case (.bool, .integer("1")): return "; write true"
    case (.bool, .text("true")), (.bool, .text("false")): return "; write it without quotes"
    case (.text, .integer(let text)), (.text, .number(let text)):
      return "; write it in quotes: \(quoted(text))"
    case (.i64Array, .integer(let text)), (.f64Array, .integer(let text)),
      (.f64Array, .number(let text)):
      return "; for one element write [\(Printable.number(text))]"
    default: return ""
    }
  }

  static func type(_ type: ValueType) -> String {
    switch type {
    case .bool: "a bool (true or false)"
    case .i64: "a whole number (i64)"
    case .f64: "a number (f64)"
    case .text: "a text"
    case .bytes: "bytes (a text, or {\"base64\": \"...\"})"
    case .i64Array: "an array of whole numbers (i64)"
    case .f64Array: "an array of numbers (f64)"
    }
  }

  private static func example(of type: ValueType) -> String {
    switch type {
    case .bool: "true"
    case .i64: "1"
    case .f64: "1.0"
    case .text, .bytes: "\"...\""
    case .i64Array: "[1, 2]"
    case .f64Array: "[1.0, 2.0]"
    }
  }

  private static func shown(_ found: Found) -> String {
    switch found {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let text), .number(let text): "the number \(Printable.number(text))"
    case .text(let text): "the text \(quoted(text))"
    case .bytes: "bytes"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// What a declared range allows: "from 0 to 1", "above 0 and below 1", "at least 0".
  public static func limits(_ field: FieldSignature) -> String {
    guard let range = field.range else { return "any number" }
    let greatest = Double.greatestFiniteMagnitude
    let (low, high) = (plain(range.lowerBound), plain(range.upperBound))
    let least: String? =
      range.lowerBound <= -greatest ? nil : "\(field.isLowOpen ? "above" : "at least") \(low)"
    let most: String? =
      range.upperBound >= greatest ? nil : "\(field.isHighOpen ? "below" : "at most") \(high)"
    guard let least, let most else { return least ?? most ?? "a finite number" }
    return field.isLowOpen || field.isHighOpen ? "\(least) and \(most)" : "from \(low) to \(high)"
  }
}
