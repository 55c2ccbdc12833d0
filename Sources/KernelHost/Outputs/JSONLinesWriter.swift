import KernelHostModel

/// The records, one JSON object a line; the first line says what made them.
struct JSONLinesWriter: RecordWriter {
  static let traits = FormatTraits(
    help: """
      a record a line: call, task, kernel, point,
      args, result, ok, status, error, attempts,
      steps, seconds, start (of its last attempt),
      lane; first {"run": {...}}, what made them
      """,
    readBackEnding: "jsonl", origin: .inside, arguments: .recorded, copiesNumbers: true,
    options: [.nan])

  private let origin: RunOrigin?
  private var arguments: RecordedArguments

  init(_ run: WrittenRun) {
    origin = run.origin
    arguments = RecordedArguments(run.plan, run.nan)
  }

  mutating func begin(to buffer: inout [UInt8]) {
    guard let origin else { return }
    origin.writeRecord(to: &buffer)
    buffer.append(10)
  }

  mutating func record(_ record: CallRecord, to buffer: inout [UInt8]) {
    CallRecordWriter.write(record, &arguments, to: &buffer)
    buffer.append(10)
  }

  mutating func record(_ record: CallRecord, number: ArraySlice<UInt8>, to buffer: inout [UInt8]) {
    CallRecordWriter.write(record, result: number, &arguments, to: &buffer)
    buffer.append(10)
  }
}
