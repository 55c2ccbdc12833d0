import KernelBridge
import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// What a run's journal waits for, over a file in memory that is written only when something waits.
struct RunJournalTests {
  private static func journal(
    _ file: MemoryFile, in folder: TemporaryFolder, isInProcess: Bool = false, each: Bool = false,
    plan: Plan? = nil, stopper: JournalStopper = JournalStopper()
  ) throws -> RunJournal {
    let study = try Study(calls: 100)
    let opened = try JournalFolder.open(folder.path("study.kh"), study.run)
    var options = JournalWriter.Options()
    options.delay = 1e6
    options.syncSeconds = 1e6
    let writer = try JournalWriter(file, head: opened.head, options: options)
    let plan = plan ?? study.plan
    let all = Selection(allOf: plan)
    return RunJournal(
      opened, writer, stopper,
      RunJournal.Start(
        remaining: all, selection: all, before: StatusCounts(), openCount: 100, known: [:],
        failed: [:], alone: [], left: all, notes: []),
      plan, isInProcess: isInProcess, isSyncedEach: each, liveLimit: nil, nil, command: "")
  }

  private static func append(_ calls: Range<Int>, to journal: RunJournal) {
    var batch = JournalBatch()
    for call in calls { batch.add(JournalEnd(call: call, token: .ok(.number(1), steps: 1))) }
    journal.append(batch, Array(calls))
  }

  /// What is shown after this wait survives the host's death; with `--sync each` also that of the
  /// machine.
  @Test(arguments: [false, true])
  func whatIsShownIsSafe(_ each: Bool) throws {
    let folder = try TemporaryFolder()
    let study = try Study(calls: 100)
    let file = MemoryFile()
    let journal = try Self.journal(file, in: folder, each: each)
    for start in stride(from: 0, to: 50, by: 10) {
      Self.append(start..<start + 10, to: journal)
      journal.waitUntilSafe()
      let bytes = each ? file.survivesPowerLoss : file.now.bytes
      #expect(try study.index([bytes]).counts[.ok] == start + 10)
    }
    if !each { #expect(file.now.syncs == 0) }
    #expect(journal.close(isComplete: false) == nil)
  }

  /// A call inside the host may take it along: that it was live is known to the next one.
  @Test func aCallInTheHostIsWrittenDownBefore() throws {
    let folder = try TemporaryFolder()
    let study = try Study(calls: 100)
    let file = MemoryFile()
    let journal = try Self.journal(file, in: folder, isInProcess: true)
    #expect(journal.willBegin(3..<5, isAlone: false) {})
    #expect(try study.index([file.now.bytes]).deaths == [3: 1, 4: 1])
    #expect(journal.close(isComplete: false) == nil)
  }

  /// Calls 0 to 2 must not begin twice, 3 may.
  private static func impurePlan() throws -> Plan {
    let kernels = [
      KernelSignature(name: "once", isPure: false, origin: "/a/k.c"),
      KernelSignature(name: "pure", isPure: true, origin: "/a/k.c"),
    ]
    let once = #"{"kernel": "once"}"#
    let source = SourceText(name: "m", text: #"[\#(once), \#(once), \#(once), {"kernel": "pure"}]"#)
    return try Planner.plan(source, catalogue: kernels).get()
  }

  /// That a call begins which must not begin twice is on the disk before it does.
  @Test func theBeginOfACallIsDurableBefore() throws {
    let folder = try TemporaryFolder()
    let file = MemoryFile()
    let journal = try Self.journal(file, in: folder, plan: try Self.impurePlan())
    let found = Monitor<[UInt8]?>(nil)
    let isOpen = journal.willBegin(0..<4, isAlone: false) {
      found.change { $0 = file.survivesPowerLoss }
    }
    #expect(!isOpen)
    let bytes = found.wait { bytes in bytes.map { .done($0) } ?? .again(at: nil) }
    #expect(Array(try Study(calls: 100).index([bytes]).begun.ranges) == [0..<3])
    #expect(journal.close(isComplete: false) == nil)
  }

  /// If that cannot be written, the run is stopped before the calls are let in.
  @Test func whatCannotBeWrittenDownDoesNotBegin() throws {
    let folder = try TemporaryFolder()
    let file = MemoryFile(failingWrite: (number: 1, code: 28))
    let stopper = JournalStopper()
    let isStopped = Locked(false)
    stopper.attach { isStopped.withLock { $0 = true } }
    let journal = try Self.journal(
      file, in: folder, plan: try Self.impurePlan(), stopper: stopper)
    let found = Monitor<Bool?>(nil)
    _ = journal.willBegin(0..<3, isAlone: false) {
      found.change { $0 = isStopped.withLock { $0 } }
    }
    #expect(found.wait { $0.map { .done($0) } ?? .again(at: nil) })
    #expect(journal.close(isComplete: false) != nil)
    // Nor does anything later.
    isStopped.withLock { $0 = false }
    #expect(journal.willBegin(0..<3, isAlone: false) {})
    #expect(isStopped.withLock { $0 })
    isStopped.withLock { $0 = false }
    Self.append(3..<4, to: journal)
    #expect(isStopped.withLock { $0 })
  }

  @Test func thePromisedTimesAreTheUsualOnes() {
    let options = JournalWriter.Options()
    #expect(options.delay == 0.01 && options.syncSeconds == 1)
    let run = RunJournal.Options(folder: "study.kh")
    #expect(run.syncSeconds == 1 && run.snapshotSeconds == 10)
  }
}
