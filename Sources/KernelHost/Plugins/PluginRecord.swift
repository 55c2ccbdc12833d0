import KernelBridge

/// Of what a library in the cache was made: what was asked for, and each path that the compiler
/// and the linker looked at, found or not.
///
/// The library is current as long as they would see the same again. So a header that was not
/// there before, an archive that has changed, and a file that only `.incbin` names all count;
/// nothing is guessed from the source's text.
struct PluginRecord {
  /// In the cache.
  static let name = "record"

  /// To be called just before the compiler: the time from which a file that changes is one that
  /// it may have seen before or after. Waits for a tick of the coarse clock that files have.
  static func begin() -> Int {
    let began = Int(wallSeconds() * 1e9)
    sleepSeconds(0.01)
    return began
  }

  /// What is asked of the file system for one path.
  private enum Sight: Equatable {
    case absent
    case folder
    /// A folder whose names were read, by when they changed.
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

    /// As words of a line: letter, size, time, number, hash.
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

  /// The text of a record, or nil if it would say too little: the compiler could not be watched,
  /// or a file changed while it ran. `began`: nanoseconds since 1970.
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

  /// Whether a record is of this recipe and library, and all that it names is as it was.
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
    // What changed just before the compiler began may have changed again within one tick of the
    // file system's clock: its bytes decide.
    let isOld = touched < began - 2_000_000_000
    if isOld, now == .file(size: size, touched: touched, number: UInt(words[3]) ?? 0, hash: nil) {
      return true
    }
    guard words[4] != "-", case .file(size, _, _, _) = now,
      let bytes = try? FileReader.read(path: path, limit: largestHashed)
    else { return false }
    return hash(bytes) == words[4]
  }

  /// The files that a record names.
  static func files(_ record: [UInt8]) -> [String] { named(record).map { $0.path } }

  /// Those of them that are known by what they hold, with the hash of that.
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

  /// Larger files are known by size and time alone.
  private static let largestHashed = 1 << 25

  private static func takeLine(_ rest: inout ArraySlice<UInt8>) -> String? {
    guard let end = rest.firstIndex(of: newline) else { return nil }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  /// How coarse the clock of the file's system is: whole seconds look like whole seconds.
  private static func granularity(_ time: Int) -> Int {
    time % 1_000_000_000 == 0 ? 2_000_000_000 : 0
  }

  /// What the system's packages bring is known by size and time alone: it is much.
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
