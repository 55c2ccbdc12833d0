import Testing

@testable import KernelHost

/// When a journal's bytes are written and synced, with a clock that only the test moves.
struct ScheduleTests {
  private static let millisecond: UInt64 = 1_000_000

  @Test func bytesAreWrittenWithin10MillisecondsAndSyncedWithinASecond() {
    var schedule = JournalSchedule(sync: .every(1000 * Self.millisecond))
    #expect(schedule.nextWrite(now: 0) == .wait(until: nil))
    schedule.append(100, mustBeDurable: false, now: 5)
    schedule.append(50, mustBeDurable: false, now: 9)
    #expect(schedule.nextWrite(now: 9) == .wait(until: 5 + 10 * Self.millisecond))
    #expect(schedule.nextSync(now: 9) == .wait(until: nil))
    #expect(schedule.nextWrite(now: 5 + 10 * Self.millisecond) == .work(upTo: 150))
    schedule.wrote(upTo: 150, now: 20)
    #expect(schedule.nextWrite(now: 20) == .wait(until: nil))
    #expect(schedule.nextSync(now: 20) == .wait(until: 20 + 1000 * Self.millisecond))
    #expect(schedule.nextSync(now: 20 + 1000 * Self.millisecond) == .work(upTo: 150))
    schedule.synced(upTo: 150, now: 30)
    #expect(schedule.nextSync(now: 30) == .wait(until: nil))
  }

  /// To wake a thread costs more than to hand over a record.
  @Test func threadsAreWokenForWhatTheyDoNotKnow() {
    var schedule = JournalSchedule(sync: .every(1), most: 1000)
    var wakes = schedule.append(400, mustBeDurable: false, now: 0)
    #expect(wakes)
    wakes = schedule.append(400, mustBeDurable: false, now: 1)
    #expect(!wakes)
    wakes = schedule.append(400, mustBeDurable: false, now: 2)
    #expect(wakes)
    wakes = schedule.append(400, mustBeDurable: false, now: 3)
    #expect(!wakes)
    wakes = schedule.append(1, mustBeDurable: true, now: 4)
    #expect(wakes)
    schedule.wrote(upTo: schedule.appended, now: 5)
    wakes = schedule.append(1, mustBeDurable: false, now: 6)
    #expect(wakes)
  }

  @Test func aFullBufferIsWrittenAtOnce() {
    var schedule = JournalSchedule(sync: .every(1), most: 1000)
    schedule.append(999, mustBeDurable: false, now: 0)
    #expect(schedule.nextWrite(now: 0) == .wait(until: 10 * Self.millisecond))
    schedule.append(1, mustBeDurable: false, now: 0)
    #expect(schedule.nextWrite(now: 0) == .work(upTo: 1000))
  }

  @Test func whatSomebodyWaitsForIsWrittenAndSyncedAtOnce() {
    var schedule = JournalSchedule(sync: .every(1000 * Self.millisecond))
    schedule.append(10, mustBeDurable: true, now: 0)
    #expect(schedule.nextWrite(now: 0) == .work(upTo: 10))
    schedule.wrote(upTo: 10, now: 1)
    #expect(schedule.nextSync(now: 1) == .work(upTo: 10))
    schedule.synced(upTo: 10, now: 2)
    // What came while it was synced waits for the next time.
    schedule.append(5, mustBeDurable: false, now: 2)
    schedule.wrote(upTo: 15, now: 3)
    #expect(schedule.nextSync(now: 3) == .wait(until: 3 + 1000 * Self.millisecond))
  }

  @Test func withSyncEachNothingWaits() {
    var schedule = JournalSchedule(sync: .each)
    schedule.append(10, mustBeDurable: false, now: 0)
    #expect(schedule.nextWrite(now: 0) == .work(upTo: 10))
    schedule.wrote(upTo: 10, now: 0)
    #expect(schedule.nextSync(now: 0) == .work(upTo: 10))
  }

  /// The system marks pages clean whose sync failed: a second sync would lie.
  @Test func aFailedSyncIsTheLast() {
    var schedule = JournalSchedule(sync: .each)
    schedule.append(10, mustBeDurable: true, now: 0)
    schedule.wrote(upTo: 10, now: 0)
    schedule.failSyncing()
    #expect(schedule.nextSync(now: .max) == .end && schedule.nextWrite(now: .max) == .end)
    schedule.close()
    #expect(schedule.nextSync(now: .max) == .end)
  }

  @Test func afterAFailedWriteWhatWasWrittenIsSyncedOnce() {
    var schedule = JournalSchedule(sync: .every(1000 * Self.millisecond))
    schedule.append(10, mustBeDurable: false, now: 0)
    schedule.wrote(upTo: 10, now: 0)
    schedule.append(10, mustBeDurable: false, now: 1)
    schedule.failWriting()
    #expect(schedule.nextWrite(now: .max) == .end)
    #expect(schedule.nextSync(now: 1) == .work(upTo: 10))
    schedule.synced(upTo: 10, now: 2)
    #expect(schedule.nextSync(now: 2) == .end)
  }

  /// Whatever happens in whatever order: bytes wait no longer than they may, nothing is synced
  /// that was not written, and in the end all is durable.
  @Test func randomHistoriesKeepTheBounds() {
    for seed in 0..<300 as Range<UInt64> {
      var numbers = Numbers(state: seed)
      let period = UInt64(1 + numbers.below(50)) * Self.millisecond
      var schedule = JournalSchedule(
        sync: numbers.below(3) == 0 ? .each : .every(period), most: 500)
      var now: UInt64 = 0
      /// When each byte that is not written, or not durable, came or was written.
      var unwritten: [UInt64] = []
      var unsynced: [UInt64] = []
      for round in 0..<200 {
        if round == 199 { schedule.close() }
        now += UInt64(numbers.below(3)) * Self.millisecond
        if !schedule.isClosing, numbers.below(2) == 0 {
          let count = 1 + numbers.below(200)
          schedule.append(count, mustBeDurable: numbers.below(10) == 0, now: now)
          unwritten += [UInt64](repeating: now, count: count)
        }
        if case .work(let position) = schedule.nextWrite(now: now) {
          schedule.wrote(upTo: position, now: now)
          unsynced += unwritten.map { _ in now }
          unwritten = []
        }
        if case .work(let position) = schedule.nextSync(now: now) {
          #expect(position == schedule.written)
          schedule.synced(upTo: position, now: now)
          unsynced = []
        }
        #expect(unwritten.allSatisfy { now < $0 + 10 * Self.millisecond })
        #expect(unsynced.allSatisfy { now < $0 + period })
        #expect(schedule.durable <= schedule.written && schedule.written <= schedule.appended)
      }
      #expect(schedule.durable == schedule.appended)
      #expect(schedule.nextWrite(now: now) == .end && schedule.nextSync(now: now) == .end)
    }
  }
}
