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
}

extension Sweep {
  /// The number of a call is part of its tag.
  static let mostCalls = 1_000_000_000_000
}
