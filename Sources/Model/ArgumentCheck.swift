/// Whether a value may be given to a parameter: the one place that knows.
public enum ArgumentCheck {
  /// What is wrong with a value of the Swift API, as a sentence; nil: nothing.
  public static func problem(with value: Value, for parameter: FieldSignature) -> String? {
    problem(value, parameter).map { Wording.argument(parameter.name, kernel: nil, $0) }
  }

  private static func problem(_ value: Value, _ parameter: FieldSignature) -> ArgumentProblem? {
    switch value {
    case .bool: parameter.type == .bool ? nil : mismatch(value.kind, parameter)
    case .integer(let value): integer(value, parameter)
    case .number(let value): number(value, parameter)
    case .text(let text): self.text(text, parameter)
    case .bytes: parameter.type == .bytes ? nil : mismatch(value.kind, parameter)
    case .integers(let values): integers(values[...], parameter)
    case .numbers(let values): numbers(values[...], parameter)
    case .null, .unsigned, .record: mismatch(value.kind, parameter)
    }
  }

  /// What is wrong with a value of a manifest; nil: nothing.
  static func problem(
    _ cell: Manifest.Cell, in pools: ValuePools, for parameter: FieldSignature
  ) -> ArgumentProblem? {
    switch cell {
    case .null: mismatch("null", parameter)
    case .bool(let value):
      parameter.type == .bool ? nil : mismatch(value ? "true" : "false", parameter)
    case .integer(let value): integer(value, parameter)
    case .bigInteger(let value):
      parameter.type == .i64
        ? .integerRange(found: "a larger number", parameter.integerLimits)
        : number(value, parameter)
    case .number(let value): number(value, parameter)
    case .text(let range):
      parameter.type == .bytes ? nil : text(pools.string(range), parameter)
    case .bytes: parameter.type == .bytes ? nil : mismatch("bytes", parameter)
    case .integers(let range): integers(pools.integers[range.indices], parameter)
    case .numbers(let range): numbers(pools.numbers[range.indices], parameter)
    case .other(let kind): mismatch(Wording.kind(kind), parameter)
    }
  }

  private static func mismatch(_ found: String, _ parameter: FieldSignature) -> ArgumentProblem {
    .type(found: found, expected: parameter.type)
  }

  @inline(__always)
  private static func integer(_ value: Int64, _ parameter: FieldSignature) -> ArgumentProblem? {
    switch parameter.type {
    case .i64:
      return parameter.integerLimits.contains(value)
        ? nil : .integerRange(found: "\(value)", parameter.integerLimits)
    case .f64: return number(Double(value), parameter)
    default: return mismatch("the number \(value)", parameter)
    }
  }

  private static func number(_ value: Double, _ parameter: FieldSignature) -> ArgumentProblem? {
    switch parameter.type {
    case .f64:
      guard let range = parameter.range else { return nil }
      return range.contains(value) ? nil : .range(found: value, range)
    case .i64: return .notWhole(found: "\(value)")
    default: return mismatch("the number \(value)", parameter)
    }
  }

  private static func text(_ text: String, _ parameter: FieldSignature) -> ArgumentProblem? {
    switch parameter.type {
    case .text:
      if parameter.choices.isEmpty || parameter.choices.contains(text) { return nil }
      let near = NearName.nearest(to: text, among: parameter.choices)
      return .choice(found: text, parameter.choices, near: near)
    case .f64:
      switch text {
      case "NaN": return number(.nan, parameter)
      case "Infinity": return number(.infinity, parameter)
      case "-Infinity": return number(-.infinity, parameter)
      default: return mismatch("the text \(Wording.quoted(text))", parameter)
      }
    default: return mismatch("the text \(Wording.quoted(text))", parameter)
    }
  }

  private static func integers(
    _ values: ArraySlice<Int64>, _ parameter: FieldSignature
  ) -> ArgumentProblem? {
    switch parameter.type {
    case .i64Array:
      if parameter.range == nil { return nil }
      let limits = parameter.integerLimits
      guard let wrong = values.firstIndex(where: { !limits.contains($0) }) else { return nil }
      return .element(
        wrong - values.startIndex, .integerRange(found: "\(values[wrong])", limits))
    case .f64Array: return numbers(values.map { Double($0) }[...], parameter)
    default: return mismatch("an array of integers", parameter)
    }
  }

  private static func numbers(
    _ values: ArraySlice<Double>, _ parameter: FieldSignature
  ) -> ArgumentProblem? {
    switch parameter.type {
    case .f64Array:
      guard let range = parameter.range,
        let wrong = values.firstIndex(where: { !range.contains($0) })
      else { return nil }
      return .element(wrong - values.startIndex, .range(found: values[wrong], range))
    case .i64Array:
      let wrong = values.firstIndex { $0 != $0.rounded() } ?? values.startIndex
      return .element(wrong - values.startIndex, .notWhole(found: "\(values[wrong])"))
    default: return mismatch("an array of numbers", parameter)
    }
  }
}
