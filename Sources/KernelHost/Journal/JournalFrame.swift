import KernelBridge
package import KernelHostModel

/// A record as a line of a journal: its JSON object with the checksum of the bytes before it as
/// the last member, and a line feed.
package enum JournalFrame {
  /// Appends a record's line. O(size).
  package static func append(_ record: JournalRecord, to buffer: inout [UInt8]) {
    let start = buffer.count
    record.write(to: &buffer)
    close(from: start, in: &buffer)
  }

  /// Ends the object that begins at `start` and has no closing brace. O(its size).
  static func close(from start: Int, in buffer: inout [UInt8]) {
    var checksum = Checksum.of(buffer, start..<buffer.count)
    buffer += member
    // In front of the quote, the brace and the line feed, from the last digit on.
    var index = buffer.count - 4
    for _ in 0..<8 {
      let digit = UInt8(truncatingIfNeeded: checksum) & 15
      buffer[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
      checksum >>= 4
      index -= 1
    }
  }

  private static let member = Array(",\"crc\":\"00000000\"}\n".utf8)
}
