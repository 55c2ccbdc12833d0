import KernelHostModel

/// Words of the command line that give a parameter a value: `NAME=VALUE`.
enum GivenValues {
  /// Splits a word. `option` is how messages name its place.
  static func split(
    _ word: String, option: String
  ) throws(CommandError) -> (name: String, value: String) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw .usage(
        Messages.wrongValue(option, found: word, expected: "a parameter and its value: NAME=VALUE"))
    }
    return (String(parts[0]), String(parts[1]))
  }

  /// A value as a kernel takes it: a JSON value; any other word is a string.
  static func value(_ word: String) -> Value { Manifest.value(word) ?? .text(word) }

  /// The same as JSON.
  static func json(_ word: String) -> String {
    if Manifest.value(word) != nil { return word }
    var buffer: [UInt8] = []
    JSONWriter.text(word, to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  /// The values of a sweep as JSON: `FROM:TO:COUNT`, `FROM:TO:COUNT:log`, `FROM:TO:step=STEP`,
  /// `A,B,C`, or JSON.
  static func sweep(_ word: String, option: String) throws(CommandError) -> String {
    if word.hasPrefix("[") || word.hasPrefix("{") {
      guard Manifest.isOneValue(word) else {
        throw .usage(Messages.wrongValue(option, found: word, expected: "one JSON value"))
      }
      return word
    }
    let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 1 {
      return "["
        + word.split(separator: ",", omittingEmptySubsequences: false)
        .map { json(String($0)) }.joined(separator: ",") + "]"
    }
    let stepWord = "step="
    let isStep = parts.count == 3 && parts[2].hasPrefix(stepWord)
    let numbers = isStep ? parts[..<2] + [String(parts[2].dropFirst(stepWord.count))] : parts[...]
    let isLog = parts.count == 4 && parts[3] == "log"
    guard parts.count == 3 || isLog, numbers.prefix(3).allSatisfy(isNumber) else {
      throw .usage(
        Messages.wrongValue(
          option, found: word,
          expected: "FROM:TO:COUNT, FROM:TO:COUNT:log, FROM:TO:step=STEP or A,B,C"))
    }
    return "{\"from\":\(numbers[0]),\"to\":\(numbers[1]),"
      + "\"\(isStep ? "step" : "count")\":\(numbers[2])\(isLog ? ",\"log\":true" : "")}"
  }

  private static func isNumber(_ word: String) -> Bool {
    switch Manifest.value(word) {
    case .integer, .unsigned, .number: true
    default: false
    }
  }
}
