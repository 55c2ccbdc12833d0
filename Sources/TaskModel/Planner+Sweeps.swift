/// Sweeps against the kernels' parameters.
extension Planner {
  /// Finds the parameters of a task's axes and checks every value that stands in the manifest,
  /// and both ends of every range. Answers the parameters; nil: something is wrong with a name.
  mutating func bindSweep(
    _ number: Int, _ kernel: Int, given: ArraySlice<UInt16>
  ) -> [UInt16]? {
    guard var sweep = manifest.sweeps[number] else { return [] }
    var found: [UInt16] = []
    for index in sweep.axes.indices {
      let axis = sweep.axes[index]
      let named = Manifest.Argument(
        key: axis.key, keyPlace: axis.keyPlace, place: axis.place, value: .null)
      let parameter = findParameter(named, kernel, nil)
      if parameter == Self.noParameter { return nil }
      if given.contains(parameter) {
        diagnostics.add(.sweptTwice(manifest.names.name(axis.key)), at: Int(axis.keyPlace))
      }
      sweep.axes[index].parameter = parameter
      found.append(parameter)
      checkValues(of: axis, kernel, Int(parameter))
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
    }
    sweep.prepareAxes(manifest.names)
    manifest.sweeps[number] = sweep
    return found
  }

  private mutating func checkValues(of axis: Sweep.Axis, _ kernel: Int, _ parameter: Int) {
    let rule = firstRule[kernel] + parameter
    if case .list(let range) = axis.values {
      for index in range where !rules[rule].allows(manifest.swept[index].value, in: manifest.pools)
      {
        check(manifest.swept[index], kernel, parameter)
      }
      return
    }
    if case .spread = axis.values, rules[rule].type == .i64 {
      diagnostics.add(
        .rangeNotWhole(catalogue[kernel].parameters[parameter].name), at: Int(axis.place))
      return
    }
    // What lies between two ends that are allowed is allowed, too.
    for index in [0, axis.count - 1] {
      let value = manifest.value(index, of: axis)
      if rules[rule].allows(value, in: manifest.pools) { continue }
      // It stands nowhere, but it is what the range would give.
      let signature = catalogue[kernel]
      let field = signature.parameters[parameter]
      if let problem = ArgumentCheck.reason(manifest.pools.value(value), field) {
        diagnostics.add(
          .argument(problem, parameter: field.name, kernel: signature.name), at: Int(axis.place))
        return
      }
    }
  }
}
