/// The text of a manifest and the name it goes by. Nothing is assumed of the
/// bytes: every place and excerpt is safe to ask for, and to show, whatever they are.
public struct SourceText: Sendable {
  /// The path as it was given, or "<stdin>".
  public let name: String
  public let bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  public init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }

  /// A place as people count: both from 1, columns in characters (Unicode scalars).
  public struct Position: Sendable, Hashable {
    public let line: Int
    public let column: Int
    /// The byte offset.
    let offset: Int
    /// Where the line begins.
    let lineStart: Int

    /// The first place of any text.
    static let start = Position(line: 1, column: 1, offset: 0, lineStart: 0)
  }

  /// The position of a byte offset; one outside is taken as the nearest inside. O(offset).
  public func position(of offset: Int) -> Position { position(of: offset, from: .start) }

  /// The same, counted from a position that is known and not after it. O(distance).
  func position(of offset: Int, from known: Position) -> Position {
    let offset = min(max(offset, 0), bytes.count)
    if offset < known.offset { return position(of: offset, from: .start) }
    let text = bytes.span
    var lines = 0
    var lineStart = known.lineStart
    for index in known.offset..<offset where text[index] == UInt8(ascii: "\n") {
      lines += 1
      lineStart = index + 1
    }
    // What continues a character is not counted.
    let from = lines == 0 ? known.offset : lineStart
    var characters = lines == 0 ? known.column : 1
    for index in from..<offset where text[index] & 0xC0 != 0x80 { characters += 1 }
    return Position(
      line: known.line + lines, column: characters, offset: offset, lineStart: lineStart)
  }

  /// The line of a position and, in a second line, a caret under the place. A line that is longer
  /// than `columns` is cut around it. O(columns).
  public func excerpt(at position: Position, columns: Int = SourceText.usualColumns) -> String {
    let columns = max(columns, Self.leastColumns)
    let reach = 4 * columns + 64
    var start = max(position.lineStart, position.offset - reach)
    while start > position.lineStart, isContinuation(start) { start -= 1 }
    // In front of the line feed of a line that ends as Windows has it.
    let isAtLineFeed = position.offset < bytes.count && bytes[position.offset] == 10
    let isBehindReturn = position.offset > start && bytes[position.offset - 1] == 13
    let before = Printable.cells(
      bytes[start..<(isAtLineFeed && isBehindReturn ? position.offset - 1 : position.offset)])
    let (end, isCut) = excerptEnd(after: position.offset, reach: reach)
    let after = Printable.cells(bytes[position.offset..<end])

    // What the part behind the place does not need is left to the part before it.
    let wanted = isCut ? columns : min(width(after), columns)
    let left = Self.tail(
      before, columns: max(columns * 6 / 10, columns - wanted), isCut: start > position.lineStart)
    let right = Self.head(after, columns: columns - left.columns, isCut: isCut)
    return left.text + right + "\n" + caret(left, after.first?.width)
  }

  /// Of the lines of a terminal that does not tell its width.
  public static let usualColumns = 100
  private static let leastColumns = 20
  private static let dots = "..."

  private typealias Part = (text: String, columns: Int, lastWidth: Int)

  private func width(_ cells: [(text: String, width: Int)]) -> Int {
    cells.reduce(0) { $0 + $1.width }
  }

  /// The end of the part before the place. `isCut`: there is more before it.
  private static func tail(
    _ cells: [(text: String, width: Int)], columns: Int, isCut: Bool
  ) -> Part {
    let isWhole = !isCut && cells.reduce(0) { $0 + $1.width } <= columns
    let room = isWhole ? columns : columns - dots.count
    var (first, used) = (cells.count, 0)
    while first > 0, used + cells[first - 1].width <= room {
      first -= 1
      used += cells[first].width
    }
    // A mark would stand on the dots.
    while first < cells.count, cells[first].width == 0 { first += 1 }
    let shown = cells[first...]
    return (
      (isWhole ? "" : dots) + shown.map { $0.text }.joined(),
      used + (isWhole ? 0 : dots.count), shown.last { $0.width > 0 }?.width ?? 0
    )
  }

  /// The beginning of the part from the place on.
  private static func head(
    _ cells: [(text: String, width: Int)], columns: Int, isCut: Bool
  ) -> String {
    let isWhole = !isCut && cells.reduce(0) { $0 + $1.width } <= columns
    let room = isWhole ? columns : columns - dots.count
    var (text, used) = ("", 0)
    for cell in cells {
      if used + cell.width > room { break }
      text += cell.text
      used += cell.width
    }
    return text + (isWhole ? "" : dots)
  }

  /// Under the place; under the character before where that at the place stands on it.
  private func caret(_ left: Part, _ width: Int?) -> String {
    let column = width == 0 ? left.columns - left.lastWidth : left.columns
    return String(repeating: " ", count: column) + "^"
  }

  /// Where the line ends, or far enough.
  private func excerptEnd(after offset: Int, reach: Int) -> (end: Int, isCut: Bool) {
    var end = offset
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
      if end - offset >= reach, !isContinuation(end) { return (end, true) }
      end += 1
      // Nothing but continuation bytes is no text; it need not be walked to its end.
      if end - offset > 2 * reach { return (end, true) }
    }
    if end > offset, end < bytes.count, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return (end, false)
  }

  private func isContinuation(_ index: Int) -> Bool {
    index < bytes.count && bytes[index] & 0xC0 == 0x80
  }
}
