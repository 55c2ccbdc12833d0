/// The shortest decimal number that reads back as a given f64; of several, the nearest to it.
///
/// After Raffaello Giulietti, "The Schubfach way to render doubles", 2020.
struct ShortestDecimal {
  /// At most 17 digits.
  let digits: UInt64
  /// The number is `digits` * 10^`exponent`.
  let exponent: Int

  /// `value`: finite and above zero.
  @inline(__always)
  init(_ value: Double) {
    let fraction = value.significandBitPattern
    let power = Int(value.exponentBitPattern)
    let c = power == 0 ? fraction : fraction | 1 << 52
    let q = (power == 0 ? 1 : power) - 1075
    if q <= 0, q > -53, c & (1 << UInt64(-q) - 1) == 0 {
      (digits, exponent) = Self.withoutZeros(c >> UInt64(-q), 0)
      return
    }
    // A bound counts where reading rounds a tie to this number.
    let isOdd = c & 1
    // Below a power of two the neighbour is half as far away.
    let isUneven = fraction == 0 && power > 1
    let k = (q * 1_262_611 - (isUneven ? 524_031 : 0)) >> 22
    let h = UInt64(q + PowersOfTen.log2(-k) + 1)
    // Rounded up.
    let g = PowersOfTen.leading(-k) &+ (PowersOfTen.isExact(-k) ? 0 : 1)
    let lower = Self.product(g, (4 &* c &- (isUneven ? 1 : 2)) &<< h) &+ isOdd
    let middle = Self.product(g, (4 &* c) &<< h)
    let upper = Self.product(g, (4 &* c &+ 2) &<< h) &- isOdd
    let s = middle / 4
    if s >= 10 {
      let t = s / 10
      let isBelowIn = lower <= 40 &* t
      let isAboveIn = 40 &* t &+ 40 <= upper
      if isBelowIn != isAboveIn {
        (digits, exponent) = Self.withoutZeros(t &+ (isAboveIn ? 1 : 0), k &+ 1)
        return
      }
    }
    let isBelowIn = lower <= 4 &* s
    let isAboveIn = 4 &* s &+ 4 <= upper
    let half = 4 &* s &+ 2
    let goesUp =
      isBelowIn != isAboveIn ? isAboveIn : middle > half || middle == half && s & 1 == 1
    // Nine may become ten; longer numbers end in a zero above alone.
    let rounded = s &+ (goesUp ? 1 : 0)
    (digits, exponent) = s < 10 ? Self.withoutZeros(rounded, k) : (rounded, k)
  }

  /// The bits of g * c above the lowest 128. The last of them also says whether there are more.
  @inline(__always)
  private static func product(_ g: UInt128, _ c: UInt64) -> UInt64 {
    let x = UInt64(truncatingIfNeeded: g).multipliedFullWidth(by: c).high
    let y = UInt64(truncatingIfNeeded: g >> 64).multipliedFullWidth(by: c)
    let (low, overflow) = y.low.addingReportingOverflow(x)
    return (y.high &+ (overflow ? 1 : 0)) | (low > 1 ? 1 : 0)
  }

  @inline(__always)
  private static func withoutZeros(_ digits: UInt64, _ exponent: Int) -> (UInt64, Int) {
    var (digits, exponent) = (digits, exponent)
    while true {
      let (quotient, rest) = digits.quotientAndRemainder(dividingBy: 10)
      if rest != 0 { return (digits, exponent) }
      digits = quotient
      exponent &+= 1
    }
  }
}
