/// RFC 4180, as any reader of CSV has it: with either end of line.
enum CSV {
  static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    let bytes = Array(text.utf8)
    var index = 0
    func at(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }
    func endField() {
      row.append(String(decoding: field, as: UTF8.self))
      field = []
    }
    while let byte = at(index) {
      index += 1
      if isQuoted {
        if byte != UInt8(ascii: "\"") {
          field.append(byte)
        } else if at(index) == UInt8(ascii: "\"") {
          field.append(byte)
          index += 1
        } else {
          isQuoted = false
        }
      } else if byte == UInt8(ascii: "\""), field.isEmpty {
        isQuoted = true
      } else if byte == UInt8(ascii: ",") {
        endField()
      } else if byte == 10 || byte == 13 && at(index) == 10 {
        if byte == 13 { index += 1 }
        endField()
        rows.append(row)
        row = []
      } else {
        field.append(byte)
      }
    }
    return row.isEmpty && field.isEmpty ? rows : rows + [row + ["no end of line"]]
  }
}
