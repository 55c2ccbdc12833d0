/// The messages about arguments and their values.
extension Wording {
  public static func argument(_ problem: ArgumentProblem, parameter: String, kernel: String?)
    -> String
  {
    let subject = "argument \(quoted(parameter))" + (kernel.map { " of \(quoted($0))" } ?? "")
    return argument(problem, subject: subject)
  }

  private static func argument(
    _ problem: ArgumentProblem, subject: String, isElement: Bool = false
  ) -> String {
    switch problem {
    case .wrongType(let expected, let found):
      return "\(subject) is \(type(expected)); found \(shown(found))"
        + (isElement && found == .array ? "" : remedy(expected, found))
    case .tooWide(let found, let low, let high):
      return "\(subject) is an integer from \(low) to \(high); found \(Printable.number(found))"
    case .beyondFloat(let found):
      return
        "\(subject) is a number of 32 bits (float), of which \(Float.greatestFiniteMagnitude) is "
        + "the largest; found \(Printable.number(found)): for infinity write the string \"Infinity\""
    case .outOfRange(let found, let limits, let unit):
      let what = unit.map { " (\($0))" } ?? ""
      return "\(subject) must be \(limits)\(what); found \(Printable.number(found))"
    case .wrongCount(let found, let expected, let unit):
      return "\(subject) has exactly \(counted(expected, unit)); found \(grouped(found))"
    case .notAmong(let found, let choices, let near):
      return "\(subject) is one of \(list(choices)); found \(quoted(found))"
        + (near.map(didYouMean) ?? "")
    case .element(let index, let problem):
      return argument(
        problem, subject: "element \(grouped(index)) (from 0) of \(subject)", isElement: true)
    }
  }

  /// Whether a string would be a number without its quotes. `Double` alone stops at a NUL, and
  /// takes hexadecimal digits, too.
  static func isFiniteNumber(_ text: String) -> Bool {
    text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) } && Double(text)?.isFinite == true
  }

  /// Returns what to write instead; empty if that is not clear.
  private static func remedy(_ expected: ValueType, _ found: Found) -> String {
    switch (expected, found) {
    case (_, .null): return "; to take the default, leave the argument out"
    case (.i64, .number(let text)):
      switch WholeNumber(text) {
      case .value(let whole): return "; write it without point and exponent: \(whole)"
      case .huge: return ", which has more than 64 bits"
      case .fraction: return "; write an integer" + nearestWhole(text)
      }
    case (.i64, .text(let text)) where Int64(text) != nil,
      (.f64, .text(let text)) where isFiniteNumber(text):
      return "; write it without quotes: \(text)"
    case (.f64, .text(let text)):
      let near = NearName.nearest(to: text, among: NonFiniteName.all)
      return near.map(didYouMean) ?? "; the only strings it takes are \"NaN\", \"Infinity\" and "
        + "\"-Infinity\""
    case (.bool, .integer("0")): return "; write false"
    case (.bool, .integer("1")): return "; write true"
    case (.bool, .text("true")), (.bool, .text("false")): return "; write it without quotes"
    case (.text, .integer(let text)), (.text, .number(let text)):
      return "; write it in quotes: \(quoted(text))"
    case (.i64Array, .integer(let text)), (.f64Array, .integer(let text)),
      (.f64Array, .number(let text)):
      return "; for one element write [\(Printable.number(text))]"
    case (.bool, .array), (.i64, .array), (.f64, .array), (.text, .array), (.i64, .object),
      (.f64, .object):
      return "; to call with several values, move the argument from \"args\" to \"sweep\""
    default: return ""
    }
  }

  /// Returns the nearest integers: ", such as 0 or 1" for 0.5.
  private static func nearestWhole(_ text: String) -> String {
    guard let value = Double(text), value.magnitude < 1e15 else { return "" }
    let (below, above) = (value.rounded(.down), value.rounded(.up))
    return ", such as " + plain(below) + (below == above ? "" : " or " + plain(above))
  }

  static func type(_ type: ValueType) -> String {
    switch type {
    case .bool: "a bool (true or false)"
    case .i64: "an integer (i64)"
    case .f64: "a number (f64)"
    case .text: "a string"
    case .bytes: "bytes (a string, or {\"base64\": \"...\"})"
    case .i64Array: "an array of integers (i64)"
    case .f64Array: "an array of numbers (f64)"
    }
  }

  static func example(of type: ValueType) -> String {
    switch type {
    case .bool: "true"
    case .i64: "1"
    case .f64: "1.0"
    case .text, .bytes: "\"...\""
    case .i64Array: "[1, 2]"
    case .f64Array: "[1.0, 2.0]"
    }
  }

  static func shown(_ found: Found) -> String {
    switch found {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let text), .number(let text): "the number \(Printable.number(text))"
    case .text(let text): "the string \(quoted(text))"
    case .bytes: "bytes"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// Describes a declared range: "from 0 to 1", "above 0 and below 1", "at least 0".
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
