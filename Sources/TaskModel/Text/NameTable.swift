/// Names as numbers: each name is stored once, and gets the number of names
/// before it. Made for a million look-ups of the same few names: no String is made
/// for one, and a name that follows the same name as last time is found by one
/// comparison.
public struct NameTable: Sendable {
  /// All names as UTF-8, end to end.
  private var text: [UInt8] = []
  /// Where each name ends in `text`.
  private var ends: [UInt32] = []
  /// Open addressing: a name's number + 1, or 0. A power of two, at most half full.
  private var slots: [UInt32] = [UInt32](repeating: 0, count: 16)
  /// For each name, the one that came after it last.
  private var followers: [UInt32] = []
  private var last = 0
  /// Random for each table, so that names cannot be prepared that all collide.
  private let seed = UInt64.random(in: .min ... .max)

  public init() {}

  public var count: Int { ends.count }

  /// The name of a number. O(length).
  public func name(_ id: UInt32) -> String {
    String(decoding: text[range(id)], as: UTF8.self)
  }

  /// The number of a name, which is entered if it is new. O(length).
  public mutating func intern(_ name: String) -> UInt32 {
    let bytes = Array(name.utf8)
    return intern(bytes, bytes.indices)
  }

  /// The number of a name that stands in `bytes`.
  @inline(__always)
  mutating func intern(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
    if let id = predicted(bytes, range) { return id }
    return enter(bytes, range)
  }

  /// The number of a name if it is known.
  @inline(__always)
  mutating func find(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32? {
    if let id = predicted(bytes, range) { return id }
    let id = slots[slot(of: bytes, range)]
    if id == 0 { return nil }
    follow(with: id - 1)
    return id - 1
  }

  @inline(__always)
  private mutating func predicted(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32? {
    guard last < followers.count else { return nil }
    let guess = followers[last]
    guard equals(guess, bytes, range) else { return nil }
    last = Int(guess)
    return guess
  }

  private mutating func follow(with id: UInt32) {
    followers[last] = id
    last = Int(id)
  }

  private mutating func enter(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
    let slot = slot(of: bytes, range)
    if slots[slot] != 0 {
      follow(with: slots[slot] - 1)
      return slots[slot] - 1
    }
    let id = UInt32(ends.count)
    text.append(contentsOf: bytes[range])
    ends.append(UInt32(text.count))
    followers.append(id)
    follow(with: id)
    slots[slot] = id + 1
    if ends.count * 2 > slots.count { grow() }
    return id
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for id in 0..<UInt32(ends.count) { slots[slot(of: text, range(id))] = id + 1 }
  }

  /// Where the name stands in `slots`, or would.
  private func slot(of bytes: [UInt8], _ range: Range<Int>) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: NameHash.of(bytes, range, seed: seed)) & mask
    while slots[slot] != 0, !equals(slots[slot] - 1, bytes, range) { slot = (slot + 1) & mask }
    return slot
  }

  @inline(__always)
  private func range(_ id: UInt32) -> Range<Int> {
    (id == 0 ? 0 : Int(ends[Int(id) - 1]))..<Int(ends[Int(id)])
  }

  @inline(__always)
  private func equals(_ id: UInt32, _ bytes: [UInt8], _ other: Range<Int>) -> Bool {
    let own = range(id)
    guard own.count == other.count else { return false }
    for offset in 0..<own.count
    where text[own.lowerBound + offset] != bytes[other.lowerBound + offset] {
      return false
    }
    return true
  }
}

/// A seeded hash of bytes, eight at a time.
enum NameHash {
  /// Journals and records keep it, so it must never change.
  static func of(_ bytes: [UInt8], _ range: Range<Int>, seed: UInt64) -> UInt64 {
    var hash = start(range.count, seed)
    let text = bytes.span
    var index = range.lowerBound
    while index &+ 8 <= range.upperBound {
      hash = mix(hash, text.word(at: index).byteSwapped)
      index &+= 8
    }
    var word: UInt64 = 0
    while index < range.upperBound {
      word = word << 8 | UInt64(text[index])
      index &+= 1
    }
    return mix(hash, word)
  }

  /// For tables that are not kept.
  @inline(__always)
  static func quick(_ text: Span<UInt8>, _ range: Range<Int>, seed: UInt64) -> UInt64 {
    var hash = start(range.count, seed)
    var index = range.lowerBound
    while index &+ 8 < range.upperBound {
      hash = mix(hash, text.word(at: index))
      index &+= 8
    }
    let last = text.word(at: index) & ByteWord.first(range.upperBound &- index)
    // A second time, so that all bits of the last word reach the upper ones.
    return mix(mix(hash, last), seed)
  }

  @inline(__always)
  private static func start(_ count: Int, _ seed: UInt64) -> UInt64 {
    seed ^ UInt64(count) &* 0x9E37_79B9_7F4A_7C15
  }

  /// Two hashes in one pass: those of the seed and of its complement.
  static func pair(of bytes: [UInt8], seed: UInt64) -> (UInt64, UInt64) {
    let start = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
    var (high, low) = (seed ^ start, ~seed ^ start)
    var word: UInt64 = 0
    var filled = 0
    for byte in bytes {
      word = word << 8 | UInt64(byte)
      filled += 1
      if filled == 8 {
        (high, low) = (mix(high, word), mix(low, word))
        word = 0
        filled = 0
      }
    }
    return (mix(high, word), mix(low, word))
  }

  /// Both halves of the full product: every bit of the word reaches every bit.
  @inline(__always)
  private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(
      by: hash &+ 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }
}
