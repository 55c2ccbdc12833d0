/// Ranges: `{"from", "to", "count" or "step", "log"}`.
extension ManifestParser {
  private struct Ends {
    var from: End?
    var to: End?
    var step: End?
    var count: Int?
    var isLogarithmic = false
  }

  /// A number of a range.
  private struct End {
    let written: Sweep.End
    /// It was written as a whole number of 64 bits.
    let whole: Int128?
  }

  /// Nil: something is wrong with it.
  mutating func readRange() throws(JSONError) -> Sweep.Values? {
    let place = json.at
    let mistakes = diagnostics.total
    var seen = ManifestKeySet()
    var ends = Ends()
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      switch key(text, in: .range, &seen, object: place) {
      case .from: ends.from = try readEnd(of: .from)
      case .to: ends.to = try readEnd(of: .to)
      case .step: ends.step = try readEnd(of: .step)
      case .count: ends.count = try readCount(of: .count, 1...Int64(Sweep.mostCalls), .repeats)
      case .log: if try expect(.bool, .bool, of: .log) { ends.isLogarithmic = try json.readBool() }
      default: _ = try json.skipValue()
      }
    }
    if seen.misses(.from) || seen.misses(.to) || seen.misses(.count) == seen.misses(.step) {
      let ends = [ManifestKey.from, .to].filter { seen.misses($0) }.map { $0.text }
      let isOpen = seen.misses(.count) && seen.misses(.step)
      diagnostics.add(
        .rangeIncomplete(missing: ends + (isOpen ? ["count"] : [])), at: place)
    }
    guard diagnostics.total == mistakes, let from = ends.from, let to = ends.to else { return nil }
    if let problem = problem(with: ends, from.written.value, to.written.value) {
      diagnostics.add(.wrongRange(problem), at: place)
      return nil
    }
    if let values = values(ends, from, to) { return values }
    diagnostics.add(.wrongRange(.tooMany), at: place)
    return nil
  }

  private mutating func readEnd(of key: ManifestKey) throws(JSONError) -> End? {
    guard try expect(.number, .number, of: key) else { return nil }
    let place = json.at
    let number = try json.readNumber()
    guard number != .outOfRange else {
      diagnostics.add(.numberOutOfRange(manifest.source.written(at: place)), at: place)
      return nil
    }
    let value = number.asDouble
    let decimal = DecimalNumber(json.bytes[place..<json.at], value: value)
    return End(written: .init(decimal: decimal, value: value), whole: number.asWhole)
  }

  private func problem(with ends: Ends, _ from: Double, _ to: Double) -> RangeProblem? {
    if ends.isLogarithmic, from <= 0 || to <= 0 { return .logarithmOfNothing }
    if let step = ends.step?.written.value {
      if ends.isLogarithmic { return .stepOfLogarithm }
      if step == 0 { return .noStep }
      if step > 0 ? to < from : to > from { return .wrongWay }
    } else if ends.count == 1, from != to {
      return .oneOfTwo
    }
    return nil
  }

  /// Nil: they are too many.
  private func values(_ ends: Ends, _ from: End, _ to: End) -> Sweep.Values? {
    if let count = ends.count {
      if ends.isLogarithmic, from.written.value != to.written.value {
        return .curve(.init(from: from.written, to: to.written, count: count))
      }
      let line = Sweep.Line(from: from.written, to: to.written, count: count)
      return Self.values(line, areWhole: from.whole != nil && to.whole != nil)
    }
    guard let step = ends.step,
      let line = Sweep.Line(
        from: from.written, to: to.written, step: step.written.decimal, most: Sweep.mostCalls)
    else { return nil }
    return Self.values(line, areWhole: from.whole != nil && step.whole != nil)
  }

  /// Whole numbers stay so, if the range was written with nothing else and has nothing else.
  private static func values(_ line: Sweep.Line, areWhole: Bool) -> Sweep.Values {
    if areWhole, let steps = line.steps { return .steps(steps) }
    return .line(line)
  }
}
