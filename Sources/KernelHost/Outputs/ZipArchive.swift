/// Writes files to a ZIP archive, without compression, at most 4 GB.
struct ZipArchive {
  private var directory: [UInt8] = []
  private var count = 0
  /// The bytes written so far.
  private var offset = 0

  /// Appends a file. O(bytes).
  mutating func add(_ name: String, _ content: [UInt8], to buffer: inout [UInt8]) {
    let name = Array(name.utf8)
    // Version 2.0, names in UTF-8, stored, and the first date that the format has.
    var facts: [UInt8] = []
    Self.append([20, 0x0800, 0, 0, 0x0021], to: &facts)
    Self.append(Self.checksum(content), to: &facts)
    for _ in 0..<2 { Self.append(UInt32(clamping: content.count), to: &facts) }
    Self.append([UInt16(clamping: name.count), 0], to: &facts)
    let file = [0x50, 0x4B, 3, 4] + facts + name
    buffer += file
    buffer += content
    directory += [0x50, 0x4B, 1, 2]
    Self.append([20], to: &directory)
    directory += facts
    Self.append([0, 0, 0, 0, 0], to: &directory)
    Self.append(UInt32(clamping: offset), to: &directory)
    directory += name
    offset += file.count + content.count
    count += 1
  }

  /// Appends the directory, which ends the archive.
  func end(to buffer: inout [UInt8]) {
    buffer += directory
    buffer += [0x50, 0x4B, 5, 6]
    Self.append([0, 0, UInt16(clamping: count), UInt16(clamping: count)], to: &buffer)
    Self.append(UInt32(clamping: directory.count), to: &buffer)
    Self.append(UInt32(clamping: offset), to: &buffer)
    Self.append([0], to: &buffer)
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1
    }
  }

  /// CRC-32 as ZIP has it.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
  }

  private static func append(_ words: [UInt16], to bytes: inout [UInt8]) {
    for word in words { bytes += [UInt8(word & 255), UInt8(word >> 8)] }
  }

  private static func append(_ word: UInt32, to bytes: inout [UInt8]) {
    append([UInt16(word & 0xFFFF), UInt16(word >> 16)], to: &bytes)
  }
}
