import KernelBridge
import KernelHostModel
import Testing

@testable import KernelHost

/// The estimate of a run's end, with a clock that only the test moves.
struct TimeLeftTests {
  /// How long the calls of a run are, by their place from 0 to 1.
  enum Shape: CaseIterable {
    case even, noisy, growing, shrinking, faster, shuffled

    func seconds(_ index: Int, of count: Int) -> Double {
      let place = (Double(index) + 0.5) / Double(count)
      let random = Double((index * 7919 + 13) % 1009) / 1009
      switch self {
      case .even: return 1
      case .noisy: return 0.8 + 0.4 * random
      case .growing: return 0.01 + place
      case .shrinking: return 1.01 - place
      case .faster: return 0.05 + place * place
      case .shuffled: return 0.01 + random
      }
    }
  }

  /// A run in a lane: calls take turns, at most `live` at a time; each of several lanes takes the
  /// next call of all.
  private struct Model {
    let seconds: [Double]
    let live: Int
    let lanes: Int
    let tellsProgress: Bool
    /// Whether the system takes the processor away now and then: a call's measured time is then that
    /// of its steps and of what happened to come between.
    var isDisturbed = false
    var tally: RunTally
    var counts = StatusCounts()
    private(set) var time = 0.0
    private var running: [(call: Int, own: Double, start: Double)] = []
    private var next = 0

    init(_ plan: Plan, _ seconds: [Double], live: Int, lanes: Int, tellsProgress: Bool) {
      (self.seconds, self.live, self.lanes) = (seconds, live, lanes)
      self.tellsProgress = tellsProgress
      tally = RunTally(plan)
      tally.begin(
        RunPlan(
          plan: plan, selection: Selection(allOf: plan), lanes: 1, mode: .concurrent,
          isolation: .process, wallTime: 0, origin: nil))
      begin()
    }

    private mutating func begin() {
      while running.count < live, next < seconds.count {
        running.append((next, 0, time))
        next += 1
      }
    }

    /// Goes on until the next call ends, or until `end`.
    mutating func advance(to end: Double) {
      while time < end, !running.isEmpty {
        // Each running call has an equal part of the lanes.
        let speed = min(Double(lanes) / Double(running.count), 1)
        let rest = running.map { seconds[$0.call] - $0.own }.min() ?? 0
        let step = min(rest / speed, end - time)
        time += step
        for index in running.indices { running[index].own += step * speed }
        for one in running where seconds[one.call] - one.own < 1e-9 {
          let token = Token<Value>.ok(
            .null, steps: steps(one.own), seconds: measured(one.call, one.own))
          tally.finish(
            CallRecord(call: one.call, token: token, start: one.start, elapsed: time - one.start))
          counts.add(.ok)
        }
        running.removeAll { seconds[$0.call] - $0.own < 1e-9 }
        begin()
      }
    }

    private func steps(_ own: Double) -> Int64 { isDisturbed ? Int64(own * 1000) : 1 }

    private func measured(_ call: Int, _ own: Double) -> Double {
      isDisturbed ? own * ((call * 6007 + 101) % 1013 < 304 ? 2.4 : 0.4) : own
    }

    mutating func left() -> Double? {
      let calls = running.map {
        RunningCall(
          call: $0.call, lane: 0, attempt: 1, start: $0.start, steps: steps($0.own), inside: 0,
          progress: tellsProgress && $0.own > 0 ? $0.own / seconds[$0.call] : nil,
          isAsleep: false, own: measured($0.call, $0.own))
      }
      tally.look(0, Array(calls.prefix(8)), counts, at: time)
      // A sample, as a lane with many calls gives it.
      let stride = max(calls.count / 64, 1)
      let sample = calls.indices.filter { $0 % stride == 0 }.map { calls[$0] }
      tally.survey(0, sample, of: calls.count, at: time)
      return tally.left(at: time)
    }
  }

  /// `live` calls at a time: all of them (the default mode), some, or as many as lanes.
  @Test(
    arguments: Shape.allCases,
    [
      (1000, 1, true), (1000, 1, false), (100, 1, true), (100, 1, false), (2, 2, true),
      (2, 2, false), (64, 2, true),
    ])
  func isRightWithinHalf(_ shape: Shape, _ run: (live: Int, lanes: Int, tellsProgress: Bool)) throws
  {
    let count = 1000
    let plan = try ObserverTests.plan(#"[{"kernel": "primes", "repeat": \#(count)}]"#)
    let seconds = (0..<count).map { shape.seconds($0, of: count) }
    var model = Model(
      plan, seconds, live: run.live, lanes: run.lanes, tellsProgress: run.tellsProgress)
    let all = seconds.reduce(0, +) / Double(run.lanes)
    // Without progress, calls that all began together tell nothing until some of them have ended.
    let isBlind = run.live == count && !run.tellsProgress && (shape == .even || shape == .noisy)
    for part in stride(from: 0.25, through: 0.95, by: 0.05) {
      model.advance(to: all * part)
      let left = model.left()
      if isBlind, model.counts.total < count / 10 {
        #expect(left == nil, "\(part): \(left ?? 0)")
        continue
      }
      let ratio = try #require(left, "\(part)") / (all - model.time)
      // A line does not follow a square so well.
      let most = shape == .faster ? 2 : 1.5
      #expect(ratio > 1 / most && ratio < most, "\(shape) \(run) at \(part): \(ratio)")
    }
  }

  /// The system takes the processor away in the steps of few calls: the others look shorter.
  @Test(arguments: [Shape.growing, .shrinking, .shuffled])
  func isRightOnABusyMachine(_ shape: Shape) throws {
    let plan = try ObserverTests.plan(#"[{"kernel": "primes", "repeat": 1000}]"#)
    let seconds = (0..<1000).map { shape.seconds($0, of: 1000) }
    var model = Model(plan, seconds, live: 1000, lanes: 1, tellsProgress: false)
    model.isDisturbed = true
    let all = seconds.reduce(0, +)
    for part in stride(from: 0.25, through: 0.95, by: 0.05) {
      model.advance(to: all * part)
      let left = model.left()
      let ratio = try #require(left, "\(part)") / (all - model.time)
      #expect(ratio > 1 / 1.5 && ratio < 1.5, "\(shape) at \(part): \(ratio)")
    }
  }

  /// Two kernels, the short calls first.
  @Test func longCallsOfAnotherKernelComeLast() throws {
    let plan = try ObserverTests.plan(
      #"[{"kernel": "primes", "repeat": 900}, {"kernel": "fft", "args": {"real": [1]}, "repeat": 100}]"#
    )
    let seconds = (0..<1000).map { $0 < 900 ? 0.01 : 1.0 }
    var model = Model(plan, seconds, live: 1000, lanes: 1, tellsProgress: true)
    for part in stride(from: 0.25, through: 0.95, by: 0.05) {
      model.advance(to: 109 * part)
      let left = model.left()
      let ratio = try #require(left, "\(part)") / (109 - model.time)
      #expect(ratio > 1 / 1.5 && ratio < 1.5, "at \(part): \(ratio)")
    }
  }
}
