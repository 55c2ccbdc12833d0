/// Reads numbers as they are mostly written: at most 19 digits, with a point and an exponent or
/// without, and an exponent of at most three digits. Eight digits at a time.
enum PlainNumber {
  /// Reads the number at an index of a text and passes it. Nil: it is written in another way or
  /// is no number, and the index stays.
  @inline(__always)
  static func read(_ text: Span<UInt8>, _ index: inout Int, end: Int) -> JSONNumber? {
    var at = index
    let isNegative = text.word(at: at) & 0xFF == UInt64(UInt8(ascii: "-"))
    if isNegative { at &+= 1 }
    let first = at
    var mantissa: UInt64 = 0
    var next = passDigits(text, &at, &mantissa)
    let whole = at &- first
    if whole == 0 || whole > 19 { return nil }
    if whole > 1, text[first] == UInt8(ascii: "0") { return nil }
    var digits = whole
    var exponent = 0
    let isInteger = next != UInt8(ascii: ".") && next | 0x20 != UInt8(ascii: "e")
    if next == UInt8(ascii: ".") {
      at &+= 1
      let start = at
      next = passDigits(text, &at, &mantissa)
      if at == start { return nil }
      exponent = start &- at
      digits &+= at &- start
    }
    if next | 0x20 == UInt8(ascii: "e") {
      guard let power = readExponent(text, &at, &next) else { return nil }
      exponent &+= power
    }
    if at > end || at < end && JSONReader.isWordByte(next) { return nil }
    if isInteger {
      if whole > 18 { return nil }
      index = at
      let value = Int64(truncatingIfNeeded: mantissa)
      return isNegative ? value == 0 ? .minusZero : .integer(0 &- value) : .integer(value)
    }
    if digits > 19 { return nil }
    let magnitude = value(mantissa, exponent)
    if magnitude.isInfinite { return nil }
    index = at
    return .number(isNegative ? -magnitude : magnitude)
  }

  /// The f64 nearest to `mantissa` * 10^`exponent`.
  @inline(__always)
  static func value(_ mantissa: UInt64, _ exponent: Int) -> Double {
    // Both parts are exact, so one rounding is left: it is the right one
    // (Clinger, How to Read Floating Point Numbers Accurately, 1990).
    if mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
      return exponent < 0
        ? Double(mantissa) / powersOfTen[0 &- exponent] : Double(mantissa) * powersOfTen[exponent]
    }
    return NearestDouble.of(mantissa, exponent: exponent)
  }

  /// Passes digits and appends them to a number, modulo 2^64. Returns the byte behind them; 0 at the
  /// end of the text.
  @inline(__always)
  private static func passDigits(
    _ text: Span<UInt8>, _ at: inout Int, _ mantissa: inout UInt64
  ) -> UInt8 {
    while true {
      let word = text.word(at: at)
      let others = ByteWord.noDigits(word)
      let count = ByteWord.index(others)
      if count == 8 {
        mantissa = mantissa &* 100_000_000 &+ ByteWord.number(word, digits: 8)
        at &+= 8
        continue
      }
      mantissa = mantissa &* wholePowers[count] &+ ByteWord.number(word, digits: count)
      at &+= count
      return UInt8(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: 8 &* count))
    }
  }

  @inline(never)
  private static func readExponent(
    _ text: Span<UInt8>, _ at: inout Int, _ next: inout UInt8
  ) -> Int? {
    at &+= 1
    let sign = UInt8(truncatingIfNeeded: text.word(at: at))
    if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { at &+= 1 }
    let start = at
    var power: UInt64 = 0
    next = passDigits(text, &at, &power)
    if at == start || at &- start > 3 { return nil }
    return sign == UInt8(ascii: "-") ? 0 &- Int(power) : Int(power)
  }

  private static let wholePowers: [UInt64] = [
    1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000,
  ]

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}
