/// A number with all that JSON says of it.
enum JSONNumber: Hashable {
  /// No fraction and no exponent, and an `Int64` holds it.
  case integer(Int64)
  /// The same, but only a `UInt64` does.
  case unsigned(UInt64)
  /// -0: a whole number that is 0, and a number that keeps its sign.
  case minusZero
  /// No fraction and no exponent, and no 64 bits hold it: rounded to the nearest.
  case bigInteger(Double)
  /// With a fraction or an exponent: the nearest, ties to even.
  case number(Double)
  /// Beyond the largest f64.
  case outOfRange

  /// The nearest f64; infinity where it is out of range.
  var asDouble: Double {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .minusZero: -0.0
    case .bigInteger(let value), .number(let value): value
    case .outOfRange: .infinity
    }
  }

  /// Nil: it is no whole number of 64 bits.
  var asWhole: Int128? {
    switch self {
    case .integer(let value): Int128(value)
    case .unsigned(let value): Int128(value)
    case .minusZero: 0
    case .bigInteger, .number, .outOfRange: nil
    }
  }

  /// Nil: it is no whole number that an `Int64` holds.
  var asInteger: Int64? { asWhole.flatMap { Int64(exactly: $0) } }
}

extension JSONReader {
  /// Reads the number that comes next. O(length).
  @inline(__always)
  mutating func readNumber() throws(JSONError) -> JSONNumber {
    var index = at
    if let number = PlainNumber.read(bytes.span, &index, end: end) {
      at = index
      return number
    }
    return try readUnusualNumber()
  }

  /// A number that is longer than most, beyond the largest, or wrong.
  private mutating func readUnusualNumber() throws(JSONError) -> JSONNumber {
    let start = at
    var index = start
    let isNegative = bytes[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }

    // 19 digits fit, behind any zeros; what has more goes the slow way.
    var mantissa: UInt64 = 0
    let firstDigit = index
    passDigits(&index, &mantissa)
    var digits = index - firstDigit
    if digits == 0 || (digits > 1 && bytes[firstDigit] == UInt8(ascii: "0")) {
      throw wrongNumber(start)
    }
    guard index < end, Self.isWordByte(bytes[index]) else {
      at = index
      if digits <= 18 {
        let value = Int64(truncatingIfNeeded: mantissa)
        if isNegative { return value == 0 ? .minusZero : .integer(-value) }
        return .integer(value)
      }
      return readLongInteger(start..<index, isNegative)
    }

    var exponent = 0
    if bytes[index] == UInt8(ascii: ".") {
      index += 1
      let first = index
      passDigits(&index, &mantissa)
      if index == first { throw wrongNumber(start) }
      exponent = first - index
      digits += index - first
    }
    if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
      exponent += try readExponent(&index, start)
    }
    if index < end, Self.isWordByte(bytes[index]) { throw wrongNumber(start) }
    at = index

    if digits <= 19 || digits - zeros(firstDigit) <= 19 {
      let magnitude = PlainNumber.value(mantissa, exponent)
      return magnitude.isInfinite ? .outOfRange : .number(isNegative ? -magnitude : magnitude)
    }
    return readLongNumber(start..<index)
  }

  @inline(__always)
  private func passDigits(_ index: inout Int, _ mantissa: inout UInt64) {
    while index < end {
      let digit = bytes[index] &- UInt8(ascii: "0")
      if digit > 9 { return }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      index += 1
    }
  }

  /// The zeros before a number's first other digit.
  private func zeros(_ firstDigit: Int) -> Int {
    var (index, count) = (firstDigit, 0)
    while index < end, bytes[index] == UInt8(ascii: "0") || bytes[index] == UInt8(ascii: ".") {
      if bytes[index] == UInt8(ascii: "0") { count += 1 }
      index += 1
    }
    return count
  }

  private func readExponent(_ index: inout Int, _ start: Int) throws(JSONError) -> Int {
    index += 1
    var isNegative = false
    if index < end, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
      isNegative = bytes[index] == UInt8(ascii: "-")
      index += 1
    }
    let first = index
    var value = 0
    while index < end, bytes[index] >= 0x30, bytes[index] < 0x3A {
      // Beyond this every number is zero or infinite; it need not be exact.
      if value < 1 << 32 { value = value * 10 + Int(bytes[index] - 0x30) }
      index += 1
    }
    if index == first { throw wrongNumber(start) }
    return isNegative ? -value : value
  }

  /// 19 digits or more.
  private func readLongInteger(_ range: Range<Int>, _ isNegative: Bool) -> JSONNumber {
    let text = String(decoding: bytes[range], as: UTF8.self)
    if let value = Int64(text) { return .integer(value) }
    if let value = UInt64(text) { return .unsigned(value) }
    guard let value = Double(text), value.isFinite else { return .outOfRange }
    return .bigInteger(value)
  }

  private func readLongNumber(_ range: Range<Int>) -> JSONNumber {
    // The standard library rounds correctly, whatever the length.
    guard let value = Double(String(decoding: bytes[range], as: UTF8.self)), value.isFinite
    else { return .outOfRange }
    return .number(value)
  }
}
