import TaskModel

/// Long options (`--name value`, `--name=value`), short ones (`-o value`,
/// `-ovalue`), `--` before what is no option, and `-` as an operand.
struct OptionParser {
  private(set) var values: [String: String] = [:]
  /// Of options that may be given several times, in order.
  private(set) var repeated: [String: [String]] = [:]
  private(set) var flags: Set<String> = []
  private(set) var operands: [String] = []

  /// Why a command line is wrong.
  struct UsageError: Error {
    let message: String
  }

  init(_ arguments: [String], options: [Option]) throws(UsageError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        operands += rest
        return
      }
      if argument == "-" || !argument.hasPrefix("-") {
        operands.append(argument)
      } else if argument.hasPrefix("--") {
        try long(argument, &rest, options)
      } else {
        try short(argument, &rest, options)
      }
    }
  }

  private mutating func long(
    _ argument: String, _ rest: inout ArraySlice<String>, _ options: [Option]
  ) throws(UsageError) {
    let parts = argument.dropFirst(2).split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = options.first(where: { $0.long == name }) else {
      throw UsageError(message: Messages.unknownOption(name, options))
    }
    try set(option, inline: parts.count > 1 ? String(parts[1]) : nil, "--\(name)", &rest)
  }

  private mutating func short(
    _ argument: String, _ rest: inout ArraySlice<String>, _ options: [Option]
  ) throws(UsageError) {
    let letter = argument[argument.index(after: argument.startIndex)]
    guard let option = options.first(where: { $0.short == letter }) else {
      // "-format json" is meant for a long one.
      let name = argument.dropFirst().prefix { $0 != "=" }
      let isLong = name.count > 2 && Messages.knows(String(name), options)
      throw UsageError(
        message: isLong
          ? Messages.oneDash(String(name), options) : Messages.unknownOption("-\(letter)"))
    }
    let inline = String(argument.dropFirst(2))
    try set(option, inline: inline.isEmpty ? nil : inline, "-\(letter)", &rest)
  }

  private mutating func set(
    _ option: Option, inline: String?, _ shown: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    guard let value = option.value else {
      if let inline { throw UsageError(message: Messages.noValueWanted(shown, found: inline)) }
      flags.insert(option.long)
      return
    }
    guard let given = inline ?? rest.popFirst() else {
      throw UsageError(message: Messages.valueMissing(shown, value: value))
    }
    // No file and no path is called so.
    if given.isEmpty, option.isRepeatable || value == "FILE" || value == "PATH" {
      throw UsageError(message: Messages.valueMissing(shown, value: value))
    }
    if option.isRepeatable {
      repeated[option.long, default: []].append(given)
    } else if values.updateValue(given, forKey: option.long) != nil {
      throw UsageError(message: Messages.optionTwice(shown))
    }
  }
}

extension OptionParser {
  /// The value of an option that takes one of a few words.
  func choice<T: RawRepresentable<String>>(
    _ name: String, _ make: (String) -> T?, _ known: [T]
  ) throws(UsageError) -> T? {
    guard let text = values[name] else { return nil }
    guard let value = make(text) else {
      let words = known.map { $0.rawValue }
      let near = NearName.nearest(to: text, among: words)
      throw UsageError(
        message: Messages.wrongValue(
          "--\(name)", found: text, expected: "one of \(words.joined(separator: ", "))",
          near: near))
    }
    return value
  }

  func number(_ name: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = values[name] else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw UsageError(
        message: Messages.wrongValue(
          "--\(name)", found: text,
          expected: "an integer from \(range.lowerBound) to \(range.upperBound)"))
    }
    return value
  }

  func seconds(_ name: String) throws(UsageError) -> Double? {
    guard let text = values[name] else { return nil }
    guard let value = Double(text), value >= 0, value.isFinite else {
      throw UsageError(
        message: Messages.wrongValue(
          "--\(name)", found: text, expected: "a number of seconds, 0 or more"))
    }
    return value
  }
}
