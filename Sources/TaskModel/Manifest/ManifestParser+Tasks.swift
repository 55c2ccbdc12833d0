extension ManifestParser {
  /// A task, which comes next. One without a sound kernel is kept out of the plan.
  mutating func readTask() throws(JSONError) {
    guard try json.kind() == .object else {
      return try refuse { .notTask($0) }
    }
    let place = json.at
    let section: Problem.Section = request == nil ? .task : .request
    var task = Manifest.Task(
      kernel: Manifest.Task.noKernel, firstArgument: UInt32(manifest.arguments.count),
      argumentCount: 0, name: .empty, timeout: .nan, place: UInt32(place),
      kernelPlace: UInt32(place))
    var seen = ManifestKeySet()
    var hasSoundArguments = true
    var sweep = Sweep()
    var name: JSONReader.Text?
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      switch key(text, in: section, &seen, object: place) {
      case .kernel: try readKernel(&task)
      case .args: hasSoundArguments = try readArguments() && hasSoundArguments
      case .name: name = try readName(&task)
      case .timeout: task.timeout = try readTimeout() ?? .nan
      case .grace: try readTaskLimit(.grace)
      case .deadline: try readTaskLimit(.deadline)
      case .cpu: try readTaskLimit(.cpu)
      case .memory: try readTaskLimit(.memory)
      case .retries: try readTaskLimit(.retries)
      case .after where section == .request: try refuseWaiting()
      case .after: try readAfter()
      case .id: try readID()
      case .compact: try readCompact()
      case .cancel: try readCancel()
      case .kernels: try readFlagOrder(.kernels, .kernels)
      case .stats: try readFlagOrder(.stats, .stats)
      case .shutdown: try readShutdown()
      case .sweep: hasSoundArguments = try readSweep(&sweep) && hasSoundArguments
      case .zip: try readZip(&sweep)
      case .repeat: try readRepeat(&sweep)
      default: _ = try json.skipValue()
      }
    }
    if section == .request, try endRequest(seen, at: place) { return }
    if seen.misses(.kernel) { diagnostics.add(.missingKernel, at: place) }
    task.argumentCount = UInt32(manifest.arguments.count) - task.firstArgument
    // Not a word about missing arguments where they could not be read.
    if !hasSoundArguments { task.kernel = Manifest.Task.noKernel }
    // Names of requests are for their records only.
    if let name, section == .task { enterName(name, &task) }
    if !sweep.axes.isEmpty || sweep.repeats > 1 || sweep.isZipped {
      checkSweep(sweep, hasZip: sweep.isZipped && seen.misses(.sweep), at: place)
      manifest.sweeps[manifest.tasks.count] = sweep
    }
    makeRoom(&manifest.tasks)
    manifest.tasks.append(task)
  }

  private mutating func readTaskLimit(_ key: ManifestKey) throws(JSONError) {
    let task = manifest.tasks.count
    var limits = taskLimits[task] ?? GivenLimits()
    _ = try readLimit(key, into: &limits)
    taskLimits[task] = limits
  }

  private mutating func readKernel(_ task: inout Manifest.Task) throws(JSONError) {
    guard try expect(.text, .text, of: .kernel) else { return }
    let text = try json.readText()
    task.kernelPlace = UInt32(text.place)
    if text.range.isEmpty {
      diagnostics.add(.emptyText(of: "kernel"), at: text.place)
    } else {
      task.kernel = intern(text)
    }
  }

  private mutating func readName(
    _ task: inout Manifest.Task
  ) throws(JSONError) -> JSONReader.Text? {
    guard try expect(.text, .text, of: .name) else { return nil }
    let text = try json.readText()
    task.name = pool(text)
    if !task.name.isEmpty { return text }
    diagnostics.add(.emptyText(of: "name"), at: text.place)
    return nil
  }

  /// Last of all: a name is entered only for a task that is.
  private mutating func enterName(_ text: JSONReader.Text, _ task: inout Manifest.Task) {
    guard
      let other = manifest.taskNames.enter(
        task.name, of: manifest.tasks.count, manifest.tasks, manifest.pools.text)
    else { return }
    diagnostics.add(
      .duplicateTask(json.string(text), first: Int(manifest.tasks[other].place)), at: text.place)
    // The name belongs to the other.
    task.name = .empty
  }

  /// `args`: an object, by name, or an array, in order. False if it is neither.
  private mutating func readArguments() throws(JSONError) -> Bool {
    switch try json.kind() {
    case .object: try readNamedArguments()
    case .array: try readPositionalArguments()
    default:
      try refuse { .wrongType(of: "args", expected: .arguments, found: $0) }
      return false
    }
    return true
  }

  private mutating func readPositionalArguments() throws(JSONError) {
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      _ = json.next()
      let place = UInt32(json.at)
      let value = try readCell()
      makeRoom(&manifest.arguments)
      manifest.arguments.append(
        Manifest.Argument(
          key: Manifest.Argument.positional, keyPlace: place, place: place, value: value))
    }
  }

  private mutating func readNamedArguments() throws(JSONError) {
    let first = manifest.arguments.count
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      let key = intern(text)
      _ = json.next()
      let place = UInt32(json.at)
      let value = try readCell()
      while lastArgument.count <= Int(key) { lastArgument.append(UInt32.max) }
      let last = Int(lastArgument[Int(key)])
      if last >= first, last < manifest.arguments.count, manifest.arguments[last].key == key {
        diagnostics.add(
          .duplicateKey(
            manifest.names.name(key), first: Int(manifest.arguments[last].keyPlace)),
          at: text.place)
        continue
      }
      lastArgument[Int(key)] = UInt32(manifest.arguments.count)
      makeRoom(&manifest.arguments)
      manifest.arguments.append(
        Manifest.Argument(
          key: key, keyPlace: UInt32(text.place), place: place, value: value))
    }
  }

  /// A name as its number.
  @inline(__always)
  mutating func intern(_ text: JSONReader.Text) -> UInt32 {
    if text.isPlain { return manifest.names.intern(json.bytes, text.range) }
    scratch.removeAll(keepingCapacity: true)
    json.append(text, to: &scratch)
    return manifest.names.intern(scratch, scratch.indices)
  }

  /// Copies a text to the pool.
  mutating func pool(_ text: JSONReader.Text) -> PoolRange {
    let start = manifest.pools.text.count
    makeRoom(&manifest.pools.text, for: text.range.count)
    json.append(text, to: &manifest.pools.text)
    return pooled(from: start)
  }

  /// What was added to the pool of texts.
  func pooled(from start: Int) -> PoolRange {
    PoolRange(start: start, count: manifest.pools.text.count - start)
  }

  /// Makes room for the elements to come if the array is full: as many as the part of
  /// the source that was read lets expect. So a long array is hardly ever copied
  /// and takes little more than it needs. Room that is never used costs no memory.
  @inline(__always)
  func makeRoom<Element>(_ array: inout [Element], for more: Int = 1) {
    if array.count + more > array.capacity { grow(&array, for: more) }
  }

  private func grow<Element>(_ array: inout [Element], for more: Int) {
    let needed = array.count + more
    let expected = Double(needed) * Double(json.bytes.count) / Double(max(json.at, 1)) * 1.1
    let most = needed * 8 + 64
    let least = needed + needed / 8 + 64
    array.reserveCapacity(max(least, expected < Double(most) ? Int(expected) : most))
  }
}

extension Manifest.Task {
  /// The kernel of a task without a usable one; the mistake has been reported.
  static let noKernel = UInt32.max
}
