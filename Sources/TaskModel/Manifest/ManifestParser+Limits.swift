/// What a call or a worker may take, and what workers may do.
extension ManifestParser {
  /// What an object says of limits; nil: nothing.
  struct GivenLimits {
    var grace: Double?
    var deadline: Double?
    var processorSeconds: Double?
    var memory: UInt64?
    var retries: Retries?

    /// These, and `others` where nothing is said.
    func merged(into others: CallLimits) -> CallLimits {
      CallLimits(
        grace: grace ?? others.grace, deadline: deadline ?? others.deadline,
        processorSeconds: processorSeconds ?? others.processorSeconds,
        memory: memory ?? others.memory, retries: retries ?? others.retries)
    }
  }

  /// Reads the value of `key` if the key is one of a limit; returns false for any other key.
  mutating func readLimit(
    _ key: ManifestKey, into limits: inout GivenLimits, isInDefaults: Bool = false
  ) throws(JSONError) -> Bool {
    switch key {
    case .grace: limits.grace = try readSeconds(of: key)
    case .deadline: limits.deadline = try readTimeout(of: key)
    case .cpu: limits.processorSeconds = try readTimeout(of: key)
    case .memory:
      if manifest.memoryPlace == nil { manifest.memoryPlace = valuePlace() }
      limits.memory = try readSize(of: key)
    case .retries:
      retryTask = isInDefaults ? nil : manifest.tasks.count
      limits.retries = try readRetries()
    default: return false
    }
    return true
  }

  /// The limits of tasks, once those of `defaults` are known, wherever they stand.
  mutating func mergeLimits() {
    manifest.defaultLimits = defaultLimits.merged(into: .standard)
    for (task, limits) in taskLimits {
      manifest.limits[task] = limits.merged(into: manifest.defaultLimits)
    }
  }

  /// Seconds, 0 or more.
  private mutating func readSeconds(of key: ManifestKey) throws(JSONError) -> Double? {
    guard try expect(.number, .secondsOrNone, of: key) else { return nil }
    let place = json.at
    let seconds = try json.readNumber().asDouble
    if seconds >= 0, seconds < RunBounds.seconds { return seconds }
    refuseNumber(key, .secondsOrNone, at: place)
    return nil
  }

  mutating func readCount(
    of key: ManifestKey, _ range: ClosedRange<Int64>, _ expected: Problem.Expected
  ) throws(JSONError) -> Int? {
    guard try expect(.number, expected, of: key) else { return nil }
    let place = json.at
    if let value = try json.readNumber().asInteger, range ~= value { return Int(value) }
    refuseNumber(key, expected, at: place)
    return nil
  }

  private mutating func refuseNumber(
    _ key: ManifestKey, _ expected: Problem.Expected, at place: Int
  ) {
    diagnostics.add(
      .wrongType(
        of: key.text, expected: expected, found: .number(manifest.source.written(at: place))),
      at: place)
  }

  /// Bytes, as a whole number or as "64 MiB".
  private mutating func readSize(of key: ManifestKey) throws(JSONError) -> UInt64? {
    if try json.kind() == .text {
      let text = try json.readText()
      let written = json.string(text)
      if let size = ByteSize.parse(written) { return size }
      diagnostics.add(
        .wrongType(of: key.text, expected: .size, found: .text(written)), at: text.place)
      return nil
    }
    return try readCount(of: key, 1...Int64.max, .size).map { UInt64($0) }
  }

  // MARK: Retries

  private mutating func readRetries() throws(JSONError) -> Retries? {
    switch try json.kind() {
    case .number:
      return try readCount(of: .retries, RunBounds.retries, .retries).map { Retries(times: $0) }
    case .object: return try readRetriesObject()
    default:
      try refuse { .wrongType(of: "retries", expected: .retries, found: $0) }
      return nil
    }
  }

  private mutating func readRetriesObject() throws(JSONError) -> Retries? {
    let place = json.at
    var seen = ManifestKeySet()
    var retries = Retries(times: 0)
    var hasTimes = false
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      switch key(text, in: .retries, &seen, object: place) {
      case .times:
        hasTimes = true
        retries.times = try readCount(of: .times, RunBounds.retries, .retryTimes) ?? 0
      case .delay: retries.delay = try readSeconds(of: .delay) ?? 0
      case .on: try readCauses(&retries)
      default: _ = try json.skipValue()
      }
    }
    if !hasTimes, seen.misses(.times) { diagnostics.add(.missingTimes, at: place) }
    return retries
  }

  /// `on`: statuses, and names of error codes.
  private mutating func readCauses(_ retries: inout Retries) throws(JSONError) {
    guard try expect(.array, .causes, of: .on) else { return }
    retries.statuses = []
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      guard try expect(.text, .cause, of: .on) else { continue }
      let text = try json.readText()
      let name = json.string(text)
      if let status = Status(rawValue: name), Retries.possible.contains(status) {
        retries.statuses.insert(status)
      } else if Self.isCodeName(name) {
        retries.names.insert(name)
        if !ErrorNames.contains(name) {
          manifest.retryNames.append(.init(name: name, place: text.place, task: retryTask))
        }
      } else {
        diagnostics.add(
          .unknownCause(name, near: Self.nearCause(name, []), declared: []), at: text.place)
      }
    }
  }

  /// `declared`: the errors of kernels.
  static func nearCause(_ name: String, _ declared: [String]) -> String? {
    NearName.nearest(
      to: name,
      among: Retries.possible.map { $0.rawValue } + declared + Errno.names
        + Signal.names.values)
  }

  /// Codes have names like constants of C; statuses are small, so that a slip is seen.
  private static func isCodeName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
    return name.utf8.allSatisfy {
      (65...90).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_")
    }
  }

  // MARK: Workers

  mutating func readCrashLimit() throws(JSONError) {
    manifest.crashLimit = try readCount(of: .crashLimit, RunBounds.count, .crashLimit)
  }

  mutating func readAllow() throws(JSONError) {
    manifest.allowPlace = valuePlace()
    guard try expect(.object, .object, of: .allow) else { return }
    let place = json.at
    var seen = ManifestKeySet()
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      switch key(text, in: .allow, &seen, object: place) {
      case .read:
        let paths = try readPaths(of: .read)
        manifest.allowed.read += paths.map { $0.path }
        manifest.allowedPlaces.read += paths.map { $0.place }
      case .write:
        let paths = try readPaths(of: .write)
        manifest.allowed.write += paths.map { $0.path }
        manifest.allowedPlaces.write += paths.map { $0.place }
      default: _ = try json.skipValue()
      }
    }
  }

  private mutating func readPaths(
    of key: ManifestKey
  ) throws(JSONError) -> [(path: String, place: Int)] {
    guard try expect(.array, .paths, of: key) else { return [] }
    var paths: [(path: String, place: Int)] = []
    try json.enter()
    var isFirst = true
    while try json.nextElement(&isFirst) {
      guard try expect(.text, .path, of: key) else { continue }
      if let path = try readPath(of: key) { paths.append(path) }
    }
    return paths
  }

  /// A path, which comes next; nil if it cannot be one.
  mutating func readPath(of key: ManifestKey) throws(JSONError) -> (path: String, place: Int)? {
    let text = try json.readText()
    let path = json.string(text)
    if path.isEmpty {
      diagnostics.add(.emptyText(of: key.text), at: text.place)
    } else if path.utf8.contains(0) {
      diagnostics.add(.nulInPath, at: text.place)
    } else {
      return (path, text.place)
    }
    return nil
  }

  mutating func readWorkerLimits() throws(JSONError) {
    manifest.workerLimitsPlace = valuePlace()
    guard try expect(.object, .object, of: .limits) else { return }
    let place = json.at
    var seen = ManifestKeySet()
    try json.enter()
    var isFirst = true
    while let text = try json.nextMember(&isFirst) {
      switch key(text, in: .limits, &seen, object: place) {
      case .addressSpace: manifest.workerLimits.addressSpace = try readSize(of: .addressSpace)
      case .cpu:
        manifest.workerLimits.processorSeconds =
          try readCount(of: .cpu, RunBounds.count, .wholeSeconds).map { UInt64($0) }
      case .core:
        if try expect(.bool, .bool, of: .core) {
          manifest.workerLimits.allowsCore = try json.readBool()
        }
      default: _ = try json.skipValue()
      }
    }
  }
}

extension Retries {
  /// The statuses of calls that can be tried again.
  public static let possible = Status.allCases.filter { $0.row.isRetriable }
}

/// Sizes in bytes as people write them.
public enum ByteSize {
  private static let units: [(String, Double)] = [
    ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("KB", 1e3), ("MB", 1e6),
    ("GB", 1e9), ("B", 1),
  ]

  /// The size that a text means which is written in another way: "64 mb" for "64 MB", "1.5g"
  /// for "1.5 GiB". Nil: the text is not a size.
  static func meant(by text: String) -> String? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(digits.count).lowercased().filter { $0 != " " }
    let short = ["k": "KiB", "m": "MiB", "g": "GiB", "": "B", "byte": "B", "bytes": "B"]
    if ["t", "tb", "tib"].contains(unit), let number = Double(digits), number < 1e6 {
      return unit == "tb"
        ? "\(Wording.plain(number * 1000)) GB" : "\(Wording.plain(number * 1024)) GiB"
    }
    guard let right = short[unit] ?? units.first(where: { $0.0.lowercased() == unit })?.0 else {
      return nil
    }
    let size = "\(digits) \(right)"
    return parse(size) == nil ? nil : size
  }

  /// "64 KiB", "1.5GiB", "200 MB"; nil: not a size, or less than a byte.
  public static func parse(_ text: String) -> UInt64? {
    guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
    var digits = text.dropLast(unit.count)
    if digits.last == " " { digits.removeLast() }
    guard let first = digits.utf8.first, (48...57).contains(first),
      digits.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }),
      digits.last != ".", let number = Double(digits)
    else { return nil }
    let bytes = (number * factor).rounded()
    return bytes >= 1 && bytes < 9e18 ? UInt64(bytes) : nil
  }
}
