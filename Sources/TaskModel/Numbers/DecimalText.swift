/// Writes numbers as decimal text to the end of a buffer.
enum DecimalText {
  private static let powers: [UInt64] = [
    1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
    10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000,
    1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000,
    1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
  ]

  /// As long as the longest number. A text begins as these, and is cut at its end.
  private static let zeros: [UInt8] = [
    0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30,
    0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30,
  ]

  /// The shortest text that reads back as the same f64, with a point or an exponent always, as
  /// `Double.description` writes it. `value`: finite.
  static func number(_ value: Double, to buffer: inout [UInt8]) {
    if value.sign == .minus { buffer.append(UInt8(ascii: "-")) }
    let value = value.magnitude
    let start = buffer.count
    buffer.append(contentsOf: zeros)
    let length = write(value, at: start, in: &buffer)
    buffer.removeLast(zeros.count - length)
  }

  /// A whole number.
  static func whole(_ value: UInt64, to buffer: inout [UInt8]) {
    if value < 10 { return buffer.append(0x30 + UInt8(truncatingIfNeeded: value)) }
    fixed(value, digitCount(value), to: &buffer)
  }

  /// Exactly `count` digits, at most 20, with zeros before the number.
  static func fixed(_ value: UInt64, _ count: Int, to buffer: inout [UInt8]) {
    let start = buffer.count
    buffer.append(contentsOf: zeros)
    var span = buffer.mutableSpan
    put(value, count, at: start, in: &span)
    buffer.removeLast(zeros.count - count)
  }

  /// Returns the length.
  private static func write(_ value: Double, at start: Int, in buffer: inout [UInt8]) -> Int {
    var span = buffer.mutableSpan
    if value == 0 {
      span[start + 1] = UInt8(ascii: ".")
      return 3
    }
    let decimal = ShortestDecimal(value)
    let count = digitCount(decimal.digits)
    let exponent = decimal.exponent
    // Digits before the point.
    let point = count + exponent
    if value < 1e-4 || value > 0x1p53 {
      // A digit, a point, the other digits.
      let head = count == 1 ? 1 : count + 1
      put(decimal.digits, count, at: start + head - count, in: &span)
      if count > 1 {
        span[start] = span[start + 1]
        span[start + 1] = UInt8(ascii: ".")
      }
      let power = point - 1
      let size = power.magnitude < 100 ? 2 : 3
      span[start + head] = UInt8(ascii: "e")
      span[start + head + 1] = power < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
      put(UInt64(power.magnitude), size, at: start + head + 2, in: &span)
      return head + 2 + size
    }
    if point <= 0 {
      span[start + 1] = UInt8(ascii: ".")
      put(decimal.digits, count, at: start + 2 - point, in: &span)
      return 2 - point + count
    }
    if exponent >= 0 {
      put(decimal.digits, count, at: start, in: &span)
      span[start + point] = UInt8(ascii: ".")
      return point + 2
    }
    let (whole, part) = decimal.digits.quotientAndRemainder(dividingBy: powers[-exponent])
    put(whole, point, at: start, in: &span)
    span[start + point] = UInt8(ascii: ".")
    put(part, -exponent, at: start + point + 1, in: &span)
    return count + 1
  }

  /// The decimal digits of a number; one for 0.
  @inline(__always)
  private static func digitCount(_ value: UInt64) -> Int {
    // log10(2) is 1233 / 4096, nearly.
    let guess = ((64 - (value | 1).leadingZeroBitCount) &* 1233) >> 12
    return guess + (value >= powers[guess] || value == 0 ? 1 : 0)
  }

  /// Overwrites `count` bytes by the digits of a number, with zeros before it.
  @inline(__always)
  private static func put(
    _ value: UInt64, _ count: Int, at start: Int, in span: inout MutableSpan<UInt8>
  ) {
    var (rest, left) = (value, count)
    while left >= 8 {
      let (quotient, part) = rest.quotientAndRemainder(dividingBy: 100_000_000)
      rest = quotient
      left -= 8
      put(word: eight(part), 8, at: start + left, in: &span)
    }
    if left > 0 { put(word: eight(rest) &>> UInt64((8 &- left) &* 8), left, at: start, in: &span) }
  }

  /// Writes the lowest `count` bytes of a word, the lowest first.
  @inline(__always)
  private static func put(
    word: UInt64, _ count: Int, at start: Int, in span: inout MutableSpan<UInt8>
  ) {
    for index in 0..<count {
      span[start + index] = UInt8(truncatingIfNeeded: word &>> UInt64(index &* 8))
    }
  }

  /// The eight digits of a number below 10^8 as text, the first in the lowest byte: the number is
  /// halved to four digits, then to two, then to one, in all parts at once.
  @inline(__always)
  private static func eight(_ value: UInt64) -> UInt64 {
    let quotient = value / 10_000
    let four = quotient | (value &- quotient &* 10_000) &<< 32
    let hundreds = ((four &* 10_486) &>> 20) & 0x0000_007F_0000_007F
    let two = hundreds | (four &- hundreds &* 100) &<< 16
    let tens = ((two &* 103) &>> 10) & 0x000F_000F_000F_000F
    return (tens | (two &- tens &* 10) &<< 8) | 0x3030_3030_3030_3030
  }
}
