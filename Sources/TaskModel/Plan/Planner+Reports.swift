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
    switch (field.type, argument.value) {
    case (.bytes, .bytes(let range)), (.bytes, .text(let range)):
      guard let problem = ArgumentCheck.count(Int(range.count), field) else { break }
      diagnostics.add(
        .argument(problem, parameter: field.name, kernel: signature.name), at: place)
      return
    default: break
    }
    // A value that the rule refuses is never left out in silence, whatever it looks like.
    let (problem, at) =
      ArgumentCheck.reason(at: place, in: manifest.source, field)
      ?? (ArgumentCheck.mismatch(manifest.source.found(at: place), field), place)
    diagnostics.add(
      .argument(problem, parameter: field.name, kernel: signature.name), at: at)
  }
}

extension ArgumentCheck {
  /// Why the value at a place of a source cannot be a parameter's, and the place to
  /// point at: an element of an array, if it is that.
  static func reason(
    at place: Int, in source: SourceText, _ field: FieldSignature
  ) -> (ArgumentProblem, place: Int)? {
    let found = source.found(at: place)
    guard case .array = found, field.type == .i64Array || field.type == .f64Array else {
      return reason(found, field.type, field).map { ($0, place) }
    }
    var result: (ArgumentProblem, place: Int)?
    var count = 0
    let type: ValueType = field.type == .i64Array ? .i64 : .f64
    source.forEachElement(inArray: place) { index, place in
      count += 1
      // Its value is not known yet.
      if source.isReference(at: place) { return true }
      if let problem = reason(source.found(at: place), type, field) {
        result = (.element(index, problem), place)
      }
      return result == nil
    }
    return result ?? self.count(count, field).map { ($0, place) }
  }

  /// `type`: the field's, or that of its elements.
  private static func reason(
    _ found: Found, _ type: ValueType, _ field: FieldSignature
  ) -> ArgumentProblem? {
    let wrong =
      type == field.type
      ? mismatch(found, field) : ArgumentProblem.wrongType(expected: type, found: found)
    switch (type, found) {
    case (.i64, .integer(let text)):
      if let value = Int64(text) { return integer(value, text, field) }
      return UInt64(text).map { unsigned($0, field) } ?? tooWide(text, field)
    case (.i64, .number(let text)): return outOfRange(WholeNumber(text), text, field) ?? wrong
    case (.f64, .integer(let text)), (.f64, .number(let text)):
      return number(Double(text) ?? .nan, text, field)
    case (.f64, .text(let text)):
      guard let value = NonFiniteName.value(text) else { return wrong }
      return number(value, text, field)
    case (.text, .text(let text)): return choice(text, field)
    case (.bytes, .text), (.bytes, .bytes), (.bool, .bool): return nil
    default: return wrong
    }
  }
}
