import TaskModel

/// How far a run is, and when it may be done.
struct RunTally {
  private let plan: Plan
  private var run: RunPlan?
  /// By kernel: calls in all (empty: not asked for yet, for it takes its time), calls that
  /// ended, and their seconds from start to end.
  private var planned: [Int] = []
  private var done: [Int]
  private var seconds: [Double]
  private(set) var counts = StatusCounts()
  private(set) var callCount: Int
  /// What runs, by lane, as it was seen last.
  private var running: [Int: (at: Double, calls: [RunningCall])] = [:]

  init(_ plan: Plan) {
    self.plan = plan
    let kernels = plan.signatures.count
    done = [Int](repeating: 0, count: kernels)
    seconds = [Double](repeating: 0, count: kernels)
    callCount = plan.callCount
  }

  /// Whether the times of calls of each kernel matter: with one kernel the number of calls
  /// says as much.
  var hasSeveralKernels: Bool { planned.count { $0 > 0 } > 1 }

  mutating func begin(_ run: RunPlan) {
    self.run = run
    callCount = run.calls
  }

  private mutating func count(_ run: RunPlan) {
    planned = [Int](repeating: 0, count: done.count)
    for (name, count) in run.kernels {
      if let kernel = plan.signatures.firstIndex(where: { $0.name == name }) {
        planned[kernel] = count
      }
    }
  }

  /// A call has ended. O(log tasks).
  mutating func finish(_ record: CallRecord) {
    let kernel = plan.kernelIndex(ofCall: record.call)
    done[kernel] += 1
    seconds[kernel] += record.token.seconds
  }

  mutating func look(_ lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
    self.counts = counts
    if planned.isEmpty, let run { count(run) }
    running[lane] = calls.isEmpty ? nil : (time, calls)
    // A worker that lived for one call is not looked at when it is gone.
    running = running.filter { $0.value.at > time - 2 }
  }

  var ended: Int { counts.total }

  /// The calls that run, oldest first.
  var oldest: [RunningCall] {
    running.values.flatMap { $0.calls }.sorted { ($0.start, $0.call) < ($1.start, $1.call) }
  }

  /// Calls whose step has not returned for so long.
  func stuck(_ seconds: Double) -> [RunningCall] { oldest.filter { $0.inside >= seconds } }

  /// Calls a second so far.
  func rate(at time: Double) -> Double? { ended > 0 && time > 0 ? Double(ended) / time : nil }

  /// Seconds until all is done, if it goes on as it did: for each kernel the calls that are
  /// left times the mean of those that ended, divided by as many calls as ran at the same
  /// time so far; but no less than the longest of those that run has left. With one kernel
  /// the rate says the same, and needs no times. Nil: nothing tells yet.
  func left(at time: Double, hasTimes: Bool) -> Double? {
    if ended == callCount { return nil }
    let live = oldest
    let isSimple = !hasSeveralKernels && live.allSatisfy { $0.progress == nil }
    if ended > 0, !hasTimes || isSimple {
      return time / Double(ended) * Double(callCount - ended)
    }
    guard time > 0, let means = means(live, at: time) else { return nil }
    var (work, rest) = (seconds.reduce(0, +), 0.0)
    var (longest, oldestUnknown) = (0.0, 0.0)
    for kernel in planned.indices where planned[kernel] > 0 {
      rest += Double(max(planned[kernel] - done[kernel], 0)) * means[kernel]
    }
    for call in live {
      let kernel = plan.kernelIndex(ofCall: call.call)
      let age = max(time - call.start, 0)
      let isUnknown = call.progress == nil && done[kernel] == 0
      if isUnknown { oldestUnknown = max(oldestUnknown, age) }
      let own = call.progress.map { age / $0 * (1 - $0) } ?? max(means[kernel] - age, 0)
      longest = max(longest, own)
      rest -= means[kernel]
      // Who sleeps keeps no other from its turn.
      if call.isAsleep { continue }
      work += age
      rest += own
    }
    guard work > 0, rest.isFinite else { return nil }
    let left = max(rest / (work / time), longest)
    // A call of a kernel that nobody has seen end runs longer than all that: who knows.
    return oldestUnknown > left ? nil : left
  }

  /// Seconds of a call of each kernel.
  private func means(_ live: [RunningCall], at time: Double) -> [Double]? {
    var (sums, weights) = (seconds, done.map(Double.init))
    for call in live {
      guard let progress = call.progress, progress > 0.01 else { continue }
      let kernel = plan.kernelIndex(ofCall: call.call)
      if done[kernel] > 0 { continue }
      sums[kernel] += max(time - call.start, 0) / progress
      weights[kernel] += 1
    }
    let all = weights.reduce(0, +)
    if all == 0 { return nil }
    let mean = sums.reduce(0, +) / all
    return sums.indices.map { weights[$0] > 0 ? sums[$0] / weights[$0] : mean }
  }
}
