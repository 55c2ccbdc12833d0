import KernelBridge

/// Where the files of a `SnapshotStore` lie. Several threads use it at the same time, each with a
/// name of its own.
package protocol SnapshotFolder: Sendable {
  /// How messages name it.
  var path: String { get }
  var names: [String] { get }
  /// Nil: it cannot be read.
  func read(_ name: String) -> [UInt8]?
  /// Writes a file over another one of that name, and waits until it is on the disk. A kill on the
  /// way may leave neither the old file nor the new one.
  func write(_ name: String, _ bytes: [UInt8]) throws(SystemError)
  func remove(_ name: String)
}

/// A folder of the file system.
package struct DiskFolder: SnapshotFolder {
  package let path: String

  package init(_ path: String) { self.path = path }

  package var names: [String] { Folders.names(path) }

  package func read(_ name: String) -> [UInt8]? {
    (try? FileReader.readRegular(path: path + "/" + name, limit: .max)) ?? nil
  }

  package func write(_ name: String, _ bytes: [UInt8]) throws(SystemError) {
    let isNew = FileFacts.isMissing(path + "/" + name)
    try WholeFile.write(path + "/" + name, bytes)
    if isNew { try Folders.sync(path) }
  }

  package func remove(_ name: String) { Folders.remove(path + "/" + name) }
}

/// The names of the files: `snapshot-0-a` and `snapshot-0-b`, by turns. A host that shares the
/// folder with others puts a prefix of its own before the number.
enum SnapshotName {
  private static let sides = ["a", "b"]

  static func text(prefix: String, place: Int, side: Int) -> String {
    text(key: "\(prefix)\(place)", side: side)
  }

  /// `key`: what both files of a lane have.
  static func text(key: String, side: Int) -> String { "snapshot-\(key)-\(sides[side])" }

  /// `prefix`: nil if any one counts. Nil: another kind of file.
  static func parts(_ name: String, prefix: String?) -> (file: String, place: Int, side: Int)? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "snapshot",
      let side = sides.firstIndex(of: String(parts[2]))
    else { return nil }
    var text = parts[1]
    if let prefix {
      guard text.hasPrefix(prefix) else { return nil }
      text = text.dropFirst(prefix.count)
      guard let place = number(text) else { return nil }
      return (String(parts[1]), place, side)
    }
    let digits = text.reversed().prefix { $0.isASCII && $0.isNumber }
    guard let place = number(Substring(String(digits.reversed()))) else { return nil }
    return (String(parts[1]), place, side)
  }

  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(text)
  }
}
