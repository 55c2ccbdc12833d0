/// The keys of a manifest.
enum ManifestKey: UInt32, CaseIterable {
  case kernel, args, name, timeout
  case mode, jobs, isolation, plugins, defaults, metadata, tasks
  case base64
  case grace, deadline, memory, retries, times, delay, on
  case sandbox, allow, read, write, limits, addressSpace, cpu, core, crashLimit
  case path, sources, include, flags, libraries, library, functions, `init`
  case function, `as`, error
  /// For editors: says by which schema they check the manifest.
  case schema
  case sweep, zip, `repeat`, from, to, count, step, log
  case after, result, results
  /// Of requests to a server.
  case id, compact, cancel, kernels, stats, shutdown

  var text: String {
    switch self {
    case .crashLimit: "crash_limit"
    case .addressSpace: "address_space"
    case .schema: "$schema"
    default: "\(self)"
    }
  }

  /// What is read in an object.
  static func known(in section: Problem.Section) -> [ManifestKey] {
    switch section {
    case .manifest:
      [
        .tasks, .defaults, .plugins, .mode, .jobs, .isolation, .sandbox, .allow, .limits,
        .crashLimit, .metadata, .schema,
      ]
    case .defaults: [.timeout, .deadline, .cpu, .grace, .memory, .retries]
    case .task:
      [
        .kernel, .args, .name, .after, .timeout, .deadline, .cpu, .grace, .memory, .retries,
        .sweep, .zip, .repeat,
      ]
    case .request: [.id, .compact] + known(in: .task) + orders
    case .range: [.from, .to, .count, .step, .log]
    case .bytes: [.base64]
    case .reference: [.result, .results]
    case .allow: [.read, .write]
    case .limits: [.addressSpace, .cpu, .core]
    case .retries: [.times, .delay, .on]
    case .plugin: [.path, .sources, .include, .flags, .libraries, .library, .functions, .`init`]
    case .function: [.function, .`as`, .error]
    }
  }
}

extension ManifestKey {
  /// The keys of a request that is an order to the server: each stands alone.
  static let orders: [ManifestKey] = [.cancel, .kernels, .stats, .shutdown]
}

/// The keys that an object has.
struct ManifestKeySet {
  private var bits: UInt64 = 0
  /// Keys for which another name stands that is near to theirs.
  private var meant: UInt64 = 0

  init() {}

  init(_ keys: [ManifestKey]) {
    for key in keys { insert(key) }
  }

  /// The key is not there, and it is not the one that a wrong name stands for.
  func misses(_ key: ManifestKey) -> Bool { (bits | meant) >> key.rawValue & 1 == 0 }

  mutating func noteMeant(_ key: ManifestKey) { meant |= 1 << key.rawValue }

  @inline(__always)
  func contains(_ key: ManifestKey) -> Bool { bits >> key.rawValue & 1 != 0 }

  @inline(__always)
  mutating func insert(_ key: ManifestKey) { bits |= 1 << key.rawValue }
}

/// Finds keys by their bytes.
struct ManifestKeyTable {
  private var names = NameTable()
  private let known: [ManifestKeySet]

  /// A table costs more than a short request: it is made once, and copied.
  static let all = ManifestKeyTable()

  private init() {
    // A key's number in the table is its raw value.
    for key in ManifestKey.allCases { _ = names.intern(key.text) }
    known = Problem.Section.allCases.map { ManifestKeySet(ManifestKey.known(in: $0)) }
  }

  /// The key that stands in `bytes`, if the section has it. O(length).
  @inline(__always)
  mutating func find(
    _ bytes: [UInt8], _ range: Range<Int>, in section: Problem.Section
  ) -> ManifestKey? {
    guard let number = names.find(bytes, range), let key = ManifestKey(rawValue: number),
      known[section.rawValue].contains(key)
    else { return nil }
    return key
  }
}
