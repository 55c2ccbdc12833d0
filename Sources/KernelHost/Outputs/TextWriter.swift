import KernelHostModel

/// What the kernels print, then `All Complete` and the list of tokens.
struct TextWriter: RecordWriter {
  static let traits = FormatTraits(
    help: """
      what the kernels print, as they print it, then
      All Complete and the list of tokens (default);
      at a terminal, of a sweep, a table of the first
      """, takesPrintedText: true)

  /// The list of tokens, which is kept until all text is printed.
  private var line = Array("Results: [".utf8)
  private var isFirst = true

  /// At a terminal, results of a sweep are a table. Nil: they are one line.
  private var table: ScreenTable?

  init(_ run: WrittenRun) {
    guard let columns = run.columns, run.plan.hasSweeps else { return }
    table = ScreenTable(run.plan, columns: columns)
  }

  mutating func record(_ record: CallRecord, to buffer: inout [UInt8]) {
    if table != nil {
      table?.add(record)
      return
    }
    if !isFirst { JSONWriter.raw(", ", to: &line) }
    isFirst = false
    record.token.writeTriple(to: &line)
  }

  mutating func end(_ counts: StatusCounts, to buffer: inout [UInt8]) {
    JSONWriter.raw("All Complete\n", to: &buffer)
    if let table {
      for line in table.lines { JSONWriter.raw(line + "\n", to: &buffer) }
      return
    }
    buffer += line
    JSONWriter.raw("]\n", to: &buffer)
  }
}
