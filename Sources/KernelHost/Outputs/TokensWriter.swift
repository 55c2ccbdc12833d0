import KernelHostModel

/// The tokens, `[result, ok, error]`, one a line.
struct TokensWriter: RecordWriter {
  static let traits = FormatTraits(help: "a token a line: [result, ok, error]")

  init(_ run: WrittenRun) {}

  mutating func record(_ record: CallRecord, to buffer: inout [UInt8]) {
    record.token.writeTriple(to: &buffer)
    buffer.append(10)
  }
}
