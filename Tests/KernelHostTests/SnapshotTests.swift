// Over 300 lines, for the tests share their kernels and runs.
import Foundation
import KernelBridge
import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// Half-done calls of real kernels, which go on in another run.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct SnapshotTests {
  /// A folder with a study, its gate, its log and its snapshots.
  private final class Study {
    let folder: TemporaryFolder
    let kernels: LoadedKernels

    init() throws {
      folder = try TemporaryFolder()
      var setup = WorkerSetup()
      setup.sandbox = .none
      setup.plugins = [Plugin(path: try Plugins.library("half_done.c"))]
      kernels = try LoadedKernels.open(setup)
      try FileManager.default.createDirectory(
        atPath: folder.path("snap"), withIntermediateDirectories: true)
    }

    func plan(_ tasks: [(kernel: String, more: String)]) throws -> Plan {
      let texts = tasks.map { task in
        """
        {"kernel": "\(task.kernel)", "args": {"gate": "\(folder.path("gate"))",
          "log": "\(folder.path("log"))", "values": [1.5, -2, 0.25]\(task.more)}}
        """
      }
      let source = SourceText(name: "m.json", text: "[\(texts.joined(separator: ",\n"))]")
      return try Planner.plan(source, catalogue: kernels.catalogue.signatures).get()
    }

    func openGate() throws { try folder.write("", to: "gate") }

    /// How many calls have begun, and how many stand at the gate.
    func lines(_ what: String) -> Int {
      let log = (try? folder.read("log")) ?? ""
      return log.split(separator: "\n").count { $0.hasPrefix(what) }
    }

    func store(_ name: String = "snap") -> SnapshotStore {
      SnapshotStore(folder: folder.path(name), run: "the run")
    }

    /// Starts a run that ends when its calls do, or when it is stopped.
    func run(
      _ plan: Plan, _ store: SnapshotStore, jobs: Int, interval: Double = 3600, to name: String,
      without: Set<Int> = []
    ) -> (run: Run, restored: Locked<[SavedCall]>) {
      var options = Run.Options()
      options.format = .jsonl
      options.outputPath = folder.path(name)
      options.mode = .parallel
      options.jobs = jobs
      options.warningDescriptor = nil
      options.selection = Selection(
        (0..<plan.callCount).filter { !without.contains($0) }.map { $0..<$0 + 1 })
      let restored = Locked<[SavedCall]>([])
      options.snapshots = RunSnapshots(store: store, interval: interval)
      options.snapshots?.onRestored = { calls, _ in restored.withLock { $0 += calls } }
      return (Run(plan, kernels, options), restored)
    }

    /// The results of a run by call: all but times, steps and lanes.
    func results(_ name: String) throws -> [String] {
      try folder.read(name).split(separator: "\n").dropFirst().map { line in
        guard let start = line.range(of: "\"result\":"), let end = line.range(of: ",\"steps\":")
        else { return String(line) }
        return String(line[start.lowerBound..<end.lowerBound])
      }
    }
  }

  private final class Warnings: RunObserver {
    let wishes = RunWishes(
      starts: false, finishes: false, records: false, pauses: false, lookPeriod: .infinity)
    var texts: [String] = []
    func saw(_ event: RunEvent, at time: Double) {
      if case .warned(_, let text) = event { texts.append(text) }
    }
  }

  private static let tasks: [(kernel: String, more: String)] = [
    ("half_done", ""), ("half_done", ", \"count\": 7, \"label\": \"seven\""),
    ("half_done", ", \"nap\": 1"), ("half_done", ", \"count\": 1000, \"nap\": 1"),
    ("ledger", ""), ("half_done", ", \"count\": 5000"),
  ]

  private func wait(_ what: String, _ condition: () -> Bool) {
    let until = wallSeconds() + 20
    while !condition() {
      guard wallSeconds() < until else {
        Issue.record("\(what) did not come")
        return
      }
      HostThread.sleep(seconds: 0.001)
    }
  }

  private func inBackground(_ run: Run) -> DispatchGroup {
    let group = DispatchGroup()
    group.enter()
    HostThread.start {
      _ = try? run.run()
      group.leave()
    }
    return group
  }

  /// After a stop, all calls go on: arrays, texts, growing memory, sleeping ones, and those that
  /// must not begin twice.
  @Test(arguments: [(1, 1), (2, 2), (1, 2)])
  func aStoppedRunGoesOn(_ lanes: (first: Int, second: Int)) throws {
    let reference = try Study()
    try reference.openGate()
    let whole = try reference.plan(Self.tasks)
    _ = try reference.run(whole, reference.store(), jobs: 1, to: "results").run.run()

    let study = try Study()
    let plan = try study.plan(Self.tasks)
    let count = Self.tasks.count
    let first = study.run(plan, study.store(), jobs: lanes.first, to: "first")
    let ended = inBackground(first.run)
    // One of several lanes begins few calls at a time.
    wait("the gate") { study.lines("waits") >= (lanes.first == 1 ? count : 2) }
    first.run.stop()
    ended.wait()
    let found = study.store().halfDone
    let begun = study.lines("begins")
    #expect(begun >= (lanes.first == 1 ? count : 2))
    #expect(found.count == begun && found.allSatisfy { $0.isFinal })

    try study.openGate()
    let second = study.run(plan, study.store(), jobs: lanes.second, to: "second")
    let summary = try second.run.run()
    #expect(summary.counts[.ok] == count)
    #expect(second.restored.withLock { $0.count } == begun)
    #expect(study.lines("begins") == count)
    let results = try study.results("second")
    let wanted = try reference.results("results")
    for (result, other) in zip(results, wanted) { #expect(result == other) }
    #expect(results.count == wanted.count)
  }

  /// What a kill leaves: copies of calls that have gone on since. Those that are pure go on from
  /// there. A call that is not pure does not do the same twice.
  @Test func aKilledRunGoesOn() throws {
    let study = try Study()
    let plan = try study.plan(Self.tasks)
    let count = Self.tasks.count
    let first = study.run(plan, study.store(), jobs: 1, interval: 0.01, to: "first")
    let ended = inBackground(first.run)
    wait("the gate") { study.lines("waits") == count }
    wait("a snapshot") {
      study.store().halfDone.count == count
        && study.store().halfDone.allSatisfy { $0.call.steps > 3 }
    }
    // The file that is written now may be torn; the other one is whole.
    try FileManager.default.copyItem(
      atPath: study.folder.path("snap"), toPath: study.folder.path("left"))
    first.run.stop()
    ended.wait()
    try study.openGate()
    let store = study.store("left")
    #expect(!store.halfDone.contains { $0.isFinal })
    let second = study.run(plan, store, jobs: 1, to: "second", without: [4])
    let summary = try second.run.run()
    #expect(summary.counts[.ok] == count - 1)
    #expect(second.restored.withLock { Set($0.map(\.number)) } == [0, 1, 2, 3, 5])
    #expect(study.lines("begins") == count)
  }

  /// A host that goes on with calls that must not begin twice, and dies before its first copy:
  /// the next host does not go on with them again.
  @Test func impureCallsGoOnOnce() throws {
    let study = try Study()
    let plan = try study.plan([("ledger", ""), ("half_done", "")])
    let first = study.run(plan, study.store(), jobs: 1, to: "first")
    let ended = inBackground(first.run)
    wait("the gate") { study.lines("waits") == 2 }
    first.run.stop()
    ended.wait()
    let store = study.store()
    #expect(store.halfDone.count == 2 && store.void({ $0 == 0 }, in: 0))
    let next = study.store()
    #expect(next.halfDone.map(\.call.number) == [1])
    try study.openGate()
    let second = study.run(plan, next, jobs: 1, to: "second", without: [0])
    _ = try second.run.run()
    #expect(second.restored.withLock { $0.map(\.number) } == [1])
  }

  /// A kernel that says it is flat and is not is named, with the place of its pointer.
  @Test(arguments: [
    ("points_to_library", "byte 128 of its state"),
    ("points_to_heap", "byte 8 of its kh_alloc block "),
  ])
  func aKernelThatIsNotFlatIsNamed(_ liar: (kernel: String, place: String)) throws {
    let study = try Study()
    let plan = try study.plan([(liar.kernel, ""), ("half_done", "")])
    var first = study.run(plan, study.store(), jobs: 1, interval: 0.005, to: "first")
    let run = first.run
    let ended = DispatchGroup()
    ended.enter()
    let texts = Locked<[String]>([])
    HostThread.start {
      let warnings = Warnings()
      _ = try? run.run([warnings])
      texts.withLock { $0 = warnings.texts }
      ended.leave()
    }
    wait("the gate") { study.lines("waits") == 2 }
    wait("a snapshot") { !study.store().halfDone.isEmpty }
    first.run.stop()
    ended.wait()
    #expect(study.store().halfDone.map(\.call.number) == [1])
    let told = texts.withLock { $0 }.filter { $0.contains("KH_FLAT") }
    #expect(told.count == 1 && told[0].contains("kernel \(liar.kernel) "), "\(told)")
    #expect(told.first?.contains(liar.place) == true, "\(told)")
    // It begins again.
    try study.openGate()
    first = study.run(plan, study.store(), jobs: 1, to: "second")
    #expect(try first.run.run().counts[.ok] == 2)
    #expect(study.lines("begins") == 3)
  }

  /// A worker that dies while its lane is to copy: the next one copies when it is asked again.
  @Test func aWorkerMayDieBeforeItHasCopied() throws {
    let study = try Study()
    let plan = try study.plan([("half_done", "")])
    let lane = try study.kernels.lanes.makeLane(
      liveLimit: nil, lanes: 1, silence: LaneSilence.short, copiesCalls: true)
    try lane.start()
    let source = PlannedCalls(plan, nil)
    func submit() {
      _ = lane.submit(kernel: source.kernel(ofCall: 0), options: CallOptions(tag: 0, number: 0)) {
        source.write(argumentsOfCall: 0, to: &$0)
      }
    }
    submit()
    lane.flush()
    for round in 1...5 {
      wait("the gate") { study.lines("waits") >= 1 }
      _ = lane.requestSnapshot(olderThan: 0)
      lane.kill()
      wait("the death") { lane.hasDied }
      // It may have been complete before that. Pointers cannot be judged after the death.
      if let snapshot = lane.takeSnapshot() { #expect(snapshot.read().0.calls.count <= 1) }
      let (death, survivors) = lane.takeDeath()
      if let call = death.call { lane.release(slot: call.slot) }
      #expect(survivors.count == (death.call == nil ? 1 : 0))
      try lane.revive()
      if death.call != nil { submit() }
      lane.flush()
      wait("a snapshot in round \(round)") {
        _ = lane.requestSnapshot(olderThan: 0)
        return lane.takeSnapshot()?.read().0.calls.count == 1
      }
    }
    lane.kill()
  }

  /// Default texts are constants of the library, which is elsewhere in another fork server.
  @Test func defaultTextsAreRightInAnotherForkServer() throws {
    let study = try Study()
    let plan = try study.plan([("half_done", ", \"count\": 4")])
    try study.openGate()
    let provider = try study.kernels.lanes.another()
    let lane = try provider.makeLane(
      liveLimit: nil, lanes: 1, silence: LaneSilence.short, copiesCalls: false)
    try lane.start()
    let source = PlannedCalls(plan, nil)
    _ = lane.submit(kernel: source.kernel(ofCall: 0), options: CallOptions(tag: 0)) {
      source.write(argumentsOfCall: 0, to: &$0)
    }
    lane.flush()
    var text: Value?
    while text == nil, !lane.hasDied {
      _ = lane.take(text: { _ in }, completions: { text = $0[0].result["text"] })
      if text == nil { provider.wait([lane], nanoseconds: 100_000_000) }
    }
    #expect(text == "a constant of the library 4")
  }

  /// Files that were cut anywhere, of another run, or of another format do not count.
  @Test func tornAndForeignFilesDoNotCount() throws {
    let folder = try TemporaryFolder()
    let calls = (0..<5).map {
      SavedCall(
        number: $0 * 1000, attempt: 3, kernel: 0, steps: 1 << 40, nanoseconds: 7, printed: 9,
        isAsleep: $0 == 2)
    }
    let saved = SavedCalls(
      calls: calls,
      kernels: [
        SavedKernel(
          index: 0, name: "k", defaults: [SavedKernel.Pointer(offset: 8, address: 1 << 45)])
      ],
      body: [1, 2, 3])
    let old = SnapshotFile(
      run: "r", lane: 3, number: 8, generation: 1, isFinal: true, saved: saved)
    var new = old
    new.number = 9
    new.isFinal = false
    try folder.write(old.bytes, to: "snapshot-3-a")
    try folder.write(new.bytes, to: "snapshot-3-b")
    try folder.write("x", to: "snapshot-x-b")
    var store = SnapshotStore(folder: folder.path, run: "r")
    #expect(store.found == [3: new] && store.ignored.isEmpty)
    for length in 0..<new.bytes.count {
      try folder.write(Array(new.bytes.prefix(length)), to: "snapshot-3-b")
      store = SnapshotStore(folder: folder.path, run: "r")
      #expect(store.found == [3: old] && store.ignored.map(\.reason) == [.torn])
    }
    for place in new.bytes.indices {
      var bytes = new.bytes
      bytes[place] ^= 16
      #expect(throws: SnapshotFile.Fault.self) { try SnapshotFile(bytes, ofRun: "r") }
    }
    store = SnapshotStore(folder: folder.path, run: "another")
    #expect(store.found.isEmpty && store.ignored.map(\.reason).contains(.otherRun))
    // The next one is written over the torn one, and what is void in it counts nowhere.
    store = SnapshotStore(folder: folder.path, run: "r")
    #expect(store.void { $0 == 2000 })
    store = SnapshotStore(folder: folder.path, run: "r")
    #expect(store.found[3]?.number == 9 && store.found[3]?.isFinal == true)
    #expect(store.halfDone.map(\.call.number) == [0, 1000, 3000, 4000] && store.ignored.isEmpty)
    #expect(try folder.names == ["snapshot-3-b", "snapshot-x-b"])
    // Files of hosts that share the folder are apart.
    try folder.write(new.bytes, to: "snapshot-2of9.3-a")
    #expect(SnapshotStore(folder: folder.path, run: "r").halfDone.count == 4)
    #expect(SnapshotStore(folder: folder.path, run: "r", prefix: "2of9.").halfDone.count == 5)
    #expect(SnapshotStore.count(folder.path, run: "r") == 5)
    // What is cut off does not count, wherever.
    #expect(SnapshotStore.count(folder.path, run: "another") == 0)
    for length in 0..<new.bytes.count {
      try folder.write(Array(new.bytes.prefix(length)), to: "snapshot-2of9.3-a")
      #expect(SnapshotStore.count(folder.path, run: "r") == 4, "\(length)")
    }
  }
}
