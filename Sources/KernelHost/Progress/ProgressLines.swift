import KernelBridge
package import KernelHostModel

/// Progress as one line from time to time, for logs. A run that ends before the first line writes
/// nothing.
package final class ProgressLines: RunObserver {
  private let plan: Plan
  private let output: OutputFile
  private var tally: RunTally
  private var due: Double
  private let period: Double
  /// Whether the end of each call is wanted. That costs a little, which a run of very many short
  /// calls would feel, and tells little there.
  private var wantsTimes = false
  /// With one kernel, this is the time in seconds at which it is decided.
  private static let decision = 0.9
  /// Calls a second up to which they are long.
  private static let fewCalls = 20_000.0

  /// Creates an observer. `period` is the number of seconds between two lines, and before the
  /// first.
  package init(_ plan: Plan, descriptor: Int32, period: Double = 10) {
    self.plan = plan
    self.period = period
    due = period
    output = OutputFile(descriptor: descriptor, name: "standard error")
    tally = RunTally(plan)
    wantsTimes = plan.hasSeveralKernels
  }

  package var wishes: RunWishes {
    RunWishes(finishes: wantsTimes, surveys: true, lookPeriod: min(1, period))
  }

  package func saw(_ event: RunEvent, at time: Double) {
    switch event {
    case .planned(let run): tally.begin(run)
    case .finished(let record): tally.finish(record)
    case .retried(let record, _): tally.retry(record)
    default: break
    }
  }

  package func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
    tally.look(lane, calls, counts, at: time)
    if !wantsTimes, time >= Self.decision {
      wantsTimes = tally.rate(at: time) ?? 0 < Self.fewCalls
    }
  }

  package func surveyed(lane: Int, _ calls: [RunningCall], of count: Int, at time: Double) {
    tally.survey(lane, calls, of: count, at: time)
    if time < due { return }
    due = (time / period).rounded(.down) * period + period
    try? output.write("\(ProgramName.current): \(text(at: time))\n")
    try? output.flush()
  }

  private func text(at time: Double) -> String {
    let part = tally.part(at: time)
    var parts = [
      "\(Wording.done(tally.ended, of: tally.callCount)) calls (\(Wording.percent(part)))"
    ]
    if let failed = Wording.notOK(tally.counts.occurred) { parts.append(failed) }
    parts.append(Wording.elapsed(time))
    if let left = tally.left(at: time) { parts.append(Wording.left(left)) }
    if let rate = tally.rate(at: time) { parts.append(Wording.rate(rate)) }
    if let retried = Wording.retried(tally.retries.count) { parts.append(retried) }
    var text = parts.joined(separator: ", ")
    let stuck = tally.stuck(period / 2)
    for call in stuck.prefix(3) {
      text += "; stuck: "
      text += Wording.stuck(
        plan.title(ofCall: call.call), seconds: time - call.start, inside: call.inside)
    }
    if let call = tally.oldest.first(where: { one in !stuck.contains { $0.call == one.call } }),
      time - call.start >= 1
    {
      text += "; oldest: "
      text += Wording.running(
        plan.title(ofCall: call.call), seconds: time - call.start, steps: call.steps,
        progress: call.progress, isAsleep: call.isAsleep)
    }
    return text
  }
}
