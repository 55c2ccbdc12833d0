import KernelBridge
public import TaskModel

/// How far a journal's run is, by the tail of its newest segment alone: as quick for a billion
/// records as for ten, and at any time while the run goes on.
public struct JournalStatus: Sendable {
  public let run: JournalRun
  public var counts = StatusCounts()
  public var segments = 0
  public var bytes = 0
  /// Records a second of the newest segment; nil: not known.
  public var rate: Double?
  /// Seconds since something was written last; nil: nothing was.
  public var age: Double?
  /// Calls that were half done when they were copied last.
  public var halfDone = 0
  /// The process that writes it now; nil: no process does, or locks do not work there.
  public var holder: JournalSegmentHead?
  /// Whether the newest segment was ended, and each call had its record.
  public var isComplete = false
  public var wasStopped = false
  /// Segments of which the tail cannot be read.
  public var unreadable: [String] = []

  public var done: Int { min(counts.total, run.callCount) }
  public var left: Int { run.callCount - done }
  /// Seconds until the end, if it goes on as it does; nil: not known, or it does not.
  public var eta: Double? {
    guard holder != nil, let rate, rate > 0 else { return nil }
    return Double(left) / rate
  }

  /// `now`: seconds since 1970. O(segments).
  public init(_ folder: JournalFolder, now: Double) {
    run = folder.run
    var newest = 0
    var tail: SegmentTail?
    for (_, name) in JournalReader.segmentNames(in: folder.path).reversed() {
      let path = folder.path + "/" + name
      segments += 1
      guard let facts = FileFacts(path) else {
        unreadable.append(name)
        continue
      }
      bytes += facts.size
      newest = max(newest, facts.changed)
      if tail != nil { continue }
      do throws(SystemError) {
        tail = try SegmentTail(try PartsFile(path: path))
      } catch {
        unreadable.append(name)
      }
    }
    if let tail {
      for (status, count) in zip(Status.allCases, tail.counts) { counts.add(status, count) }
      rate = tail.rate
      isComplete = tail.isComplete == true
      wasStopped = tail.isComplete == false
    }
    if !isComplete { halfDone = SnapshotStore.count(folder.path, run: run.id) }
    if newest > 0 { age = max(now - Double(newest) * 1e-9, 0) }
    if Self.isHeld(folder.path) { holder = JournalHolder.holder(folder.path) }
  }

  /// Asks without taking the lock: a look must not keep a host out.
  private static func isHeld(_ folder: String) -> Bool {
    FileLock.isHeld(folder + "/" + JournalHolder.lockName)
  }
}

/// What the end of a segment tells of all of it.
private struct SegmentTail {
  var counts = [Int](repeating: 0, count: Status.allCases.count)
  var rate: Double?
  var isComplete: Bool?

  private static let firstSize = 1 << 16

  /// Reads from behind until a mark is found. Nil: there is no mark.
  init?(_ file: PartsFile) throws(SystemError) {
    var size = min(Self.firstSize, file.size)
    while true {
      let start = file.size - size
      var bytes = [UInt8](repeating: 0, count: size)
      let count = try file.read(from: start, into: &bytes)
      if read(bytes, count) { return }
      if start == 0 { return nil }
      size = min(size * 8, file.size)
    }
  }

  /// False: there is no mark in it.
  private mutating func read(_ bytes: [UInt8], _ count: Int) -> Bool {
    var marks: [JournalMark] = []
    var ends = [Int](repeating: 0, count: Status.allCases.count)
    _ = JournalLines.scan(bytes, count: count) { line in
      if line.state != .whole { return }
      if line.isOK, line.call != nil {
        ends[Status.ok.index] += 1
        return
      }
      switch JournalRecord(reading: bytes, line.range) {
      case .ended(let end): ends[end.token.status.index] += 1
      case .mark(let mark):
        marks.append(mark)
        // What follows is counted from here.
        ends = [Int](repeating: 0, count: ends.count)
      case .closed(let isComplete): self.isComplete = isComplete
      default: break
      }
    }
    guard let last = marks.last else { return false }
    counts = zip(last.counts, ends).map { $0 + $1 }
    // Of the last minute, as far as the tail goes.
    if let first = marks.first(where: { last.seconds - $0.seconds <= 60 }),
      last.seconds > first.seconds
    {
      let records = last.counts.reduce(0, +) - first.counts.reduce(0, +)
      rate = Double(records) / (last.seconds - first.seconds)
    }
    return true
  }
}

extension JournalStatus {
  /// One JSON object, for programs; what is not known is null.
  public var json: String {
    var text = Array("{\"run\":".utf8)
    JSONWriter.text(run.id, to: &text)
    func member(_ name: String, _ value: Value) {
      JSONWriter.raw(",\"\(name)\":", to: &text)
      JSONWriter.value(value, to: &text)
    }
    member("calls", .integer(Int64(run.callCount)))
    member("done", .integer(Int64(done)))
    member("left", .integer(Int64(left)))
    JSONWriter.raw(",\"counts\":", to: &text)
    counts.write(to: &text)
    member("half_done", .integer(Int64(halfDone)))
    member(
      "state",
      .text(
        holder != nil ? "running" : isComplete ? "complete" : wasStopped ? "stopped" : "died"))
    member("rate", rate.map { .number($0) } ?? .null)
    member("eta", eta.map { .number($0) } ?? .null)
    member("age", age.map { .number($0) } ?? .null)
    member("segments", .integer(Int64(segments)))
    member("bytes", .integer(Int64(bytes)))
    JSONWriter.raw(",\"holder\":", to: &text)
    if let holder {
      JSONWriter.value(
        .record([
          .init(name: "process", value: .integer(Int64(holder.process))),
          .init(name: "host", value: .text(holder.host)),
          .init(name: "since", value: .text(holder.began)),
        ]), to: &text)
    } else {
      JSONWriter.raw("null", to: &text)
    }
    JSONWriter.raw("}", to: &text)
    return String(decoding: text, as: UTF8.self)
  }
}
