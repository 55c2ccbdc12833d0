/// A whole number of any size, for the few ranges that no machine's number holds.
struct WideInteger: Sendable, Hashable {
  /// False for 0.
  private(set) var isNegative: Bool
  /// The lowest first; the last is not 0.
  private var words: [UInt64]

  init(_ magnitude: UInt128, isNegative: Bool = false) {
    words = [UInt64(truncatingIfNeeded: magnitude), UInt64(magnitude >> 64)]
    self.isNegative = isNegative
    trim()
  }

  private init(words: [UInt64], isNegative: Bool) {
    self.words = words
    self.isNegative = isNegative
    trim()
  }

  private mutating func trim() {
    while words.last == 0 { words.removeLast() }
    if words.isEmpty { isNegative = false }
  }

  var isZero: Bool { words.isEmpty }
  var bitWidth: Int { words.count * 64 - (words.last?.leadingZeroBitCount ?? 0) }

  var negated: WideInteger { WideInteger(words: words, isNegative: !isNegative) }
  var magnitude: WideInteger { WideInteger(words: words, isNegative: false) }

  /// The same number, if it has 126 bits at most.
  var narrow: Int128? {
    if bitWidth > 126 { return nil }
    let value = Int128(word(1)) << 64 | Int128(word(0))
    return isNegative ? -value : value
  }

  private func word(_ index: Int) -> UInt64 { index < words.count ? words[index] : 0 }

  // MARK: Arithmetic

  mutating func multiply(by factor: UInt64) {
    var carry: UInt64 = 0
    for index in words.indices {
      let product = words[index].multipliedFullWidth(by: factor)
      let (low, overflow) = product.low.addingReportingOverflow(carry)
      words[index] = low
      carry = product.high + (overflow ? 1 : 0)
    }
    if carry > 0 { words.append(carry) }
    trim()
  }

  mutating func multiplyByPowerOfTen(_ exponent: Int) {
    var rest = exponent
    while rest >= 19 {
      multiply(by: 10_000_000_000_000_000_000)
      rest -= 19
    }
    while rest > 0 {
      multiply(by: 10)
      rest -= 1
    }
  }

  static func * (left: WideInteger, right: UInt64) -> WideInteger {
    var product = left
    product.multiply(by: right)
    return product
  }

  static func + (left: WideInteger, right: WideInteger) -> WideInteger {
    if left.isNegative == right.isNegative {
      return WideInteger(words: sum(left, right), isNegative: left.isNegative)
    }
    let isLeft = left.magnitudeIsAtLeast(right)
    return isLeft
      ? WideInteger(words: difference(left, right), isNegative: left.isNegative)
      : WideInteger(words: difference(right, left), isNegative: right.isNegative)
  }

  static func - (left: WideInteger, right: WideInteger) -> WideInteger { left + right.negated }

  private static func sum(_ left: WideInteger, _ right: WideInteger) -> [UInt64] {
    var words: [UInt64] = []
    var carry: UInt64 = 0
    for index in 0..<max(left.words.count, right.words.count) {
      let (first, overflow) = left.word(index).addingReportingOverflow(right.word(index))
      let (second, overflowOfCarry) = first.addingReportingOverflow(carry)
      words.append(second)
      carry = overflow || overflowOfCarry ? 1 : 0
    }
    words.append(carry)
    return words
  }

  /// Of magnitudes, of which the first is not the smaller one.
  private static func difference(_ left: WideInteger, _ right: WideInteger) -> [UInt64] {
    var words: [UInt64] = []
    var borrow: UInt64 = 0
    for index in left.words.indices {
      let (first, overflow) = left.words[index].subtractingReportingOverflow(right.word(index))
      let (second, overflowOfBorrow) = first.subtractingReportingOverflow(borrow)
      words.append(second)
      borrow = overflow || overflowOfBorrow ? 1 : 0
    }
    return words
  }

  func magnitudeIsAtLeast(_ other: WideInteger) -> Bool {
    if words.count != other.words.count { return words.count > other.words.count }
    for index in words.indices.reversed() where words[index] != other.words[index] {
      return words[index] > other.words[index]
    }
    return true
  }

  private mutating func double() {
    var carry: UInt64 = 0
    for index in words.indices {
      let word = words[index]
      words[index] = word << 1 | carry
      carry = word >> 63
    }
    if carry > 0 { words.append(carry) }
  }

  func shiftedLeft(by count: Int) -> WideInteger {
    var shifted = [UInt64](repeating: 0, count: count / 64) + words + [0]
    let bits = UInt64(count % 64)
    if bits > 0 {
      for index in shifted.indices.reversed() {
        let below = index > 0 ? shifted[index - 1] >> (64 - bits) : 0
        shifted[index] = shifted[index] << bits | below
      }
    }
    return WideInteger(words: shifted, isNegative: isNegative)
  }

  /// How often `other`, which is not 0, goes into this, by magnitudes; `most` if it is more.
  func quotient(by other: WideInteger, most: UInt64) -> UInt64 {
    var low: UInt64 = 0
    var high = most
    while low < high {
      let middle = high - (high - low) / 2
      if magnitudeIsAtLeast(other * middle) { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// The highest 64 bits of the quotient of two magnitudes that are not 0, from the first
  /// bit that is set; the exponent of the lowest of them; and whether something is left.
  static func leadingQuotient(
    _ dividend: WideInteger, _ divisor: WideInteger
  ) -> (bits: UInt64, exponent: Int, isInexact: Bool) {
    let shift = divisor.bitWidth - dividend.bitWidth
    var rest = dividend.magnitude.shiftedLeft(by: max(shift, 0))
    let divisor = divisor.magnitude.shiftedLeft(by: max(-shift, 0))
    var exponent = -shift
    if !rest.magnitudeIsAtLeast(divisor) {
      rest = rest.shiftedLeft(by: 1)
      exponent -= 1
    }
    var bits: UInt64 = 0
    for bit in 0..<64 {
      bits <<= 1
      if rest.magnitudeIsAtLeast(divisor) {
        rest = WideInteger(words: difference(rest, divisor), isNegative: false)
        bits |= 1
      }
      if bit < 63 { rest.double() }
    }
    return (bits, exponent - 63, !rest.isZero)
  }
}
