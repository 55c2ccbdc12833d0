/// A decimal as programs write it into a file: `-1.5e3`, `.5`, `+7`, `NaN`, `inf`.
enum DecimalCell {
  /// A whole number, exact, whose magnitude an `Int64` or a `UInt64` holds; nil: the text is
  /// not one.
  static func whole(_ text: ArraySlice<UInt8>) -> Int128? {
    var digits = text
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    if digits.isEmpty { return nil }
    var value: UInt64 = 0
    for byte in digits {
      guard 0x30...0x39 ~= byte else { return wholeDecimal(text) }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(byte - 0x30))
      if overflow || carry { return nil }
      value = sum
    }
    return isNegative ? -Int128(value) : Int128(value)
  }

  /// The same of one with a point or an exponent: programs that know no whole numbers write
  /// them so.
  private static func wholeDecimal(_ text: ArraySlice<UInt8>) -> Int128? {
    guard text.count <= 40, case .number(let value) = number(text), value.isFinite else {
      return nil
    }
    let digits = text.first == UInt8(ascii: "+") ? text.dropFirst() : text
    let decimal = DecimalNumber(digits, value: value)
    if value == 0 { return 0 }
    guard (0...19).contains(decimal.exponent) else { return nil }
    return decimal.scaled(toUnit: 0).narrow.flatMap { $0.magnitude <= UInt64.max ? $0 : nil }
  }

  enum Number {
    case number(Double)
    /// Finite digits that no f64 holds.
    case tooLarge
    case none
  }

  /// The nearest f64, ties to even.
  static func number(_ text: ArraySlice<UInt8>) -> Number {
    var index = text.startIndex
    let end = text.endIndex
    guard index < end else { return .none }
    let isNegative = text[index] == UInt8(ascii: "-")
    if isNegative || text[index] == UInt8(ascii: "+") { index += 1 }
    let unsigned = index
    var mantissa: UInt64 = 0
    var digits = 0
    var decimals = 0
    var isBehindPoint = false
    while index < end {
      let byte = text[index]
      if 0x30...0x39 ~= byte {
        mantissa = mantissa &* 10 &+ UInt64(byte - 0x30)
        digits += 1
        if isBehindPoint { decimals += 1 }
      } else if byte == UInt8(ascii: "."), !isBehindPoint {
        isBehindPoint = true
      } else {
        break
      }
      index += 1
    }
    if digits == 0 { return isBehindPoint ? .none : word(text[unsigned...], isNegative) }
    var exponent = 0
    if index < end {
      guard text[index] | 0x20 == UInt8(ascii: "e"),
        let written = self.exponent(text[(index + 1)...])
      else { return .none }
      exponent = written
    }
    // Both parts are exact, so one rounding is left: it is the right one (as in JSONReader).
    let scale = exponent - decimals
    if digits <= 19, mantissa <= 1 << 53, (-22...22).contains(scale) {
      let power = powersOfTen[abs(scale)]
      let magnitude = scale < 0 ? Double(mantissa) / power : Double(mantissa) * power
      return .number(isNegative ? -magnitude : magnitude)
    }
    let value = Double(String(decoding: text, as: UTF8.self)) ?? .nan
    if value.isFinite { return .number(value) }
    // What tables of results have.
    if text[unsigned...].elementsEqual("1e999".utf8) {
      return .number(isNegative ? -.infinity : .infinity)
    }
    return value.isNaN ? .none : .tooLarge
  }

  /// The exponent, which need not be exact beyond some size; nil: the text is not one.
  private static func exponent(_ text: ArraySlice<UInt8>) -> Int? {
    var digits = text
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    if digits.isEmpty { return nil }
    var value = 0
    for byte in digits {
      guard 0x30...0x39 ~= byte else { return nil }
      if value < 1 << 32 { value = value * 10 + Int(byte - 0x30) }
    }
    return isNegative ? -value : value
  }

  private static func word(_ text: ArraySlice<UInt8>, _ isNegative: Bool) -> Number {
    guard text.count <= 8 else { return .none }
    switch String(decoding: text, as: UTF8.self).lowercased() {
    case "nan": return .number(.nan)
    case "inf", "infinity": return .number(isNegative ? -.infinity : .infinity)
    default: return .none
    }
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}
