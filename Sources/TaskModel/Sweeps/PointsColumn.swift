/// The values that one parameter has at all points of a file: 8 bytes each, and what is longer
/// in the manifest's pools.
struct PointsColumn: Sendable {
  private let type: ValueType
  private let isUnsigned: Bool
  /// Numbers by their bits; of what lies in a pool, where it begins and how long it is.
  private var words: [UInt64] = []

  init(of field: FieldSignature, rows: Int) {
    type = field.type
    isUnsigned = field.isUnsigned
    words.reserveCapacity(rows)
  }

  var count: Int { words.count }

  /// A value of the column's type.
  mutating func append(_ cell: Manifest.Cell) {
    switch cell {
    case .bool(let value): words.append(value ? 1 : 0)
    case .integer(let value): words.append(UInt64(bitPattern: value))
    case .unsigned(let value): words.append(value)
    case .number(let value): words.append(value.bitPattern)
    case .text(let range), .bytes(let range), .integers(let range), .numbers(let range):
      words.append(UInt64(range.start) << 32 | UInt64(range.count))
    case .null, .minusZero, .bigInteger, .reference, .mixed, .other: break
    }
  }

  @inline(__always)
  func value(_ index: Int) -> Manifest.Cell {
    let word = words[index]
    switch type {
    case .f64: return .number(Double(bitPattern: word))
    case .i64:
      let value = Int64(bitPattern: word)
      return isUnsigned && value < 0 ? .unsigned(word) : .integer(value)
    case .bool: return .bool(word != 0)
    case .text: return .text(range(word))
    case .bytes: return .bytes(range(word))
    case .i64Array: return .integers(range(word))
    case .f64Array: return .numbers(range(word))
    }
  }

  private func range(_ word: UInt64) -> PoolRange {
    PoolRange(start: Int(word >> 32), count: Int(word & 0xFFFF_FFFF))
  }
}
