/// A cell of a file of points as a parameter's value.
///
/// Numbers are decimals as all programs write them, also `3.0` for a whole one, and `NaN`,
/// `inf`, `Infinity` in any case; `1e999` is what tables of results have for infinity.
struct PointsCell {
  let bytes: [UInt8]
  let cell: CSVReader.Cell
  let reader: CSVReader

  var isEmpty: Bool { cell.range.isEmpty }
  var text: String { reader.string(cell) }

  /// The same without the blanks around it: those of numbers mean nothing.
  private var trimmed: ArraySlice<UInt8> { Self.trim(bytes[cell.range]) }

  private static func trim(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
    while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
    return text
  }

  /// Of a parameter that is no array. What is long goes to the pools.
  func value(
    _ field: FieldSignature, _ rule: ArgumentRule, _ pools: inout ValuePools
  ) -> Result<Manifest.Cell, CellProblem> {
    switch field.type {
    case .f64:
      switch Self.number(trimmed) {
      case .number(let value) where rule.allows(number: value): return .success(.number(value))
      case .number(let value): return .failure(Self.outOfRange(value, text, field))
      case .tooLarge: return .failure(.problem(.numberOutOfRange(text)))
      case .none: return mismatch(field)
      }
    case .i64: return integer(field, rule)
    case .bool:
      switch String(decoding: trimmed, as: UTF8.self).lowercased() {
      case "true": return .success(.bool(true))
      case "false": return .success(.bool(false))
      default: return mismatch(field)
      }
    case .text:
      if rule.hasChoices, let problem = ArgumentCheck.choice(text, field) {
        return .failure(.argument(problem))
      }
      let start = pools.text.count
      reader.append(cell, to: &pools.text)
      return .success(.text(PoolRange(start: start, count: pools.text.count - start)))
    case .bytes:
      var digits: [UInt8] = []
      reader.append(cell, to: &digits)
      if let problem = Base64.decode(in: &digits, from: 0) {
        return .failure(.problem(.wrongBase64(problem)))
      }
      let start = pools.text.count
      pools.text += digits
      return .success(.bytes(PoolRange(start: start, count: digits.count)))
    case .i64Array, .f64Array: return array(field, rule, &pools)
    }
  }

  private func mismatch(_ field: FieldSignature) -> Result<Manifest.Cell, CellProblem> {
    .failure(.argument(ArgumentCheck.mismatch(found, field)))
  }

  /// As a message shows it.
  private var found: Found {
    switch Self.number(trimmed) {
    case .number, .tooLarge:
      let text = String(decoding: trimmed, as: UTF8.self)
      return text.utf8.allSatisfy({ 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x2B })
        ? .integer(text) : .number(text)
    case .none: return .text(text)
    }
  }

  private static func outOfRange(
    _ value: Double, _ text: String, _ field: FieldSignature
  ) -> CellProblem {
    .argument(
      ArgumentCheck.number(value, text, field)
        ?? .wrongType(expected: field.type, found: .number(text)))
  }

  // MARK: Whole numbers

  private func integer(
    _ field: FieldSignature, _ rule: ArgumentRule
  ) -> Result<Manifest.Cell, CellProblem> {
    guard let value = Self.whole(trimmed) else {
      // With 64 bits or more, or with a fraction, or no number.
      if case .integer(let text) = found {
        return .failure(.argument(ArgumentCheck.tooWide(text, field)))
      }
      return mismatch(field)
    }
    if let value = Int64(exactly: value) {
      if rule.allows(integer: value) { return .success(.integer(value)) }
      if let problem = ArgumentCheck.integer(value, String(value), field) {
        return .failure(.argument(problem))
      }
    } else if let value = UInt64(exactly: value) {
      if rule.allows(unsigned: value) { return .success(.unsigned(value)) }
      if let problem = ArgumentCheck.unsigned(value, field) {
        return .failure(.argument(problem))
      }
    }
    return .failure(.argument(ArgumentCheck.tooWide(String(value), field)))
  }

  /// A whole number, exact, of which an `Int64` or a `UInt64` holds the magnitude; nil: it is
  /// none.
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

  // MARK: Numbers

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

  /// Nil: it is none. Beyond some size it need not be exact.
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

  // MARK: Arrays

  /// `[1, 2.5, NaN]`.
  private func array(
    _ field: FieldSignature, _ rule: ArgumentRule, _ pools: inout ValuePools
  ) -> Result<Manifest.Cell, CellProblem> {
    var list = trimmed
    guard list.first == UInt8(ascii: "["), list.last == UInt8(ascii: "]"), list.count > 1 else {
      return mismatch(field)
    }
    list = Self.trim(list.dropFirst().dropLast())
    var elements = ArrayElements(field)
    if !list.isEmpty {
      for element in list.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        if let problem = elements.append(Self.trim(element), rule) {
          return .failure(.argument(problem))
        }
      }
    }
    return .success(elements.store(in: &pools))
  }

  /// As an element of an array; nil: it is one.
  func add(to elements: inout ArrayElements, _ rule: ArgumentRule) -> ArgumentProblem? {
    elements.append(trimmed, rule)
  }
}

/// Why a cell is no value of its parameter.
enum CellProblem: Error {
  case argument(ArgumentProblem)
  case problem(Problem)
}

/// The numbers of an array, which come one by one.
struct ArrayElements {
  private let field: FieldSignature
  private var integers: [Int64] = []
  private var numbers: [Double] = []

  init(_ field: FieldSignature) { self.field = field }

  var count: Int { max(integers.count, numbers.count) }

  /// Nil: it is one.
  mutating func append(_ text: ArraySlice<UInt8>, _ rule: ArgumentRule) -> ArgumentProblem? {
    let written = String(decoding: text, as: UTF8.self)
    if field.type == .i64Array {
      guard let value = PointsCell.whole(text).flatMap({ Int64(exactly: $0) }) else {
        return .element(count, .wrongType(expected: .i64, found: .text(written)))
      }
      if !rule.allows(integer: value) {
        return .element(
          count,
          ArgumentCheck.integer(value, written, field)
            ?? .wrongType(expected: .i64, found: .integer(written)))
      }
      integers.append(value)
      return nil
    }
    guard case .number(let value) = PointsCell.number(text) else {
      return .element(count, .wrongType(expected: .f64, found: .text(written)))
    }
    if !rule.allows(number: value) {
      return .element(
        count,
        ArgumentCheck.number(value, written, field)
          ?? .wrongType(expected: .f64, found: .number(written)))
    }
    numbers.append(value)
    return nil
  }

  func store(in pools: inout ValuePools) -> Manifest.Cell {
    if field.type == .i64Array {
      let start = pools.integers.count
      pools.integers += integers
      return .integers(PoolRange(start: start, count: integers.count))
    }
    let start = pools.numbers.count
    pools.numbers += numbers
    return .numbers(PoolRange(start: start, count: numbers.count))
  }
}
