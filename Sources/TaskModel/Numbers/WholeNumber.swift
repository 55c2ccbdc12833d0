/// What a number is as a whole number, by its digits as they are written: 1e2 is 100, and 0.5 and
/// 1e-400 are not whole, although the double nearest to the latter is 0.
enum WholeNumber: Hashable {
  case value(Int128)
  /// It is whole, with more digits than are of use here.
  case huge
  case fraction

  /// `text`: a JSON number. O(length).
  init(_ text: String) {
    let bytes = Array(text.utf8)
    let mantissa = bytes.prefix { $0 | 0x20 != UInt8(ascii: "e") }
    if !mantissa.contains(where: { (0x31...0x39).contains($0) }) {
      let isNumber = mantissa.contains(UInt8(ascii: "0"))
      self = isNumber ? .value(0) : .fraction
      return
    }
    guard let value = Double(text), value != 0 else {
      self = .fraction
      return
    }
    guard value.isFinite, value.magnitude < 1e36 else {
      self = value.isNaN ? .fraction : .huge
      return
    }
    let number = DecimalNumber(bytes[...], value: value)
    guard number.exponent >= 0 else {
      self = .fraction
      return
    }
    var digits = Int128(number.digits)  // below 10^36
    for _ in 0..<number.exponent {
      let (product, isTooLong) = digits.multipliedReportingOverflow(by: 10)
      if isTooLong {
        self = .huge
        return
      }
      digits = product
    }
    self = .value(number.isNegative ? -digits : digits)
  }
}
