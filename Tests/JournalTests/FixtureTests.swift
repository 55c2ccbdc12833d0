import Foundation
import KernelBridge
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// Journals as hosts of each version of the format wrote them. They are kept for ever: each later
/// host reads them.
struct FixtureTests {
  private static let folder = Repository.path + "/Tests/Journals/format-1"

  @Test func theCompleteOneHasAllItsResults() throws {
    let journal = try JournalFolder(reading: Self.folder + "/complete.kh")
    #expect(journal.run.callCount == 44 && journal.run.tasks.count == 5)
    #expect(journal.run.minor == 0 && journal.run.isFromStandardInput)
    let index = try journal.index()
    #expect(index.counts[.ok] == 43 && index.counts[.error] == 1 && index.damageCount == 0)
    #expect(index.segments.map { $0.isComplete } == [false, true])
    let results = try #require(JournalResults(journal, index))
    var options = JournalResults.Options()
    options.format = .jsonl
    let output = try TemporaryFolder()
    options.outputPath = output.path("results")
    let summary = try results.write(options)
    #expect(summary.missing == 0 && summary.unreadable.isEmpty)
    let wanted = try String(contentsOfFile: Self.folder + "/complete.jsonl", encoding: .utf8)
    #expect(try output.read("results") == wanted)
  }

  /// The fingerprints of calls, by which old results are found, stay as they are.
  @Test func itsCallsAreFoundAgain() throws {
    let journal = try JournalFolder(reading: Self.folder + "/complete.kh")
    let plan = try journal.run.plan().get()
    let run = JournalRun(plan, origin: journal.run.origin, points: [], id: "bb")
    #expect(run.tasks == journal.run.tasks && run.comparison(with: journal.run).isSame)
    var reuse = JournalReuse()
    let isAdded = try reuse.add(journal)
    #expect(isAdded)
    let count = reuse.match([0..<44], of: plan, contents: run.contents(of: plan)) { _, _ in }
    // Not those that take others' results.
    #expect(count == reuse.count && count >= 40)
  }

  @Test func theOneThatWasEndedTellsWhatIsLeft() throws {
    let journal = try JournalFolder(reading: Self.folder + "/killed.kh")
    let index = try journal.index()
    #expect(index.counts[.ok] == 20 && index.counts[.crash] == 1)
    #expect(index.missing == [0..<1, 5..<6, 23..<44])
    #expect(Array(index.begun.ranges) == [5..<6])
    #expect(index.deaths == [0: 2, 5: 1, 23: 1])
    #expect(index.snapshots[23]?.steps == 5000)
    #expect(index.damage.map { $0.reason } == [.checksum, .zeros] && index.cutOff == 1)
    #expect(index.duplicates == 1)
    let status = try JournalStatus(journal, now: 0)
    #expect(status.counts[.ok] == 20 && status.counts[.crash] == 1 && status.halfDone == 0)
  }

  /// A run of three shards, of which one was done and one had died when the rest was dealt to two.
  @Test func theOneOfShardsTellsWhoHasWhat() throws {
    let journal = try JournalFolder(reading: Self.folder + "/shards.kh")
    #expect(try journal.run.minor == 1 && journal.shardCount() == 2)
    let index = try journal.index()
    #expect(index.counts.total == 14 + 5 + 4 && index.damageCount == 0)
    let status = try JournalStatus(journal, now: 0)
    #expect(status.counts.total == 14 + 5 + 4 && status.shards.map { $0.planned } == [11])
    // Each shard has the calls that it had.
    let plan = try journal.run.plan().get()
    let output = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(atPath: journal.path) {
      try FileManager.default.copyItem(
        atPath: journal.path + "/" + name, toPath: output.path(name))
    }
    let part = ShardPart(ShardSet(1), of: 2)
    let opened = try JournalFolder.open(
      output.path, journal.run, part: part, independent: plan.independentCalls)
    #expect(opened.part?.text == "1/2" && opened.index.segments.count == 1)
    let missing = opened.index.missing.flatMap { Array($0) }
    #expect(missing.count == 44 - 4 && Array(opened.index.begun.ranges) == [20..<21])
  }

  /// Writes them anew; for a new version of the format, into a folder of its own.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["KERNELHOST_WRITE_JOURNALS"] != nil))
  func write() throws {
    let target = ProcessInfo.processInfo.environment["KERNELHOST_WRITE_JOURNALS"] ?? ""
    let study = try Study { origin in
      origin.build = "b1"
      origin.machine = MachineFacts()
      origin.began = "2026-11-28T12:00:00.000Z"
    }
    let ends = try study.tokens().ends.map { JournalRecord.ended($0) }
    func write(_ name: String, _ segments: [[UInt8]]) throws {
      let folder = try TemporaryFolder()
      try study.write(segments, to: folder)
      let path = target + "/" + name
      try? FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for name in try folder.names where name.hasSuffix(".json") || name.hasSuffix(".jsonl") {
        try FileManager.default.copyItem(atPath: folder.path(name), toPath: path + "/" + name)
      }
    }
    func mark(_ seconds: Double, _ ok: Int, crash: Int = 0, error: Int = 0) -> JournalRecord {
      .mark(JournalMark(seconds: seconds, counts: [ok, error, crash, 0, 0, 0, 0, 0], planned: 44))
    }
    try write(
      "complete.kh",
      [
        Study.segment(
          [mark(0, 0), .live(0..<44)] + ends[..<30] + [mark(1, 30), .closed(isComplete: false)]),
        Study.segment(
          [mark(0, 30), .live(30..<44)] + ends[30...]
            + [mark(2.5, 43, error: 1), .closed(isComplete: true)], number: 2),
      ])
    let journal = try JournalFolder(reading: target + "/complete.kh")
    var options = JournalResults.Options()
    options.format = .jsonl
    options.outputPath = target + "/complete.jsonl"
    _ = try JournalResults(journal, try journal.index())?.write(options)

    var first = Study.segment([mark(0, 0), .live(0..<10), .begun(5..<7)] + ends[1..<5])
    first += Array(#"{"c":7,"r":0.5,"n":11,"s":0.1,"crc":"00000000"}"#.utf8) + [10]
    var second = Study.segment(
      [mark(0, 5), .again(6..<10), .live(0..<1), .live(6..<24), .begun(6..<7)] + ends[6..<15],
      number: 2)
    second += [UInt8](repeating: 0, count: 40) + [10]
    var tail: [UInt8] = []
    for record in ends[15..<22] + [ends[3], Study.failed(22, .crash)] {
      JournalFrame.append(record, to: &tail)
    }
    JournalFrame.append(mark(1.25, 20, crash: 1), to: &tail)
    JournalFrame.append(
      .halfDone(
        JournalSnapshot(call: 23, steps: 5000, seconds: 12.5, attempts: 1, file: "lane-0.1")),
      to: &tail)
    second += tail + Array(#"{"c":24,"r":0.5"#.utf8)
    try write("killed.kh", [first, second])
    try writeShards(study, ends, target + "/shards.kh")
  }

  private func writeShards(_ study: Study, _ ends: [JournalRecord], _ target: String) throws {
    let folder = try TemporaryFolder()
    let independent = study.plan.independentCalls
    /// Writes the records that `choose` takes of a shard's calls.
    func write(
      _ shard: Int, of count: Int, isDealtAnew: Bool = false, _ last: [JournalRecord] = [],
      _ choose: ([JournalRecord]) -> [JournalRecord]
    ) throws {
      let part = ShardPart(ShardSet(shard), of: count, isDealtAnew: isDealtAnew)
      let opened = try JournalFolder.open(
        folder.path, study.run, part: part, independent: independent)
      let own = opened.part?.calls(study.plan) ?? independent
      let records = choose(
        ends.filter {
          guard case .ended(let end) = $0 else { return false }
          return own.contains(end.call)
        })
      let marks = [0, records.count].map { done in
        JournalRecord.mark(
          JournalMark(
            seconds: Double(done), counts: [done, 0, 0, 0, 0, 0, 0, 0],
            planned: own.count - done))
      }
      try opened.newSegment().write(
        Study.segment([marks[0]] + records + [marks[1]] + last, number: opened.head.number),
        action: "write")
    }
    try write(0, of: 3, [.closed(isComplete: true)]) { $0 }
    try write(1, of: 3, [.begun(20..<21), .live(7..<8)]) { Array($0.prefix(5)) }
    try write(1, of: 2, isDealtAnew: true) { Array($0.prefix(4)) }
    try? FileManager.default.removeItem(atPath: target)
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    for name in try folder.names where name.hasSuffix(".json") || name.hasSuffix(".jsonl") {
      try FileManager.default.copyItem(atPath: folder.path(name), toPath: target + "/" + name)
    }
  }
}
