/// The keys that manifests have, each with the object that it belongs to.
enum ManifestKey: Int, CaseIterable {
  case mode, jobs, isolation, plugins, defaults, metadata, tasks
  case defaultTimeout
  case kernel, args, name, timeout

  var owner: Problem.Owner {
    switch self {
    case .mode, .jobs, .isolation, .plugins, .defaults, .metadata, .tasks: .manifest
    case .defaultTimeout: .defaults
    case .kernel, .args, .name, .timeout: .task
    }
  }

  var text: String { self == .defaultTimeout ? "timeout" : "\(self)" }

  /// Keys that only later versions read.
  static func later(_ owner: Problem.Owner) -> [String] {
    switch owner {
    case .manifest: ["grace", "memory", "allow", "sandbox", "crash_limit"]
    case .defaults: ["retries", "grace", "memory"]
    case .task: ["sweep", "zip", "repeat", "after", "retries", "grace", "memory"]
    }
  }
}

/// Finds keys by their bytes, and the keys that an object has twice.
struct KeyFinder: Sendable {
  private static let all: [(bytes: [UInt8], key: ManifestKey)] = ManifestKey.allCases.map {
    (Array($0.text.utf8), $0)
  }
  private let keys = Self.all
  /// Where each key stood last.
  private var places = [Int](repeating: 0, count: ManifestKey.allCases.count)

  /// The key of an owner at `range`; nil: none that this version reads.
  func find(_ bytes: [UInt8], _ range: Range<Int>, of owner: Problem.Owner) -> ManifestKey? {
    for entry in keys where entry.bytes.count == range.count && entry.key.owner == owner {
      var isSame = true
      for offset in 0..<range.count
      where bytes[range.lowerBound + offset] != entry.bytes[offset] {
        isSame = false
        break
      }
      if isSame { return entry.key }
    }
    return nil
  }

  /// Notes a key in the set of those seen; answers where it stood first if it is
  /// there twice.
  mutating func note(_ key: ManifestKey, at place: Int, in seen: inout UInt32) -> Int? {
    let bit = UInt32(1) << UInt32(key.rawValue)
    if seen & bit != 0 { return places[key.rawValue] }
    seen |= bit
    places[key.rawValue] = place
    return nil
  }
}

extension ManifestReader {
  /// The key at a place of the source, noted as seen; nil if its value is to be
  /// skipped, for a reason that has been reported.
  mutating func known(_ range: Range<Int>, in owner: Problem.Owner, _ seen: inout UInt32)
    -> ManifestKey?
  {
    let place = range.lowerBound - 1
    if let key = keys.find(manifest.source.bytes, range, of: owner) {
      guard let first = keys.note(key, at: place, in: &seen) else { return key }
      report(.duplicateKey(key.text, first: first), place)
      return nil
    }
    // Perhaps it is written with escapes.
    let text = reader.string(range)
    let own = ManifestKey.allCases.filter { $0.owner == owner }
    if let key = own.first(where: { $0.text == text }) {
      guard let first = keys.note(key, at: place, in: &seen) else { return key }
      report(.duplicateKey(text, first: first), place)
      return nil
    }
    if ManifestKey.later(owner).contains(text) {
      report(.notYet(text), place)
    } else {
      let near = NearName.nearest(to: text, among: own.map { $0.text } + ManifestKey.later(owner))
      report(.unknownKey(text, in: owner, near: near), place)
    }
    return nil
  }
}
