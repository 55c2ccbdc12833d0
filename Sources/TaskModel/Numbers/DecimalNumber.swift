/// A finite number as it is written: digits x 10^exponent, with nothing lost. What a person
/// means by 0.1 is this and not the nearest double.
struct DecimalNumber: Sendable, Hashable {
  let isNegative: Bool
  /// The last is no zero, but of zero itself.
  let digits: UInt128
  let exponent: Int

  /// More digits than any double needs; 10^36 is below 2^120.
  private static let mostDigits = 36

  /// `text`: a JSON number. `value`: the double nearest to it, finite. Of a number with more
  /// digits than anyone means, the shortest one that gives the same double.
  init(_ text: ArraySlice<UInt8>, value: Double) {
    if value == 0 {
      self.init(isNegative: false, digits: 0, exponent: 0)
    } else if let number = Self.parse(text) {
      self = number
    } else {
      // A description has 17 digits at most.
      self =
        Self.parse(Array(value.description.utf8)[...])
        ?? DecimalNumber(isNegative: false, digits: 0, exponent: 0)
    }
  }

  init(_ value: Double) { self.init(Array(value.description.utf8)[...], value: value) }

  private init(isNegative: Bool, digits: UInt128, exponent: Int) {
    self.isNegative = isNegative
    self.digits = digits
    self.exponent = exponent
  }

  /// Nil: it has too many digits.
  private static func parse(_ text: ArraySlice<UInt8>) -> DecimalNumber? {
    var digits: UInt128 = 0
    // Digits that count, zeros that do if another digit follows, and digits behind the point.
    var (count, zeros, decimals) = (0, 0, 0)
    var isBehindPoint = false
    var index = text.startIndex
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { index += 1 }
    while index < text.endIndex, text[index] | 0x20 != UInt8(ascii: "e") {
      let byte = text[index]
      index += 1
      if byte == UInt8(ascii: ".") {
        isBehindPoint = true
        continue
      }
      if isBehindPoint { decimals += 1 }
      if byte == UInt8(ascii: "0") {
        if count > 0 { zeros += 1 }
        continue
      }
      count += zeros + 1
      if count > mostDigits { return nil }
      for _ in 0...zeros { digits *= 10 }
      zeros = 0
      digits += UInt128(byte &- UInt8(ascii: "0"))
    }
    let exponent = index < text.endIndex ? exponent(text[(index + 1)...]) : 0
    return DecimalNumber(
      isNegative: isNegative, digits: digits, exponent: exponent - decimals + zeros)
  }

  /// Beyond some size it need not be exact: the double says that the number is in range, so
  /// that its digits make up for it.
  private static func exponent(_ text: ArraySlice<UInt8>) -> Int {
    var value = 0
    for byte in text where byte >= 0x30 && value < 1 << 40 {
      value = value * 10 + Int(byte - 0x30)
    }
    return text.first == UInt8(ascii: "-") ? -value : value
  }

  /// The same number, if it is whole and a `UInt64` holds it.
  var whole: UInt64? {
    if exponent < 0 || exponent > 19 || isNegative { return nil }
    return scaled(toUnit: 0).narrow.flatMap { UInt64(exactly: $0) }
  }

  /// The number as a multiple of 10^`unit`, if it is one: `unit` is at most `exponent`.
  func scaled(toUnit unit: Int) -> WideInteger {
    var number = WideInteger(digits, isNegative: isNegative)
    if digits > 0 { number.multiplyByPowerOfTen(exponent - unit) }
    return number
  }
}
