import KernelBridge
public import TaskModel

/// A record as a line of a journal: its JSON object with the checksum of the bytes before it as
/// the last member, and a line feed.
public enum JournalFrame {
  /// Appends a record's line. O(size).
  public static func append(_ record: JournalRecord, to buffer: inout [UInt8]) {
    let start = buffer.count
    record.write(to: &buffer)
    close(from: start, in: &buffer)
  }

  /// Ends the object that begins at `start` and has no closing brace. O(its size).
  static func close(from start: Int, in buffer: inout [UInt8]) {
    let checksum = Checksum.of(buffer, start..<buffer.count)
    buffer += member
    for shift in stride(from: UInt32(28), through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: checksum >> shift) & 15
      buffer.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
    buffer += end
  }

  private static let member = Array(",\"crc\":\"".utf8)
  private static let end = Array("\"}\n".utf8)
}
