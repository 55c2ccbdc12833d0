/// Several values for one parameter, and several calls of one task.
extension ManifestParser {
  /// `sweep`: for each parameter an array of values, or a range.
  mutating func readSweep(_ sweep: inout Sweep) throws(JSONError) -> Bool {
    guard try expect(.object, .sweep, of: .sweep) else { return false }
    let mistakes = diagnostics.total
    sweep.place = json.at
    try json.enter()
    var isFirst = true
    var columns: (taken: [PointsFile.Taken]?, place: Int)?
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
      let isOfFile = try isOfFile(name, sweepAt: sweep.place)
      if isOfFile, name == PointsFile.columnsKey {
        if let columns {
          diagnostics.add(.duplicateKey(name, first: columns.place), at: text.place)
        }
        columns = (try readColumns(), text.place)
        continue
      }
      let values: Sweep.Values?
      switch try json.kind() {
      case .text where isOfFile: values = try readFile().map { .file($0, rows: 0) }
      case .array: values = try readList()
      case .object: values = try readRange()
      default:
        values = nil
        try refuse { .wrongType(of: name, expected: .sweepValues, found: $0) }
      }
      guard let values else { continue }
      let axis = Sweep.Axis(
        key: key, keyPlace: UInt32(text.place), place: UInt32(place), values: values)
      if axis.count == 0, !isOfFile {
        diagnostics.add(.noValues(name), at: place)
      } else {
        sweep.axes.append(axis)
      }
    }
    if let taken = columns?.taken, let last = manifest.pointsFiles.indices.last,
      manifest.pointsFiles[last].task == manifest.tasks.count
    {
      manifest.pointsFiles[last].columns = taken
    }
    return diagnostics.total == mistakes
  }

  mutating func readZip(_ sweep: inout Sweep) throws(JSONError) {
    if try expect(.bool, .bool, of: .zip) { sweep.isZipped = try json.readBool() }
  }

  mutating func readRepeat(_ sweep: inout Sweep) throws(JSONError) {
    sweep.place = valuePlace()
    if let count = try readCount(of: .repeat, RunBounds.count, .repeats) { sweep.repeats = count }
  }

  /// What must hold between the keys of a task.
  mutating func checkSweep(_ sweep: Sweep, hasZip: Bool, at place: Int) {
    if hasZip, sweep.axes.isEmpty { diagnostics.add(.zipWithoutSweep, at: place) }
    // Of one with a file all counts are known when that is read.
    if !sweep.hasFile { manifest.check(sweep, &diagnostics) }
  }

  private mutating func readList() throws(JSONError) -> Sweep.Values {
    let first = manifest.swept.count
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      let place = UInt32(valuePlace())
      let value = try readCell()
      if value.waits { diagnostics.add(.waiting(.inSweep), at: Int(place)) }
      Self.makeRoom(&manifest.swept, json.progress)
      manifest.swept.append(
        Manifest.SweptValue(value: value, place: place))
    }
    return .list(first..<manifest.swept.count)
  }
}

extension Manifest {
  /// What must hold between the axes of a sweep whose counts are known.
  func check(_ sweep: Sweep, _ diagnostics: inout Diagnostics) {
    if sweep.isZipped, let first = sweep.axes.first,
      let other = sweep.axes.first(where: { $0.count != first.count })
    {
      diagnostics.add(
        .zipLengths(names.name(first.key), first.count, names.name(other.key), other.count),
        at: Int(other.place))
    }
    if sweep.callCount.map({ $0 > Sweep.mostCalls }) ?? true {
      diagnostics.add(.tooManyPoints(most: Sweep.mostCalls), at: sweep.place)
    }
  }
}

extension Sweep {
  /// It takes points from a file that no kernel was held against yet.
  var hasFile: Bool {
    axes.contains { if case .file = $0.values { true } else { false } }
  }

  /// The number of a call is part of its tag.
  static let mostCalls = 1_000_000_000_000
}
