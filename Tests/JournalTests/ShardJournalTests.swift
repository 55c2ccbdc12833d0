import Foundation
import KernelBridge
import KernelHostTestSupport
import Testing

@testable import KernelHost
@testable import KernelHostModel

/// The files of a journal that shards write.
struct ShardJournalTests {
  private static func part(_ shards: String, of count: Int, isDealtAnew: Bool = false) -> ShardPart
  {
    ShardPart(ShardSet(shards)!, of: count, isDealtAnew: isDealtAnew)
  }

  private static func open(
    _ path: String, _ study: Study, _ part: ShardPart
  ) throws -> JournalFolder.Opened {
    try JournalFolder.open(
      path, study.run, part: part, independent: study.plan.independentCalls)
  }

  @Test func namesOfSegmentsTellTheShards() throws {
    let plain = try #require(SegmentName("000012-0123456789abcdef.jsonl"))
    #expect(plain.number == 12 && plain.share == nil)
    let one = try #require(SegmentName("000003-d1s7-0123456789abcdef.jsonl"))
    #expect(one.number == 3 && one.share == .init(deal: 1, shards: 7...7))
    let some = try #require(SegmentName("1234567-d0s3_12-0123456789abcdef.jsonl"))
    #expect(some.number == 1_234_567 && some.share == .init(deal: 0, shards: 3...12))
    for other in ["holder", "deal-000001.json", "12-0123456789abcdef.jsonl", "run.json"] {
      #expect(SegmentName(other) == nil, "\(other)")
    }
  }

  @Test func aDealComesBack() throws {
    let deal = JournalDeal(
      number: 3, run: "00000000000000aa", deal: Deal(.hash, shards: 64, calls: 1 << 40),
      lastSegment: 12, done: Status.allCases.map { $0.index * 5 },
      left: Selection([0..<7, 9..<10, 1 << 40..<1 << 41]), begun: [2..<4], deaths: [5: 2, 9: 3])
    var bytes: [UInt8] = []
    deal.write(to: &bytes)
    bytes += Array("}".utf8)
    #expect(JournalDeal(reading: bytes) == deal)
    for length in 0..<bytes.count { #expect(JournalDeal(reading: Array(bytes[..<length])) == nil) }
  }

  /// 200 shards of a run in one process: each reads its own segment alone.
  @Test func aShardOpensItsOwnSegments() throws {
    let study = try Study(calls: 400)
    let folder = try TemporaryFolder()
    let path = folder.path("j")
    for shard in 0..<200 {
      let opened = try Self.open(path, study, Self.part("\(shard)", of: 200))
      #expect(opened.index.segments.isEmpty && opened.head.number == shard + 1)
      let file = try opened.newSegment()
      let bytes = Study.segment([Study.end(shard), Study.end(shard + 200)], number: shard + 1)
      try file.write(bytes, action: "write")
    }
    let again = try Self.open(path, study, Self.part("3,7", of: 200))
    #expect(again.index.segments.count == 2)
    #expect(again.part?.calls(study.plan).ranges == [3..<4, 7..<8, 203..<204, 207..<208])
    #expect(try JournalFolder(reading: path).index().missing.isEmpty)
  }

  @Test func oneShardHasOneWriter() throws {
    let study = try Study(calls: 40)
    let folder = try TemporaryFolder()
    let path = folder.path("j")
    let first = try Self.open(path, study, Self.part("0-1", of: 4))
    #expect(first.isLocked)
    for shards in ["1", "0-3", "0,2"] {
      #expect(throws: JournalError.self) { try Self.open(path, study, Self.part(shards, of: 4)) }
    }
    let second = try Self.open(path, study, Self.part("2-3", of: 4))
    #expect(second.isLocked)
    #expect(throws: JournalError.self) { try JournalFolder.open(path, study.run) }
    #expect(throws: JournalError.self) {
      try Self.open(path, study, Self.part("0", of: 2, isDealtAnew: true))
    }
    #expect(try JournalFolder(reading: path).shardCount() == 4)
    withExtendedLifetime((first, second)) {}
  }

  /// A deal that is damaged is not taken for another, nor for none.
  @Test func aDamagedDealIsRefused() throws {
    let study = try Study(calls: 40)
    let folder = try TemporaryFolder()
    let path = folder.path("j")
    _ = try Self.open(path, study, Self.part("0", of: 4))
    _ = try Self.open(path, study, Self.part("0", of: 2, isDealtAnew: true))
    let text = try folder.read("j/deal-000001.json")
    #expect(try JournalFolder(reading: path).shardCount() == 2)
    for wrong in ["", String(text.dropLast()), text.replacing(#"[[0,39]]"#, with: "[[0,38]]")] {
      #expect(wrong != text)
      try folder.write(wrong, to: "j/deal-000001.json")
      #expect(throws: JournalError.damagedDeal(path + "/deal-000001.json")) {
        try Self.open(path, study, Self.part("0", of: 2))
      }
    }
  }

  /// With a locked shard of the old deal, nothing is dealt; the calls of the deal are what is left.
  @Test func whatIsLeftIsDealt() throws {
    let study = try Study(calls: 40)
    let folder = try TemporaryFolder()
    let path = folder.path("j")
    do {
      let opened = try Self.open(path, study, Self.part("1", of: 4))
      try opened.newSegment().write(
        Study.segment((0..<10).map { Study.end(4 * $0 + 1) }), action: "write")
    }
    let opened = try Self.open(path, study, Self.part("0", of: 3, isDealtAnew: true))
    #expect(opened.index.segments.isEmpty)
    let deal = try #require(opened.part?.current.renewed)
    #expect(deal.left.count == 30 && deal.lastSegment == 1 && deal.done[Status.ok.index] == 10)
    #expect(opened.part?.calls(study.plan).count == 10)
    // It is a deal of its own: the shards of the first one are refused now.
    #expect(throws: JournalError.otherCount(path, found: 3, wanted: 4)) {
      try Self.open(path, study, Self.part("1", of: 4))
    }
  }
}
