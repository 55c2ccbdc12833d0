/// Reads comma-separated values (RFC 4180) row by row. Lines end with a line feed or with a
/// carriage return and a line feed; nothing is a comment. Safe against any bytes.
struct CSVReader {
  let bytes: [UInt8]
  /// Where the next row begins.
  private(set) var at: Int

  /// A field of a row.
  struct Cell {
    /// In the bytes, without the quotes around it.
    let range: Range<Int>
    let isQuoted: Bool
    /// Two quotes stand for one somewhere in it.
    let hasEscapes: Bool

    /// Where it begins, with its quote.
    var place: Int { isQuoted ? range.lowerBound - 1 : range.lowerBound }
  }

  /// What ends the reading: the rows behind it cannot be told apart.
  struct Failure: Error {
    let problem: PointsProblem
    let place: Int
  }

  init(_ bytes: [UInt8], from start: Int = 0) {
    self.bytes = bytes
    at = start
  }

  /// Puts the next row in place of what is in `cells`; false: the text has ended. O(length).
  mutating func readRow(_ cells: inout [Cell]) throws(Failure) -> Bool {
    cells.removeAll(keepingCapacity: true)
    if at >= bytes.count { return false }
    while true {
      cells.append(try readCell())
      guard at < bytes.count else { return true }
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: ",") { continue }
      if byte == UInt8(ascii: "\r") { at += 1 }
      return true
    }
  }

  /// What ends a cell is the next byte: a comma, the end of a line, or that of the file.
  private mutating func readCell() throws(Failure) -> Cell {
    if at < bytes.count, bytes[at] == UInt8(ascii: "\"") { return try readQuoted() }
    let start = at
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: ","), UInt8(ascii: "\n"):
        return Cell(range: start..<at, isQuoted: false, hasEscapes: false)
      case UInt8(ascii: "\r"):
        try expectLineFeed()
        return Cell(range: start..<at, isQuoted: false, hasEscapes: false)
      case UInt8(ascii: "\""): throw Failure(problem: .quoteInside, place: at)
      default: at += 1
      }
    }
    return Cell(range: start..<at, isQuoted: false, hasEscapes: false)
  }

  private mutating func readQuoted() throws(Failure) -> Cell {
    let start = at + 1
    var hasEscapes = false
    at = start
    while true {
      while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += 1 }
      guard at < bytes.count else { throw Failure(problem: .unclosedQuote, place: start - 1) }
      at += 1
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { break }
      hasEscapes = true
      at += 1
    }
    let cell = Cell(range: start..<at - 1, isQuoted: true, hasEscapes: hasEscapes)
    if at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: ","), UInt8(ascii: "\n"): break
      case UInt8(ascii: "\r"): try expectLineFeed()
      default: throw Failure(problem: .behindQuote, place: at)
      }
    }
    return cell
  }

  private func expectLineFeed() throws(Failure) {
    if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\n") { return }
    throw Failure(problem: .loneReturn, place: at)
  }

  /// What a cell says, without the quotes that stand for others. O(length).
  func append(_ cell: Cell, to text: inout [UInt8]) {
    guard cell.hasEscapes else { return text.append(contentsOf: bytes[cell.range]) }
    var index = cell.range.lowerBound
    while index < cell.range.upperBound {
      text.append(bytes[index])
      index += bytes[index] == UInt8(ascii: "\"") ? 2 : 1
    }
  }

  func string(_ cell: Cell) -> String {
    var text: [UInt8] = []
    append(cell, to: &text)
    return String(decoding: text, as: UTF8.self)
  }
}
