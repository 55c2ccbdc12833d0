import CKernelHostLanes

/// The checksum of journals and of snapshots: CRC-32C, as RFC 3720 has it.
public enum Checksum {
  /// Returns the checksum of some of the bytes. O(length).
  public static func of(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
    let range = range.clamped(to: bytes.indices)
    return unsafe bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return kh_crc32c(0, nil, 0) }
      return unsafe kh_crc32c(0, start + range.lowerBound, range.count)
    }
  }

  public static func of(_ bytes: [UInt8]) -> UInt32 { of(bytes, bytes.indices) }

  /// Returns the same, computed without the processor's instruction for it. O(length).
  static func portable(_ bytes: [UInt8]) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe kh_crc32c_portable(0, $0.baseAddress, $0.count) }
  }
}

/// The lines of a part of a journal, as far as they can be told without reading them as JSON.
public enum JournalLines {
  /// What a line's checksum says of it.
  public enum State: UInt32, Sendable {
    case whole
    /// There is no checksum at the end.
    case unchecked
    /// The checksum is that of other bytes.
    case wrong
    /// Either of these, and there are bytes of value 0 in the line.
    case zeros
  }

  public struct Line: Sendable {
    /// Without its line feed.
    public let range: Range<Int>
    public let state: State
    /// Of the record of a call's end; nil: it is another record.
    public let call: Int?
    /// The record has no status, so the call ended well.
    public let isOK: Bool
  }

  /// How many lines are found at a time.
  private static let batch = 512

  /// What the checksum of one line says of it; `range` is without the line feed. O(length).
  public static func state(of bytes: [UInt8], _ range: Range<Int>) -> State {
    let range = range.clamped(to: bytes.indices)
    if range.isEmpty { return .unchecked }
    let state = unsafe bytes.withUnsafeBytes { bytes in
      unsafe kh_journal_check(
        (bytes.baseAddress! + range.lowerBound).assumingMemoryBound(to: CChar.self), range.count)
    }
    return State(rawValue: state.rawValue) ?? .wrong
  }

  /// Hands each line that ends in the first `count` bytes to `body`, and returns how many bytes
  /// these lines take. O(bytes).
  public static func scan(_ bytes: [UInt8], count: Int, _ body: (Line) -> Void) -> Int {
    var done = 0
    let count = min(count, bytes.count)
    var lines = [kh_journal_line](repeating: kh_journal_line(), count: batch)
    while done < count {
      var used = 0
      let found = unsafe bytes.withUnsafeBytes { bytes in
        unsafe kh_journal_lines(
          (bytes.baseAddress! + done).assumingMemoryBound(to: CChar.self), count - done, &lines,
          batch, &used)
      }
      for index in 0..<found {
        let line = lines[index]
        let start = done + Int(line.start)
        body(
          Line(
            range: start..<start + Int(line.length), state: State(rawValue: line.state) ?? .wrong,
            call: line.call < 0 ? nil : Int(line.call), isOK: line.is_ok != 0))
      }
      done += used
      if used == 0 { break }
    }
    return done
  }

  /// The record of a call that ended well at its first attempt, with one number as its result.
  public struct PlainEnd: Sendable {
    public let call: Int
    public let steps: Int64
    public let seconds: Double
    /// The number's text, in the bytes; empty: no result.
    public let result: Range<Int>
    /// Of the run that the token was taken from; empty: it is of this run.
    public let source: Range<Int>
    /// The number has a point or an exponent.
    public let isReal: Bool
  }

  /// Reads the line that begins at `start` and ends before `count`, if it is whole and such a
  /// record, just as this host writes it. Nil: it may be any other line. O(length).
  @inline(__always)
  public static func plainEnd(of bytes: [UInt8], from start: Int, count: Int) -> PlainEnd? {
    let count = min(count, bytes.count)
    guard start >= 0, start < count else { return nil }
    var end = kh_plain_end()
    let isPlain = unsafe bytes.withUnsafeBytes { bytes in
      unsafe kh_journal_plain(
        (bytes.baseAddress! + start).assumingMemoryBound(to: CChar.self), count - start, &end) != 0
    }
    guard isPlain else { return nil }
    let (result, source) = (start + Int(end.result), start + Int(end.source))
    return PlainEnd(
      call: Int(end.call), steps: end.steps, seconds: Double(end.nanoseconds) / 1e9,
      result: result..<result + Int(end.result_length),
      source: source..<source + Int(end.source_length), isReal: end.is_real != 0)
  }
}
