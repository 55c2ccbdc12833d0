import KernelHostModel

/// A parsed command line. It has long options (`--name value`, `--name=value`), short options (`-o
/// value`, `-ovalue`) and operands. `-` is an operand, and only operands follow `--`.
struct OptionParser {
  var values: [String: String] = [:]
  /// The values of options that a line may have several times, in order.
  var repeated: [String: [String]] = [:]
  var flags: Set<String> = []
  var operands: [String] = []

  init(_ arguments: [String], options: [Option]) throws(CommandError) {
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
  ) throws(CommandError) {
    let parts = argument.dropFirst(2).split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = options.first(where: { $0.long == name }) else {
      throw CommandError.usage(Messages.unknownOption(name, options))
    }
    try set(option, inline: parts.count > 1 ? String(parts[1]) : nil, "--\(name)", &rest)
  }

  private mutating func short(
    _ argument: String, _ rest: inout ArraySlice<String>, _ options: [Option]
  ) throws(CommandError) {
    let letter = argument[argument.index(after: argument.startIndex)]
    guard let option = options.first(where: { $0.short == letter }) else {
      // The person probably meant a long option: "-format json".
      let name = argument.dropFirst().prefix { $0 != "=" }
      let isLong = name.count > 2 && Messages.knows(String(name), options)
      throw CommandError.usage(
        isLong
          ? Messages.oneDash(String(name), options) : Messages.unknownOption("-\(letter)"))
    }
    let inline = String(argument.dropFirst(2))
    try set(option, inline: inline.isEmpty ? nil : inline, "-\(letter)", &rest)
  }

  private mutating func set(
    _ option: Option, inline: String?, _ shown: String, _ rest: inout ArraySlice<String>
  ) throws(CommandError) {
    guard let value = option.value else {
      if let inline { throw CommandError.usage(Messages.noValueWanted(shown, found: inline)) }
      flags.insert(option.long)
      return
    }
    guard let given = inline ?? rest.popFirst() else {
      throw CommandError.usage(Messages.valueMissing(shown, value: value))
    }
    // No file has an empty name.
    if given.isEmpty, option.isRepeatable || value == "FILE" || value == "PATH" {
      throw CommandError.usage(Messages.valueMissing(shown, value: value))
    }
    if option.isRepeatable {
      repeated[option.long, default: []].append(given)
    } else if values.updateValue(given, forKey: option.long) != nil {
      throw CommandError.usage(Messages.optionTwice(shown))
    }
  }
}

extension OptionParser {
  /// Returns the value of an option that takes one of a few words.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String
  ) throws(CommandError) -> Choice? {
    guard let text = values[name] else { return nil }
    guard let value = Choice(rawValue: text) else {
      let words = Choice.allCases.map { $0.rawValue }
      let near = NearName.nearest(to: text, among: words)
      throw CommandError.usage(
        Messages.wrongValue(
          "--\(name)", found: text, expected: "one of \(words.joined(separator: ", "))",
          near: near))
    }
    return value
  }

  func number(
    _ name: String, _ range: ClosedRange<some BinaryInteger>
  ) throws(CommandError) -> Int? {
    guard let text = values[name] else { return nil }
    guard let value = Int(text), value >= range.lowerBound, value <= range.upperBound else {
      throw CommandError.usage(
        Messages.wrongValue(
          "--\(name)", found: text,
          expected: "an integer from \(range.lowerBound) to \(range.upperBound)"))
    }
    return value
  }

  func seconds(_ name: String) throws(CommandError) -> Double? {
    guard let text = values[name] else { return nil }
    guard let value = Double(text), value >= 0, value.isFinite else {
      throw CommandError.usage(
        Messages.wrongValue(
          "--\(name)", found: text, expected: "a number of seconds, 0 or more"))
    }
    return value
  }
}
