import TaskModel

/// The progress of a run, and an estimate of when it ends.
struct RunTally {
  private let plan: Plan
  private var run: RunPlan?
  /// For each kernel, its calls of this run. Empty until they are needed, because counting takes
  /// time.
  private var spans: [(count: Int, calls: Range<Int>)] = []
  private var times: [CallTimes]
  private(set) var counts = StatusCounts()
  private(set) var callCount: Int
  /// Calls that ended in earlier processes.
  private var earlier = 0
  private(set) var retries = RetryCount()
  /// The running calls of each lane at the last look.
  private var running: [Int: (at: Double, calls: [RunningCall])] = [:]
  /// Some of the running calls of each lane, and their number.
  private var surveys: [Int: (at: Double, calls: [RunningCall], count: Int)] = [:]

  init(_ plan: Plan) {
    self.plan = plan
    times = plan.signatures.map { _ in CallTimes() }
    callCount = plan.callCount
  }

  mutating func begin(_ run: RunPlan) {
    self.run = run
    callCount = run.calls + run.before.total
    counts = run.before
    earlier = run.before.total
  }

  /// Counts a call that has ended. O(log tasks).
  mutating func finish(_ record: CallRecord) {
    let kernel = plan.kernelIndex(ofCall: record.call)
    let end = record.start + max(record.elapsed, record.token.seconds)
    times[kernel].add(
      place: place(record.call), seconds: record.token.seconds, start: record.start, end: end)
    retries.finish(record)
  }

  /// Counts a failed attempt of a call that is made again.
  mutating func retry(_ record: CallRecord) { retries.retry(record) }

  mutating func look(_ lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
    self.counts = counts
    if spans.isEmpty, let run { spans = plan.spans(run.selection) }
    running[lane] = calls.isEmpty ? nil : (time, calls)
    surveys[lane] = nil
    // A worker for a single call is not looked at after its end.
    running = running.filter { $0.value.at > time - 2 }
    surveys = surveys.filter { $0.value.at > time - 2 }
  }

  mutating func survey(_ lane: Int, _ calls: [RunningCall], of count: Int, at time: Double) {
    surveys[lane] = calls.isEmpty ? nil : (time, calls, count)
  }

  var ended: Int { counts.total }

  /// The calls that run, oldest first.
  var oldest: [RunningCall] {
    running.values.flatMap { $0.calls }.sorted { ($0.start, $0.call) < ($1.start, $1.call) }
  }

  /// Returns the calls whose step has not returned for this time.
  func stuck(_ seconds: Double) -> [RunningCall] { oldest.filter { $0.inside >= seconds } }

  /// Returns the number of calls a second so far.
  func rate(at time: Double) -> Double? { own > 0 && time > 0 ? Double(own) / time : nil }

  private var own: Int { ended - earlier }

  /// The part of the run that is done, from 0 to 1. A running call that tells its progress is a part
  /// of a call.
  func part(at time: Double) -> Double {
    guard callCount > 0 else { return 1 }
    let half = live.reduce(0.0) { $0 + $1.weight * ($1.call.progress ?? 0) }
    return min((Double(ended) + half) / Double(callCount), ended == callCount ? 1 : 0.999)
  }

  private func place(_ call: Int) -> Double { Double(call) / Double(max(plan.callCount, 1)) }

  /// Some running calls; each stands for `weight` of them.
  private var live: [(call: RunningCall, weight: Double)] {
    running.flatMap { lane, seen in
      guard let survey = surveys[lane] else { return seen.calls.map { ($0, 1.0) } }
      let weight = Double(max(survey.count, survey.calls.count)) / Double(survey.calls.count)
      return survey.calls.map { ($0, weight) }
    }
  }

  // MARK: When it ends

  /// Returns an estimate of the seconds until the run ends; nil if nothing is known yet.
  ///
  /// It adds up the own time that all calls still need, and divides it by the own time that all had
  /// so far in a second. The result is at least the remaining time of each running call.
  func left(at time: Double) -> Double? {
    if ended == callCount { return nil }
    let live = live
    guard
      times.contains(where: { $0.count > 0 }) || live.contains(where: { $0.call.progress != nil })
    else {
      // Of calls that ended nothing but their number is known.
      return own > 0 && !wereTimed ? time / Double(own) * Double(callCount - ended) : nil
    }
    guard time > 0 else { return nil }
    let timed = times.reduce(0) { $0 + $1.count }
    let seconds = times.reduce(0) { $0 + $1.seconds }
    var work = Work(had: seconds * (timed > 0 ? 1 + Double(untimed) / Double(timed) : 1))
    var unknown: [Int] = []
    for kernel in spans.indices where spans[kernel].count > 0 {
      let calls = live.filter { plan.kernelIndex(ofCall: $0.call.call) == kernel }
      if !add(kernel, calls, at: time, to: &work) { unknown.append(kernel) }
    }
    // Without its own figures, a kernel's calls are taken for calls like all others.
    if !unknown.isEmpty {
      guard work.calls > 0 else { return nil }
      let mean = work.seconds / work.calls
      for kernel in unknown {
        work.left += mean * Double(max(spans[kernel].count - times[kernel].ended, 0))
      }
    }
    guard work.had > 0, work.left.isFinite else { return nil }
    let left = max(work.left / (work.had / time), work.longest)
    // A call of a kernel without any ended call has run longer than the estimate: it is worthless.
    return work.oldestUnknown > left ? nil : left
  }

  /// The calls that ended before ends came with their times. That is possible with one kernel only.
  private var untimed: Int {
    let isOne = spans.count { $0.count > 0 } == 1
    return isOne ? max(own - times.reduce(0) { $0 + $1.ended }, 0) : 0
  }

  /// Whether the ends of calls came with their times.
  private var wereTimed: Bool { times.contains { $0.ended > 0 } }

  /// Seconds of own time.
  private struct Work {
    /// What all calls had so far.
    var had: Double
    /// What they still need.
    var left = 0.0
    /// The largest rest of one running call.
    var longest = 0.0
    var oldestUnknown = 0.0
    /// Calls whose whole time is known or estimated, and these times.
    var calls = 0.0
    var seconds = 0.0
  }

  /// Adds what the calls of a kernel still need. Returns whether that is known.
  private func add(
    _ kernel: Int, _ live: [(call: RunningCall, weight: Double)], at time: Double,
    to work: inout Work
  ) -> Bool {
    let times = times[kernel]
    let age = { (call: RunningCall) in call.own ?? max(time - call.start, 0) }
    var samples = times.samples.map { ($0.place, $0.seconds) }
    var (liveCount, firsts, agesOfFirsts) = (0.0, 0.0, 0.0)
    for (call, weight) in live {
      liveCount += weight
      if !call.isAsleep { work.had += age(call) * weight }
      if let progress = call.progress, progress > 0.005 {
        samples.append((place(call.call), age(call) / progress))
      } else if times.isFirst(start: call.start) {
        firsts += weight
        agesOfFirsts += age(call) * weight
      }
    }
    let restOfFirsts =
      firsts > 0 ? times.restOfFirsts(live: firsts, age: agesOfFirsts / firsts) : nil
    if let restOfFirsts {
      for (call, _) in live
      where call.progress ?? 0 <= 0.005 && times.isFirst(start: call.start) {
        samples.append((place(call.call), age(call) + restOfFirsts))
      }
    }
    let trend = TimeTrend(samples)
    var unknown = 0.0
    for (call, weight) in live {
      var rest = 0.0
      if let progress = call.progress, progress > 0.005 {
        rest = age(call) / progress * (1 - progress)
        work.longest = max(work.longest, rest)
      } else if times.isFirst(start: call.start), times.count > 0 || trend == nil {
        if let restOfFirsts { rest = restOfFirsts } else { unknown += weight }
      } else if let trend {
        rest = max(trend.seconds(at: place(call.call)) - age(call), 0)
        work.longest = max(work.longest, rest)
      }
      if call.isAsleep { continue }
      work.left += rest * weight
    }
    let pending = max(Double(spans[kernel].count - times.ended - untimed) - liveCount, 0)
    if unknown > 0, trend == nil || unknown > 0.5 * (liveCount + pending) {
      if times.count == 0 {
        for (call, _) in live { work.oldestUnknown = max(work.oldestUnknown, age(call)) }
      }
      if trend == nil { return liveCount + pending == 0 }
      // Too few calls have ended to tell what the others, which began with them, still need.
      work.oldestUnknown = .infinity
      return true
    }
    guard let trend else { return liveCount + pending == 0 }
    // Calls begin in their order, so the last ones have not begun.
    let calls = spans[kernel].calls
    let begun = 1 - pending / Double(max(spans[kernel].count, 1))
    let high = place(calls.upperBound)
    let low = place(calls.lowerBound) + (high - place(calls.lowerBound)) * begun
    work.left += pending * trend.mean(from: low, to: high)
    work.calls += Double(times.count) + pending + liveCount
    work.seconds += times.seconds + (pending + liveCount) * trend.mean(from: 0, to: 1)
    return true
  }
}
