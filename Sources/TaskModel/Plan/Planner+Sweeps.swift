/// Sweeps against the kernels' parameters.
extension Planner {
  /// Finds the parameters of a task's axes and checks every value that stands in the manifest,
  /// and both ends of every range. Returns the parameters; nil: a name is wrong.
  mutating func bindSweep(
    _ number: Int, _ kernel: Int, given: ArraySlice<UInt16>
  ) -> [UInt16]? {
    guard var sweep = manifest.sweeps[number] else { return [] }
    var found: [UInt16] = []
    guard bindFile(of: &sweep, kernel, given: given, &found) else { return nil }
    for index in sweep.axes.indices where sweep.axes[index].file == nil {
      let axis = sweep.axes[index]
      let parameter = findParameter(
        axis.key, kernel, nil, at: .swept(key: axis.keyPlace, value: axis.place))
      if parameter == Self.noParameter { return nil }
      if given.contains(parameter) {
        diagnostics.add(.sweptTwice(manifest.names.name(axis.key)), at: Int(axis.keyPlace))
      } else if found.contains(parameter) {
        // Two keys cannot be the same: the other is a column of a file.
        diagnostics.add(
          .points(.otherValues(manifest.names.name(axis.key))), at: Int(axis.keyPlace))
      }
      sweep.axes[index].parameter = parameter
      found.append(parameter)
      checkValues(of: &sweep.axes[index], kernel, Int(parameter))
    }
    // Each repetition of a kernel that draws lots draws others.
    if sweep.repeats > 1,
      let seed = catalogue[kernel].parameters.firstIndex(where: {
        $0.name == "seed" && $0.type == .i64
      }), case let parameter = UInt16(clamping: seed),
      !given.contains(parameter), !found.contains(parameter)
    {
      sweep.seedParameter = parameter
      found.append(parameter)
      checkSeeds(of: sweep, kernel, Int(parameter))
    }
    sweep.prepareAxes(manifest.names)
    manifest.sweeps[number] = sweep
    return found
  }

  /// Puts an axis for each of its columns in the place of a file; false: something is wrong.
  private mutating func bindFile(
    of sweep: inout Sweep, _ kernel: Int, given: ArraySlice<UInt16>, _ found: inout [UInt16]
  ) -> Bool {
    for index in sweep.axes.indices {
      guard case .file(let file, _) = sweep.axes[index].values else { continue }
      guard let axes = bindFile(sweep.axes[index], file, kernel) else { return false }
      sweep.axes.replaceSubrange(index...index, with: axes)
      for axis in axes {
        if given.contains(axis.parameter) {
          diagnostics.add(.sweptTwice(manifest.names.name(axis.key)), at: Int(axis.place))
        }
        found.append(axis.parameter)
      }
      // There is one at most.
      return true
    }
    return true
  }

  private mutating func checkValues(of axis: inout Sweep.Axis, _ kernel: Int, _ parameter: Int) {
    let rule = rules[firstRule[kernel] + parameter]
    if case .list(let range) = axis.values {
      for index in range {
        if manifest.swept[index].value == .minusZero { manifest.swept[index].value = rule.zero }
        if !rule.allows(manifest.swept[index].value, in: manifest.pools) {
          let place = manifest.swept[index].place
          check(
            manifest.swept[index].value, kernel, parameter, at: .swept(key: place, value: place))
        }
      }
      return
    }
    if rule.type == .i64, let values = wholeValues(of: axis) { axis.values = values }
    switch axis.values {
    case .line, .curve:
      guard rule.type == .i64 else { break }
      diagnostics.add(
        .rangeNotWhole(catalogue[kernel].parameters[parameter].name), at: Int(axis.place))
      return
    case .steps, .list, .file, .column: break
    }
    // The points are in order: what lies between two ends that are allowed is allowed, too.
    for index in [0, axis.count - 1] {
      let value = manifest.value(index, of: axis)
      if !rule.allows(value, in: manifest.pools) {
        return refuse(value, kernel, parameter, at: Int(axis.place))
      }
    }
  }

  /// The values of a range that are all whole, though it was not written with whole numbers
  /// only, or is even in the logarithm; nil: not all are.
  private mutating func wholeValues(of axis: Sweep.Axis) -> Sweep.Values? {
    switch axis.values {
    case .list, .steps, .file, .column: return nil
    case .line(let line): return line.steps.map { .steps($0) }
    case .curve(let curve):
      guard let numbers = curve.wholeNumbers else { return nil }
      let first = manifest.swept.count
      for number in numbers {
        manifest.swept.append(
          Manifest.SweptValue(
            value: Int64(exactly: number).map { .integer($0) } ?? .unsigned(number),
            place: axis.place))
      }
      return .list(first..<manifest.swept.count)
    }
  }

  /// The seeds are the numbers of the calls.
  private mutating func checkSeeds(of sweep: Sweep, _ kernel: Int, _ parameter: Int) {
    let rule = rules[firstRule[kernel] + parameter]
    for number in [0, (sweep.callCount ?? 1) - 1] {
      let value = Manifest.Cell.integer(Int64(number))
      if !rule.allows(value, in: manifest.pools) {
        return refuse(value, kernel, parameter, at: sweep.place)
      }
    }
  }

  /// A value that stands nowhere, but would be given.
  private mutating func refuse(
    _ value: Manifest.Cell, _ kernel: Int, _ parameter: Int, at place: Int
  ) {
    let signature = catalogue[kernel]
    let field = signature.parameters[parameter]
    let value = manifest.pools.value(value)
    let problem =
      ArgumentCheck.reason(value, field) ?? ArgumentCheck.mismatch(Found(value), field)
    diagnostics.add(
      .argument(problem, parameter: field.name, kernel: signature.name), at: place)
  }
}
