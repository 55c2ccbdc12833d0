/// SHA-256 of FIPS 180-4, of bytes that come piece by piece: what `sha256sum` prints.
public struct SHA256 {
  private var state = Self.start
  /// The sixty-four words of a block, filled again for each.
  private var words = [UInt32](repeating: 0, count: 64)
  /// Bytes behind the last whole block.
  private var rest: [UInt8] = []
  private var count: UInt64 = 0

  public init() { rest.reserveCapacity(128) }

  /// O(length).
  public static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.add(bytes[...])
    return hash.finish()
  }

  /// The same in 64 hexadecimal digits.
  public static func digits(of bytes: [UInt8]) -> String { digits(hash(bytes)) }

  /// O(length).
  public mutating func add(_ bytes: ArraySlice<UInt8>) {
    count &+= UInt64(bytes.count)
    var next = bytes.startIndex
    if !rest.isEmpty {
      let missing = min(64 - rest.count, bytes.count)
      rest += bytes[..<(next + missing)]
      next += missing
      if rest.count < 64 { return }
      block(rest[...])
      rest.removeAll(keepingCapacity: true)
    }
    while bytes.endIndex - next >= 64 {
      block(bytes[next..<next + 64])
      next += 64
    }
    rest += bytes[next...]
  }

  /// Nothing can be added afterwards.
  public consuming func finish() -> [UInt8] {
    let bits = count &* 8
    var end: [UInt8] = [0x80]
    while (rest.count + end.count) % 64 != 56 { end.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      end.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    add(end[...])
    return state.flatMap { word in
      stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
    }
  }

  /// `finish` in hexadecimal digits.
  public consuming func digits() -> String { Self.digits(finish()) }

  private static func digits(_ hash: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  private static let start = primes(8).map { fraction($0, root: 2) }
  private static let constants = primes(64).map { fraction($0, root: 3) }

  /// Sixty-four bytes.
  private mutating func block(_ bytes: ArraySlice<UInt8>) {
    var at = bytes.startIndex
    for index in 0..<16 {
      let high = UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16
      words[index] = high | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
      at += 4
    }
    for index in 16..<64 {
      let a = words[index - 15]
      let b = words[index - 2]
      let first = (a >> 7 | a << 25) ^ (a >> 18 | a << 14) ^ a >> 3
      let second = (b >> 17 | b << 15) ^ (b >> 19 | b << 13) ^ b >> 10
      words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
    }
    let constants = Self.constants
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for index in 0..<64 {
      let mixed = (e >> 6 | e << 26) ^ (e >> 11 | e << 21) ^ (e >> 25 | e << 7)
      let choice = e & f ^ ~e & g
      let first = h &+ mixed &+ choice &+ constants[index] &+ words[index]
      let other = (a >> 2 | a << 30) ^ (a >> 13 | a << 19) ^ (a >> 22 | a << 10)
      let majority = a & b ^ a & c ^ b & c
      (h, g, f, e) = (g, f, e, d &+ first)
      (d, c, b, a) = (c, b, a, first &+ other &+ majority)
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }

  private static func primes(_ count: Int) -> [UInt64] {
    var primes: [UInt64] = []
    var number: UInt64 = 2
    while primes.count < count {
      if primes.allSatisfy({ number % $0 != 0 }) { primes.append(number) }
      number += 1
    }
    return primes
  }

  /// The first 32 bits behind the point of a square or cube root: exact, by halving.
  private static func fraction(_ prime: UInt64, root: Int) -> UInt32 {
    var low: UInt64 = 0
    var high: UInt64 = 1 << 40
    while high - low > 1 {
      let middle = (low + high) / 2
      if isAtMost(middle, prime, root: root) { low = middle } else { high = middle }
    }
    return UInt32(truncatingIfNeeded: low)
  }

  /// Whether (`value` / 2^32)^`root` is at most `prime`. A cube has 120 bits at most.
  private static func isAtMost(_ value: UInt64, _ prime: UInt64, root: Int) -> Bool {
    let square = UInt128(value) * UInt128(value)
    return root == 2
      ? square <= UInt128(prime) << 64
      : square * UInt128(value) <= UInt128(prime) << 96
  }
}
