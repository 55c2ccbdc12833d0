/// The leading 128 bits of each power of ten that a binary64 number can need.
enum PowersOfTen {
  static let least = -342
  static let most = 324

  /// The largest e with 2^e <= 10^k, for |k| < 1,650.
  @inline(__always)
  static func log2(_ k: Int) -> Int { (k * 1_741_647) >> 19 }

  /// The whole number g with 2^127 <= g < 2^128 and 10^k = g * 2^(log2(k) - 127), rounded down.
  /// It is exact for k in 0...55.
  @inline(__always)
  static func leading(_ k: Int) -> UInt128 { table[k - least] }

  /// Whether the power has no bits behind the leading ones.
  @inline(__always)
  static func isExact(_ k: Int) -> Bool { k >= 0 && k <= 55 }

  /// Made at the first use, in some 50 us. 10^k and 5^k have the same leading bits.
  private static let table: [UInt128] = negativePowers + positivePowers

  /// 2^width / 5^n, rounded down after each division, which gives the same as one rounding.
  private static var negativePowers: [UInt128] {
    var powers: [UInt128] = []
    let width = 128 + 3 * -least
    var words = [UInt64](repeating: 0, count: width / 64 + 1)
    words[width / 64] = 1 << UInt64(width % 64)
    for _ in 0 ..< -least {
      var rest: UInt64 = 0
      for index in words.indices.reversed() {
        (words[index], rest) = UInt64(5).dividingFullWidth((rest, words[index]))
      }
      powers.append(top(words))
    }
    return powers.reversed()
  }

  private static var positivePowers: [UInt128] {
    var powers: [UInt128] = []
    var words: [UInt64] = [1]
    for _ in 0...most {
      powers.append(top(words))
      var carry: UInt64 = 0
      for index in words.indices {
        let (high, low) = words[index].multipliedFullWidth(by: 5)
        let (sum, overflow) = low.addingReportingOverflow(carry)
        words[index] = sum
        carry = high + (overflow ? 1 : 0)
      }
      if carry > 0 { words.append(carry) }
    }
    return powers
  }

  /// The leading 128 bits of a number above zero. `words`: the least first.
  private static func top(_ words: [UInt64]) -> UInt128 {
    var last = words.count - 1
    while words[last] == 0 { last -= 1 }
    let word = { (index: Int) in index < 0 ? UInt128(0) : UInt128(words[index]) }
    let shift = words[last].leadingZeroBitCount
    let pair = word(last) << 64 | word(last - 1)
    return shift == 0 ? pair : pair << UInt128(shift) | word(last - 2) >> UInt128(64 - shift)
  }
}
