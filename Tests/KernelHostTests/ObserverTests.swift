import Foundation
import Glibc
import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// Observers of runs inside this process: for the thread sanitizer, too.
struct ObserverTests {
  /// Sees all there is, and keeps it.
  final class Witness: RunObserver {
    let wishes = RunWishes(
      starts: true, finishes: true, records: true, pauses: true, lookPeriod: 0.01)
    var events: [RunEvent] = []
    var tokens: [CallRecord] = []
    var recorded: [Int] { tokens.map { $0.call } }
    var looks: [RunningCall] = []
    var pauses = 0
    var onLook: ([RunningCall]) -> Void = { _ in }

    func saw(_ event: RunEvent, at time: Double) { events.append(event) }
    func recorded(_ record: CallRecord) { tokens.append(record) }
    func pause(at time: Double) { pauses += 1 }
    func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
      looks += calls
      onLook(calls)
    }

    /// How often each call was started and finished.
    var starts: [Int: Int] {
      events.reduce(into: [:]) {
        if case .started(let start) = $1 { $0[start.call, default: 0] += 1 }
      }
    }
    var finishes: [Int: Int] {
      events.reduce(into: [:]) { if case .finished(let one) = $1 { $0[one.call, default: 0] += 1 } }
    }
  }

  static func plan(_ text: String) throws -> Plan {
    let source = SourceText(name: "m.json", text: text)
    return try Planner.plan(source, catalogue: LoadedKernels.builtIn.catalogue.signatures).get()
  }

  private static func run(
    _ text: String, jobs: Int, observers: [any RunObserver], _ started: (Run) -> Void = { _ in }
  ) throws -> Run.Summary {
    let folder = try TemporaryFolder()
    var options = Run.Options()
    options.format = .tokens
    options.outputPath = folder.path("results")
    options.mode = jobs > 1 ? .parallel : .concurrent
    options.jobs = jobs
    let run = Run(try plan(text), .builtIn, options)
    started(run)
    return try run.run(observers)
  }

  @Test(arguments: [1, 3]) func everyCallIsSeenOnce(_ jobs: Int) throws {
    let (one, other) = (Witness(), Witness())
    let summary = try Self.run(
      """
      [{"kernel": "logistic_map", "sweep": {"r": {"from": 2.5, "to": 4, "count": 2000}}},
       {"kernel": "for_loop", "args": {"increment": 0}, "repeat": 10},
       {"kernel": "sleep", "args": [0.05], "repeat": 5}]
      """, jobs: jobs, observers: [one, other])
    #expect(summary.counts[.ok] == 2005 && summary.counts[.error] == 10)
    for witness in [one, other] {
      #expect(witness.recorded == Array(0..<2015), "records come in the order of the calls")
      #expect(witness.finishes == witness.starts)
      #expect(witness.finishes.count == 2015 && witness.finishes.values.allSatisfy { $0 == 1 })
      guard case .planned(let plan)? = witness.events.first else {
        Issue.record("the plan does not come first")
        return
      }
      #expect(plan.calls == 2015 && plan.lanes == jobs && plan.isolation == .none)
      #expect(plan.kernels.map { $0.count } == [10, 2000, 5])
      guard case .ended(let end)? = witness.events.last else {
        Issue.record("the end does not come last")
        return
      }
      #expect(end.counts == summary.counts && !end.wasStopped && witness.pauses > 0)
    }
  }

  /// A start comes before its finish, of calls that somebody has looked at, too.
  @Test func startsComeBeforeFinishes() throws {
    let witness = Witness()
    _ = try Self.run(
      #"[{"kernel": "sleep", "sweep": {"seconds": [0.1, 0.05, 0.01, 0]}}]"#, jobs: 1,
      observers: [witness])
    var live: Set<Int> = []
    for event in witness.events {
      switch event {
      case .started(let start): #expect(live.insert(start.call).inserted)
      case .finished(let record): #expect(live.remove(record.call) != nil)
      default: break
      }
    }
    #expect(live.isEmpty)
  }

  /// A call that would never end is seen while it runs: that is when it is stopped.
  @Test(arguments: [1, 2]) func aLongCallIsSeenWhileItRuns(_ jobs: Int) throws {
    let witness = Witness()
    nonisolated(unsafe) var run: Run?
    witness.onLook = { calls in
      if calls.contains(where: { $0.steps > 1000 }) { unsafe run?.stop() }
    }
    let summary = try Self.run(
      #"[{"kernel": "while_loop_increment", "args": [0, 0, 1]}, {"kernel": "sleep", "args": [1000]}]"#,
      jobs: jobs, observers: [witness]
    ) { unsafe run = $0 }
    #expect(summary.wasStopped && summary.counts[.cancelled] == 2)
    #expect(witness.looks.contains { $0.call == 0 && $0.steps > 1000 && !$0.isAsleep })
    #expect(witness.starts[0] == 1 && witness.finishes == [0: 1, 1: 1])
  }

  // MARK: Progress in lines

  private static func lines(_ plan: Plan, _ body: (ProgressLines) -> Void) throws -> [String] {
    let folder = try TemporaryFolder()
    let path = folder.path("lines")
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let lines = ProgressLines(plan, descriptor: descriptor)
    lines.saw(
      .planned(
        RunPlan(
          plan: plan, selection: Selection(allOf: plan), lanes: 1, mode: .concurrent,
          isolation: .process, wallTime: 0, origin: nil)), at: 0)
    body(lines)
    return try folder.read("lines").split(separator: "\n").map(String.init)
  }

  private func running(_ call: Int, start: Double, inside: Double = 0, progress: Double? = nil)
    -> RunningCall
  {
    RunningCall(
      call: call, lane: 0, attempt: 1, start: start, steps: 1234, inside: inside,
      progress: progress, isAsleep: false)
  }

  private static func look(
    _ lines: ProgressLines, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double
  ) {
    lines.looked(lane: 0, calls, counts, at: time)
    lines.surveyed(lane: 0, calls, of: calls.count, at: time)
  }

  @Test func aLineEveryTenSeconds() throws {
    let plan = try Self.plan(#"[{"kernel": "primes", "repeat": 1000}]"#)
    var counts = StatusCounts()
    for _ in 0..<250 { counts.add(.ok) }
    for _ in 0..<2 { counts.add(.timeout) }
    let lines = try Self.lines(plan) { lines in
      Self.look(lines, [], counts, at: 9.9)
      Self.look(lines, [running(252, start: 2, progress: 0.5)], counts, at: 10.1)
      Self.look(lines, [], counts, at: 10.2)
      Self.look(lines, [running(252, start: 2, inside: 18)], counts, at: 25.2)
      Self.look(lines, [], counts, at: 29.9)
    }
    #expect(
      lines == [
        "host: 252 of 1,000 calls (25%), 2 not ok (2 timeout), 10 s, about 30 s left, 24/s; "
          + "oldest: call 252 (primes, repeat=252) for 8.1 s, step 1,234, 50%",
        "host: 252 of 1,000 calls (25%), 2 not ok (2 timeout), 25 s, about 1:15 min left, 10/s; "
          + "stuck: call 252 (primes, repeat=252) for 23 s, in one step for 18 s",
      ])
  }

  /// 10 short calls are done and 2 long ones are left: the rate would say a second.
  @Test func whatIsLeftIsToldByTheTimesOfEachKernel() throws {
    let plan = try Self.plan(
      #"[{"kernel": "primes", "repeat": 10}, {"kernel": "fft", "args": {"real": [1]}, "repeat": 3}]"#
    )
    var counts = StatusCounts()
    let lines = try Self.lines(plan) { lines in
      for call in 0..<11 {
        let token = Token<Value>.ok(.null, seconds: call < 10 ? 0.1 : 9)
        lines.saw(.finished(CallRecord(call: call, token: token, start: 0)), at: 10)
        counts.add(.ok)
      }
      Self.look(lines, [], counts, at: 10)
    }
    #expect(lines.count == 1 && lines[0].contains("about 18 s left"), "\(lines)")
  }

  /// 10 calls are done and another kernel's runs on and on; or tells how far it is.
  @Test func nobodyKnowsWhatIsLeftOfWhatIsNew() throws {
    let plan = try Self.plan(
      #"[{"kernel": "primes", "repeat": 10}, {"kernel": "fft", "args": {"real": [1]}}]"#)
    var counts = StatusCounts()
    let lines = try Self.lines(plan) { lines in
      for call in 0..<10 {
        let token = Token<Value>.ok(.null, seconds: 0.1)
        lines.saw(.finished(CallRecord(call: call, token: token, start: 0)), at: 1)
        counts.add(.ok)
      }
      Self.look(lines, [running(10, start: 1)], counts, at: 11)
      Self.look(lines, [running(10, start: 1, progress: 0.5)], counts, at: 21)
    }
    #expect(lines.count == 2 && !lines[0].contains("left"), "\(lines)")
    #expect(lines[1].contains("about 20 s left"), "\(lines)")
  }

  /// With nothing done, what a call says of itself tells all that is known.
  @Test func progressOfACallTellsWhatIsLeft() throws {
    let plan = try Self.plan(#"[{"kernel": "primes"}]"#)
    let lines = try Self.lines(plan) { lines in
      Self.look(lines, [running(0, start: 0, progress: 0.25)], StatusCounts(), at: 10)
      Self.look(lines, [running(0, start: 0)], StatusCounts(), at: 20)
    }
    #expect(lines.count == 2 && lines[0].contains("about 30 s left"), "\(lines)")
    #expect(!lines[1].contains("left"))
  }

  @Test(arguments: [
    (0.0000004, "0 us"), (0.0123, "12.3 ms"), (1.26, "1.3 s"), (9.96, "10 s"), (59.4, "59 s"),
    (59.6, "1:00 min"), (3599.6, "1:00:00 h"), (100_000_000, "27,777:46:40 h"), (.nan, "?"),
    (.infinity, "?"), (-1, "0 us"),
  ])
  func durations(_ seconds: Double, _ text: String) {
    #expect(Wording.duration(seconds) == text)
  }

  /// Wide characters count twice, and nothing that a terminal obeys is left.
  @Test func textIsCutByColumns() {
    #expect(Wording.cut("ab漢字c", columns: 5).text == "ab漢")
    #expect(Wording.cut("ab漢字c", columns: 5).columns == 4)
    #expect(Wording.cut("a\u{1B}[2Jb\n\u{202E}", columns: 80).text == "a␛[2Jb␊\u{FFFD}")
    #expect(Wording.cut("abc", columns: 0).text == "")
  }
}
