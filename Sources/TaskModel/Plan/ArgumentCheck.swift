/// Says why a value cannot be a parameter's argument. `ArgumentRule` decides whether it can.
public enum ArgumentCheck {
  /// Why `value` cannot be the argument for `field`, as a sentence; nil if it can.
  /// O(1), and O(elements) for arrays.
  public static func problem(with value: Value, for field: FieldSignature) -> String? {
    reason(value, field).map { Wording.argument($0, parameter: field.name, kernel: nil) }
  }

  static func reason(_ value: Value, _ field: FieldSignature) -> ArgumentProblem? {
    if field.allows(value) { return nil }
    let found = Found(value)
    let rule = ArgumentRule(field)
    let reason: ArgumentProblem? =
      switch (value, field.type) {
      case (.bytes(let bytes), .bytes): count(bytes.count, field)
      case (.text(let text), .bytes): count(text.utf8.count, field)
      case (.integers(let values), .i64Array), (.integers(let values), .f64Array):
        count(values.count, field)
          ?? element(values, rule, field) { (.integer($0), .integer(String($0))) }
      case (.numbers(let values), .f64Array):
        count(values.count, field)
          ?? element(values, rule, field) { (.number($0), .number($0.description)) }
      // The type is wrong, whatever the number is.
      case (.number, .i64): nil
      default: refusal(found, field.type, field)
      }
    return reason ?? mismatch(found, field)
  }

  private static func element<Element>(
    _ values: [Element], _ rule: ArgumentRule, _ field: FieldSignature,
    _ read: (Element) -> (given: ArgumentRule.Given, found: Found)
  ) -> ArgumentProblem? {
    guard let type = field.type.element else { return nil }
    for (index, value) in values.enumerated() {
      let (given, found) = read(value)
      if !rule.allows(element: given) { return .element(index, refusal(found, type, field)) }
    }
    return nil
  }

  /// Why the value at a place of a source is refused, and the place to point at: an element of
  /// an array, if it is that.
  static func refusal(
    at place: Int, in source: SourceText, _ field: FieldSignature
  ) -> (ArgumentProblem, place: Int) {
    let found = source.found(at: place)
    guard case .array = found, let type = field.type.element else {
      return (refusal(found, field.type, field), place)
    }
    let rule = ArgumentRule(field)
    var result: (ArgumentProblem, place: Int)?
    var elements = 0
    source.forEachElement(inArray: place) { index, place in
      elements += 1
      // Its value is not known yet.
      if source.isReference(at: place) { return true }
      let found = source.found(at: place)
      if !rule.allows(element: .init(found, for: type)) {
        result = (.element(index, refusal(found, type, field)), place)
      }
      return result == nil
    }
    return result ?? (count(elements, field) ?? mismatch(found, field), place)
  }

  /// Why a value, or an element, is refused. `type`: the field's, or that of its elements.
  private static func refusal(
    _ found: Found, _ type: ValueType, _ field: FieldSignature
  ) -> ArgumentProblem {
    let reason: ArgumentProblem? =
      switch (type, found) {
      case (.i64, .integer(let text)):
        if let value = Int64(text) {
          integer(value, text, field)
        } else if let value = UInt64(text) {
          unsigned(value, field)
        } else {
          tooWide(text, field)
        }
      case (.i64, .number(let text)): outOfRange(WholeNumber(text), text, field)
      case (.f64, .integer(let text)), (.f64, .number(let text)):
        number(Double(text) ?? .nan, text, field)
      case (.f64, .text(let text)):
        NonFiniteName.value(text).flatMap { number($0, text, field) }
      case (.text, .text(let text)): choice(text, field)
      default: nil
      }
    if let reason { return reason }
    return type == field.type
      ? mismatch(found, field) : .wrongType(expected: type, found: found)
  }

  // MARK: Reasons; nil: it is not that

  /// Of an array's elements, or of bytes.
  static func count(_ found: Int, _ field: FieldSignature) -> ArgumentProblem? {
    guard let expected = field.count, expected != found else { return nil }
    return .wrongCount(found, expected: expected, of: field.type.unit)
  }

  static func mismatch(_ found: Found, _ field: FieldSignature) -> ArgumentProblem {
    switch found {
    // A choice has a name in the manifest, also where it is a number in C.
    case .integer(let text) where !field.choices.isEmpty,
      .number(let text) where !field.choices.isEmpty:
      .notAmong(text, choices: field.choices, near: nil)
    default: .wrongType(expected: field.type, found: found)
    }
  }

  /// `written`: the number as its writer wrote it.
  static func integer(
    _ value: Int64, _ written: String, _ field: FieldSignature
  ) -> ArgumentProblem? {
    if ArgumentRule(field).allows(integer: value) { return nil }
    return field.width.contains(value) ? outOfRange(written, field) : tooWide(written, field)
  }

  /// A whole number above `Int64.max`.
  static func unsigned(_ value: UInt64, _ field: FieldSignature) -> ArgumentProblem? {
    if ArgumentRule(field).allows(unsigned: value) { return nil }
    return field.isUnsigned ? outOfRange(String(value), field) : tooWide(String(value), field)
  }

  /// Of a whole number that is written with a point or an exponent. Nil: the form alone is wrong.
  private static func outOfRange(
    _ whole: WholeNumber, _ written: String, _ field: FieldSignature
  ) -> ArgumentProblem? {
    switch whole {
    case .fraction: nil
    case .huge: tooWide(written, field)
    case .value(let value):
      if let value = Int64(exactly: value) {
        integer(value, written, field)
      } else if let value = UInt64(exactly: value), field.isUnsigned {
        unsigned(value, field)
      } else {
        tooWide(written, field)
      }
    }
  }

  static func number(
    _ value: Double, _ written: String, _ field: FieldSignature
  ) -> ArgumentProblem? {
    if ArgumentRule(field).allows(number: value) { return nil }
    let isInRange = field.numberLimits?.contains(value) ?? true
    return isInRange ? .beyondFloat(written) : outOfRange(written, field)
  }

  static func choice(_ text: String, _ field: FieldSignature) -> ArgumentProblem? {
    if field.choices.isEmpty || field.takes(choice: text) { return nil }
    return .notAmong(
      text, choices: field.choices, near: NearName.nearest(to: text, among: field.choices))
  }

  static func tooWide(_ written: String, _ field: FieldSignature) -> ArgumentProblem {
    .tooWide(written, from: field.width.lowerBound, to: field.highest)
  }

  private static func outOfRange(_ written: String, _ field: FieldSignature) -> ArgumentProblem {
    .outOfRange(written, limits: Wording.limits(field), unit: field.unit)
  }
}

extension Found {
  /// What a value of the Swift API is.
  init(_ value: Value) {
    switch value {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(String(value))
    case .unsigned(let value): self = .integer(String(value))
    case .number(let value): self = .number(value.description)
    case .text(let value): self = .text(value)
    case .bytes: self = .bytes
    case .integers, .numbers: self = .array
    case .record: self = .object
    }
  }
}
