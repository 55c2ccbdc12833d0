import KernelBridge
import KernelHostModel
import Testing

/// A lane through its client, without the scheduling above it.
@Suite struct LaneTests {
  /// A lane that is a thread, and one that is a process.
  enum Place: CaseIterable { case thread, worker }

  private func lane(_ place: Place, liveLimit: Int? = nil) throws -> ArenaLane {
    if place == .thread { return try ArenaLane(catalogue: .builtIn, liveLimit: liveLimit) }
    let workers = try WorkerSupervisor()
    try workers.waitUntilReady()
    _ = try workers.set(WorkerRules())
    let lane = try ArenaLane(
      catalogue: try workers.catalogue(), workers: workers, liveLimit: liveLimit)
    try lane.start()
    return lane
  }

  private func run(_ lane: ArenaLane, _ count: Int, _ each: (borrowing Completions) -> Void) {
    lane.setOpen(false)
    var taken = 0
    while taken < count {
      let got = lane.take(text: { _ in }, completions: { each($0) })
      taken += got
      if got == 0 { ArenaLane.wait([lane], nanoseconds: nil) }
    }
  }

  private func submit(
    _ lane: ArenaLane, _ name: String, tag: UInt64, _ arguments: [Value]
  ) -> LaneSubmission {
    lane.submit(
      kernel: lane.catalogue.index(of: name)!, options: CallOptions(tag: tag)
    ) { writer in
      for (index, value) in arguments.enumerated() { writer.value(value, for: index) }
    }
  }

  /// What a kernel says of its progress is seen while it runs, and what is wrong is not.
  @Test(arguments: Place.allCases) func progressIsSeenFromOutside(_ place: Place) throws {
    let lane = try lane(place)
    _ = submit(lane, "monte_carlo_pi", tag: 7, [.integer(1 << 40)])
    lane.flush()
    let before = monotonicNanoseconds()
    var running: [LaneCall] = []
    repeat { running = lane.running() } while running.first?.progress == nil
    let steps = running[0].steps
    repeat { running = lane.running() } while (running.first?.steps ?? 0) <= steps
    #expect(running.count == 1 && running[0].tag == 7 && !running[0].isAsleep)
    let progress = try #require(running[0].progress)
    #expect(progress > 0 && progress < 0.5)
    #expect(running[0].began > before - 10_000_000_000)
    lane.cancel(TagSet([7...7]))
    run(lane, 1) { #expect($0[0].status == .cancelled) }
    #expect(lane.running().isEmpty)
  }

  @Test(arguments: Place.allCases) func resultsOfEveryShapeComeBack(_ place: Place) throws {
    let lane = try lane(place)
    _ = submit(lane, "logistic_map", tag: 1, [4, 0.5, 1])
    _ = submit(lane, "sha256", tag: 2, ["abc"])
    _ = submit(lane, "moments", tag: 3, [.numbers([1, 2, 3])])
    _ = submit(lane, "fft", tag: 4, [.integers([1, 1]), .numbers([])])
    var results: [UInt64: Value] = [:]
    run(lane, 4) { completions in
      for index in 0..<completions.count {
        results[completions.tag(index)] = completions[index].result
      }
    }
    #expect(results[1] == 1.0)
    guard case .text(let digest)? = results[2] else { throw CancellationError() }
    #expect(digest.hasPrefix("ba7816bf"))
    #expect(results[3]?["mean"] == 2.0)
    #expect(results[4]?["real"] == .numbers([2, 0]))
    #expect(lane.liveCount == 0)
  }

  /// The host checks types before; should it ever not, nothing is written outside.
  @Test(arguments: Place.allCases) func valuesOfTheWrongKindWriteNothing(_ place: Place) throws {
    let lane = try lane(place)
    let wrong: [Value] = [
      .null, true, "text", .bytes([1]), .integers([1]), .numbers([1]), .unsigned(.max),
      .record([]),
    ]
    for (tag, value) in wrong.enumerated() {
      _ = submit(lane, "logistic_map", tag: UInt64(tag), [value, value, value])
    }
    run(lane, wrong.count) { completions in
      for index in 0..<completions.count {
        #expect(completions[index].status == .ok && completions[index].steps == 101)
      }
    }
  }

  @Test(arguments: Place.allCases) func aFullLaneSaysSo(_ place: Place) throws {
    let lane = try lane(place, liveLimit: 2)
    func isLater(_ submission: LaneSubmission) -> Bool {
      if case .later = submission { return true }
      return false
    }
    lane.setOpen(true)
    #expect(!isLater(submit(lane, "sleep", tag: 0, [0])))
    #expect(!isLater(submit(lane, "sleep", tag: 1, [0])))
    #expect(isLater(submit(lane, "sleep", tag: 2, [0])))
    run(lane, 2) { _ in }
    #expect(!isLater(submit(lane, "sleep", tag: 2, [0])))
    run(lane, 1) { _ in }
  }

  /// To drop a lane waits for none of its calls, which would sleep for days.
  @Test(.timeLimit(.minutes(1)), arguments: Place.allCases)
  func droppingALaneEndsItsCalls(_ place: Place) throws {
    weak var dropped: ArenaLane?
    do {
      let lane = try lane(place)
      dropped = lane
      for tag in 0..<100 { _ = submit(lane, "sleep", tag: UInt64(tag), [.number(1_000_000)]) }
      lane.flush()
      while lane.running().isEmpty { ArenaLane.wait([lane], nanoseconds: 1_000_000) }
      #expect(lane.liveCount == 100)
    }
    #expect(dropped == nil, "something keeps the lane, and its calls")
  }
}
