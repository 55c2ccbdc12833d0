/// Exact values to the nearest double, ties to even.
enum Rounding {
  /// `bits` x 2^`exponent`, and a little more if it is inexact; the highest bit is set.
  static func nearest(_ bits: UInt64, exponent: Int, isInexact: Bool) -> Double {
    // What is below the normal numbers has fewer bits.
    let precision = min(53, exponent + 63 + 1075)
    if precision < 0 { return 0 }
    let kept = precision == 0 ? 0 : bits >> UInt64(64 - precision)
    let rest = bits << UInt64(precision)
    let half: UInt64 = 1 << 63
    let isUp = rest > half || rest == half && (isInexact || kept & 1 == 1)
    return Double(
      sign: .plus, exponent: exponent + 64 - precision, significand: Double(kept + (isUp ? 1 : 0)))
  }

  /// Of a quotient of numbers below 2^127; the divisor is above 0.
  static func quotient(_ dividend: Int128, _ divisor: Int128) -> Double {
    let magnitude = dividend.magnitude
    // One rounding, that of the division.
    if magnitude <= 1 << 53, divisor <= 1 << 53 {
      return Double(Int64(truncatingIfNeeded: dividend))
        / Double(Int64(truncatingIfNeeded: divisor))
    }
    if magnitude == 0 { return 0 }
    let (shift, shiftOfDivisor) =
      (magnitude.leadingZeroBitCount, divisor.magnitude.leadingZeroBitCount)
    let numerator = magnitude &<< UInt128(shift)
    let denominator = divisor.magnitude &<< UInt128(shiftOfDivisor)
    // 64 bits of it, the highest of which is set.
    let room: UInt128 = numerator >= denominator ? 63 : 64
    let (bits, rest) = denominator.dividingFullWidth(
      (numerator &>> (128 - room), numerator &<< room))
    let value = nearest(
      UInt64(truncatingIfNeeded: bits), exponent: shiftOfDivisor - shift - Int(room),
      isInexact: rest != 0)
    return dividend < 0 ? -value : value
  }

  static func quotient(_ dividend: WideInteger, _ divisor: WideInteger) -> Double {
    if dividend.isZero { return 0 }
    let (bits, exponent, isInexact) = WideInteger.leadingQuotient(dividend, divisor)
    let value = nearest(bits, exponent: exponent, isInexact: isInexact)
    return dividend.isNegative ? -value : value
  }
}
