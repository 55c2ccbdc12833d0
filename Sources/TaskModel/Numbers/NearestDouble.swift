/// Finds the f64 nearest to a decimal number.
///
/// After Daniel Lemire, "Number parsing at a gigabyte per second", 2021, and Noble Mushtak and
/// Daniel Lemire, "Fast number parsing without fallback", 2023: 128 bits of a power of ten are
/// enough to round correctly.
enum NearestDouble {
  /// The f64 nearest to `digits` * 10^`exponent`, ties to even; infinity where it is out of range.
  static func of(_ digits: UInt64, exponent: Int) -> Double {
    // Below half the least number, whatever the digits; and above the largest.
    if digits == 0 || exponent < PowersOfTen.least { return 0 }
    if exponent > 308 { return .infinity }
    let zeros = digits.leadingZeroBitCount
    let product = product(digits << UInt64(zeros), exponent)
    let top = product.high >> 63
    // The bits of the number, and one for rounding.
    let shift = top + 64 - 52 - 3
    var bits = product.high >> shift
    var power = PowersOfTen.log2(exponent) + 63 + Int(top) - zeros + 1023
    if power <= 0 {
      // Subnormal: it has fewer bits.
      if power <= -63 { return 0 }
      bits >>= UInt64(1 - power)
      bits = (bits + bits & 1) >> 1
      // It may have been rounded up to the least normal number, whose exponent is then set.
      return Double(bitPattern: bits)
    }
    // A tie, which only these exponents can have, goes to the even number.
    if product.low <= 1, exponent >= -4, exponent <= 23, bits & 3 == 1,
      bits << shift == product.high
    {
      bits &= ~1
    }
    bits = (bits + bits & 1) >> 1
    if bits >= 2 << 52 {
      bits = 1 << 52
      power += 1
    }
    if power >= 0x7FF { return .infinity }
    return Double(bitPattern: UInt64(power) << 52 | bits & (1 << 52 - 1))
  }

  /// The leading bits of w * 10^k, of which 55 are exact. `w`: the highest bit is set.
  @inline(__always)
  private static func product(_ w: UInt64, _ k: Int) -> (high: UInt64, low: UInt64) {
    // Powers that divide a number of 64 bits are rounded up, so that a tie is seen as one.
    let g = PowersOfTen.leading(k) &+ (k < 0 && k >= -27 ? 1 : 0)
    var (high, low) = w.multipliedFullWidth(by: UInt64(truncatingIfNeeded: g >> 64))
    if high & 0x1FF == 0x1FF {
      let second = w.multipliedFullWidth(by: UInt64(truncatingIfNeeded: g)).high
      let (sum, overflow) = low.addingReportingOverflow(second)
      low = sum
      if overflow { high &+= 1 }
    }
    return (high, low)
  }
}
