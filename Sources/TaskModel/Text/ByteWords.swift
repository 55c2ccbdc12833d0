/// Bytes of a text, eight at a time.
extension Span<UInt8> {
  /// The eight bytes from an index on, the first one lowest; zeros behind the end.
  @inline(__always)
  func word(at index: Int) -> UInt64 {
    if index &+ 8 <= count {
      // The load checks its bounds, and every pattern of bits is a number.
      return UInt64(
        littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }
    return lastWord(at: index)
  }

  @inline(never)
  private func lastWord(at index: Int) -> UInt64 {
    var word: UInt64 = 0
    var shift: UInt64 = 0
    var index = index
    while index < count, shift < 64 {
      word |= UInt64(self[index]) << shift
      shift += 8
      index += 1
    }
    return word
  }

  /// Whether `length` bytes from one index on are those from another on, in another text.
  @inline(__always)
  func equals(_ index: Int, _ other: Span<UInt8>, _ start: Int, _ length: Int) -> Bool {
    var offset = 0
    while offset < length {
      let difference = word(at: index &+ offset) ^ other.word(at: start &+ offset)
      if difference & ByteWord.first(length &- offset) != 0 { return false }
      offset &+= 8
    }
    return true
  }
}

/// What eight bytes are. A result has the highest bit of each byte set that was asked for, up to
/// the first one: those behind it may be set, too.
enum ByteWord {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// The bits of the first bytes: all, for eight and more.
  @inline(__always)
  static func first(_ count: Int) -> UInt64 {
    count >= 8 ? .max : UInt64(1) &<< UInt64(truncatingIfNeeded: 8 &* count) &- 1
  }

  /// Bytes that are no plain ASCII inside of a JSON text: quotes, backslashes, controls, others.
  @inline(__always)
  static func special(_ word: UInt64) -> UInt64 {
    (equal(word, UInt8(ascii: "\"")) | equal(word, UInt8(ascii: "\\"))
      | (word &- 0x20 &* ones) & ~word | word) & highBits
  }

  /// Bytes that are no digits.
  @inline(__always)
  static func noDigits(_ word: UInt64) -> UInt64 {
    let digits = word ^ 0x30 &* ones
    return ((digits &+ 0x76 &* ones) | digits) & highBits
  }

  /// Bytes that are no spaces.
  @inline(__always)
  static func noSpaces(_ word: UInt64) -> UInt64 {
    let others = word ^ 0x20 &* ones
    return ((others & ~highBits &+ ~highBits) | others) & highBits
  }

  /// The index of the first byte of a result; 8: it has no such byte.
  @inline(__always)
  static func index(_ found: UInt64) -> Int { found.trailingZeroBitCount &>> 3 }

  /// The number that the first `count` digits are, of eight bytes that begin with them.
  @inline(__always)
  static func number(_ word: UInt64, digits count: Int) -> UInt64 {
    if count == 0 { return 0 }
    // Zeros in front, then pairs, then fours, then all eight.
    var value = (word ^ 0x30 &* ones) &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    value = value &* 10 &+ value &>> 8
    let low = (value & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
    let high = ((value &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
    return (low &+ high) &>> 32
  }

  @inline(__always)
  private static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
    let others = word ^ UInt64(byte) &* ones
    return (others &- ones) & ~others
  }
}
