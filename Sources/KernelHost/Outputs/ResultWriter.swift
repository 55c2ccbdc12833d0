import KernelBridge
import KernelHostModel

/// Writes the results of a run to a file in one of the formats.
///
/// The first write that fails ends the writing; the run has to look at `failure`.
struct ResultWriter {
  private var writer: any RecordWriter
  private let output: OutputFile
  /// Where the run's record goes if the results have no place for it.
  private let sidecar: RunSidecar?
  private let origin: RunOrigin?
  private var buffer: [UInt8] = []
  private(set) var failure: SystemError?

  /// Whether `record(_:number:)` may be used.
  let copiesNumbers: Bool

  /// Bytes of the buffer that are worth a write.
  private static let full = 1 << 15

  init(
    format: Format, plan: Plan, callCount: Int, origin: RunOrigin?, nan: NaNStyle = .null,
    table: ResultTable.Style = .init(), columns: Int? = nil, output: OutputFile,
    sidecar: RunSidecar? = nil
  ) {
    writer = format.writer.init(
      WrittenRun(
        plan: plan, callCount: callCount, origin: origin, nan: nan, table: table,
        columns: columns))
    copiesNumbers = format.traits.copiesNumbers
    self.output = output
    self.sidecar = sidecar
    self.origin = origin
    buffer.reserveCapacity(1 << 12)
  }

  mutating func begin() {
    writer.begin(to: &buffer)
    send()
  }

  /// Writes a piece of printed text, at once. Only formats that take printed text get it.
  mutating func printed(_ bytes: ArraySlice<UInt8>) {
    attempt { output throws(SystemError) in try output.write(bytes) }
  }

  mutating func record(_ record: CallRecord) {
    writer.record(record, to: &buffer)
    if buffer.count >= Self.full { send() }
  }

  /// The same for a call whose result is one number, of which the text is known. Only for formats
  /// that copy numbers.
  mutating func record(_ record: CallRecord, number: ArraySlice<UInt8>) {
    writer.record(record, number: number, to: &buffer)
    if buffer.count >= Self.full { send() }
  }

  /// Writes what follows the last record. A file gets its name.
  mutating func end(_ counts: StatusCounts) {
    writer.end(counts, to: &buffer)
    send()
    if let sidecar, let origin {
      attempt { _ throws(SystemError) in try sidecar.write(origin) }
    }
    attempt { output throws(SystemError) in try output.commit() }
    // Without these results it would describe older ones, or a missing file.
    if failure != nil { sidecar?.remove() }
  }

  /// Makes everything visible that was written.
  mutating func flush() {
    send()
    attempt { output throws(SystemError) in try output.flush() }
  }

  private mutating func send() {
    if buffer.isEmpty { return }
    // Taken out for the call, so that the buffer keeps its memory.
    var bytes: [UInt8] = []
    swap(&bytes, &buffer)
    attempt { output throws(SystemError) in try output.write(bytes[...]) }
    bytes.removeAll(keepingCapacity: true)
    swap(&bytes, &buffer)
  }

  /// Nothing is written after a failure.
  private mutating func attempt(_ body: (OutputFile) throws(SystemError) -> Void) {
    if failure != nil { return }
    do throws(SystemError) { try body(output) } catch { failure = error }
  }
}
