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
    if !field.type.isReal {
      guard let value = DecimalCell.whole(text).flatMap({ Int64(exactly: $0) }) else {
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
    guard case .number(let value) = DecimalCell.number(text) else {
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
    if !field.type.isReal {
      let start = pools.integers.count
      pools.integers += integers
      return .integers(PoolRange(start: start, count: integers.count))
    }
    let start = pools.numbers.count
    pools.numbers += numbers
    return .numbers(PoolRange(start: start, count: numbers.count))
  }
}
