import TaskModel

/// What the kernels print, then `All Complete` and the list of tokens.
struct TextWriter: RecordWriter {
  static let traits = FormatTraits(
    help: """
      what the kernels print, as they print it, then
      All Complete and the list of tokens (default)
      """, takesPrintedText: true)

  /// The list of tokens, which is kept until all text is printed.
  private var line = Array("Results: [".utf8)
  private var isFirst = true

  init(_ run: WrittenRun) {}

  mutating func record(_ record: CallRecord, to buffer: inout [UInt8]) {
    if !isFirst { JSONWriter.raw(", ", to: &line) }
    isFirst = false
    record.token.writeTriple(to: &line)
  }

  mutating func end(_ counts: StatusCounts, to buffer: inout [UInt8]) {
    JSONWriter.raw("All Complete\n", to: &buffer)
    buffer += line
    JSONWriter.raw("]\n", to: &buffer)
  }
}
