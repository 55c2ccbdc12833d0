/// Several values for one parameter, and several calls of one task.
extension ManifestParser {
  /// `sweep`: for each parameter an array of values, or a range.
  mutating func readSweep(_ sweep: inout Sweep) throws(JSONError) -> Bool {
    guard try expect(.object, .sweep, of: .sweep) else { return false }
    let mistakes = diagnostics.total
    sweep.place = json.at
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      let key = intern(text)
      let place = valuePlace()
      if let other = sweep.axes.first(where: { $0.key == key }) {
        diagnostics.add(
          .duplicateKey(manifest.names.name(key), first: Int(other.keyPlace)), at: text.place)
        _ = try json.skipValue()
        continue
      }
      let name = manifest.names.name(key)
      let values: Sweep.Values?
      switch try json.kind() {
      case .array: values = try readList(key)
      case .object: values = try readRange()
      default:
        values = nil
        try refuse { .wrongType(of: name, expected: .sweepValues, found: $0) }
      }
      guard let values else { continue }
      let axis = Sweep.Axis(
        key: key, keyPlace: UInt32(text.place), place: UInt32(place), values: values)
      if axis.count == 0 {
        diagnostics.add(.noValues(name), at: place)
      } else {
        sweep.axes.append(axis)
      }
    }
    return diagnostics.total == mistakes
  }

  mutating func readZip(_ sweep: inout Sweep) throws(JSONError) {
    if try expect(.bool, .bool, of: .zip) { sweep.isZipped = try json.readBool() }
  }

  mutating func readRepeat(_ sweep: inout Sweep) throws(JSONError) {
    sweep.place = valuePlace()
    if let count = try readCount(of: .repeat, 1...1_000_000_000, .repeats) { sweep.repeats = count }
  }

  /// What must hold between the keys of a task.
  mutating func checkSweep(_ sweep: Sweep, hasZip: Bool, at place: Int) {
    if sweep.isZipped, let first = sweep.axes.first,
      let other = sweep.axes.first(where: { $0.count != first.count })
    {
      diagnostics.add(
        .zipLengths(
          manifest.names.name(first.key), first.count, manifest.names.name(other.key), other.count),
        at: Int(other.place))
    }
    if hasZip, sweep.axes.isEmpty { diagnostics.add(.zipWithoutSweep, at: place) }
    if sweep.callCount.map({ $0 > Sweep.mostCalls }) ?? true {
      diagnostics.add(.tooManyPoints(most: Sweep.mostCalls), at: sweep.place)
    }
  }

  private mutating func readList(_ key: UInt32) throws(JSONError) -> Sweep.Values {
    let first = manifest.swept.count
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      let place = UInt32(valuePlace())
      let value = try readCell()
      if value.waits { diagnostics.add(.waiting(.inSweep), at: Int(place)) }
      makeRoom(&manifest.swept)
      manifest.swept.append(
        Manifest.Argument(key: key, keyPlace: place, place: place, value: value))
    }
    return .list(first..<manifest.swept.count)
  }

  // MARK: Ranges

  private struct Ends {
    var from: Manifest.Cell?
    var to: Manifest.Cell?
    var step: Manifest.Cell?
    var count: Int?
    var isLogarithmic = false
  }

  /// `{"from", "to", "count" or "step", "log"}`; nil: something is wrong with it.
  private mutating func readRange() throws(JSONError) -> Sweep.Values? {
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
      diagnostics.add(.rangeIncomplete, at: place)
    }
    guard diagnostics.total == mistakes, let from = ends.from, let to = ends.to else { return nil }
    if let problem = problem(with: ends) {
      diagnostics.add(.wrongRange(problem), at: place)
      return nil
    }
    if let values = steps(ends) ?? spread(from.asNumber, to.asNumber, ends) { return values }
    diagnostics.add(.wrongRange(.tooMany), at: place)
    return nil
  }

  private mutating func readEnd(of key: ManifestKey) throws(JSONError) -> Manifest.Cell? {
    guard try expect(.number, .number, of: key) else { return nil }
    let cell = try readCell()
    if case .other = cell { return nil }
    return cell
  }

  private func problem(with ends: Ends) -> RangeProblem? {
    guard let from = ends.from?.asNumber, let to = ends.to?.asNumber else { return nil }
    if ends.isLogarithmic, from <= 0 || to <= 0 { return .logarithmOfNothing }
    if let step = ends.step?.asNumber {
      if ends.isLogarithmic { return .stepOfLogarithm }
      if step == 0 { return .noStep }
      if step > 0, to < from || step < 0 && to > from { return .wrongWay }
      if step < 0, to > from { return .wrongWay }
    } else if ends.count == 1, from != to {
      return .oneOfTwo
    }
    return nil
  }

  /// Whole numbers, if the range has nothing else; nil: it has, or they are too many.
  private func steps(_ ends: Ends) -> Sweep.Values? {
    guard case .integer(let from)? = ends.from, case .integer(let to)? = ends.to,
      !ends.isLogarithmic
    else { return nil }
    let (distance, overflow) = to.subtractingReportingOverflow(from)
    if overflow { return nil }
    if let count = ends.count {
      if count == 1 { return .steps(.init(first: from, step: 0, count: 1)) }
      guard distance % Int64(count - 1) == 0 else { return nil }
      return .steps(.init(first: from, step: distance / Int64(count - 1), count: count))
    }
    guard case .integer(let step)? = ends.step, distance / step < Int64(Sweep.mostCalls) else {
      return nil
    }
    return .steps(.init(first: from, step: step, count: Int(distance / step) + 1))
  }

  private func spread(_ from: Double, _ to: Double, _ ends: Ends) -> Sweep.Values? {
    if let count = ends.count {
      return .spread(
        .init(first: from, last: to, count: count, isLogarithmic: ends.isLogarithmic))
    }
    guard let step = ends.step?.asNumber else { return nil }
    // A last step that misses the end by rounding alone is the end.
    let exact = (to - from) / step
    let whole = (exact + 1e-9 * max(exact, 1)).rounded(.down)
    guard whole < Double(Sweep.mostCalls) else { return nil }
    let isEnd = abs(exact - whole) <= 1e-9 * max(exact, 1)
    let last = isEnd ? to : from + step * whole
    return .spread(
      .init(
        first: from, last: whole == 0 ? from : last, count: Int(whole) + 1, isLogarithmic: false))
  }
}

extension Sweep {
  /// The number of a call is part of its tag.
  static let mostCalls = 1_000_000_000_000
}

extension Manifest.Cell {
  /// Of a number.
  fileprivate var asNumber: Double {
    switch self {
    case .integer(let value): Double(value)
    case .bigInteger(let value), .number(let value): value
    default: .nan
    }
  }
}
