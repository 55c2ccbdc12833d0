/// What is said of mistakes. Runs only where there is one.
extension Planner {
  /// Where an argument or a swept value stands in the manifest.
  enum Site {
    /// The task's number, and which of its arguments it is.
    case argument(task: Int, position: Int)
    case swept(key: UInt32, value: UInt32)
  }

  /// The places of a task's arguments that were found last. A task with a million mistakes is read
  /// again once.
  struct FoundPlaces {
    var task = -1
    var arguments: [SourceText.ArgumentPlace] = []
  }

  mutating func place(of site: Site, isKey: Bool = false) -> Int {
    switch site {
    case .swept(let key, let value): return Int(isKey ? key : value)
    case .argument(let task, let position):
      let start = Int(manifest.tasks[task].place)
      // Each place in a task comes behind its start: beyond the first mistakes it does not matter.
      guard diagnostics.wants(start) else { return start }
      if foundPlaces.task != task {
        foundPlaces = FoundPlaces(
          task: task, arguments: manifest.source.argumentPlaces(inTask: start))
      }
      guard position < foundPlaces.arguments.count else { return start }
      let found = foundPlaces.arguments[position]
      return isKey ? found.key : found.value
    }
  }

  /// The place of the kernel's name.
  func kernelPlace(ofTask number: Int) -> Int {
    let start = Int(manifest.tasks[number].place)
    return diagnostics.wants(start)
      ? manifest.source.valuePlace(of: ManifestKey.kernel.text, inObject: start) ?? start : start
  }

  mutating func reportUnknown(_ key: UInt32, _ kernel: Int, at site: Site) {
    let signature = catalogue[kernel]
    let name = manifest.names.name(key)
    let known = signature.parameters.map { $0.name }
    diagnostics.add(
      .unknownParameter(
        name, kernel: signature.name, near: NearName.nearest(to: name, among: known), known: known),
      at: place(of: site, isKey: true))
  }

  mutating func reportTooMany(_ number: Int, _ kernel: Int, position: Int) {
    let signature = catalogue[kernel]
    diagnostics.add(
      .tooManyPositional(
        kernel: signature.name, found: manifest.argumentIndices(ofTask: number).count,
        parameters: signature.parameters.map { $0.name }),
      at: place(of: .argument(task: number, position: position)))
  }

  mutating func reportMissing(_ number: Int, _ kernel: Int, _ given: ArraySlice<UInt16>) {
    let signature = catalogue[kernel]
    for (index, parameter) in signature.parameters.enumerated()
    where parameter.isRequired && !given.contains(UInt16(clamping: index)) {
      diagnostics.add(
        .missingArgument(parameter.name, type: parameter.type, kernel: signature.name),
        at: kernelPlace(ofTask: number))
    }
  }

  /// A value that the parameter's rule does not allow, or a text among choices.
  mutating func check(
    _ value: Manifest.Cell, _ kernel: Int, _ parameter: Int, at site: Site
  ) {
    if case .other(.broken) = value { return }
    let signature = catalogue[kernel]
    let field = signature.parameters[parameter]
    if case .text(let range) = value, field.type == .text,
      field.takes(choice: manifest.pools.string(range))
    {
      return
    }
    let place = place(of: site)
    let (problem, at): (ArgumentProblem, Int) =
      switch (field.type, value) {
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
