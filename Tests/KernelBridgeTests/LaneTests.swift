import KernelBridge
import TaskModel
import Testing

/// A lane through its port, without the scheduling above it.
@Suite struct LaneTests {
  private func run(_ lane: Lane, _ count: Int, _ each: (borrowing Completions) -> Void) {
    lane.setOpen(false)
    var taken = 0
    while taken < count {
      let got = lane.take(text: { _, _ in }, completions: { each($0) })
      taken += got
      if got == 0 { lane.wait() }
    }
  }

  private func submit(
    _ lane: Lane, _ name: String, tag: UInt64, _ arguments: [Value]
  ) -> Lane.Submission {
    lane.submit(kernel: lane.catalogue.index(of: name)!, tag: tag, timeout: 0) { writer in
      for (index, value) in arguments.enumerated() { writer.value(value, for: index) }
    }
  }

  @Test func resultsOfEveryShapeComeBack() throws {
    let lane = try Lane(catalogue: .builtIn)
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
  @Test func valuesOfTheWrongKindWriteNothing() throws {
    let lane = try Lane(catalogue: .builtIn)
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

  @Test func aFullLaneSaysSo() throws {
    let lane = try Lane(catalogue: .builtIn, liveLimit: 2)
    func isLater(_ submission: Lane.Submission) -> Bool {
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

  @Test func droppingALaneEndsItsCalls() throws {
    let lane = try Lane(catalogue: .builtIn)
    for tag in 0..<100 { _ = submit(lane, "sleep", tag: UInt64(tag), [.number(1_000_000)]) }
    lane.flush()
  }
}
