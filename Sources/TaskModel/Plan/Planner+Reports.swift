/// What is said of mistakes. Runs only where there is one.
extension Planner {
  mutating func reportUnknown(_ argument: Manifest.Argument, _ kernel: Int) {
    let signature = catalogue[kernel]
    let name = manifest.names.name(argument.key)
    let known = signature.parameters.map { $0.name }
    diagnostics.add(
      .unknownParameter(
        name, kernel: signature.name, near: NearName.nearest(to: name, among: known), known: known),
      at: Int(argument.keyPlace))
  }

  mutating func reportTooMany(
    _ task: Manifest.Task, _ kernel: Int, _ argument: Manifest.Argument
  ) {
    let signature = catalogue[kernel]
    diagnostics.add(
      .tooManyPositional(
        kernel: signature.name, found: Int(task.argumentCount),
        parameters: signature.parameters.map { $0.name }), at: Int(argument.place))
  }

  mutating func reportMissing(
    _ task: Manifest.Task, _ kernel: Int, _ given: ArraySlice<UInt16>
  ) {
    let signature = catalogue[kernel]
    for (index, parameter) in signature.parameters.enumerated()
    where parameter.isRequired && !given.contains(UInt16(clamping: index)) {
      diagnostics.add(
        .missingArgument(parameter.name, type: parameter.type, kernel: signature.name),
        at: Int(task.kernelPlace))
    }
  }

  /// A value that the parameter's rule does not allow, or a text among choices.
  mutating func check(_ argument: Manifest.Argument, _ kernel: Int, _ parameter: Int) {
    if case .other(.broken) = argument.value { return }
    let signature = catalogue[kernel]
    let field = signature.parameters[parameter]
    if case .text(let range) = argument.value, field.type == .text,
      field.takes(choice: manifest.pools.string(range))
    {
      return
    }
    let place = Int(argument.place)
    let (problem, at): (ArgumentProblem, Int) =
      switch (field.type, argument.value) {
      // As decoded: the source has digits of base64, and escapes.
      case (.bytes, .bytes(let range)), (.bytes, .text(let range)):
        (
          ArgumentCheck.count(Int(range.count), field) ?? ArgumentCheck.mismatch(.bytes, field),
          place
        )
      default: ArgumentCheck.refusal(at: place, in: manifest.source, field)
      }
    diagnostics.add(
      .argument(problem, parameter: field.name, kernel: signature.name), at: at)
  }
}
