import KernelBridge

/// A record of how a cached library was made: the recipe, and each path that the compiler and the
/// linker looked at, found or not.
///
/// The library is current as long as they would see the same again. So a new header, a changed
/// archive, and a file that only `.incbin` names all count. Nothing is guessed from the source's
/// text.
struct PluginRecord {
  /// The name of the file in the cache.
  static let name = "record"

  /// Returns the time just before the compiler starts. A file that changes later may have been read
  /// before or after its change. It waits for a tick of the coarse clock of file times.
  static func begin() -> Int {
    let began = Int(wallSeconds() * 1e9)
    sleepSeconds(0.01)
    return began
  }

  /// What is recorded for one path.
  private enum Sight: Equatable {
    case absent
    case folder
    /// A folder that was listed, with the time of its last change.
    case listed(Int)
    case file(size: Int, touched: Int, number: UInt, hash: String?)
    /// A device, which has nothing to remember.
    case other

    init(_ path: String, wasListed: Bool) {
      guard let facts = FileFacts(path) else {
        self = .absent
        return
      }
      if facts.isFolder {
        self = wasListed ? .listed(facts.changed) : .folder
      } else if facts.isRegular {
        self = .file(
          size: facts.size, touched: facts.touched, number: facts.identity.number, hash: nil)
      } else {
        self = .other
      }
    }

    /// Returns the words of a line: letter, size, time, number, hash.
    var line: String {
      switch self {
      case .absent: "- 0 0 0 -"
      case .folder: "d 0 0 0 -"
      case .listed(let changed): "l 0 \(changed) 0 -"
      case .file(let size, let touched, let number, let hash):
        "f \(size) \(touched) \(number) \(hash ?? "-")"
      case .other: "o 0 0 0 -"
      }
    }
  }

  /// Returns the text of a record. Nil if it would be incomplete, because the compiler could not be
  /// watched or a file changed while it ran. `began` is in nanoseconds since 1970.
  static func text(
    recipe: [UInt8], library: [UInt8], looks: [String: WatchedProgram.Look]?, began: Int,
    besides own: String
  ) -> [UInt8]? {
    guard let looks else { return nil }
    var text = "\(hash(library)) \(began)\n"
    for (path, look) in looks.sorted(by: { $0.key < $1.key }) {
      if look == .written || path.hasPrefix(own) || isOfProcess(path) { continue }
      if path.contains("\n") { return nil }
      var sight = Sight(path, wasListed: look == .listed)
      if case .file(let size, let touched, let number, _) = sight {
        if touched >= began - granularity(touched) { return nil }
        if !isOfSystem(path), size <= largestHashed {
          guard let bytes = try? FileReader.read(path: path, limit: largestHashed) else {
            return nil
          }
          sight = .file(size: size, touched: touched, number: number, hash: hash(bytes))
        }
      }
      text += sight.line + " " + path + "\n"
    }
    return Array(text.utf8) + [newline] + recipe
  }

  /// Whether a record belongs to this recipe and library, and everything that it names is
  /// unchanged.
  static func isCurrent(_ record: [UInt8], recipe: [UInt8], library: [UInt8]) -> Bool {
    var lines = record[...]
    guard let head = takeLine(&lines) else { return false }
    let words = head.split(separator: " ")
    guard words.count == 2, words[0] == hash(library), let began = Int(words[1]) else {
      return false
    }
    while let line = takeLine(&lines) {
      if line.isEmpty { return lines.elementsEqual(recipe) }
      if !isAsItWas(line, began: began) { return false }
    }
    return false
  }

  private static func isAsItWas(_ line: String, began: Int) -> Bool {
    let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: false)
    guard words.count == 6, let size = Int(words[1]), let touched = Int(words[2]) else {
      return false
    }
    let path = String(words[5])
    let now = Sight(path, wasListed: words[0] == "l")
    guard words[0] == "f" else { return now.line == words[..<5].joined(separator: " ") }
    // A file that changed just before the compiler started may have changed again within one tick
    // of the file system's clock. So its bytes are compared.
    let isOld = touched < began - 2_000_000_000
    if isOld, now == .file(size: size, touched: touched, number: UInt(words[3]) ?? 0, hash: nil) {
      return true
    }
    guard words[4] != "-", case .file(size, _, _, _) = now,
      let bytes = try? FileReader.read(path: path, limit: largestHashed)
    else { return false }
    return hash(bytes) == words[4]
  }

  /// Returns the files that a record names.
  static func files(_ record: [UInt8]) -> [String] { named(record).map { $0.path } }

  /// Returns the files that are compared by content, with their hashes.
  static func hashed(_ record: [UInt8]) -> [(path: String, hash: String)] {
    named(record).filter { $0.hash != "-" }
  }

  private static func named(_ record: [UInt8]) -> [(path: String, hash: String)] {
    var lines = record[...]
    var files: [(path: String, hash: String)] = []
    guard takeLine(&lines) != nil else { return [] }
    while let line = takeLine(&lines), !line.isEmpty {
      let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: false)
      if words.count == 6, words[0] == "f" {
        files.append((String(words[5]), String(words[4])))
      }
    }
    return files
  }

  // MARK: Parts

  private static let newline = UInt8(ascii: "\n")

  /// Larger files are compared by size and time alone.
  private static let largestHashed = 1 << 25

  private static func takeLine(_ rest: inout ArraySlice<UInt8>) -> String? {
    guard let end = rest.firstIndex(of: newline) else { return nil }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  /// Returns the resolution of the file system's clock. Times in whole seconds suggest a resolution
  /// of one second.
  private static func granularity(_ time: Int) -> Int {
    time % 1_000_000_000 == 0 ? 2_000_000_000 : 0
  }

  /// Files of system packages are compared by size and time alone, because there are many.
  private static func isOfSystem(_ path: String) -> Bool {
    ["/usr/", "/lib", "/bin/", "/sbin/", "/etc/", "/opt/"].contains { path.hasPrefix($0) }
  }

  private static func isOfProcess(_ path: String) -> Bool {
    ["/proc/", "/sys/", "/dev/"].contains { path.hasPrefix($0) }
  }

  /// FNV-1a of 64 bits (Fowler, Noll, Vo), in 16 hexadecimal digits.
  static func hash(_ bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
