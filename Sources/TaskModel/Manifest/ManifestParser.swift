/// Builds a manifest from JSON, in one pass.
///
/// A mistake in the manifest is noted and the reading goes on; a mistake in the
/// JSON is thrown and ends it.
struct ManifestParser {
  var json: JSONReader
  var manifest: Manifest
  var diagnostics = Diagnostics()
  var keys = ManifestKeyTable.all
  /// For each argument's name, the last argument of that name.
  var lastArgument: [UInt32] = []
  /// How tasks are written, and the values of the task that is read; its shape counts if
  /// `isShapely`.
  var shapes = TaskShapes()
  var slots: [TaskShape.Slot] = []
  var isShapely = false
  /// Where the arguments begin of the task that is read, or will be read next.
  var firstArgument = 0
  /// Names of requests are for their records only.
  let entersNames: Bool
  /// For tests: false if each task is to be parsed.
  var usesShapes = true
  /// The numbers of the timeouts that tasks have.
  var timeoutNumbers: [Double: UInt32] = [:]
  /// For names that are written with escapes.
  var scratch: [UInt8] = []
  /// What `defaults` and some tasks, by number, say of limits.
  var defaultLimits = GivenLimits()
  var taskLimits: [Int: GivenLimits] = [:]
  /// The task whose `retries` are read; nil: those of `defaults`.
  var retryTask: Int?
  /// The request that is read; nil: a manifest is read.
  var request: RequestLine?
  /// In JSON Lines: false once a line is no JSON.
  var isWhole = true

  init(_ source: SourceText, _ json: JSONReader, entersNames: Bool = true) {
    manifest = Manifest(source: source)
    self.json = json
    self.entersNames = entersNames
  }

  mutating func reading(isComplete: Bool) -> ManifestReading {
    let isComplete = isComplete && isWhole
    mergeLimits()
    enterNames()
    if manifest.after.isEmpty, manifest.references.isEmpty { manifest.taskNames = TaskNames() }
    return ManifestReading(manifest: manifest, diagnostics: diagnostics, isComplete: isComplete)
  }

  /// The whole source as one JSON text.
  mutating func parseWhole() -> ManifestReading {
    do throws(JSONError) {
      if json.next() == nil { throw JSONError(.onlyWhiteSpace, at: 0) }
      switch try json.kind() {
      case .object: try readManifest()
      case .array: try readTasks()
      default: try refuse { .notManifest($0) }
      }
      try json.finish()
      return reading(isComplete: true)
    } catch {
      dropUnfinishedTask()
      diagnostics.add(.json(error.problem), at: error.place)
      return reading(isComplete: false)
    }
  }

  /// A line of JSON Lines as one task, if it is not blank.
  mutating func parseLine(_ line: Range<Int>) {
    json.beginLine(line)
    do throws(JSONError) {
      if json.next() == nil { return }
      if !readByShape() { try readTask() }
      try json.finish()
    } catch {
      dropUnfinishedTask()
      isWhole = false
      diagnostics.add(.json(error.problem), at: error.place)
    }
  }

  /// What was read of a task that a mistake in the JSON ended: whatever names a task by its
  /// number names one that is there.
  mutating func dropUnfinishedTask() {
    let count = manifest.tasks.count
    manifest.arguments.removeLast(manifest.arguments.count - firstArgument)
    while let last = manifest.after.last, Int(last.task) >= count { manifest.after.removeLast() }
    while let last = manifest.pointsFiles.last, last.task >= count {
      manifest.pointsFiles.removeLast()
    }
    taskLimits[count] = nil
    manifest.retryNames.removeAll { $0.task ?? -1 >= count }
  }

  private mutating func readManifest() throws(JSONError) {
    let place = json.at
    var seen = ManifestKeySet()
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      guard let key = key(text, in: .manifest, &seen, object: place) else {
        _ = try json.skipValue()
        continue
      }
      switch key {
      case .tasks:
        if try expect(.array, .tasks, of: key) { try readTasks() }
      case .metadata:
        if try expect(.object, .object, of: key) { manifest.metadata = try json.skipValue() }
      case .schema:
        if try expect(.text, .text, of: key) { _ = try json.readText() }
      case .mode:
        manifest.modePlace = valuePlace()
        manifest.mode = try readWord(of: key, Mode.init(rawValue:), Mode.allCases)
      case .isolation:
        manifest.isolationPlace = valuePlace()
        manifest.isolation = try readWord(of: key, Isolation.init(rawValue:), Isolation.allCases)
      case .jobs:
        manifest.jobsPlace = valuePlace()
        manifest.jobs = try readJobs()
      case .sandbox:
        manifest.sandboxPlace = valuePlace()
        manifest.sandbox = try readWord(
          of: key, SandboxLevel.init(rawValue:), SandboxLevel.allCases)
      case .allow: try readAllow()
      case .limits: try readWorkerLimits()
      case .crashLimit: try readCrashLimit()
      case .plugins: try readPlugins()
      case .defaults: try readDefaults()
      default: _ = try json.skipValue()
      }
    }
    if seen.misses(.tasks) { diagnostics.add(.missingTasks, at: place) }
  }

  /// Where the next value begins.
  mutating func valuePlace() -> Int {
    _ = json.next()
    return json.at
  }

  private mutating func readDefaults() throws(JSONError) {
    guard try expect(.object, .object, of: .defaults) else { return }
    let place = json.at
    var seen = ManifestKeySet()
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      let key = key(text, in: .defaults, &seen, object: place)
      if key == .timeout {
        manifest.defaultTimeout = try readTimeout()
        continue
      }
      var limits = defaultLimits
      if let key, try readLimit(key, into: &limits, isInDefaults: true) {
        defaultLimits = limits
      } else {
        _ = try json.skipValue()
      }
    }
  }

  private mutating func readTasks() throws(JSONError) {
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      if !readByShape() { try readTask() }
    }
  }

  /// The key of a section; nil if its value must be skipped, which has been reported.
  @inline(__always)
  mutating func key(
    _ text: JSONReader.Text, in section: Problem.Section, _ seen: inout ManifestKeySet,
    object place: Int
  ) -> ManifestKey? {
    if text.isPlain, let key = keys.find(json.bytes, text.range, in: section), !seen.contains(key) {
      seen.insert(key)
      return key
    }
    return unusualKey(text, in: section, &seen, object: place)
  }

  /// A key that is written with escapes, unknown, or there twice.
  private mutating func unusualKey(
    _ text: JSONReader.Text, in section: Problem.Section, _ seen: inout ManifestKeySet,
    object place: Int
  ) -> ManifestKey? {
    scratch.removeAll(keepingCapacity: true)
    json.append(text, to: &scratch)
    let name = { [scratch] in String(decoding: scratch, as: UTF8.self) }
    if let key = keys.find(scratch, scratch.indices, in: section) {
      if !seen.contains(key) {
        seen.insert(key)
        return key
      }
      let source = manifest.source
      diagnostics.add(
        .duplicateKey(name(), first: source.firstKey(name(), inObject: place) ?? place),
        at: text.place)
    } else if case let homes = Problem.Section.ofManifests.filter({
      keys.find(scratch, scratch.indices, in: $0) != nil
    }), !homes.isEmpty {
      diagnostics.add(.misplacedKey(name(), belongsInto: homes), at: text.place)
    } else {
      let key =
        diagnostics.wants(text.place) ? ManifestKey.meant(by: name(), in: section) : nil
      if let key { seen.noteMeant(key) }
      diagnostics.add(.unknownKey(name(), in: section, near: key?.text), at: text.place)
    }
    return nil
  }
}
