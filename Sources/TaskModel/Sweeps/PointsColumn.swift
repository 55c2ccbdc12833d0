/// The values that one parameter has at all points of a file: 8 bytes each, and what is longer
/// in the manifest's pools.
struct PointsColumn: Sendable {
  /// How a word is read.
  private enum Form { case bool, whole, number, text, bytes, integers, numbers }

  private var form = Form.whole
  private let isUnsigned: Bool
  /// Numbers by their bits; of what lies in a pool, where it begins and how long it is.
  private var words: [UInt64] = []

  init(of field: FieldSignature, rows: Int) {
    isUnsigned = field.isUnsigned
    words.reserveCapacity(rows)
  }

  var count: Int { words.count }

  /// Adds a value of the column's type: all of a column have one form.
  mutating func append(_ cell: Manifest.Cell) {
    switch cell {
    case .bool(let value): append(value ? 1 : 0, .bool)
    case .integer(let value): append(UInt64(bitPattern: value), .whole)
    case .unsigned(let value): append(value, .whole)
    case .number(let value): append(value.bitPattern, .number)
    case .text(let range): append(word(range), .text)
    case .bytes(let range): append(word(range), .bytes)
    case .integers(let range): append(word(range), .integers)
    case .numbers(let range): append(word(range), .numbers)
    case .null, .minusZero, .bigInteger, .reference, .mixed, .other: break
    }
  }

  private mutating func append(_ word: UInt64, _ form: Form) {
    self.form = form
    words.append(word)
  }

  @inline(__always)
  func value(_ index: Int) -> Manifest.Cell {
    let word = words[index]
    switch form {
    case .number: return .number(Double(bitPattern: word))
    case .whole:
      let value = Int64(bitPattern: word)
      return isUnsigned && value < 0 ? .unsigned(word) : .integer(value)
    case .bool: return .bool(word != 0)
    case .text: return .text(range(word))
    case .bytes: return .bytes(range(word))
    case .integers: return .integers(range(word))
    case .numbers: return .numbers(range(word))
    }
  }

  private func word(_ range: PoolRange) -> UInt64 {
    UInt64(range.start) << 32 | UInt64(range.count)
  }

  private func range(_ word: UInt64) -> PoolRange {
    PoolRange(start: Int(word >> 32), count: Int(word & 0xFFFF_FFFF))
  }
}
