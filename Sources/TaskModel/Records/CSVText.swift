/// Fields of comma-separated values (RFC 4180, with a line feed alone at each line's end).
enum CSVText {
  /// Appends what `write` appends, in quotes if it needs them. O(length).
  static func field(to buffer: inout [UInt8], _ write: (inout [UInt8]) -> Void) {
    let start = buffer.count
    write(&buffer)
    let needsQuotes = buffer[start...].contains { byte in
      byte == 0x22 || byte == 0x2C || byte == 0x0A || byte == 0x0D
    }
    if needsQuotes { quote(from: start, in: &buffer) }
  }

  /// Appends a text as a field. An empty one has quotes: a field without them is no text.
  static func text(_ text: some Collection<UInt8>, to buffer: inout [UInt8]) {
    if text.isEmpty { return buffer.append(contentsOf: [0x22, 0x22]) }
    field(to: &buffer) { $0.append(contentsOf: text) }
  }

  private static func quote(from start: Int, in buffer: inout [UInt8]) {
    let content = Array(buffer[start...])
    buffer.removeLast(content.count)
    buffer.append(0x22)
    for byte in content {
      if byte == 0x22 { buffer.append(0x22) }
      buffer.append(byte)
    }
    buffer.append(0x22)
  }

  /// Appends a number as readers of tables take it for a number: with as few digits as tell it
  /// from its neighbours, and a point or an exponent always.
  ///
  /// NaN is `NaN`. Infinities are `1e999` and `-1e999`: DuckDB takes a column of nothing but
  /// `inf` for dates, and pandas and DuckDB read both spellings as infinite.
  static func number(_ value: Double, to buffer: inout [UInt8]) {
    if value.isFinite {
      JSONWriter.number(value, to: &buffer)
    } else {
      JSONWriter.raw(value.isNaN ? "NaN" : value < 0 ? "-1e999" : "1e999", to: &buffer)
    }
  }
}
