import KernelBridge
package import KernelHostModel

/// Reads the segments of a journal, piece by piece, in the order of their numbers.
package enum JournalReader {
  private static let pieceSize = 1 << 20
  /// A line that is longer is damage: no record is.
  static let longestLine = 1 << 30

  /// The segments in a folder, in order. A folder that cannot be listed is not an empty one.
  static func segmentNames(
    in folder: String
  ) throws(SystemError) -> [(number: Int, name: String)] {
    try Folders.list(folder).compactMap { name in
      segmentNumber(name).map { ($0, name) }
    }.sorted { ($0.number, $0.name) < ($1.number, $1.name) }
  }

  /// `000012-0123456789abcdef.jsonl`: 12; nil: another kind of file.
  static func segmentNumber(_ name: String) -> Int? {
    guard name.hasSuffix(".jsonl"), let dash = name.firstIndex(of: "-") else { return nil }
    let digits = name[..<dash]
    guard digits.count >= 6, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(digits)
  }

  /// Reads the segments of a journal's folder: all, or those that concern some shards. A segment
  /// that cannot be opened or read is an error: what it holds would run again. Bytes in it that are
  /// no records are damage. `earlier`: what was read of the same segments before; only those behind
  /// it are read. O(bytes that are read).
  package static func read(
    _ folder: String, of run: JournalRun, part: JournalPart? = nil,
    after earlier: JournalIndex? = nil
  ) throws(SystemError) -> JournalIndex {
    let all = try segmentNames(in: folder)
    var gone = gaps(all.map { $0.number })[...]
    let names = all.filter { _, name in
      guard let part, let name = SegmentName(name) else { return true }
      return part.concerns(name)
    }
    var index = JournalIndex(callCount: run.callCount)
    var known = 0
    if let earlier, isBegin(earlier.segments, of: names, folder) {
      index = earlier
      known = earlier.segments.count
    } else if let renewed = part?.current.renewed {
      index.begin(with: renewed)
    }
    var start = index.segments.last.map { $0.start + $0.size } ?? 0
    // Each process has taken the number behind the last one.
    gone.removeAll { $0 < names.prefix(known).last?.number ?? 0 }
    for (number, name) in names.dropFirst(known) {
      while let missing = gone.first, missing < number {
        index.noteMissing(segment: missing)
        gone.removeFirst()
      }
      let file = try PartsFile(path: folder + "/" + name)
      var segment = SegmentReading(name: name, start: start, run: run.id)
      index.begin(.init(name: name, number: number, start: start, size: file.size))
      try segment.read(file, &index)
      start += file.size
      index.endSegment()
    }
    index.finish()
    return index
  }

  /// The first number of each gap in the numbers of segments, which are in order.
  private static func gaps(_ numbers: [Int]) -> [Int] {
    zip([0] + numbers, numbers).compactMap { $1 > $0 + 1 ? $0 + 1 : nil }
  }

  /// Whether these segments, as long as they were, are the first ones of a folder.
  private static func isBegin(
    _ segments: [JournalIndex.Segment], of names: [(number: Int, name: String)], _ folder: String
  ) -> Bool {
    segments.count <= names.count
      && zip(segments, names).allSatisfy { segment, name in
        segment.name == name.name && FileFacts(folder + "/" + name.name)?.size == segment.size
      }
  }
}

/// What is told of a segment's lines as they are read. A place counts the bytes of all segments.
protocol SegmentSink {
  /// The first line, if it is sound.
  mutating func setHead(_ head: JournalSegmentHead)
  /// The end of a call that ended well. False: the run has no such call.
  mutating func addOK(_ call: Int, at place: Int) -> Bool
  /// Any other record. False: it cannot be one of the run.
  mutating func add(_ record: JournalRecord, at place: Int) -> Bool
  mutating func note(_ found: JournalDamage)
  /// A last line that was not written to its end.
  mutating func noteCutOff()
}

/// The reading of one segment.
struct SegmentReading {
  private let name: String
  private let start: Int
  private let run: String
  /// Nil: no line was read that says whose the segment is.
  private var isOwn: Bool?

  init(name: String, start: Int, run: String) {
    self.name = name
    self.start = start
    self.run = run
  }

  /// Reads as many bytes as the file had when it was opened.
  mutating func read(_ file: PartsFile, _ sink: inout some SegmentSink) throws(SystemError) {
    var buffer = [UInt8](repeating: 0, count: min(max(file.size, 1), 1 << 20))
    // The bytes of a line that is not complete, at the buffer's beginning.
    var kept = 0
    var offset = 0
    while offset < file.size {
      if kept == buffer.count {
        if kept >= JournalReader.longestLine {
          sink.note(.init(file: name, offset: offset - kept, reason: .tooLong))
          return
        }
        buffer += [UInt8](repeating: 0, count: buffer.count)
      }
      let count = try file.read(from: offset, into: &buffer, at: kept)
      if count == 0 { break }
      let base = offset - kept
      let end = min(kept + count, file.size - base)
      offset = base + end
      let used = JournalLines.scan(buffer, count: end) { line in
        take(line, buffer, base, &sink)
      }
      kept = end - used
      if used > 0, kept > 0 { Self.moveDown(&buffer, from: used, count: kept) }
    }
    if kept > 0 { endWithoutLineFeed(buffer, kept, at: offset - kept, &sink) }
  }

  private static func moveDown(_ buffer: inout [UInt8], from start: Int, count: Int) {
    buffer.replaceSubrange(0..<count, with: Array(buffer[start..<start + count]))
  }

  @inline(__always)
  private mutating func take(
    _ line: JournalLines.Line, _ buffer: [UInt8], _ base: Int, _ sink: inout some SegmentSink
  ) {
    if line.state == .whole, isOwn == true, line.isOK, let call = line.call,
      sink.addOK(call, at: start + base + line.range.lowerBound)
    {
      return
    }
    other(line, buffer, base, &sink)
  }

  /// All but the end of a call that ended well.
  @inline(never)
  private mutating func other(
    _ line: JournalLines.Line, _ buffer: [UInt8], _ base: Int, _ sink: inout some SegmentSink
  ) {
    let offset = base + line.range.lowerBound
    func damaged(_ reason: JournalDamage.Reason) {
      sink.note(.init(file: name, offset: offset, reason: reason))
    }
    switch line.state {
    case .whole: break
    case .wrong: return damaged(.checksum)
    case .unchecked: return damaged(.unchecked)
    case .zeros: return damaged(.zeros)
    }
    guard let record = JournalRecord(reading: buffer, line.range) else { return damaged(.foreign) }
    if case .segment(let head) = record {
      // The first one counts: a block of another file may follow.
      guard isOwn == nil else { return head.run == run ? () : damaged(.otherRun) }
      isOwn = head.run == run && head.major <= JournalFormat.major
      if isOwn == true { return sink.setHead(head) }
      return damaged(head.run == run ? .newer(head.major) : .otherRun)
    }
    // Of a segment whose first line is damaged its name tells, for it lies in the run's folder.
    if isOwn == nil { isOwn = true }
    if isOwn == false { return }
    if !sink.add(record, at: start + offset) { damaged(.foreign) }
  }

  /// What follows the last line feed: a line that was not written to its end, or damage. A whole
  /// record that only its line feed is missing from counts as one.
  private mutating func endWithoutLineFeed(
    _ buffer: [UInt8], _ count: Int, at offset: Int, _ sink: inout some SegmentSink
  ) {
    let line = Array(buffer[..<count]) + [10]
    var isWhole = false
    _ = JournalLines.scan(line, count: line.count) { found in
      if found.state == .whole {
        isWhole = true
        take(found, line, offset, &sink)
      }
    }
    if !isWhole { sink.noteCutOff() }
  }
}
