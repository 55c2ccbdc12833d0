import KernelHostModel

/// The records as an .npz file: `numpy.load` returns one array for each column, by its name.
///
/// The columns are kept until the end, because a file of NumPy begins with its length.
struct NumpyWriter: RecordWriter {
  static let traits = FormatTraits(
    help: """
      an .npz file: an array for each parameter and
      result, read by numpy.load; arrays that calls
      give are rows of a matrix, filled with NaN;
      with -o FILE, FILE.run.json says what made them
      """, origin: .beside(ending: ".run.json"), arguments: .recorded)

  private var table: TypedTable
  private var columns: [NumpyColumn]

  init(_ run: WrittenRun) {
    table = TypedTable(run.plan)
    columns = table.columns.map { NumpyColumn($0.type) }
  }

  mutating func record(_ record: CallRecord, to buffer: inout [UInt8]) {
    for (index, value) in table.row(record).enumerated() { columns[index].add(value) }
  }

  mutating func end(_ counts: StatusCounts, to buffer: inout [UInt8]) {
    var archive = ZipArchive()
    for (column, values) in zip(table.columns, columns) {
      archive.add("\(Self.fileName(column.name)).npy", values.file(), to: &buffer)
    }
    archive.end(to: &buffer)
  }

  /// A name in an archive must not lead out of it.
  private static func fileName(_ name: String) -> String {
    name.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "_")
  }
}

/// A column of an .npz file, which becomes an array of one type.
struct NumpyColumn {
  private let type: ValueType
  private var values: [Value] = []

  init(_ type: ValueType) { self.type = type }

  mutating func add(_ value: Value) { values.append(value) }

  /// Returns the column as an .npy file, version 1.0 or 2.0. O(size).
  func file() -> [UInt8] {
    switch type {
    case .i64: integers()
    case .bool: bools()
    case .f64: file("<f8", "(\(values.count),)") { Self.append(Self.number($0), to: &$1) }
    case .f64Array, .i64Array: matrix()
    default: texts()
    }
  }

  /// Integers where every call has one that fits, or else floating-point numbers with NaN.
  private func integers() -> [UInt8] {
    let isWhole = values.allSatisfy { if case .integer = $0 { true } else { false } }
    if isWhole {
      return file("<i8", "(\(values.count),)") { value, buffer in
        if case .integer(let number) = value {
          Self.append(UInt64(bitPattern: number), to: &buffer)
        }
      }
    }
    let isUnsigned = values.allSatisfy {
      switch $0 {
      case .integer(let value): value >= 0
      case .unsigned: true
      default: false
      }
    }
    if isUnsigned {
      return file("<u8", "(\(values.count),)") { value, buffer in
        switch value {
        case .integer(let number): Self.append(UInt64(number), to: &buffer)
        case .unsigned(let number): Self.append(number, to: &buffer)
        default: break
        }
      }
    }
    return file("<f8", "(\(values.count),)") { Self.append(Self.number($0), to: &$1) }
  }

  private func bools() -> [UInt8] {
    let isWhole = values.allSatisfy { if case .bool = $0 { true } else { false } }
    if !isWhole {
      return file("<f8", "(\(values.count),)") { Self.append(Self.number($0), to: &$1) }
    }
    return file("|b1", "(\(values.count),)") { value, buffer in
      if case .bool(let isTrue) = value { buffer.append(isTrue ? 1 : 0) }
    }
  }

  /// One row for each call, as long as the longest array.
  private func matrix() -> [UInt8] {
    let rows = values.map(Self.numbers)
    let width = rows.map { $0.count }.max() ?? 0
    var bytes = Self.header("<f8", "(\(rows.count), \(width))")
    bytes.reserveCapacity(bytes.count + rows.count * width * 8)
    for row in rows {
      for number in row { Self.append(number, to: &bytes) }
      for _ in row.count..<width { Self.append(Double.nan, to: &bytes) }
    }
    return bytes
  }

  /// Texts of four bytes a character, as long as the longest one. Bytes are in base64.
  private func texts() -> [UInt8] {
    let texts = values.map { value -> [Unicode.Scalar] in
      switch value {
      case .null: return []
      case .text(let text): return Array(text.unicodeScalars)
      case .bytes(let bytes):
        var text: [UInt8] = []
        JSONWriter.value(.bytes(bytes), to: &text)
        // Between {"base64":" and "}.
        let digits = text.dropFirst(11).dropLast(2)
        return Array(String(decoding: digits, as: UTF8.self).unicodeScalars)
      default:
        var text: [UInt8] = []
        JSONWriter.value(value, to: &text)
        return Array(String(decoding: text, as: UTF8.self).unicodeScalars)
      }
    }
    let width = max(texts.map { $0.count }.max() ?? 0, 1)
    var bytes = Self.header("<U\(width)", "(\(texts.count),)")
    for text in texts {
      for scalar in text { Self.append(scalar.value, to: &bytes) }
      for _ in text.count..<width { Self.append(UInt32(0), to: &bytes) }
    }
    return bytes
  }

  private func file(
    _ type: String, _ shape: String, _ write: (Value, inout [UInt8]) -> Void
  ) -> [UInt8] {
    var bytes = Self.header(type, shape)
    for value in values { write(value, &bytes) }
    return bytes
  }

  private static func header(_ type: String, _ shape: String) -> [UInt8] {
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    // The data begins at a multiple of 64 bytes.
    let length = 10 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - length % 64) % 64) + "\n"
    let count = text.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 255), UInt8(count >> 8)]
      + Array(text.utf8)
  }

  private static func number(_ value: Value) -> Double {
    switch value {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    case .bool(let value): value ? 1 : 0
    default: .nan
    }
  }

  private static func numbers(_ value: Value) -> [Double] {
    switch value {
    case .numbers(let values): values
    case .integers(let values): values.map { Double($0) }
    default: []
    }
  }

  /// Little-endian.
  private static func append<Word: FixedWidthInteger>(_ word: Word, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: Word.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: word >> shift))
    }
  }

  private static func append(_ number: Double, to bytes: inout [UInt8]) {
    append(number.bitPattern, to: &bytes)
  }
}
