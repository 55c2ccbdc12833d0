import KernelBridge
import KernelHost
import KernelHostModel

/// The cost of a journal without a run: records handed over, read back, and found again by what their
/// calls do.
enum JournalBench {
  private static let million = 1_000_000

  static func rows(isQuick: Bool) -> [Row] {
    var rows = [checksum()]
    guard let folder = Scratch() else { return rows }
    defer { folder.remove() }
    do {
      // The larger one first: the memory that it takes must be this process' own.
      if !isQuick { rows.append(try memory(folder)) }
      rows += try times(folder, isQuick: isQuick)
      rows += runs(folder, isQuick: isQuick)
      rows += try SnapshotBench.rows(isQuick: isQuick)
    } catch {
      Command.complain("the journal was not measured: \(error)")
    }
    return rows
  }

  private static func checksum() -> Row {
    let bytes = [UInt8](repeating: 7, count: 1 << 26)
    let seconds = measure { _ = Checksum.of(bytes) }
    let speed = Double(bytes.count) / seconds * 1e-9
    return Row(
      name: "checksum of a journal", value: speed, unit: "GB/s",
      bars: [Bar("at least 1 GB/s", speed >= 1)])
  }

  private static func times(_ folder: Scratch, isQuick: Bool) throws -> [Row] {
    let path = folder.path + "/times.kh"
    let run = try study(calls: million)
    let (nanoseconds, bytes) = try write(run, to: path)
    let journal = try JournalFolder(reading: path)
    var index: JournalIndex?
    let read = median((0..<(isQuick ? 3 : 7)).map { _ in measure { index = try? journal.index() } })
    var reuse = JournalReuse()
    var taken = 0
    let plan = try run.plan().get()
    let match = measure {
      _ = try? reuse.add(journal)
      taken = reuse.match(
        [0..<million], of: plan, contents: run.contents(of: plan), wantsResults: false
      ) { _, _ in }
    }
    var options = JournalResults.Options()
    options.format = .jsonl
    options.outputPath = folder.path + "/results.jsonl"
    let results = measure {
      if let index { _ = try? JournalResults(journal, index)?.write(options) }
    }
    return [
      Row(
        name: "a record handed over", value: nanoseconds, unit: "ns",
        bars: [.atMost(600, "ns", nanoseconds)]),
      Row(
        name: "a record of one number", value: bytes, unit: "B", bars: [.atMost(80, "B", bytes)]),
      Row(
        name: "a journal of 1,000,000 calls read", value: read, unit: "s",
        bars: [
          .atMost(0.3, "s", read), Bar("all of them", index?.counts[.ok] == million),
        ]),
      Row(
        name: "1,000,000 calls found in an older journal", value: match, unit: "s",
        bars: [.atMost(2, "s", match), Bar("all of them", taken == million)]),
      Row(name: "results of 1,000,000 calls from a journal", value: results, unit: "s"),
    ]
  }

  /// A million points of one step, whole processes: without a journal and with one, side by side.
  private static func runs(_ folder: Scratch, isQuick: Bool) -> [Row] {
    let study = """
      {"tasks":[{"kernel":"logistic_map","args":{"r":3.7,"n":0},
                 "sweep":{"x0":{"from":0,"to":1,"count":\(million)}}}]}
      """
    guard folder.write("study.json", study) else { return [.missing("runs with a journal")] }
    let words = [
      Whole.host, "run", "--format", "jsonl", "-o", folder.file("run.jsonl"),
      folder.file("study.json"),
    ]
    let kept = words + ["--journal", folder.file("run.kh")]
    var plain: [Double] = []
    var journal: [Double] = []
    var again: [Double] = []
    var one: [Double] = []
    let single =
      kept + ["--rerun", "500000..500000", "--calls", "500000..500000"]
    for _ in 0..<(isQuick ? 3 : 7) {
      if folder.holds("run.kh") { folder.remove("run.kh") }
      guard let first = Whole.run(words), let second = Whole.run(kept), let third = Whole.run(kept),
        let fourth = Whole.run(single)
      else { return [.missing("1,000,000 points with a journal, to jsonl")] }
      plain.append(first.seconds)
      journal.append(second.seconds)
      again.append(third.seconds)
      one.append(fourth.seconds)
    }
    let added = median(zip(journal, plain).map { $0 - $1 })
    let ratio = median(zip(journal, plain).map { $0 / $1 })
    let againRatio = median(zip(again, plain).map { $0 / $1 })
    return [
      Row(
        name: "1,000,000 points with a journal, to jsonl", value: median(journal), unit: "s",
        peers: [Peer("without one", median(plain))],
        bars: [
          .ratio(ratio, of: "without one", atMost: 1.25),
          Bar("at most 0.6 s more", added <= 0.6),
        ]),
      Row(
        name: "  one more call, when 1,000,000 are done", value: median(one), unit: "s",
        bars: [.atMost(0.3, "s", median(one))],
        notes: ["the whole process: the journal is read, a call made, its result written"]),
      Row(
        name: "  the same line again, when all is done", value: median(again), unit: "s",
        peers: [Peer("without a journal", median(plain))],
        bars: [.ratio(againRatio, of: "without a journal", atMost: 1)],
        notes: ["reads the journal and writes all results"]),
    ]
  }

  /// With ten times as many.
  private static func memory(_ folder: Scratch) throws -> Row {
    let path = folder.path + "/memory.kh"
    _ = try write(try study(calls: 10 * million), to: path)
    let journal = try JournalFolder(reading: path)
    let before = MemoryUse.now.resident
    let index = try journal.index()
    let used = Double(MemoryUse.now.resident - before) * 1e-6
    return Row(
      name: "memory for a journal of 10,000,000 calls", value: used, unit: "MB",
      bars: [
        .atMost(100, "MB", used), Bar("all of them", index.counts[.ok] == 10 * million),
      ])
  }

  private static func study(calls: Int) throws -> JournalRun {
    let source = SourceText(
      name: "m.json",
      text: """
        [{"kernel": "logistic_map", "sweep": {"r": {"from": 2.5, "to": 4, "count": \(calls)}}}]
        """)
    let plan = try Planner.plan(source, catalogue: CallHost.builtInKernels).get()
    let origin = Run(plan, .builtIn, .init()).origin()
    return JournalRun(plan, origin: origin, points: [], id: Folders.randomDigits())
  }

  /// Hands over records in batches of 1,024. Returns the nanoseconds that one took of the thread
  /// that did, and its bytes.
  private static func write(_ run: JournalRun, to path: String) throws -> (Double, Double) {
    let opened = try JournalFolder.open(path, run)
    let file = try opened.newSegment()
    let writer = try JournalWriter(file, head: opened.head)
    var batch = JournalBatch()
    let seconds = measure {
      for call in 0..<run.callCount {
        let value = 0.6 + Double(call) * 1e-9
        batch.add(JournalEnd(call: call, token: .ok(.number(value), steps: 101, seconds: 1.5e-6)))
        if batch.count == 1024 {
          writer.append(batch)
          batch.removeAll()
        }
      }
      writer.append(batch)
    }
    if let failure = writer.close(isComplete: true) { throw failure }
    let bytes = FileFacts(file.path)?.size ?? 0
    return (seconds / Double(run.callCount) * 1e9, Double(bytes) / Double(run.callCount))
  }

  private static func measure(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return start.duration(to: .now) / .seconds(1)
  }
}
