/// Reads records from JSON Lines, piece by piece: the memory is that of a piece and of the
/// longest line.
///
/// Keys that it does not know are passed over, so that a newer run's records can be read.
/// The last line may be cut off, as a run that was killed leaves it.
public struct RecordReader {
  private let name: String
  private let columns: Int
  /// What has come and was not read.
  private var bytes: [UInt8] = []
  /// No line ends before it.
  private var searched = 0
  private var line = 0
  private var isAtStart = true
  /// The last line was no whole record, and was left out.
  public private(set) var isCutOff = false

  /// The longest line, in bytes.
  public static let lineLimit = 1 << 26

  /// For messages: the file's name, and the columns that a line of it may take.
  public init(name: String, columns: Int = SourceText.usualColumns) {
    self.name = name
    self.columns = columns
  }

  /// Takes the next piece of the file and gives `body` the records of calls that it completes,
  /// and `run` those of runs, in their order. `isLast`: nothing follows. O(bytes).
  public mutating func read(
    _ piece: [UInt8], isLast: Bool, run: (RunOrigin) -> Void = { _ in },
    _ body: (RunRecord) -> Void
  ) throws(RecordError) {
    bytes.append(contentsOf: piece)
    if isAtStart, !bytes.isEmpty {
      // Four bytes tell encodings apart.
      if bytes.count < 4, !isLast { return }
      if let error = JSONReader.problemAtStart(of: bytes) {
        throw rendered(.json(error.problem), 0..<bytes.count, at: error.place)
      }
      isAtStart = false
    }
    var start = 0
    while let end = lineEnd(from: max(start, searched)) {
      try record(start..<end, isLast: false, run, body)
      start = end + 1
    }
    searched = bytes.count
    if bytes.count - start > Self.lineLimit {
      line += 1
      throw rendered(.tooLong(limit: Self.lineLimit), start..<bytes.count, at: start)
    }
    if isLast {
      try record(start..<bytes.count, isLast: true, run, body)
      start = bytes.count
    }
    bytes.removeFirst(start)
    searched -= start
  }

  private func lineEnd(from start: Int) -> Int? {
    let text = bytes.span
    for index in start..<text.count where text[index] == UInt8(ascii: "\n") { return index }
    return nil
  }

  private mutating func record(
    _ range: Range<Int>, isLast: Bool, _ run: (RunOrigin) -> Void, _ body: (RunRecord) -> Void
  ) throws(RecordError) {
    line += 1
    var parser = RecordParser(JSONReader(bytes, from: range.lowerBound, to: range.upperBound))
    if parser.isBlank { return }
    do throws(RecordParser.Failure) {
      let line = try parser.line()
      if let origin = line.run { run(origin) }
      if let record = line.call { body(record) }
    } catch {
      if isLast, isBegun(range) {
        isCutOff = true
        return
      }
      throw rendered(error.problem, range, at: error.place)
    }
  }

  /// Whether a line that is no record may be the first part of one. One that has its
  /// closing brace has been written to its end.
  private func isBegun(_ range: Range<Int>) -> Bool {
    let line = bytes[range]
    return [#"{"call":"#, #"{"run":"#].contains { begin in
      line.starts(with: begin.utf8) || begin.utf8.starts(with: line)
    } && !isClosed(range)
  }

  private func isClosed(_ range: Range<Int>) -> Bool {
    var reader = JSONReader(bytes, from: range.lowerBound, to: range.upperBound)
    return (try? reader.skipValue()) != nil
  }

  private func rendered(
    _ problem: RecordProblem, _ range: Range<Int>, at place: Int
  ) -> RecordError {
    let source = SourceText(name: name, bytes: Array(bytes[range]))
    let position = source.position(of: place - range.lowerBound)
    let number = max(line, 1) + position.line - 1
    let sentence = Wording.sentence(problem)
    let start = "\(Printable.plain(name)):\(number):\(position.column): error: \(sentence)"
    if case .json(let json) = problem, !Problem.json(json).hasExcerpt {
      return RecordError(message: start)
    }
    return RecordError(message: start + "\n" + source.excerpt(at: position, columns: columns))
  }
}
