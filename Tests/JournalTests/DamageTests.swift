import KernelBridge
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// What is left of a journal that was cut, zeroed, mixed up: all whole records, and nothing else.
struct DamageTests {
  private static let count = 100

  /// Records of calls, the bytes of their segment, and where each record ends.
  private static func records() -> (bytes: [UInt8], ends: [Int]) {
    var bytes = Study.segment([])
    var ends = [bytes.count]
    for call in 0..<count {
      JournalFrame.append(
        call % 7 == 3 ? Study.failed(call) : Study.end(call, Double(call) / 3), to: &bytes)
      ends.append(bytes.count)
    }
    return (bytes, ends)
  }

  @Test func cutAtEachByteOfTheLast4KiBAllWholeRecordsAreThere() throws {
    let study = try Study(calls: Self.count)
    let (bytes, ends) = Self.records()
    let folder = try TemporaryFolder()
    var wrong: [Int] = []
    for cut in max(bytes.count - 4096, 0)...bytes.count {
      // Of what is in front of the cut, a few records are enough.
      let first = max((ends.lastIndex { $0 <= cut } ?? 0) - 2, 0)
      let part = Array(bytes[..<ends[0]] + bytes[ends[first]..<cut])
      try folder.write(part, to: Study.name(1))
      let index = try JournalReader.read(folder.path, of: study.run)
      // A record that only its line feed is missing from is whole.
      let whole = ends.count { $0 - 1 <= cut } - 1
      let isTorn = !ends.contains(cut) && !ends.contains(cut + 1)
      let isRight =
        index.counts.total == whole - first && index.damageCount == 0
        && index.cutOff == (isTorn ? 1 : 0)
        && index.missing.last?.lowerBound == (whole < Self.count ? whole : 0)
      if !isRight { wrong.append(cut) }
    }
    #expect(wrong.isEmpty)
  }

  @Test func aZeroedSectorCostsWhatLiesInIt() throws {
    let study = try Study(calls: Self.count)
    let (bytes, ends) = Self.records()
    for start in stride(from: 0, to: bytes.count, by: 512) {
      var damaged = bytes
      let sector = start..<min(start + 512, bytes.count)
      for at in sector { damaged[at] = 0 }
      let index = try study.index([damaged])
      for call in 0..<Self.count {
        let record = ends[call]..<ends[call + 1]
        // With its line feed the line before is lost, or the one behind it.
        let isTouched = record.overlaps(sector) || sector.contains(record.lowerBound - 1)
        if !isTouched { #expect(index.status(of: call) != nil, "sector \(start), call \(call)") }
        if record.dropLast().overlaps(sector) { #expect(index.status(of: call) == nil) }
      }
      #expect(index.damageCount + index.cutOff >= 1)
      #expect(index.damage.allSatisfy { $0.file == Study.name(1) && $0.reason == .zeros })
    }
  }

  @Test func aFlippedBitCostsOneRecord() throws {
    let study = try Study(calls: Self.count)
    let (bytes, ends) = Self.records()
    var numbers = Numbers(state: 7)
    for _ in 0..<300 {
      var damaged = bytes
      let at = ends[0] + numbers.below(bytes.count - ends[0])
      damaged[at] ^= 1 << UInt8(numbers.below(8))
      let index = try study.index([damaged])
      let hit = ends.lastIndex { $0 <= at } ?? 0
      for call in 0..<Self.count where call != hit && call != hit + 1 {
        #expect(index.status(of: call) != nil)
      }
      // A line feed more or less in the middle is seen as two lines, or as one.
      let isLineFeed = bytes[at] == 10 || damaged[at] == 10
      if !isLineFeed { #expect(index.counts.total == Self.count - 1) }
      #expect(index.damageCount + index.cutOff >= 1)
      if index.damageCount == 1, !isLineFeed {
        #expect(index.damage[0].offset == ends[hit])
      }
    }
  }

  @Test func blocksOfZerosInTheMiddleArePassedOver() throws {
    let study = try Study(calls: Self.count)
    let (bytes, ends) = Self.records()
    // As HyperQueue's journals were found to have them: of any length, between whole records.
    for length in [1, 134, 4096, 1 << 20 + 3] {
      let at = ends[50]
      let damaged =
        Array(bytes[..<at]) + [UInt8](repeating: 0, count: length) + Array(bytes[at...])
      let index = try study.index([damaged])
      // The record right behind begins in the middle of the line.
      #expect(index.counts.total == Self.count - 1)
      #expect(index.damage.map { $0.reason } == [.zeros])
      #expect(index.missing == [50..<51])
    }
  }

  @Test func doubledAndOverlappingSegmentsCountOnce() throws {
    let study = try Study(calls: Self.count)
    let (bytes, ends) = Self.records()
    let doubled = try study.index([bytes, bytes])
    #expect(doubled.counts.total == Self.count && doubled.duplicates == Self.count)
    #expect(doubled.missing.isEmpty && doubled.damageCount == 0)
    let tail = Array(bytes[ends[90]...])
    let index = try study.index([bytes + tail, Study.segment((50..<100).map { Study.end($0) })])
    #expect(index.duplicates == 60)
    // The first valid record stands.
    #expect(index.status(of: 52) == .error && index.status(of: 53) == .ok)
  }

  @Test func segmentsOfOtherRunsAndOfNewerFormatsAreNotTaken() throws {
    let study = try Study(calls: Self.count)
    let other = Study.segment([Study.end(1)], run: "00000000000000bb")
    var head = JournalSegmentHead(
      number: 1, run: study.run.id, host: "h", process: 1, began: "")
    head.major = 2
    let newer = Study.segment([.segment(head), Study.end(2)], hasHead: false)
    let index = try study.index([other, newer, Study.segment([Study.end(3)])])
    #expect(index.missing == [0..<3, 4..<Self.count])
    #expect(index.damage.map { $0.reason } == [.otherRun, .newer(2)])
  }

  @Test func aRecordOfACallThatThereIsNotIsDamage() throws {
    let study = try Study(calls: Self.count)
    let index = try study.index([
      Study.segment([Study.end(Self.count), .begun(90..<101), Study.failed(200), Study.end(1)])
    ])
    #expect(index.counts.total == 1 && index.damageCount == 3)
    #expect(index.damage.allSatisfy { $0.reason == .foreign })
  }

  @Test func linesOfAnyLengthAreRead() throws {
    let study = try Study(calls: Self.count)
    let long = Value.numbers([Double](repeating: 1.0 / 3, count: 200_000))
    let records = (0..<4).map { call -> JournalRecord in
      .ended(JournalEnd(call: call, token: .ok(call % 2 == 0 ? long : .number(1))))
    }
    let index = try study.index([Study.segment(records)])
    #expect(index.counts.total == 4 && index.damageCount == 0)
  }

  @Test func bytesOfNoKindStopTheReader() throws {
    let study = try Study(calls: Self.count)
    let (bytes, _) = Self.records()
    var numbers = Numbers(state: 11)
    for _ in 0..<200 {
      var damaged = bytes
      for _ in 0..<numbers.below(20) {
        let at = numbers.below(damaged.count)
        let end = min(damaged.count, at + numbers.below(300))
        switch numbers.below(4) {
        case 0: damaged.removeSubrange(at..<end)
        case 1: damaged.insert(contentsOf: damaged[at..<end], at: numbers.below(damaged.count))
        case 2: for index in at..<end { damaged[index] = UInt8(numbers.below(256)) }
        default: damaged.insert(contentsOf: [10, 0, 123], at: at)
        }
        if damaged.isEmpty { break }
      }
      let index = try study.index([damaged])
      // What is there is what was written: its call's own value.
      for call in 0..<Self.count where index.status(of: call) != nil {
        #expect(index.status(of: call) == (call % 7 == 3 ? .error : .ok))
      }
    }
  }
}
