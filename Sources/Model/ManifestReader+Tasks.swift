extension ManifestReader {
  /// Reads one task. A task with an error in it is reported and left out.
  mutating func readTask() throws(Diagnostic) {
    guard try expect(.object, "a task", "an object with a kernel") else { return }
    let place = reader.at
    let before = diagnostics.total
    let firstArgument = manifest.arguments.count
    var task = Manifest.Task(
      kernel: 0, firstArgument: UInt32(firstArgument), argumentCount: 0, name: .empty,
      timeout: .nan, place: UInt32(place), kernelPlace: 0)
    var seen: UInt32 = 0
    var hasKernel = false
    try reader.enter()
    var first = true
    while let range = try reader.nextMember(first: &first) {
      guard let key = known(range, in: .task, &seen) else {
        _ = try reader.skipValue()
        continue
      }
      switch key {
      case .kernel:
        hasKernel = true
        guard try expect(.text, "kernel", "a kernel's name") else { continue }
        task.kernelPlace = UInt32(reader.at)
        task.kernel = intern(try reader.skipText())
      case .name: try readName(&task)
      case .timeout: task.timeout = try readSeconds("timeout") ?? .nan
      default: try readArguments()
      }
    }
    if !hasKernel { report(.missingKey("kernel", in: .task), place) }
    if diagnostics.total > before {
      manifest.arguments.removeLast(manifest.arguments.count - firstArgument)
      return
    }
    task.argumentCount = UInt32(manifest.arguments.count - firstArgument)
    manifest.tasks.append(task)
  }

  /// A name as its number, whether it is written with escapes or not.
  private mutating func intern(_ range: Range<Int>) -> UInt32 {
    if reader.isPlain(range) { return manifest.names.intern(manifest.source.bytes, range) }
    scratch.removeAll(keepingCapacity: true)
    reader.append(range, to: &scratch)
    return manifest.names.intern(scratch, 0..<scratch.count)
  }

  private mutating func readName(_ task: inout Manifest.Task) throws(Diagnostic) {
    guard try expect(.text, "name", "a text") else { return }
    let place = reader.at
    let range = try reader.skipText()
    let start = manifest.pools.text.count
    reader.append(range, to: &manifest.pools.text)
    task.name = PoolRange(start: start, count: manifest.pools.text.count - start)
    if task.name.isEmpty {
      report(.wrongValue(of: "name", found: "\"\"", expected: "a text that is not empty"), place)
      return
    }
    let before = taskNames.count
    let id = taskNames.intern(manifest.pools.text, task.name.indices)
    if taskNames.count > before {
      taskNamePlaces.append(place)
    } else {
      report(
        .duplicateTask(manifest.pools.string(task.name), first: taskNamePlaces[Int(id)]), place)
    }
  }

  /// `args`: an object by name, or an array by position.
  private mutating func readArguments() throws(Diagnostic) {
    let begin = manifest.arguments.count
    let kind = try reader.kind("an object or an array of arguments")
    guard kind == .object || kind == .array else {
      let place = reader.at
      let found = try skip(kind)
      report(.wrongType(of: "args", found: found, expected: "an object or an array"), place)
      return
    }
    try reader.enter()
    var first = true
    if kind == .array {
      while try reader.nextElement(first: &first) {
        _ = reader.next()
        let place = UInt32(reader.at)
        manifest.arguments.append(
          Manifest.Argument(
            key: Manifest.Argument.positional, keyPlace: place, place: place,
            value: try readCell()))
      }
      return
    }
    var places = SeenNames()
    while let range = try reader.nextMember(first: &first) {
      let key = intern(range)
      let keyPlace = range.lowerBound - 1
      _ = reader.next()
      let place = reader.at
      let value = try readCell()
      if let earlier = places.first(key, in: manifest.arguments, from: begin) {
        report(.duplicateKey(manifest.names.name(key), first: earlier), keyPlace)
        continue
      }
      manifest.arguments.append(
        Manifest.Argument(
          key: key, keyPlace: UInt32(keyPlace), place: UInt32(place), value: value))
    }
  }
}

/// Finds an argument that is there twice: by looking through them while they are
/// few, by a set when they are many.
private struct SeenNames {
  private var known: [UInt32: Int] = [:]
  private var next: Int?

  mutating func first(_ key: UInt32, in arguments: [Manifest.Argument], from begin: Int) -> Int? {
    if arguments.count - begin < 24 {
      for index in begin..<arguments.count where arguments[index].key == key {
        return Int(arguments[index].keyPlace)
      }
      return nil
    }
    for index in (next ?? begin)..<arguments.count {
      known[arguments[index].key] = Int(arguments[index].keyPlace)
    }
    next = arguments.count
    return known[key]
  }
}
