import KernelHostModel

/// One JSON document with the manifest's metadata, the run, the records and the counts. It is
/// written in pieces, because it may be larger than the memory.
struct JSONDocumentWriter: RecordWriter {
  static let traits = FormatTraits(
    help: """
      one document: metadata, run, calls (records),
      counts
      """, origin: .inside, arguments: .recorded, copiesNumbers: true,
    options: [.nan])

  private let plan: Plan
  private let origin: RunOrigin?
  private var arguments: RecordedArguments
  private var isFirst = true

  init(_ run: WrittenRun) {
    plan = run.plan
    origin = run.origin
    arguments = RecordedArguments(run.plan, run.nan)
  }

  mutating func begin(to buffer: inout [UInt8]) {
    JSONWriter.raw("{\"metadata\":", to: &buffer)
    if let metadata = plan.manifest.metadata {
      buffer += plan.manifest.source.bytes[metadata]
    } else {
      JSONWriter.raw("null", to: &buffer)
    }
    if let origin {
      JSONWriter.raw(",\"run\":", to: &buffer)
      origin.write(to: &buffer)
    }
    JSONWriter.raw(",\"calls\":[", to: &buffer)
  }

  mutating func record(_ record: CallRecord, to buffer: inout [UInt8]) {
    JSONWriter.raw(isFirst ? "\n" : ",\n", to: &buffer)
    isFirst = false
    CallRecordWriter.write(record, &arguments, to: &buffer)
  }

  mutating func record(_ record: CallRecord, number: ArraySlice<UInt8>, to buffer: inout [UInt8]) {
    JSONWriter.raw(isFirst ? "\n" : ",\n", to: &buffer)
    isFirst = false
    CallRecordWriter.write(record, result: number, &arguments, to: &buffer)
  }

  mutating func end(_ counts: StatusCounts, to buffer: inout [UInt8]) {
    JSONWriter.raw(isFirst ? "],\"counts\":" : "\n],\"counts\":", to: &buffer)
    counts.write(to: &buffer)
    JSONWriter.raw("}\n", to: &buffer)
  }
}
