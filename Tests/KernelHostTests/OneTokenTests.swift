import Foundation
import KernelBridge
import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// Each call of a run has exactly one token, whatever those who make tokens do.
struct OneTokenTests {
  private static func plan(_ text: String) throws -> Plan {
    let signatures = LoadedKernels.builtIn.catalogue.signatures
    return try Planner.plan(SourceText(name: "m.json", text: text), catalogue: signatures).get()
  }

  private static let chain = """
    [{"kernel": "primes", "name": "a"}, {"kernel": "primes", "name": "b", "after": "a"},
     {"kernel": "primes", "name": "c", "after": "b", "repeat": 3}, {"kernel": "primes"}]
    """

  /// A run that is stopped before its first call, and one that halts at it: what waits for
  /// the calls that end then has its token, too.
  @Test(arguments: [1, 2], Order.allCases)
  func closingLeavesNothingBehind(_ lanes: Int, _ order: Order) throws {
    let plan = try Self.plan(Self.chain)
    var options = Run.Options()
    options.format = .jsonl
    options.order = order
    options.jobs = lanes
    options.mode = .parallel
    let folder = try TemporaryFolder()
    options.outputPath = folder.path("out")
    let run = Run(plan, .builtIn, options)
    run.stop()
    let summary = try run.run()
    #expect(summary.counts[.cancelled] == 6 && summary.counts.total == 6)
    // The run's own record comes first.
    #expect(try folder.read("out").split(separator: "\n").count == 7)
  }

  /// Its second token is dropped, and said to be the host's fault; one that is missing in the
  /// end is made.
  @Test(arguments: Order.allCases)
  func theFirstTokenStands(_ order: Order) throws {
    let plan = try Self.plan(#"[{"kernel": "primes", "repeat": 5}]"#)
    let folder = try TemporaryFolder()
    var options = Run.Options()
    options.format = .tokens
    options.order = order
    options.warningDescriptor = nil
    let output = try OutputFile(path: folder.path("out"))
    let seen = Warnings()
    let selection = Selection(allOf: plan)
    let results = RunResults(
      plan, selection, options: options, hasDependencies: false, events: RunEvents([seen]),
      ResultWriter(
        format: options.format, plan: plan, callCount: 5, origin: nil, output: output))
    let engine = RunEngine(RunScheduler(selection, nil, lanes: 1), results, onFailure: {})
    while engine.deal(1, HeldCalls(), CancellationSource()) != nil {}
    let end = { (call: Int, value: Int64) in
      engine.ended(1) { _ in EndedCall(call: call, token: .ok(.integer(value))) }
    }
    #expect(end(0, 10) == 1 && end(0, 20) == 0)
    #expect(end(3, 13) == 1 && end(3, 23) == 0)
    #expect(end(1, 11) == 1 && end(2, 12) == 1 && end(2, 22) == 0)
    #expect(end(5, 15) == 0, "no call of the run")
    #expect(engine.missing(in: 0..<5) == [4..<5])
    #expect(engine.finish() == nil)
    #expect(engine.counts[.ok] == 4 && engine.counts[.lost] == 1 && engine.counts.total == 5)
    let lines = try folder.read("out").split(separator: "\n")
    let values = lines.compactMap { $0.hasPrefix("[1") ? Int($0.dropFirst().prefix(2)) : nil }
    #expect(values.sorted() == [10, 11, 12, 13] && lines.count == 5, "\(lines)")
    let summary = RunSummary(plan)
    for text in seen.texts { summary.saw(.warned(call: nil, text), at: 0) }
    #expect(summary.hostFaults == 5)
    #expect(seen.texts.count { $0 == Wording.secondToken } == 4)
    #expect(seen.texts.count { $0 == Wording.missingToken } == 1)
  }

  private final class Warnings: RunObserver {
    let wishes = RunWishes()
    var texts: [String] = []
    func saw(_ event: RunEvent, at time: Double) {
      if case .warned(_, let text) = event { texts.append(text) }
    }
  }

  /// A set of numbers that come in any order knows each of them.
  @Test func numbersThatCome() {
    let count = 3 * 4096 + 100
    var seen = SeenCalls(most: count)
    let numbers = (0..<count).map { $0 * 7919 % count }
    #expect(numbers.allSatisfy { !seen.contains($0) && seen.insert($0) })
    #expect(numbers.allSatisfy { !seen.insert($0) })
    #expect((0..<count).allSatisfy { seen.contains($0) })
    var one = SeenCalls(most: 1)
    #expect(one.insert(0) && !one.insert(0) && one.contains(0))
  }

  /// Job numbers are used again behind the last one that a tag has room for, each when its job
  /// is over.
  @Test func jobNumbersComeAround() throws {
    let catalogue = LoadedKernels.builtIn.catalogue
    let kernel = try #require(catalogue.index(of: "logistic_map"))
    let driver = try LaneDriver(EngineSettings(), ArenaLanes(catalogue, nil, WorkerSetup()))
    driver.scheduler.nextJob = CallTag.jobNumbers - 3
    let long = Collector()
    driver.add(Steps(kernel: kernel, steps: 100_000), long)
    for job in 0..<10 {
      let sink = Collector()
      if job == 5 { driver.scheduler.nextJob = CallTag.jobNumbers - 3 }
      let number = driver.add(Steps(kernel: kernel, steps: job), sink)
      #expect(number < CallTag.jobNumbers && (long.isFinished || number != CallTag.jobNumbers - 3))
      while !sink.isFinished { driver.turn() }
      #expect(sink.steps == [Int64(job) + 1])
    }
    while driver.isBusy { driver.turn() }
    #expect(long.steps == [100_001] && !driver.isBusy)
  }

  private struct Steps: CallSource {
    let kernel: Int
    let steps: Int
    var callCount: Int { 1 }
    var hasTimeouts: Bool { false }
    func kernel(ofCall call: Int) -> Int { kernel }
    func timeout(ofCall call: Int) -> UInt64 { 0 }
    func write(argumentsOfCall call: Int, to writer: inout Arguments) {
      writer.value(.integer(Int64(steps)), for: 2)
    }
  }

  private final class Collector: CallSink {
    var steps: [Int64] = []
    var isFinished = false
    func printed(call: Int, _ bytes: ArraySlice<UInt8>) {}
    func wrote(call: Int, _ bytes: ArraySlice<UInt8>) {}
    func warned(call: Int?, _ text: String) {}
    func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
      let ended = (0..<count).compactMap(call)
      steps += ended.map(\.token.steps)
      return ended.count
    }
    func missing(in calls: Range<Int>) -> [Range<Int>] { [] }
    func finished() { isFinished = true }
  }

  /// Retries come at their times, those of one time in their order.
  @Test func heapOrder() {
    var heap = Heap<(Int, Int)> { $0 < $1 }
    for number in 0..<1000 { heap.insert((number * 7919 % 100, number)) }
    #expect(heap.remove { $0.0 % 10 == 3 }.count == 100)
    var found: [(Int, Int)] = []
    while !heap.isEmpty { found.append(heap.removeFirst()) }
    #expect(found.count == 900 && zip(found, found.dropFirst()).allSatisfy { $0 < $1 })
  }
}
