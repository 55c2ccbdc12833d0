/// FIPS 180-4: for the page's security policy, which names its script and style by their hash.
enum SHA256 {
  /// O(length).
  static func hash(_ message: [UInt8]) -> [UInt8] {
    var bytes = message
    bytes.append(0x80)
    while bytes.count % 64 != 56 { bytes.append(0) }
    let bits = UInt64(message.count) * 8
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    var state = primes(8).map { fraction($0, root: 2) }
    for block in stride(from: 0, to: bytes.count, by: 64) {
      add(bytes[block..<block + 64], to: &state)
    }
    return state.flatMap { word in
      stride(from: 24, through: 0, by: -8).map {
        UInt8(truncatingIfNeeded: word >> UInt32($0))
      }
    }
  }

  private static let constants = primes(64).map { fraction($0, root: 3) }

  private static func add(_ block: ArraySlice<UInt8>, to state: inout [UInt32]) {
    var words: [UInt32] = []
    words.reserveCapacity(64)
    for index in stride(from: block.startIndex, to: block.endIndex, by: 4) {
      words.append(block[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) })
    }
    for index in 16..<64 {
      let a = words[index - 15]
      let b = words[index - 2]
      let first = turned(a, 7) ^ turned(a, 18) ^ a >> 3
      let second = turned(b, 17) ^ turned(b, 19) ^ b >> 10
      words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
    }
    var s = state
    for index in 0..<64 {
      let mixed = turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)
      let choice = s[4] & s[5] ^ ~s[4] & s[6]
      let first = s[7] &+ mixed &+ choice &+ constants[index] &+ words[index]
      let rest = turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)
      let majority = s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2]
      s = [first &+ rest &+ majority, s[0], s[1], s[2], s[3] &+ first, s[4], s[5], s[6]]
    }
    for index in 0..<8 { state[index] &+= s[index] }
  }

  private static func turned(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
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
