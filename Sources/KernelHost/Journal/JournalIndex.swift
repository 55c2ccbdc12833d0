package import KernelHostModel

/// What the segments of a journal say: which calls have ended, and where their records stand.
/// The memory is that of a few bytes a call, not of records.
package struct JournalIndex: Sendable {
  /// Calls that have ended, in `calls`; a record's place counts the bytes of all segments.
  var calls = CallIndex()
  /// The calls of the run.
  package let callCount: Int
  /// The segments that are this run's, in order.
  package private(set) var segments: [Segment] = []
  package private(set) var damage: [JournalDamage] = []
  package private(set) var damageCount = 0
  /// Records of calls that had one already.
  package private(set) var duplicates = 0
  /// Last lines that a process or a machine that died did not write to their ends.
  package private(set) var cutOff = 0
  /// Calls that began, must not begin again, and have not ended.
  package private(set) var begun = RangeSet<Int>()
  /// The newest copies of calls that have not ended.
  package private(set) var snapshots: [Int: JournalSnapshot] = [:]
  /// Of calls that have not ended: at how many deaths of a host they were live.
  package private(set) var deaths: [Int: Int] = [:]

  /// One segment.
  package struct Segment: Sendable, Hashable {
    package var name: String
    package var number: Int
    /// Where it begins, in the bytes of all segments.
    package var start: Int
    package var size: Int
    package var head: JournalSegmentHead?
    /// The process that wrote it did not die; nil: it did, or still writes.
    package var isComplete: Bool?
  }

  /// Calls that may be live in segments whose process died, by the segment's number.
  private var live: [(number: Int, calls: RangeSet<Int>)] = []
  /// Those of the first of them are among the deaths.
  private var countedLive = 0
  private var current = RangeSet<Int>()
  private var isClosed = false
  private var begins = BeginCount()

  package init(callCount: Int) { self.callCount = callCount }

  package var counts: StatusCounts { calls.counts }
  /// The calls without a record, in order. O(records).
  package var missing: [Range<Int>] { calls.missing(in: 0..<callCount) }

  /// How a call ended; nil: it has no record.
  package func status(of call: Int) -> Status? { calls.record(of: call)?.status }

  /// Whether a call of a range has no record.
  func hasOpen(_ range: Range<Int>) -> Bool { !calls.missing(in: range).isEmpty }

  /// The calls that ended in one of these ways, in order. O(records).
  package func calls(with statuses: Set<Status>) -> [Range<Int>] {
    var found: [Range<Int>] = []
    calls.visit { call, status, _ in
      if !statuses.contains(status) { return }
      if let last = found.last, last.upperBound == call {
        found[found.count - 1] = last.lowerBound..<call + 1
      } else {
        found.append(call..<call + 1)
      }
    }
    return found
  }

  /// Takes back what is known of calls that are to run again. The journal must say so first, by a
  /// record `again` of each range that is durable. O(ranges x calls that are not ended).
  package mutating func takeBack(_ ranges: [Range<Int>]) {
    for range in ranges {
      calls.remove(range)
      begun.remove(contentsOf: range)
      for call in snapshots.keys where range.contains(call) { snapshots[call] = nil }
      for call in deaths.keys where range.contains(call) { deaths[call] = nil }
      for index in live.indices { live[index].calls.remove(contentsOf: range) }
    }
  }

  /// Where a segment is damaged, calls may have begun that have no record. Those that must not begin
  /// twice are among those that began, from now on. O(tasks + records).
  mutating func assumeBegun(_ plan: Plan) {
    if !begins.mayBeHidden { return }
    var unsure = RangeSet<Int>()
    for task in plan.manifest.tasks.indices where !plan.signature(ofTask: task).isPure {
      for range in calls.missing(in: plan.calls(ofTask: task)) {
        unsure.insert(contentsOf: range)
      }
    }
    begun.formUnion(unsure.subtracting(begins.certain))
  }

  // MARK: Reading

  /// What earlier segments say of calls that were dealt anew.
  mutating func begin(with deal: JournalDeal) {
    for range in deal.begun { begun.insert(contentsOf: range) }
    deaths = deal.deaths
  }

  mutating func begin(_ segment: Segment) {
    segments.append(segment)
    current = RangeSet()
    isClosed = false
    begins.begin()
  }

  mutating func setHead(_ head: JournalSegmentHead) { segments[segments.count - 1].head = head }

  /// The end of a call that ended well, `place` bytes into all segments. The usual case.
  @inline(__always)
  mutating func addOK(_ call: Int, at place: Int) -> Bool {
    guard call < callCount else { return false }
    if !calls.insert(call, .ok, at: place) { duplicates += 1 }
    return true
  }

  /// Any other record of this run's. False: it cannot be one of it.
  mutating func add(_ record: JournalRecord, at place: Int) -> Bool {
    switch record {
    case .ended(let end):
      guard end.call < callCount else { return false }
      if !calls.insert(end.call, end.token.status, at: place) { duplicates += 1 }
    case .begun(let range, let number):
      guard range.upperBound <= callCount else { return false }
      if let number { begins.count(upTo: number - 1, of: number) }
      begun.insert(contentsOf: range)
    case .live(let range):
      guard range.upperBound <= callCount else { return false }
      current.insert(contentsOf: range)
    case .again(let range):
      guard range.upperBound <= callCount else { return false }
      takeBack([range])
      begins.certain.insert(contentsOf: range)
    case .halfDone(let snapshot):
      guard snapshot.call < callCount else { return false }
      snapshots[snapshot.call] = snapshot
    case .closed(let isComplete):
      isClosed = true
      segments[segments.count - 1].isComplete = isComplete
    case .mark(let mark):
      if let count = mark.begins { begins.count(upTo: count, of: count) }
    case .segment, .other: break
    }
    return true
  }

  mutating func note(_ found: JournalDamage) {
    damageCount += 1
    begins.isDamaged = begins.isDamaged || !found.isWholeSegmentOfOthers
    if damage.count < Self.mostDamage { damage.append(found) }
  }

  mutating func noteMissing(segment number: Int) {
    note(.init(file: SegmentName.pattern(number), offset: 0, reason: .missing))
    begins.end()
  }

  mutating func noteCutOff() { cutOff += 1 }

  /// No more of the segment follows.
  mutating func endSegment() {
    begins.end()
    // A process that closed its segment did not die.
    if !isClosed, !current.isEmpty, let segment = segments.last {
      live.append((segment.number, current))
    }
  }

  /// No more segments follow: what has ended is taken from what began. O(calls that began).
  mutating func finish() {
    begun = unfinished(begun)
    snapshots = snapshots.filter { calls.record(of: $0.key) == nil }
    deaths = deaths.filter { calls.record(of: $0.key) == nil }
    for index in live.indices {
      live[index].calls = unfinished(live[index].calls)
      if index < countedLive { continue }
      for range in live[index].calls.ranges {
        for call in range { deaths[call, default: 0] += 1 }
      }
    }
    countedLive = live.count
  }

  /// Takes back the deaths of hosts up to a segment: the call got on meanwhile.
  mutating func forgive(_ call: Int, through number: Int) {
    guard let count = deaths[call] else { return }
    let forgiven = live.count { $0.number <= number && $0.calls.contains(call) }
    deaths[call] = forgiven < count ? count - forgiven : nil
  }

  private func unfinished(_ set: RangeSet<Int>) -> RangeSet<Int> {
    var left = RangeSet<Int>()
    for range in set.ranges {
      for part in calls.missing(in: range) { left.insert(contentsOf: part) }
    }
    return left
  }

  /// Damage that is kept; the rest is counted.
  static let mostDamage = 100
}

extension JournalIndex: SegmentSink {}

/// A place in a segment that holds no record though it should.
package struct JournalDamage: Sendable, Hashable {
  package enum Reason: Sendable, Hashable {
    case checksum
    case unchecked
    case zeros
    case tooLong
    /// The checksum is right, and the record is of another run.
    case foreign
    /// The segment is of another run, or of a newer major version.
    case otherRun
    case newer(Int)
    /// There is no segment of this number.
    case missing
  }

  /// The segment's name.
  package let file: String
  /// Where the line begins.
  package let offset: Int
  package let reason: Reason

  /// A file of another run, which lies in the folder, can hide nothing of this one.
  var isWholeSegmentOfOthers: Bool { reason == .otherRun && offset == 0 }
}
