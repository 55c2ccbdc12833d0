/// The messages about keys of a manifest: unknown keys, and the values of each key.
extension Wording {
  static func unknownKey(_ key: String, in section: Problem.Section, near: String?) -> String {
    let start = "unknown key \(quoted(key))"
    if let near { return start + didYouMean(near) }
    let option = key.replacing("_", with: "-")
    let isOption = options.contains(option)
    return start + (isOption ? "; --\(option) is an option of the command line" : "")
      + keys(of: section)
  }

  /// Options of the command line without a key in the manifest.
  private static let options: Set<String> = [
    "output", "format", "input", "live", "order", "only", "calls", "halt", "dry-run", "stats",
    "quiet", "nan", "csv-units", "csv-elements", "progress", "summary", "events", "trace", "junit",
    "report", "check-memory", "verbose", "no-plugins", "journal", "sync", "rerun", "reuse", "time",
    "snapshot", "shard", "deal", "reshard", "explain-shard", "exit",
    "until", "stop-within", "stopped-exit", "set",
  ]

  /// Returns where to write a key of the manifest that was given as an option, like "write
  /// \"timeout\" in \"defaults\" or a task". Nil if there is no such key.
  public static func placeOfKey(_ name: String) -> String? {
    guard let (key, sections) = ManifestKey.sections(of: name) else { return nil }
    return "write \(quoted(key.text)) in "
      + sections.map { place(of: $0) }.joined(separator: " or ")
  }

  /// The message about a name in "on" of "retries".
  static func unknownCause(_ name: String, near: String?, declared: [String]) -> String {
    let isStatus = Status(rawValue: name) != nil
    let start =
      "\"on\": a call cannot be retried for \(isStatus ? "the status " : "")\(quoted(name))"
    if !isStatus, let near { return start + didYouMean(near) }
    let statuses = Retries.possible.map { $0.rawValue }
    return start + "; \"on\" takes the statuses \(list(statuses)), names of errno values like "
      + "\"EIO\", of signals like \"SIGSEGV\", and errors that the kernel declares"
      + (declared.isEmpty ? "" : ": \(list(declared))")
  }

  static func misplacedKey(_ key: String, _ sections: [Problem.Section]) -> String {
    "\(quoted(key)) is not a key of this object; it belongs in "
      + sections.map { place(of: $0) }.joined(separator: " or ")
      + (sections == [.task] ? ", like {\"tasks\": [{\(quoted(key)): ...}]}" : "")
  }

  private static func keys(of section: Problem.Section) -> String {
    let known = ManifestKey.known(in: section).map { $0.text }
    let names = list(known, most: known.count)
    return switch section {
    case .manifest: "; a manifest has \(names)"
    case .defaults: "; \"defaults\" has \(names)"
    case .task: "; a task has \(names); arguments of the kernel belong in \"args\""
    case .bytes: "; the object for bytes has only \(names)"
    case .allow: "; \"allow\" has \(names)"
    case .limits: "; \"limits\" has \(names)"
    case .retries: "; \"retries\" has \(names)"
    case .plugin: "; a plugin has \(names)"
    case .function: "; a function has \(names)"
    case .range: "; a range has \(names)"
    case .reference: "; another task's result has \(names)"
    case .request: "; a request has \(names); arguments of the kernel belong in \"args\""
    }
  }

  private static func place(of section: Problem.Section) -> String {
    switch section {
    case .manifest: "the manifest's outermost object"
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
    case .request: "a request"
    }
  }

  /// Returns what to write instead of a value of the wrong type; empty if that is not clear.
  static func remedy(_ expected: Problem.Expected, _ found: Found) -> String {
    switch (expected, found) {
    case (.tasks, .object): return "; put it in brackets: [{...}]"
    case (.paths, .text(let text)), (.plugins, .text(let text)), (.causes, .text(let text)),
      (.texts, .text(let text)), (.functions, .text(let text)):
      return "; put it in brackets: [\(path(text))]"
    case (.wholeNumber, .text(let text)), (.crashLimit, .text(let text)),
      (.repeats, .text(let text)), (.retries, .text(let text)), (.retryTimes, .text(let text)),
      (.wholeSeconds, .text(let text)):
      return Int(text) == nil ? "" : "; write it without quotes: \(text)"
    case (.wholeNumber, .number(let text)), (.crashLimit, .number(let text)),
      (.repeats, .number(let text)), (.retries, .number(let text)), (.size, .number(let text)),
      (.retryTimes, .number(let text)), (.wholeSeconds, .number(let text)):
      guard text.contains(where: { ".eE".contains($0) }), case .value(let whole) = WholeNumber(text)
      else { return "" }
      return "; write it without point and exponent: \(whole)"
    case (.seconds, .text(let text)), (.secondsOrNone, .text(let text)):
      return seconds(text).map { "; write it as a number of seconds: \(plain($0))" } ?? ""
    case (.number, .text(let text)):
      return isFiniteNumber(text) ? "; write it without quotes: \(text)" : ""
    case (.bool, .text("true")), (.bool, .text("false")): return "; write it without quotes"
    case (.bool, .integer("0")): return "; write false"
    case (.bool, .integer("1")): return "; write true"
    case (.words(let words), .bool(false)), (.words(let words), .null):
      return words.contains("none") ? didYouMean("none") : ""
    case (.size, .text(let text)): return ByteSize.meant(by: text).map(didYouMean) ?? ""
    case (.sweepValues, .integer(let text)), (.sweepValues, .number(let text)):
      return "; for one value write [\(Printable.number(text))], or move it to \"args\""
    default: return ""
    }
  }

  /// Returns "5", "5s", "500 ms" or "2 min" as seconds.
  private static func seconds(_ text: String) -> Double? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), number > 0 else { return nil }
    let unit = text.dropFirst(digits.count).lowercased().filter { $0 != " " }
    let units: [String: Double] = [
      "": 1, "s": 1, "sec": 1, "second": 1, "seconds": 1, "ms": 0.001, "m": 60, "min": 60,
      "minute": 60, "minutes": 60, "h": 3600, "hour": 3600, "hours": 3600,
    ]
    return units[unit].map { number * $0 }
  }

  static func expectation(_ expected: Problem.Expected) -> String {
    switch expected {
    case .text: "a string"
    case .seconds: "a number of seconds above 0"
    case .wholeNumber: "an integer"
    case .object: "an object"
    case .arguments: "an object, for arguments by name, or an array, for arguments in order"
    case .tasks: "an array of tasks"
    case .paths: "an array of paths"
    case .path: "paths, which are strings"
    case .secondsOrNone: "a number of seconds, 0 or more"
    case .wholeSeconds: "an integer number of seconds, 1 or more"
    case .size:
      "a size: an integer number of bytes, 1 or more, or a string like \"64 MiB\" (B, KB, MB, GB, "
        + "KiB, MiB, GiB)"
    case .words(let words): "one of \(list(words))"
    case .retries:
      "an integer from 0 to 1000000, or an object like {\"times\": 2, \"on\": [\"crash\"]}"
    case .retryTimes: "an integer from 0 to 1000000"
    case .causes: "an array of statuses and names of error codes"
    case .cause: "statuses and names of error codes, which are strings"
    case .crashLimit: "an integer, 1 or more"
    case .bool: "true or false"
    case .plugins: "an array of paths, and of objects like {\"path\": \"mine.c\"}"
    case .plugin: "paths, and objects like {\"path\": \"mine.c\"}"
    case .texts: "an array of strings"
    case .functions: "an array of C declarations"
    case .function: "C declarations, which are strings, and objects like {\"function\": \"...\"}"
    case .number: "a number"
    case .sweep:
      "an object of parameters, each with its values, or {\"file\": \"points.csv\"}"
    case .sweepValues:
      "an array of values, or a range like {\"from\": 0, \"to\": 1, \"count\": 11}"
    case .columns:
      "an array of column names, or an object of parameters, each with its column's name"
    case .repeats: "an integer, 1 or more"
    case .after: "the name of a task, or an array of names"
    }
  }
}
