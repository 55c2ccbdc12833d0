import Glibc
import KernelBridge
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// The threads that write a journal, over a file in memory.
struct WriterTests {
  private static let head = JournalSegmentHead(
    number: 1, run: "00000000000000aa", host: "h", process: 1, began: "")

  private static func batch(_ calls: Range<Int>) -> JournalBatch {
    var batch = JournalBatch()
    for call in calls {
      batch.add(JournalEnd(call: call, token: .ok(.number(Double(call)), steps: 1)))
    }
    return batch
  }

  /// A writer that syncs only when somebody waits.
  private static func writer(
    _ file: MemoryFile, onFailure: @escaping @Sendable (JournalFailure) -> Void = { _ in }
  ) throws -> JournalWriter {
    var options = JournalWriter.Options()
    options.syncSeconds = 1e6
    return try JournalWriter(file, head: head, options: options, onFailure: onFailure)
  }

  @Test func whatWasClosedIsAllThere() throws {
    let study = try Study(calls: 1000)
    let file = MemoryFile()
    let writer = try Self.writer(file)
    for start in stride(from: 0, to: 1000, by: 10) {
      #expect(writer.append(Self.batch(start..<start + 10)) != nil)
    }
    #expect(writer.close(isComplete: true) == nil)
    let index = try study.index([file.survivesPowerLoss])
    #expect(index.counts[.ok] == 1000 && index.missing.isEmpty && index.damageCount == 0)
    #expect(index.segments.first?.isComplete == true)
    #expect(writer.append(Self.batch(0..<1)) == nil)
  }

  /// The number of a call that must not be run twice is on the disk before its first step.
  @Test func whatIsToBeginIsDurableBefore() throws {
    let study = try Study(calls: 1000)
    let file = MemoryFile()
    let writer = try Self.writer(file)
    let ticket = try #require(writer.willBegin([3..<7, 9..<10]))
    let found = Monitor<[UInt8]?>(nil)
    writer.whenDurable(ticket) { failure in
      if failure == nil { found.change { $0 = file.survivesPowerLoss } }
    }
    let bytes = found.wait { bytes in bytes.map { .done($0) } ?? .again(at: nil) }
    let index = try study.index([bytes])
    #expect(Array(index.begun.ranges) == [3..<7, 9..<10])
    #expect(writer.close(isComplete: false) == nil)
    // Afterwards it is known at once.
    #expect(writer.waitUntilDurable(ticket) == nil)
  }

  @Test func whatIsWrittenSurvivesTheHost() throws {
    let study = try Study(calls: 1000)
    let file = MemoryFile()
    let writer = try Self.writer(file)
    let ticket = try #require(writer.append(Self.batch(0..<5)))
    #expect(writer.waitUntilWritten(ticket) == nil)
    #expect(try study.index([file.now.bytes]).counts[.ok] == 5)
    #expect(file.now.durable == 0)
    #expect(writer.close(isComplete: false) == nil)
  }

  @Test(arguments: [ENOSPC, EIO, EDQUOT])
  func aWriteThatFailsStopsTheRunAndWhatWasWrittenIsSafe(_ code: Int32) throws {
    let file = MemoryFile(failingWrite: (2, code))
    let heard = Monitor<[JournalFailure]>([])
    let writer = try Self.writer(file) { failure in heard.change { $0.append(failure) } }
    let first = try #require(writer.append(Self.batch(0..<5)))
    #expect(writer.waitUntilWritten(first) == nil)
    let second = try #require(writer.append(Self.batch(5..<9)))
    #expect(writer.waitUntilDurable(second)?.error.code == code)
    #expect(writer.waitUntilDurable(first) == nil)
    let failure = try #require(writer.close(isComplete: true))
    #expect(failure.error.code == code && failure.durable == 5 && failure.written == 5)
    #expect(heard.withLock { $0.count } == 1)
    #expect(writer.append(Self.batch(9..<10)) == nil && writer.willBegin([9..<10]) == nil)
    let study = try Study(calls: 100)
    let index = try study.index([file.survivesPowerLoss])
    // Of the write that failed, a part may be there, too.
    #expect(index.missing.count == 1 && (5..<9).contains(index.missing[0].lowerBound))
    #expect(failure.sentence.contains("5 calls recorded on the disk"))
  }

  @Test(arguments: [EIO, ENOSPC, EDQUOT, EINTR])
  func aSyncThatFailsIsNotTriedAgain(_ code: Int32) throws {
    let file = MemoryFile(failingSync: (2, code))
    let writer = try Self.writer(file)
    let first = try #require(writer.willBegin([0..<1]))
    #expect(writer.waitUntilDurable(first) == nil)
    let second = try #require(writer.willBegin([1..<2]))
    let heard = Monitor<JournalFailure?>(nil)
    writer.whenDurable(second) { failure in heard.change { $0 = failure } }
    #expect(
      heard.wait { failure in failure.map { .done($0.error.code) } ?? .again(at: nil) } == code)
    #expect(writer.close(isComplete: false)?.error.code == code)
    #expect(file.now.syncs == 2)
    let index = try Study(calls: 10).index([file.survivesPowerLoss])
    #expect(Array(index.begun.ranges) == [0..<1])
  }

  @Test func recordsOfSeveralThreadsDoNotMix() throws {
    let study = try Study(calls: 4000)
    let file = MemoryFile()
    let writer = try Self.writer(file)
    let running = Monitor(4)
    for lane in 0..<4 {
      HostThread.start {
        for start in stride(from: lane * 1000, to: lane * 1000 + 1000, by: 50) {
          writer.append(Self.batch(start..<start + 50))
        }
        running.change { $0 -= 1 }
      }
    }
    running.wait { $0 == 0 ? .done(()) : .again(at: nil) }
    #expect(writer.close(isComplete: true) == nil)
    let index = try study.index([file.now.bytes])
    #expect(index.counts[.ok] == 4000 && index.duplicates == 0 && index.damageCount == 0)
  }

  /// The system's own file: a device that is always full.
  @Test func aFullDiskIsSaidWithItsFile() throws {
    let file = FullDevice()
    let writer = try JournalWriter(file, head: Self.head)
    let ticket = try #require(writer.append(Self.batch(0..<1)))
    #expect(writer.waitUntilWritten(ticket)?.error.code == ENOSPC)
    let sentence = try #require(writer.close(isComplete: true)).sentence
    #expect(sentence.contains("No space left on device") && sentence.contains("/dev/full"))
  }

  private struct FullDevice: JournalFile {
    let path = "/dev/full"
    func write(_ bytes: [UInt8], action: String) throws(SystemError) {
      let output = try OutputFile(inPlace: path, action: action)
      try output.write(bytes[...])
      try output.flush()
    }
    func sync(action: String) throws(SystemError) {}
  }
}
