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

  /// The line of a position and, in a second line, a caret under the place. A long
  /// line is cut to some 100 columns around it. O(1), but for what is shown.
  public func excerpt(at position: Position) -> String {
    var start = max(position.lineStart, position.offset - Self.reach)
    while start > position.lineStart, isContinuation(start) { start -= 1 }
    let before = Printable.columns(bytes[start..<position.offset])
    let (end, isCut) = excerptEnd(after: position.offset)
    let after = Printable.columns(bytes[position.offset..<end])

    // What the part behind the place does not need is left to the part before it.
    let shownBefore = before.suffix(max(Self.columnsBefore, Self.columns - after.count))
    let isCutBefore = start > position.lineStart || before.count > shownBefore.count
    let room = Self.columns - shownBefore.count
    let isCutAfter = isCut || after.count > room
    let line =
      (isCutBefore ? "..." : "") + shownBefore.joined() + after.prefix(room).joined()
      + (isCutAfter ? "..." : "")
    let indent = (isCutBefore ? 3 : 0) + shownBefore.reduce(0) { $0 + Printable.width($1) }
    return line + "\n" + String(repeating: " ", count: indent) + "^"
  }

  /// Columns shown of a long line, and how many of them at least before the place.
  private static let columns = 100
  private static let columnsBefore = 60
  /// Bytes looked at on each side: a column takes at most four.
  private static let reach = 4 * columns

  /// Where the line ends, or far enough.
  private func excerptEnd(after offset: Int) -> (end: Int, isCut: Bool) {
    var end = offset
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
      if end - offset >= Self.reach, !isContinuation(end) { return (end, true) }
      end += 1
      // Nothing but continuation bytes is no text; it need not be walked to its end.
      if end - offset > 2 * Self.reach { return (end, true) }
    }
    if end > offset, end < bytes.count, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return (end, false)
  }

  private func isContinuation(_ index: Int) -> Bool {
    index < bytes.count && bytes[index] & 0xC0 == 0x80
  }
}
