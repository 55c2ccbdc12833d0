/// A number as JSON wrote it.
public enum JSONNumber: Sendable, Hashable {
  /// No fraction and no exponent, within 64 bits.
  case integer(Int64)
  /// No fraction and no exponent, beyond 64 bits; rounded.
  case bigInteger(Double)
  case number(Double)
}

extension JSONReader {
  /// Reads a number whose first byte comes next: correctly rounded, every bit of
  /// an `Int64` kept.
  mutating func readNumber() throws(Diagnostic) -> JSONNumber {
    let span = bytes
    let start = at
    var index = at
    let isNegative = span[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    var mantissa: UInt64 = 0
    // Digits that `mantissa` holds; beyond 19 it may not be able to.
    var digits = 0
    let firstDigit = index
    while index < end, case let digit = span[index] &- UInt8(ascii: "0"), digit < 10 {
      mantissa = mantissa &* 10 &+ UInt64(digit)
      digits += 1
      index += 1
    }
    if digits == 0 { throw malformed(start, .minus) }
    if digits > 1, span[firstDigit] == UInt8(ascii: "0") { throw malformed(start, .leadingZero) }
    var exponent = 0
    var isInteger = true
    if index < end, span[index] == UInt8(ascii: ".") {
      isInteger = false
      index += 1
      let first = index
      while index < end, case let digit = span[index] &- UInt8(ascii: "0"), digit < 10 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        digits += 1
        index += 1
      }
      if index == first { throw malformed(start, .point) }
      exponent = first - index
    }
    if index < end, span[index] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      index += 1
      var isDown = false
      if index < end, span[index] == UInt8(ascii: "+") || span[index] == UInt8(ascii: "-") {
        isDown = span[index] == UInt8(ascii: "-")
        index += 1
      }
      let first = index
      var written = 0
      while index < end, case let digit = span[index] &- UInt8(ascii: "0"), digit < 10 {
        written = min(written * 10 + Int(digit), 1 << 20)
        index += 1
      }
      if index == first { throw malformed(start, .exponent) }
      exponent += isDown ? -written : written
    }
    if index < end, Self.isWord(span[index]) {
      throw malformed(start, span[index] | 0x20 == UInt8(ascii: "x") ? .hexadecimal : .point)
    }
    at = index
    if isInteger {
      if digits <= 18 { return .integer(isNegative ? -Int64(mantissa) : Int64(mantissa)) }
      if let exact = Int64(text(start..<index)) { return .integer(exact) }
      return .bigInteger(try slow(start..<index))
    }
    if let exact = Self.fast(mantissa, digits, exponent, isNegative) { return .number(exact) }
    return .number(try slow(start..<index))
  }

  /// Exact where both the digits and the power of ten are exact doubles, so that
  /// one rounding is left (Clinger, "How to read floating point numbers accurately", 1990).
  private static func fast(
    _ mantissa: UInt64, _ digits: Int, _ exponent: Int, _ isNegative: Bool
  ) -> Double? {
    guard digits <= 19, mantissa <= 1 << 53, -22...22 ~= exponent else { return nil }
    var value = Double(mantissa)
    if exponent < 0 { value /= powers[-exponent] } else { value *= powers[exponent] }
    return isNegative ? -value : value
  }

  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  private func slow(_ range: Range<Int>) throws(Diagnostic) -> Double {
    guard let value = Double(text(range)), value.isFinite else {
      throw Diagnostic(.numberOutOfRange(word(range.lowerBound)), at: range.lowerBound)
    }
    return value
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  private func malformed(_ start: Int, _ fault: Problem.Number) -> Diagnostic {
    let word = word(start)
    switch word.lowercased() {
    case "-inf", "-infinity":
      return Diagnostic(.misspelledLiteral(found: word, write: "\"-Infinity\""), at: start)
    case "-nan":
      return Diagnostic(.misspelledLiteral(found: word, write: "\"NaN\""), at: start)
    default: return Diagnostic(.number(found: word, fault), at: start)
    }
  }
}
