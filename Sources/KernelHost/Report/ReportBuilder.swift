package import KernelBridge
package import KernelHostModel

/// Collects the records of a run for an HTML page: one file that needs no other file and no
/// network.
///
/// Counts, times, failures and the figures of results include all records. The table and the plot
/// have a limited number of rows, and keep failed calls first. The memory is bounded.
package struct ReportBuilder {
  package struct Options: Sendable {
    /// The headline of the page.
    package var title: String
    /// The runs of the page, at least one. Their records are added in this order.
    package var runs: [Source]
    /// The largest number of rows in the table, at least 16.
    package var rowLimit = 100_000

    package init(title: String, records: String? = nil, written: Int? = nil) {
      self.init(title: title, runs: [Source(name: title, records: records, written: written)])
    }

    package init(title: String, runs: [Source]) {
      self.title = title
      self.runs = runs
    }
  }

  /// Where the records of one run come from.
  package struct Source: Sendable {
    /// What the page calls the run.
    package var name: String
    /// The file of the records, for the commands that repeat a call; nil if it is not known.
    package var records: String?
    /// When the records were written, in nanoseconds since 1970; nil if it is not known.
    package var written: Int?

    package init(name: String, records: String? = nil, written: Int? = nil) {
      self.name = name
      self.records = records
      self.written = written
    }
  }

  /// A lane of one of the runs.
  struct Lane: Hashable {
    let run: Int
    let number: Int
  }

  /// A page has at most this many runs.
  package static let mostRuns = 8

  let options: Options
  private(set) var rows: ReportRows
  private(set) var counts = StatusCounts()
  private(set) var kernels: [(name: String, counts: StatusCounts)] = []
  private var kernelIndices: [ExactText: Int] = [:]
  private var laneNumbers = LaneNumbers<Lane>(limit: Self.laneLimit)
  private(set) var bins = LaneBins()
  private(set) var failures = FailureGroups()
  private var numbers = CallNumbers()
  private(set) var notes: [String] = []
  /// What made the records of each run; nil if they do not say.
  private(set) var origins: [RunOrigin?]
  private(set) var runCounts: [StatusCounts]
  /// The run whose records are added now, and the runs that its file names.
  private var run = 0
  private var namedRuns = 0
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

  package init(_ options: Options) {
    self.options = options
    rows = ReportRows(rowLimit: options.rowLimit)
    origins = Array(repeating: nil, count: options.runs.count)
    runCounts = Array(repeating: StatusCounts(), count: options.runs.count)
  }

  /// Adds a sentence for the reader, which the page shows first.
  package mutating func note(_ text: String) { notes.append(text) }

  /// Adds what made the records that follow.
  package mutating func add(_ origin: RunOrigin) {
    namedRuns += 1
    if origins[run] == nil { origins[run] = origin }
  }

  /// Ends the records of a run: those of the next one follow.
  package mutating func nextRun() {
    noteRun()
    run += 1
    namedRuns = 0
    numbers = CallNumbers()
  }

  /// Counts a record. O(size), on average.
  package mutating func add(_ record: RunRecord) {
    var record = record
    if !Self.isTime(record.seconds) { record.seconds = 0 }
    if !Self.isTime(record.elapsed ?? 0) { record.elapsed = nil }
    counts.add(record.status)
    runCounts[run].add(record.status)
    numbers.add(max(record.call, 0))
    seconds += record.seconds
    steps += Double(record.steps)
    let kernel = kernelIndex(record.kernel)
    kernels[kernel].counts.add(record.status)
    if record.status != .ok {
      failures.add(
        run: run, kernel: kernel, status: record.status, error: record.error, call: record.call)
    }
    var lane: Int?
    var start: Double?
    if let number = record.lane, let begin = record.start, Self.isTime(begin) {
      // The last lane also stands for all lanes beyond the limit.
      let index = laneNumbers.index(of: Lane(run: run, number: number)) ?? Self.laneLimit - 1
      lane = index
      start = begin
      timed += 1
      first = min(first, begin)
      last = max(last, begin + record.live)
      bins.add(lane: index, status: record.status, start: begin, seconds: record.live)
    }
    rows.add(record, run: run, kernel: kernel, lane: lane, start: start)
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

  var lanes: [Lane] { laneNumbers.numbers }

  /// Whether the last lane also stands for others.
  var hasMoreLanes: Bool { lanes.count == Self.laneLimit }

  /// Writes the page. Nothing can be added afterwards. O(rows).
  package consuming func write(to output: OutputFile) throws(SystemError) {
    noteRun()
    noteFindings()
    rows.finish()
    let page = ReportDocument(self)
    try page.write(to: output)
  }

  /// Adds what there is to say of the records of one run.
  private mutating func noteRun() {
    var found: [String] = []
    if runCounts[run].total == 0 { found.append(Wording.noRecords) }
    if namedRuns > 1 { found.append(Wording.severalRuns(namedRuns)) }
    if let origin = origins[run], origin.version > RunOrigin.version {
      found.append(Wording.newerRecords(origin.version))
    }
    if numbers.repeated > 0 { found.append(Wording.repeatedCalls(numbers.repeated)) }
    let missing = numbers.last + 1 - numbers.distinct
    if !numbers.isComplete {
      found.append(Wording.uncheckedCalls)
    } else if missing > 0 {
      found.append(Wording.missingCalls(missing, upTo: numbers.last))
    }
    let name = options.runs.count > 1 ? "\(options.runs[run].name): " : ""
    for text in found { note(name + text) }
  }

  private mutating func noteFindings() {
    if failures.others > 0 { note(Wording.otherErrors(failures.others)) }
    if timed > 0, timed < counts.total {
      note(Wording.untimedCalls(counts.total - timed, of: counts.total))
    }
    if rows.hasMoreColumns { note(Wording.otherFields) }
    if rows.lostArrays > 0 {
      note(Wording.lostArrays(rows.lostArrays, limit: ReportRows.arrayLimit))
    }
  }
}
