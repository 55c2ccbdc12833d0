extension ManifestParser {
  /// A task, which comes next. One without a sound kernel is kept out of the plan.
  mutating func readTask() throws(JSONError) {
    guard try json.kind() == .object else {
      return try refuse { .notTask($0) }
    }
    let place = json.at
    let section: Problem.Section = request == nil ? .task : .request
    firstArgument = manifest.arguments.count
    var task = Manifest.Task(
      kernel: Manifest.Task.noKernel, firstArgument: UInt32(firstArgument), name: .empty,
      place: UInt32(place), timeout: 0)
    slots.removeAll(keepingCapacity: true)
    isShapely = usesShapes
    let mistakes = diagnostics.total
    var seen = ManifestKeySet()
    var hasSoundArguments = true
    var sweep = Sweep()
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      let key = key(text, in: section, &seen, object: place)
      switch key {
      case .kernel, .args, .name, .after: break
      default: isShapely = false
      }
      switch key {
      case .kernel: try readKernel(&task)
      case .args: hasSoundArguments = try readArguments() && hasSoundArguments
      case .name: try readName(&task)
      case .timeout: task.timeout = try readTimeout().map { number(ofTimeout: $0) } ?? 0
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
    // Not a word about missing arguments where they could not be read.
    if !hasSoundArguments { task.kernel = Manifest.Task.noKernel }
    if !sweep.axes.isEmpty || sweep.repeats > 1 || sweep.isZipped {
      checkSweep(sweep, hasZip: sweep.isZipped && seen.misses(.sweep), at: place)
      manifest.sweeps[manifest.tasks.count] = sweep
    }
    Self.makeRoom(&manifest.tasks, json.progress)
    manifest.tasks.append(task)
    firstArgument = manifest.arguments.count
    if isShapely, section == .task, diagnostics.total == mistakes {
      learnShape(place..<json.at, kernel: task.kernel)
    }
  }

  private mutating func number(ofTimeout seconds: Double) -> UInt32 {
    if let number = timeoutNumbers[seconds] { return number }
    manifest.timeouts.append(seconds)
    let number = UInt32(manifest.timeouts.count)
    timeoutNumbers[seconds] = number
    return number
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
    if text.range.isEmpty {
      diagnostics.add(.emptyText(of: "kernel"), at: text.place)
    } else {
      task.kernel = intern(text)
    }
  }

  private mutating func readName(_ task: inout Manifest.Task) throws(JSONError) {
    guard try expect(.text, .text, of: .name) else { return }
    let text = try json.readText()
    task.name = pool(text)
    noteSlot(.name, text.range)
    if task.name.isEmpty { diagnostics.add(.emptyText(of: "name"), at: text.place) }
  }

  /// All names, when all tasks are read. A task whose name another has is reported at its name.
  mutating func enterNames() {
    if !entersNames { return }
    for duplicate in manifest.taskNames.enterAll(&manifest.tasks, manifest.pools.text) {
      let start = Int(manifest.tasks[duplicate.task].place)
      let source = manifest.source
      let name = ManifestKey.name.text
      // It stands behind the task's start: beyond the first mistakes it does not matter where.
      let place =
        diagnostics.wants(start) ? source.valuePlace(of: name, inObject: start) ?? start : start
      let first = Int(manifest.tasks[duplicate.first].place)
      diagnostics.add(.duplicateTask(source.text(at: place), first: first), at: place)
    }
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
      let value = try readNoted(Manifest.Argument.positional)
      addArgument(Manifest.Argument.positional, value)
    }
  }

  private mutating func readNamedArguments() throws(JSONError) {
    let first = manifest.arguments.count
    let place = json.at
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      let key = intern(text)
      let value = try readNoted(key)
      while lastArgument.count <= Int(key) { lastArgument.append(UInt32.max) }
      let last = Int(lastArgument[Int(key)])
      if last >= first, last < manifest.arguments.count, manifest.arguments[last].key == key {
        let name = manifest.names.name(key)
        let source = manifest.source
        diagnostics.add(
          .duplicateKey(name, first: source.firstKey(name, inObject: place) ?? place),
          at: text.place)
        continue
      }
      lastArgument[Int(key)] = UInt32(manifest.arguments.count)
      addArgument(key, value)
    }
  }

  /// The value of an argument, which is noted for the task's shape.
  @inline(__always)
  private mutating func readNoted(_ key: UInt32) throws(JSONError) -> Manifest.Cell {
    _ = json.next()
    let start = json.at
    let value = try readCell()
    switch value {
    case .integer, .unsigned, .minusZero, .bigInteger, .number:
      noteSlot(.number(key: key), start..<json.at)
    case .text: noteSlot(.text(key: key), start + 1..<json.at - 1)
    case .null, .bool: noteSlot(.fixed(key: key, value), json.at..<json.at)
    case .bytes, .integers, .numbers, .reference, .mixed, .other: isShapely = false
    }
    return value
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
    Self.makeRoom(&manifest.pools.text, json.progress, for: text.range.count)
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
  ///
  /// Static: a method of the parser would be given a copy of all of it, because a part of it changes
  /// meanwhile.
  @inline(__always)
  static func makeRoom<Element>(
    _ array: inout [Element], _ progress: JSONReader.Progress, for more: Int = 1
  ) {
    if array.count + more > array.capacity { grow(&array, progress, for: more) }
  }

  @inline(never)
  private static func grow<Element>(
    _ array: inout [Element], _ progress: JSONReader.Progress, for more: Int
  ) {
    let needed = array.count + more
    let expected = Double(needed) * Double(progress.all) / Double(max(progress.read, 1)) * 1.1
    let most = needed * 8 + 64
    let least = needed + needed / 8 + 64
    array.reserveCapacity(max(least, expected < Double(most) ? Int(expected) : most))
  }
}

extension Manifest.Task {
  /// The kernel of a task without a usable one; the mistake has been reported.
  static let noKernel = UInt32.max
}
