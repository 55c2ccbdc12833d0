import KernelBridge
import KernelHostModel

/// A piece of a segment, and between which calls those are whose ends it has.
struct SegmentBlock: Sendable {
  let segment: Int
  /// In the segment.
  let offset: Int
  var size: Int
  var lowest: Int
  var highest: Int
}

/// Where the records of calls are in the segments of several journals: 40 bytes for each 16 KiB of
/// them, so that a few bytes do for a hundred calls. Segments are nearly in the order of their
/// calls, so few pieces have the records of neighbours.
struct BlockMap: SegmentSink {
  struct Segment: Sendable {
    /// The index of its journal.
    let journal: Int
    let path: String
    /// Where it begins in the bytes of all segments.
    let start: Int
    let size: Int
    var head: JournalSegmentHead?
  }

  /// Calls that were to run again: what the journal's segments say before this place is void.
  private struct Again {
    let calls: Range<Int>
    let places: Range<Int>
  }

  private(set) var segments: [Segment] = []
  /// In the order of their places.
  private(set) var blocks: [SegmentBlock] = []
  private(set) var damage: [JournalDamage] = []
  private(set) var damageCount = 0
  private(set) var cutOff = 0
  private let callCount: Int
  private var again: [Again] = []
  private var open: SegmentBlock?
  /// Where the segments of the journal begin that is being read.
  private var journalStart = 0

  private static let blockSize = 1 << 14

  init(callCount: Int) { self.callCount = callCount }

  /// Reads all segments of one more journal. O(bytes).
  mutating func read(_ folder: JournalFolder, number: Int) throws(SystemError) {
    var start = segments.last.map { $0.start + $0.size } ?? 0
    journalStart = start
    for (_, name) in try JournalReader.segmentNames(in: folder.path) {
      let path = folder.path + "/" + name
      let file = try PartsFile(path: path)
      segments.append(
        Segment(journal: number, path: path, start: start, size: file.size, head: nil))
      var reading = SegmentReading(name: path, start: start, run: folder.run.id)
      try reading.read(file, &self)
      start += file.size
      close(at: start)
    }
  }

  /// Whether a record is void: its call was to run again later.
  @inline(__always)
  func isVoid(call: Int, place: Int) -> Bool {
    again.isEmpty ? false : again.contains { $0.calls.contains(call) && $0.places.contains(place) }
  }

  /// The segment that a place is in.
  func segment(at place: Int) -> Segment {
    var low = 0
    var high = segments.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if segments[middle].start <= place { low = middle } else { high = middle }
    }
    return segments[low]
  }

  // MARK: What a segment has

  mutating func setHead(_ head: JournalSegmentHead) { segments[segments.count - 1].head = head }

  @inline(__always)
  mutating func addOK(_ call: Int, at place: Int) -> Bool {
    guard call < callCount else { return false }
    let offset = place - segments[segments.count - 1].start
    if let block = open, offset - block.offset < Self.blockSize {
      open?.lowest = min(block.lowest, call)
      open?.highest = max(block.highest, call)
      return true
    }
    close(at: place)
    open = SegmentBlock(
      segment: segments.count - 1, offset: offset, size: 0, lowest: call, highest: call)
    return true
  }

  mutating func add(_ record: JournalRecord, at place: Int) -> Bool {
    switch record {
    case .ended(let end): return addOK(end.call, at: place)
    case .again(let calls):
      guard calls.upperBound <= callCount else { return false }
      again.append(Again(calls: calls, places: journalStart..<place))
    case .segment, .begun, .live, .halfDone, .mark, .closed, .other: break
    }
    return true
  }

  mutating func note(_ found: JournalDamage) {
    damageCount += 1
    if damage.count < JournalIndex.mostDamage { damage.append(found) }
  }

  mutating func noteCutOff() { cutOff += 1 }

  /// The open block ends at a place.
  private mutating func close(at place: Int) {
    guard var block = open else { return }
    open = nil
    block.size = place - segments[block.segment].start - block.offset
    blocks.append(block)
  }
}
