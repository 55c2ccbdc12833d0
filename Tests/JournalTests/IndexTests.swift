import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// What a journal's index knows of calls.
struct IndexTests {
  /// Against a dictionary: near and far places, full and sparse pages, and calls taken back.
  @Test func theIndexIsADictionary() {
    for seed in 0..<6 as Range<UInt64> {
      var numbers = Numbers(state: seed)
      var index = CallIndex()
      var model: [Int: (status: Status, place: Int)] = [:]
      let spread = [3000, 20_000, 1 << 30][Int(seed % 3)]
      for round in 0..<4000 {
        let call = seed < 3 && numbers.below(3) > 0 ? round : numbers.below(spread)
        let status = Status.allCases[numbers.below(8)]
        let place = seed % 2 == 0 ? round * 70 : numbers.below(1 << 45)
        let isNew = index.insert(call, status, at: place)
        #expect(isNew == (model[call] == nil))
        if model[call] == nil { model[call] = (status, place) }
        if numbers.below(400) == 0 {
          let low = numbers.below(spread)
          let range = low..<low + numbers.below(300)
          index.remove(range)
          for call in range { model[call] = nil }
        }
      }
      #expect(index.count == model.count)
      for (call, entry) in model {
        let found = index.record(of: call)
        #expect(found?.status == entry.status && found?.place == entry.place)
      }
      var order: [Int] = []
      index.visit { call, _, _ in order.append(call) }
      #expect(order == model.keys.sorted())
      for status in Status.allCases {
        #expect(index.counts[status] == model.values.count { $0.status == status })
      }
      let missing = index.missing(in: 0..<5000).flatMap { Array($0) }
      #expect(missing == (0..<5000).filter { model[$0] == nil })
    }
  }

  @Test func missingCallsAreRangesHoweverManyThereAre() {
    var index = CallIndex()
    let isNew = index.insert(999_999_999_999, .ok, at: 0)
    #expect(isNew)
    #expect(index.missing(in: 0..<1 << 40) == [0..<999_999_999_999, 1_000_000_000_000..<1 << 40])
    #expect(index.missing(in: 7..<9) == [7..<9] && index.missing(in: 3..<3).isEmpty)
  }

  @Test func fullPagesAndTheirNeighboursAreNotMissing() {
    var index = CallIndex()
    for call in 4096..<8192 { _ = index.insert(call, .ok, at: call) }
    #expect(index.missing(in: 0..<10_000) == [0..<4096, 8192..<10_000])
    #expect(index.missing(in: 5000..<6000).isEmpty)
    #expect(index.missing(in: 8000..<9000) == [8192..<9000])
  }

  private func index(_ segments: [[JournalRecord]], _ count: Int = 100) throws -> JournalIndex {
    try Study(calls: count).index(
      segments.enumerated().map { Study.segment($1, number: $0 + 1) })
  }

  @Test func callsThatBeganAndDidNotEndAreKnown() throws {
    let index = try index([
      [.begun(0..<10), Study.end(3), Study.failed(4)], [Study.end(9), .begun(20..<21)],
    ])
    #expect(Array(index.begun.ranges) == [0..<3, 5..<9, 20..<21])
  }

  @Test func aCallThatIsLiveAtEachDeathIsCounted() throws {
    let index = try index([
      [.live(0..<10), Study.end(0)],
      [.live(1..<10), Study.end(2), .closed(isComplete: false)],
      [.live(1..<5), Study.end(4)],
      [.live(1..<2)],
    ])
    // The second process ended; 4 has ended since.
    #expect(index.deaths == [1: 3, 3: 2, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1])
  }

  @Test func callsToRunAgainAreAsIfTheyHadNotRun() throws {
    let segments: [[JournalRecord]] = [
      [.begun(1..<4), .live(1..<4), Study.failed(1), Study.end(2)],
      [.again(0..<3), .again(3..<4), Study.end(1, 7)],
    ]
    let index = try index(segments)
    #expect(index.counts[.ok] == 1 && index.counts[.error] == 0)
    #expect(index.status(of: 1) == .ok && index.status(of: 2) == nil)
    #expect(index.begun.isEmpty && index.deaths.isEmpty)
  }

  @Test func callsAreTakenBackBeforeTheyRunAgain() throws {
    var index = try index([[.begun(1..<3), .live(0..<5), Study.failed(1), Study.end(2)]])
    #expect(index.calls(with: [.error]) == [1..<2])
    index.takeBack(index.calls(with: [.error, .lost]))
    #expect(index.counts.total == 1 && index.missing == [0..<2, 3..<100])
    #expect(index.deaths == [0: 1, 3: 1, 4: 1])
  }

  @Test func theNewestCopyOfAStateCounts() throws {
    func copy(_ call: Int, _ steps: Int) -> JournalRecord {
      .halfDone(
        JournalSnapshot(call: call, steps: steps, seconds: 1, attempts: 1, file: "s.\(steps % 2)"))
    }
    let index = try index([[copy(1, 10), copy(2, 10), copy(1, 21)], [Study.end(2)]])
    #expect(index.snapshots.keys.sorted() == [1] && index.snapshots[1]?.steps == 21)
  }
}
