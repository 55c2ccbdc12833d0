import TaskModel

/// The progress of a run, and an estimate of when it ends.
struct RunTally {
  private let plan: Plan
  private var run: RunPlan?
  /// For each kernel: planned calls (empty until they are needed, because counting takes time),
  /// ended calls, and the seconds of those from start to end.
  private var planned: [Int] = []
  private var done: [Int]
  private var seconds: [Double]
  private(set) var counts = StatusCounts()
  private(set) var callCount: Int
  /// The running calls of each lane at the last look.
  private var running: [Int: (at: Double, calls: [RunningCall])] = [:]

  init(_ plan: Plan) {
    self.plan = plan
    let kernels = plan.signatures.count
    done = [Int](repeating: 0, count: kernels)
    seconds = [Double](repeating: 0, count: kernels)
    callCount = plan.callCount
  }

  /// Whether the times of each kernel matter. With one kernel the number of calls is enough.
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

  /// Counts a call that has ended. O(log tasks).
  mutating func finish(_ record: CallRecord) {
    let kernel = plan.kernelIndex(ofCall: record.call)
    done[kernel] += 1
    seconds[kernel] += record.token.seconds
  }

  mutating func look(_ lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
    self.counts = counts
    if planned.isEmpty, let run { count(run) }
    running[lane] = calls.isEmpty ? nil : (time, calls)
    // A worker for a single call is not looked at after its end.
    running = running.filter { $0.value.at > time - 2 }
  }

  var ended: Int { counts.total }

  /// The calls that run, oldest first.
  var oldest: [RunningCall] {
    running.values.flatMap { $0.calls }.sorted { ($0.start, $0.call) < ($1.start, $1.call) }
  }

  /// Returns the calls whose step has not returned for this time.
  func stuck(_ seconds: Double) -> [RunningCall] { oldest.filter { $0.inside >= seconds } }

  /// Returns the number of calls a second so far.
  func rate(at time: Double) -> Double? { ended > 0 && time > 0 ? Double(ended) / time : nil }

  /// Returns an estimate of the seconds until the run ends; nil if nothing is known yet.
  ///
  /// For each kernel, the remaining calls need the mean time of the ended ones. The sum is divided
  /// by the number of calls that ran at the same time so far. The result is at least the remaining
  /// time of the longest running call. With one kernel the rate gives the same result.
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
      // A sleeping call does not delay others.
      if call.isAsleep { continue }
      work += age
      rest += own
    }
    guard work > 0, rest.isFinite else { return nil }
    let left = max(rest / (work / time), longest)
    // A call of a kernel without any ended call has run longer than the estimate: it is worthless.
    return oldestUnknown > left ? nil : left
  }

  /// Returns the mean seconds of a call, for each kernel.
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
