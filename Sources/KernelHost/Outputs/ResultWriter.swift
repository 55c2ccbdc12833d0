import KernelBridge
public import TaskModel

/// Writes the tokens of a run, in call order, in one of the formats.
///
/// A write that fails is kept and ends the writing; the run has to look at
/// `failure`.
struct ResultWriter {
  private let format: Format
  private let plan: Plan
  /// The calls to come, and those that came.
  private let callCount: Int
  private var written = 0
  /// What the results say of their run; nil: they are of a format that says nothing.
  private let origin: RunOrigin?
  private var arguments: RecordedArguments
  /// Of the format csv.
  private var table: ResultTable?
  private let output: OutputFile
  /// Where the run's record goes if the results have no place for it.
  private let sidecar: RunSidecar?
  private var buffer: [UInt8] = []
  private var isFirst = true
  private(set) var failure: SystemError?
  /// The line of tokens of the text format, which comes after all that is printed.
  private var line: [UInt8] = []
  private let lineBegin = Array("Results: [".utf8)

  init(
    format: Format, plan: Plan, callCount: Int, origin: RunOrigin?, nan: NaNStyle = .null,
    table: ResultTable.Style = .init(), output: OutputFile, sidecar: RunSidecar? = nil
  ) {
    arguments = RecordedArguments(plan, nan)
    self.sidecar = sidecar
    if format == .csv { self.table = ResultTable(plan, table) }
    self.callCount = callCount
    self.origin = origin
    self.format = format
    self.plan = plan
    self.output = output
    buffer.reserveCapacity(1 << 12)
  }

  mutating func begin() {
    switch format {
    case .text: line = lineBegin
    case .tokens: break
    case .jsonl:
      if let origin {
        origin.writeRecord(to: &buffer)
        buffer.append(10)
      }
    case .json:
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
    case .csv: table?.writeHeader(to: &buffer)
    case .tap: TapWriter.begin(callCount, to: &buffer)
    }
    send()
  }

  /// A piece of printed text: it belongs to the results of the text format only.
  mutating func printed(_ bytes: ArraySlice<UInt8>) {
    attempt { output throws(SystemError) in try output.write(bytes) }
  }

  mutating func record(_ record: CallRecord) {
    let separator = !isFirst
    isFirst = false
    switch format {
    case .text:
      if separator { JSONWriter.raw(", ", to: &line) }
      record.token.writeTriple(to: &line)
      return
    case .tokens:
      record.token.writeTriple(to: &buffer)
      buffer.append(10)
    case .jsonl:
      TokenRecord.write(record, &arguments, to: &buffer)
      buffer.append(10)
    case .json:
      JSONWriter.raw(separator ? ",\n" : "\n", to: &buffer)
      TokenRecord.write(record, &arguments, to: &buffer)
    case .csv:
      table?.write(record, to: &buffer)
    case .tap:
      written += 1
      TapWriter.write(record, number: written, plan: plan, to: &buffer)
    }
    if buffer.count >= 1 << 15 { send() }
  }

  /// What comes after the last token; the file, if it is one, gets its name.
  mutating func end(_ counts: StatusCounts) {
    switch format {
    case .text:
      JSONWriter.raw("All Complete\n", to: &buffer)
      buffer += line
      JSONWriter.raw("]\n", to: &buffer)
    case .tokens, .jsonl, .csv, .tap: break
    case .json:
      JSONWriter.raw(isFirst ? "],\"counts\":" : "\n],\"counts\":", to: &buffer)
      counts.write(to: &buffer)
      JSONWriter.raw("}\n", to: &buffer)
    }
    send()
    if let sidecar, let origin {
      attempt { _ throws(SystemError) in try sidecar.write(origin) }
    }
    attempt { output throws(SystemError) in try output.commit() }
    // Without these results it would describe older ones, or none.
    if failure != nil { sidecar?.remove() }
  }

  /// What was written may be seen.
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

/// How many calls ended in which way.
public struct StatusCounts: Sendable, Hashable {
  private var counts = [Int](repeating: 0, count: Status.allCases.count)
  private static let statuses = Status.allCases

  public init() {}

  public subscript(status: Status) -> Int { counts[status.index] }
  public var total: Int { counts.reduce(0, +) }
  public var notOK: Int { total - self[.ok] }

  mutating func add(_ status: Status, _ count: Int = 1) { counts[status.index] += count }

  /// The statuses that occurred, with their counts.
  public var occurred: [(status: Status, count: Int)] {
    Self.statuses.filter { self[$0] > 0 }.map { ($0, self[$0]) }
  }

  func write(to buffer: inout [UInt8]) {
    JSONWriter.raw("{", to: &buffer)
    for (index, entry) in occurred.enumerated() {
      JSONWriter.raw((index > 0 ? "," : "") + "\"\(entry.status.rawValue)\":", to: &buffer)
      JSONWriter.raw(String(entry.count), to: &buffer)
    }
    JSONWriter.raw("}", to: &buffer)
  }
}
