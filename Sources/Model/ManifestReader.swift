public enum ManifestFormat: String, Sendable, CaseIterable {
  case json
  case jsonl
}
struct ManifestReader {
  var manifest: Manifest
  var diagnostics = Diagnostics()
  var reader: JSONReader
  var taskNames = NameTable()
  var taskNamePlaces: [Int] = []
  var scratch: [UInt8] = []
  var keys = KeyFinder()

  private init(_ source: SourceText) {
    manifest = Manifest(source: source)
    reader = JSONReader(source.bytes)
  }
  static func read(_ source: SourceText, format: ManifestFormat) -> (Manifest, Diagnostics) {
    var this = ManifestReader(source)
    do throws(Diagnostic) {
      if source.bytes.count >= Int(UInt32.max) { throw Diagnostic(.tooLarge, at: 0) }
      try refuseOtherEncodings(source.bytes, format)
      switch format {
      case .json: try this.readDocument()
      case .jsonl: try this.readLines()
      }
    } catch {
      this.diagnostics.add(error.problem, at: error.place)
    }
    return (this.manifest, this.diagnostics)
  }
  private static func refuseOtherEncodings(
    _ bytes: [UInt8], _ format: ManifestFormat
  ) throws(Diagnostic) {
    func starts(_ prefix: UInt8...) -> Bool { bytes.starts(with: prefix) }
    if starts(0xEF, 0xBB, 0xBF) { throw Diagnostic(.byteOrderMark, at: 0) }
    if starts(0xFF, 0xFE) || starts(0xFE, 0xFF) { throw Diagnostic(.wrongEncoding("UTF-16"), at: 0) }
    if let zero = bytes.prefix(4096).firstIndex(of: 0) { throw Diagnostic(.binary, at: zero) }
    let space: [UInt8] = [0x20, 0x0A, 0x0D, 0x09]
    if format == .json, bytes.allSatisfy({ space.contains($0) }) { throw Diagnostic(.empty, at: 0) }
  }
  private mutating func readDocument() throws(Diagnostic) {
    switch try reader.kind("a manifest: an object or an array of tasks") {
    case .array: try readTasks()
    case .object: try readManifest()
    case let kind:
      let place = reader.at
      _ = try reader.skipValue()
      report(.wrongType(of: "a manifest", found: kind, expected: "an object or an array"), place)
    }
    try reader.finish()
  }
  private mutating func readLines() throws(Diagnostic) {
    let bytes = manifest.source.bytes
    var start = 0
    while start < bytes.count {
      let stop = bytes[start...].firstIndex(of: 10) ?? bytes.count
      reader = JSONReader(bytes, from: start, to: stop)
      if reader.next() != nil {
        try readTask()
        if reader.next() != nil { throw Diagnostic(.oneTaskALine, at: reader.at) }
      }
      start = stop + 1
    }
  }
  private mutating func readManifest() throws(Diagnostic) {
    var seen: UInt32 = 0
    var hasTasks = false
    let place = reader.at
    try reader.enter()
    var first = true
    while let range = try reader.nextMember(first: &first) {
      guard let key = known(range, in: .manifest, &seen) else {
        _ = try reader.skipValue()
        continue
      }
      switch key {
      case .mode: manifest.mode = try readChoice(.mode, Mode.init(rawValue:), ["concurrent", "parallel"])
      case .isolation: manifest.isolation = try readChoice(.isolation, Isolation.init(rawValue:), ["none", "process", "call"])
      case .jobs: manifest.jobs = try readInteger(key, 1...1024)
      case .plugins: _ = try reader.skipValue()
      case .defaults: try readDefaults()
      case .metadata: manifest.metadata = try reader.skipValue()
      default:
        hasTasks = true
        if try expect(.array, "tasks", "an array of tasks") { try readTasks() }
      }
    }
    if !hasTasks { report(.missingKey("tasks", in: .manifest), place) }
  }
  private mutating func readDefaults() throws(Diagnostic) {
    guard try expect(.object, "defaults", "an object") else { return }
    var seen: UInt32 = 0
    try reader.enter()
    var first = true
    while let range = try reader.nextMember(first: &first) {
      if known(range, in: .defaults, &seen) == nil {
        _ = try reader.skipValue()
      } else {
        manifest.defaultTimeout = try readSeconds("timeout")
      }
    }
  }
  private mutating func readTasks() throws(Diagnostic) {
    let guess = manifest.source.bytes.count / 56
    manifest.tasks.reserveCapacity(guess)
    manifest.arguments.reserveCapacity(guess)
    try reader.enter()
    var first = true
    while try reader.nextElement(first: &first) { try readTask() }
  }
  mutating func report(_ problem: Problem, _ place: Int) { diagnostics.add(problem, at: place) }
}
