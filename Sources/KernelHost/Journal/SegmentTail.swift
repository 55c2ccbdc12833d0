import KernelBridge
import KernelHostModel

/// What the begin and the end of a segment tell of all of it.
struct SegmentTail {
  /// The records that there were when it was begun, and those that there are now: of the run, or
  /// of the shards of its process.
  private(set) var first = StatusCounts()
  private(set) var counts = StatusCounts()
  /// All calls of the run, or of the shards; 0: not known.
  private(set) var planned = 0
  private(set) var snapshots: Set<Int> = []
  /// Records a second: of the last minute, as far as the tail tells, or since the begin.
  private(set) var rate: Double?
  /// Whether each call had its record when the process ended the segment; nil: it did not end it.
  private(set) var isComplete: Bool?

  /// The tail of a segment that was ended is short, and so is its begin.
  private static let firstSize = 1 << 12

  /// Reads from behind until a mark is found. Nil: there is no mark.
  init?(_ file: PartsFile) throws(SystemError) {
    let begin =
      try Self.mark(atBeginOf: file)
      ?? JournalMark(seconds: 0, counts: Status.allCases.map { _ in 0 })
    for (status, count) in zip(Status.allCases, begin.counts) { first.add(status, count) }
    planned = first.total + begin.planned
    var size = min(Self.firstSize, file.size)
    while true {
      let start = file.size - size
      var bytes = [UInt8](repeating: 0, count: size)
      let count = try file.read(from: start, into: &bytes)
      if read(bytes, count, begin) { return }
      if start == 0 { return nil }
      size = min(size * 8, file.size)
    }
  }

  /// Each segment has a mark behind its first line.
  private static func mark(atBeginOf file: PartsFile) throws(SystemError) -> JournalMark? {
    var bytes = [UInt8](repeating: 0, count: min(firstSize, file.size))
    let count = try file.read(from: 0, into: &bytes)
    var found: JournalMark?
    _ = JournalLines.scan(bytes, count: count) { line in
      if found == nil, line.state == .whole, line.call == nil,
        case .mark(let mark)? = JournalRecord(reading: bytes, line.range)
      {
        found = mark
      }
    }
    return found
  }

  /// False: there is no mark in it.
  private mutating func read(_ bytes: [UInt8], _ count: Int, _ begin: JournalMark) -> Bool {
    var marks: [JournalMark] = []
    var ends = [Int](repeating: 0, count: Status.allCases.count)
    snapshots = []
    _ = JournalLines.scan(bytes, count: count) { line in
      if line.state != .whole { return }
      if line.isOK, let call = line.call {
        ends[Status.ok.index] += 1
        snapshots.remove(call)
        return
      }
      switch JournalRecord(reading: bytes, line.range) {
      case .ended(let end):
        ends[end.token.status.index] += 1
        snapshots.remove(end.call)
      case .mark(let mark):
        marks.append(mark)
        // What follows is counted from here.
        ends = [Int](repeating: 0, count: ends.count)
      case .halfDone(let snapshot): snapshots.insert(snapshot.call)
      case .again:
        // The first mark counts the records that were taken back.
        if marks.last?.seconds == 0 { marks = [] }
      case .closed(let isComplete): self.isComplete = isComplete
      default: break
      }
    }
    guard let last = marks.last else { return false }
    for (status, count) in zip(Status.allCases, zip(last.counts, ends)) {
      counts.add(status, count.0 + count.1)
    }
    let from = marks.first { last.seconds - $0.seconds <= 60 && $0.seconds < last.seconds } ?? begin
    if last.seconds > from.seconds {
      let records = max(last.counts.reduce(0, +) - from.counts.reduce(0, +), 0)
      rate = Double(records) / (last.seconds - from.seconds)
    }
    return true
  }
}
