/// Every sentence that is said of manifests, kernels and calls: what was found,
/// where, what was expected, what to do.
public enum Wording {
  // MARK: Manifests

  static func text(_ problem: Problem, in source: SourceText) -> String {
    func line(_ place: Int) -> String { "line \(source.position(of: place).line)" }
    switch problem {
    case .empty: return "the manifest is empty; the least is {\"tasks\": []}"
    case .binary: return "this is not text (it has a zero byte); a manifest is JSON in UTF-8"
    case .wrongEncoding(let name): return "this is \(name); a manifest is JSON in UTF-8: convert it"
    case .byteOrderMark: return "a byte order mark; JSON has none: save the file as UTF-8 without it"
    case .invalidUTF8: return "these bytes are not UTF-8; a manifest is JSON in UTF-8"
    case .tooLarge: return "the manifest is 4 GiB or larger; split it, or use JSON Lines in parts"
    case .unexpectedEnd(let expected): return "the text ends here; expected \(expected)"
    case .unexpected(let found, let expected):
      return "found \(quoted(found)), expected \(expected)"
    case .comment: return "JSON has no comments; put notes into \"metadata\""
    case .trailingComma: return "a comma with nothing behind it; JSON allows none: remove it"
    case .singleQuotes: return "JSON texts take double quotes (\")"
    case .unquotedText(let word):
      return "\(quoted(word)) stands without quotes; JSON texts and keys take double quotes"
    case .misspelledLiteral(let found, let write):
      return "found \(quoted(found)), which JSON does not have; write \(write)"
    case .number(let found, let fault): return number(found, fault)
    case .numberOutOfRange(let found):
      return "\(found) is beyond what an f64 can hold (about 1.8e308); for infinity write"
        + " \"Infinity\""
    case .controlCharacter(let byte):
      let name = byte == 9 ? "a tab (write \\t)" : byte == 10 ? "a line's end (write \\n)"
        : "the control character \(byte)"
      return "\(name) where JSON allows none"
    case .escape(let found):
      return "\(quoted(found)) is no escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX"
    case .loneSurrogate(let found):
      return "\(found) is half of a character; write both halves, \\uD83D\\uDE00, or the character"
    case .tooDeep(let limit): return "nested deeper than \(limit) levels"
    case .trailingText(let found):
      return "found \(quoted(found)) behind the end of the manifest; remove it"
    case .wrongType(let what, let found, let expected):
      return "\(what): found \(kind(found)), expected \(expected)"
    case .wrongValue(let what, let found, let expected):
      return "\(what): found \(found), expected \(expected)"
    case .unknownKey(let key, let owner, let near):
      return "unknown key \(quoted(key)) in \(owner.rawValue)"
        + didYouMean(near, or: "; keys are \(keys(owner))")
    case .notYet(let what):
      return "\(what.contains("\"") ? what : quoted(what)) is not supported by this version yet;"
        + " remove it"
    case .duplicateKey(let key, let first):
      return "the key \(quoted(key)) is there twice (first on \(line(first))); remove one"
    case .duplicateTask(let name, let first):
      return "two tasks are named \(quoted(name)) (the first on \(line(first))); rename one"
    case .missingKey(let key, let owner): return "\(owner.rawValue) has no \(quoted(key))"
    case .oneTaskALine:
      return "JSON Lines: more than one value on this line; put each task on a line of its own"
    case .base64: return "this is not base64 (standard alphabet, with padding)"
    case .unknownKernel(let name, let near, let known):
      return unknownKernel(name, near: near, known: known)
    case .unknownParameter(let name, let kernel, let near, let known):
      return unknownParameter(name, kernel: kernel, near: near, known: known)
    case .tooManyArguments(let kernel, let found, let most):
      return tooManyPositional(kernel: kernel, found: found, most: most.count)
        + (most.isEmpty ? "" : ": \(most.joined(separator: ", "))")
    case .missingArgument(let name, let kernel): return missingArgument(name, kernel: kernel)
    case .argument(let name, let kernel, let problem):
      return argument(name, kernel: kernel, problem)
    }
  }

  static func more(shown: Int, total: Int) -> String {
    "\(shown) errors shown, \(total) in all"
  }

  private static func number(_ found: String, _ fault: Problem.Number) -> String {
    switch fault {
    case .leadingZero: "\(quoted(found)): JSON numbers have no leading zero"
    case .plus: "\(quoted(found)): JSON numbers have no leading plus"
    case .point: "\(quoted(found)) is no number; digits stand on both sides of the point: 0.5, 2.0"
    case .exponent: "\(quoted(found)): digits are missing in the exponent: 1e5, 1e-5"
    case .minus: "\(quoted(found)): a digit is missing behind the minus"
    case .hexadecimal: "\(quoted(found)): JSON numbers are decimal"
    }
  }

  private static func keys(_ owner: Problem.Owner) -> String {
    ManifestKey.allCases.filter { $0.owner == owner }.map { $0.text }.joined(separator: ", ")
  }

  static func kind(_ kind: JSONKind) -> String {
    switch kind {
    case .null: "null"
    case .bool: "true or false"
    case .integer: "an integer"
    case .number: "a number"
    case .text: "a text"
    case .array: "an array"
    case .object: "an object"
    }
  }

  // MARK: Kernels and arguments

  public static func unknownKernel(_ name: String, near: String?, known: [String] = []) -> String {
    let list = known.isEmpty || known.count > 12 ? "`host kernels` lists them"
      : "kernels are \(known.joined(separator: ", "))"
    return "kernel \(quoted(name)) is unknown" + didYouMean(near, or: "; \(list)")
  }

  static func unknownParameter(
    _ name: String, kernel: String, near: String?, known: [String]
  ) -> String {
    let list = known.isEmpty ? "it takes no arguments"
      : "its parameters are \(known.joined(separator: ", "))"
    return "\(kernel) has no parameter \(quoted(name))" + didYouMean(near, or: "; \(list)")
  }

  public static func unknownParameter(_ name: String, kernel: String, known: [String]) -> String {
    unknownParameter(
      name, kernel: kernel, near: NearName.nearest(to: name, among: known), known: known)
  }

  public static func tooManyPositional(kernel: String, found: Int, most: Int) -> String {
    "\(kernel): found \(found) arguments, expected at most \(most)"
  }

  public static func missingArgument(_ name: String, kernel: String) -> String {
    "\(kernel) needs the argument \(quoted(name)), which has no default"
  }

  public static func argumentTwice(_ name: String, kernel: String) -> String {
    "\(kernel): the argument \(quoted(name)) is given twice, by position and by name"
  }

  static func argument(_ name: String, kernel: String?, _ problem: ArgumentProblem) -> String {
    let owner = kernel.map { " of \($0)" } ?? ""
    return "argument \(quoted(name))\(owner): " + argumentProblem(problem)
  }

  private static func argumentProblem(_ problem: ArgumentProblem) -> String {
    switch problem {
    case .type(let found, let expected):
      return "found \(found), expected \(type(expected))"
    case .notWhole(let found):
      return "found \(found), expected a whole number, written without point and exponent"
    case .integerRange(let found, let range):
      return "found \(found), expected a whole number \(limits(range))"
    case .range(let found, let range):
      let upper = range.upperBound == Double.greatestFiniteMagnitude
      return "found \(found), expected a number "
        + (upper ? "of at least \(short(range.lowerBound))"
          : "from \(short(range.lowerBound)) to \(short(range.upperBound))")
    case .choice(let found, let choices, let near):
      return "found \(quoted(found)), expected one of "
        + choices.map { quoted($0) }.joined(separator: ", ") + didYouMean(near, or: "")
    case .element(let index, let problem):
      return "element \(index): \(argumentProblem(problem))"
    }
  }

  private static func limits(_ range: ClosedRange<Int64>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (Int64.min, Int64.max): "of at most 64 bits"
    case (let low, Int64.max): "of at least \(low)"
    default: "from \(range.lowerBound) to \(range.upperBound)"
    }
  }

  private static func short(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
  }

  private static func type(_ type: ValueType) -> String {
    switch type {
    case .bool: "true or false"
    case .i64: "a whole number (i64)"
    case .f64: "a number (f64)"
    case .text: "a text"
    case .bytes: "bytes: a text, or {\"base64\": \"...\"}"
    case .i64Array: "an array of whole numbers"
    case .f64Array: "an array of numbers"
    }
  }

  private static func didYouMean(_ near: String?, or other: String) -> String {
    near.map { "; did you mean \(quoted($0))?" } ?? other
  }

  /// A name in quotes, cut to a line's worth, with nothing that a terminal obeys.
  public static func quoted(_ text: String) -> String {
    Printable.quoted(text)
  }

  // MARK: Calls

  /// A wrong argument of the Swift API, as a call's error.
  public static func badArgument(_ message: String) -> CallError {
    CallError(status: .error, code: -22, name: "EINVAL", message: message)
  }

  public static func timeout(seconds: Double, steps: Int64) -> String {
    "no end within \(short(seconds)) s; stopped after \(count(steps, "step"))"
  }

  public static func cancelled(steps: Int64) -> String {
    steps == 0 ? "cancelled before its first step" : "cancelled after \(count(steps, "step"))"
  }

  public static var taskCancelled: String { "the Swift task was cancelled" }

  public static func undeclaredName(code: Int32) -> String { "E\(code.magnitude)" }

  public static func undeclared(code: Int32) -> String {
    "the kernel answered \(code), which is no errno and no code that it declares"
  }

  public static var argumentsTooLarge: String { "the arguments do not fit into memory" }

  private static func count(_ number: Int64, _ unit: String) -> String {
    "\(number) \(unit)\(number == 1 ? "" : "s")"
  }

  // MARK: System

  /// "cannot open study.json: No such file or directory".
  public static func system(_ action: String, _ path: String?, _ reason: String) -> String {
    "cannot \(action)" + (path.map { " \(Printable.plain($0))" } ?? "") + ": \(reason)"
  }
}
