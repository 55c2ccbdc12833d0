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
      switch DecimalCell.number(trimmed) {
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
    switch DecimalCell.number(trimmed) {
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
    guard let value = DecimalCell.whole(trimmed) else {
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
