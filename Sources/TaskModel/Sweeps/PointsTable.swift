/// A file of comma-separated values that a sweep takes its points from: a row a point, behind a
/// header with the names of the columns.
struct PointsTable: Sendable {
  let source: SourceText
  let header: [Heading]
  /// Rows behind the header.
  private(set) var rowCount = 0
  private let firstRow: Int

  struct Heading: Sendable {
    let name: String
    let place: Int
  }

  /// Nil: it has no header that could be read. `report` is told of each mistake and where it is:
  /// of all that can be found without knowing what the columns are for. O(bytes).
  init?(_ source: SourceText, _ report: (PointsProblem, Int) -> Void) {
    let bytes = source.bytes
    self.source = source
    if let problem = Self.problemAtStart(of: bytes) {
      report(problem, 0)
      return nil
    }
    if let place = Self.firstInvalid(bytes) {
      report(.notUTF8(bytes[place]), place)
      return nil
    }
    var reader = CSVReader(bytes, from: bytes.starts(with: Self.mark) ? Self.mark.count : 0)
    var cells: [CSVReader.Cell] = []
    do throws(CSVReader.Failure) {
      let start = reader.at
      guard try reader.readRow(&cells), !Self.isBlank(cells) else {
        report(.empty, start)
        return nil
      }
      header = cells.map { Heading(name: Self.name($0, reader), place: $0.place) }
      firstRow = reader.at
      guard Self.check(header, bytes, report) else { return nil }
      try readRows(&reader, &cells, report)
    } catch {
      report(error.problem, error.place)
      return nil
    }
    if rowCount == 0 { report(.noRows, bytes.count) }
  }

  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private mutating func readRows(
    _ reader: inout CSVReader, _ cells: inout [CSVReader.Cell],
    _ report: (PointsProblem, Int) -> Void
  ) throws(CSVReader.Failure) {
    // Blank lines belong to a file's end alone.
    var blank: Int?
    var start = reader.at
    while try reader.readRow(&cells) {
      if Self.isBlank(cells) {
        blank = blank ?? start
      } else {
        if let place = blank { report(.blankLine, place) }
        blank = nil
        rowCount += 1
        if cells.count != header.count {
          let isComment = source.bytes[start] == UInt8(ascii: "#")
          report(isComment ? .comment : .ragged(cells.count, header: header.count), start)
        }
      }
      start = reader.at
    }
  }

  /// Goes through the rows of a table that is sound; false from `body` ends it.
  func forEachRow(_ body: (_ cells: [CSVReader.Cell], _ reader: CSVReader) -> Void) {
    var reader = CSVReader(source.bytes, from: firstRow)
    var cells: [CSVReader.Cell] = []
    while (try? reader.readRow(&cells)) ?? false {
      if cells.count == header.count, !Self.isBlank(cells) { body(cells, reader) }
    }
  }

  private static func isBlank(_ cells: [CSVReader.Cell]) -> Bool {
    cells.count == 1 && cells[0].range.isEmpty && !cells[0].isQuoted
  }

  /// Blanks around a name are part of it only in quotes.
  private static func name(_ cell: CSVReader.Cell, _ reader: CSVReader) -> String {
    let text = reader.string(cell)
    if cell.isQuoted { return text }
    let start = text.drop { $0 == " " || $0 == "\t" }
    return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }

  /// Whether the names are some, each there once.
  private static func check(
    _ header: [Heading], _ bytes: [UInt8], _ report: (PointsProblem, Int) -> Void
  ) -> Bool {
    if bytes[header[0].place] == UInt8(ascii: "#") {
      report(.comment, header[0].place)
      return false
    }
    if header.count == 1, let other = header[0].name.first(where: { $0 == ";" || $0 == "\t" }) {
      report(.separator(other == ";" ? ";" : "a tab"), header[0].place)
      return false
    }
    var seen: Set<String> = []
    var isSound = true
    for heading in header {
      if heading.name.isEmpty {
        report(.emptyName, heading.place)
        isSound = false
      } else if !seen.insert(heading.name).inserted {
        report(.nameTwice(heading.name), heading.place)
        isSound = false
      }
    }
    return isSound
  }

  private static func problemAtStart(of bytes: [UInt8]) -> PointsProblem? {
    switch JSONReader.problemAtStart(of: bytes)?.problem {
    case .empty: .empty
    case .utf16: .otherUnicode("UTF-16")
    case .utf32: .otherUnicode("UTF-32")
    case .binary, .nul, .compressed: .binary
    default: nil
    }
  }

  /// The first byte that is no UTF-8; nil: all is. O(bytes).
  private static func firstInvalid(_ bytes: [UInt8]) -> Int? {
    var index = 0
    let end = bytes.count
    while index < end {
      if bytes[index] < 0x80 {
        index += 1
        continue
      }
      let length = JSONReader.scalarLength(bytes, index, end)
      if length == 0 { return index }
      index += length
    }
    return nil
  }
}
