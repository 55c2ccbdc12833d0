import KernelHostModel

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
      place: place(record.call), seconds: record.token.seconds, steps: record.token.steps,
      start: record.start, end: end)
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
  /// It adds up the own time that all calls still need. It divides the sum by the own time that all
  /// had in a second so far. The result is at least the remaining time of each running call.
  func left(at time: Double) -> Double? {
    if ended == callCount { return nil }
    let live = live
    guard time > 0 else { return nil }
    if own > 0, !times.contains(where: { $0.ended > 0 }) {
      // Of calls that ended nothing but their number is known.
      return time / Double(own) * Double(callCount - ended)
    }
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
    var samples = times.samples.map {
      TimedCalls(place: $0.place, seconds: $0.seconds, weight: Double(times.stride))
    }
    var (liveCount, firsts, agesOfFirsts, stepsOfFirsts) = (0.0, 0.0, 0.0, 0.0)
    for (call, weight) in live {
      liveCount += weight
      if !call.isAsleep { work.had += age(call) * weight }
      if let progress = call.progress, progress > 0.005 {
        samples.append(
          TimedCalls(place: place(call.call), seconds: age(call) / progress, weight: weight))
      } else if times.isFirst(start: call.start) {
        firsts += weight
        agesOfFirsts += age(call) * weight
        stepsOfFirsts += Double(call.steps) * weight
      }
    }
    let restOfFirsts =
      firsts > 0
      ? times.restOfFirsts(
        live: firsts, age: agesOfFirsts / firsts, steps: stepsOfFirsts / firsts) : nil
    // Of calls that began together the short ones end first: without the others, they would look
    // like all.
    let silent = live.filter { $0.call.progress ?? 0 <= 0.005 }
    let isFirst = { (call: RunningCall) in times.isFirst(start: call.start) }
    if let restOfFirsts {
      samples += silent.filter { isFirst($0.call) }.map {
        TimedCalls(
          place: place($0.call.call), seconds: age($0.call) + restOfFirsts, weight: $0.weight)
      }
    }
    let later = silent.filter { !isFirst($0.call) }
    if let known = Self.unbiased(samples, before: later.map { place($0.call.call) }) {
      samples += later.map {
        let (place, age) = (place($0.call.call), age($0.call))
        return TimedCalls(
          place: place, seconds: age + known.rest(at: place, age: age), weight: $0.weight)
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
        rest = trend.rest(at: place(call.call), age: age(call))
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

  /// The trend of calls that began before those that still run, of which nearly all have ended.
  /// Among later ones, mostly the short ones have.
  private static func unbiased(_ samples: [TimedCalls], before live: [Double]) -> TimeTrend? {
    let places = live.sorted()
    guard !places.isEmpty else { return nil }
    let end = places[places.count / 10]
    let early = samples.filter { $0.place < end }
    return early.count >= 16 ? TimeTrend(early) : TimeTrend(samples, isFlat: true)
  }
}
