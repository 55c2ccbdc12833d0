public import KernelBridge
public import TaskModel

/// Collects the records of a run for an HTML page: one file that needs no other file and no
/// network.
///
/// Counts, times, failures and the figures of results include all records. The table and the plot
/// have a limited number of rows, and keep failed calls first. The memory is bounded.
public struct ReportBuilder {
  public struct Options: Sendable {
    /// The headline of the page.
    public var title: String
    /// The file of the records, for the commands that repeat a call; nil if it is not known.
    public var records: String?
    /// When the records were written, in nanoseconds since 1970; nil if it is not known.
    public var written: Int?
    /// The largest number of rows in the table, at least 16.
    public var rowLimit = 100_000

    public init(title: String, records: String? = nil, written: Int? = nil) {
      self.title = title
      self.records = records
      self.written = written
    }
  }

  let options: Options
  private(set) var rows: ReportRows
  private(set) var counts = StatusCounts()
  private(set) var kernels: [(name: String, counts: StatusCounts)] = []
  private var kernelIndices: [ExactText: Int] = [:]
  private var laneNumbers = LaneNumbers(limit: Self.laneLimit)
  private(set) var bins = LaneBins()
  private(set) var failures = FailureGroups()
  private var numbers = CallNumbers()
  private(set) var notes: [String] = []
  /// What made the records of the first run; nil if they do not say.
  private(set) var origin: RunOrigin?
  private var runs = 0
  /// The number of calls with a known time, the start of the first one and the end of the last one.
  private(set) var timed = 0
  private(set) var first = Double.infinity
  private(set) var last = 0.0
  /// Summed over all calls.
  private(set) var seconds = 0.0
  private(set) var steps = 0.0

  /// Kernels and lanes beyond these limits share one entry.
  static let kernelLimit = 1000
  static let laneLimit = 32
  /// Times of more than a hundred years are ignored.
  private static let timeLimit = 3.2e9

  public init(_ options: Options) {
    self.options = options
    rows = ReportRows(rowLimit: options.rowLimit)
  }

  /// Adds a sentence for the reader, which the page shows first.
  public mutating func note(_ text: String) { notes.append(text) }

  /// Adds what made the records that follow.
  public mutating func add(_ origin: RunOrigin) {
    runs += 1
    if self.origin == nil { self.origin = origin }
  }

  /// Counts a record. O(size), on average.
  public mutating func add(_ record: RunRecord) {
    var record = record
    if !Self.isTime(record.seconds) { record.seconds = 0 }
    if !Self.isTime(record.elapsed ?? 0) { record.elapsed = nil }
    counts.add(record.status)
    numbers.add(max(record.call, 0))
    seconds += record.seconds
    steps += Double(record.steps)
    let kernel = kernelIndex(record.kernel)
    kernels[kernel].counts.add(record.status)
    if record.status != .ok {
      failures.add(
        kernel: kernel, status: record.status, error: record.error, call: record.call)
    }
    var lane: Int?
    var start: Double?
    if let number = record.lane, let begin = record.start, Self.isTime(begin) {
      // The last lane also stands for all lanes beyond the limit.
      let index = laneNumbers.index(of: number) ?? Self.laneLimit - 1
      lane = index
      start = begin
      timed += 1
      first = min(first, begin)
      last = max(last, begin + record.live)
      bins.add(lane: index, status: record.status, start: begin, seconds: record.live)
    }
    rows.add(record, kernel: kernel, lane: lane, start: start)
  }

  private static func isTime(_ seconds: Double) -> Bool { seconds >= 0 && seconds <= timeLimit }

  private mutating func kernelIndex(_ name: String) -> Int {
    if let index = kernelIndices[ExactText(name)] { return index }
    if kernels.count >= Self.kernelLimit {
      if kernels.count == Self.kernelLimit { kernels.append((Wording.otherKernels, .init())) }
      return Self.kernelLimit
    }
    let index = kernels.count
    kernelIndices[ExactText(name)] = index
    kernels.append((TextTable.clipped(name, most: 200), .init()))
    return index
  }

  var lanes: [Int] { laneNumbers.numbers }

  /// Whether the last lane also stands for others.
  var hasMoreLanes: Bool { lanes.count == Self.laneLimit }

  /// Writes the page. Nothing can be added afterwards. O(rows).
  public consuming func write(to output: OutputFile) throws(SystemError) {
    noteFindings()
    rows.finish()
    let page = ReportDocument(self)
    try page.write(to: output)
  }

  private mutating func noteFindings() {
    if counts.total == 0 { note(Wording.noRecords) }
    if runs > 1 { note(Wording.severalRuns(runs)) }
    if let origin, origin.version > RunOrigin.version { note(Wording.newerRecords(origin.version)) }
    if numbers.repeated > 0 { note(Wording.repeatedCalls(numbers.repeated)) }
    let missing = numbers.last + 1 - numbers.distinct
    if !numbers.isComplete {
      note(Wording.uncheckedCalls)
    } else if missing > 0 {
      note(Wording.missingCalls(missing, upTo: numbers.last))
    }
    if failures.others > 0 { note(Wording.otherErrors(failures.others)) }
    if timed > 0, timed < counts.total {
      note(Wording.untimedCalls(counts.total - timed, of: counts.total))
    }
    if rows.hasMoreColumns { note(Wording.otherFields) }
  }
}
