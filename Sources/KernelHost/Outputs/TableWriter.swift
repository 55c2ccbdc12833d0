import KernelHostModel

/// The records as comma-separated values (RFC 4180) with a header. What made them stands in a
/// file beside the table: CSV has no comments that all readers know.
struct TableWriter: RecordWriter {
  static let traits = FormatTraits(
    help: """
      a table with a header: a column for each
      parameter and result, see below; with -o FILE,
      FILE.run.json says what made them
      """, origin: .beside(ending: ".run.json"), arguments: .whole,
    options: [.csvUnits, .csvElements])

  private var table: ResultTable

  init(_ run: WrittenRun) { table = ResultTable(run.plan, run.table) }

  mutating func begin(to buffer: inout [UInt8]) { table.writeHeader(to: &buffer) }

  mutating func record(_ record: CallRecord, to buffer: inout [UInt8]) {
    table.write(record, to: &buffer)
  }
}
