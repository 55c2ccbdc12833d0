import KernelBridge
public import TaskModel

/// Progress as one line from time to time, for logs. A run that ends before the first line writes
/// nothing.
public final class ProgressLines: RunObserver {
  private let plan: Plan
  private let output: OutputFile
  private var tally: RunTally
  private var due: Double
  private let period: Double
  /// Whether times of calls are measured. They cost a little, and say nothing new if there is one
  /// kernel.
  private var wantsTimes = false

  /// Creates an observer. `period` is the number of seconds between two lines, and before the
  /// first.
  public init(_ plan: Plan, descriptor: Int32, period: Double = 10) {
    self.plan = plan
    self.period = period
    due = period
    output = OutputFile(descriptor: descriptor, name: "standard error")
    tally = RunTally(plan)
    wantsTimes = plan.hasSeveralKernels
  }

  public var wishes: RunWishes {
    RunWishes(finishes: wantsTimes, lookPeriod: min(1, period))
  }

  public func saw(_ event: RunEvent, at time: Double) {
    switch event {
    case .planned(let run): tally.begin(run)
    case .finished(let record): tally.finish(record)
    default: break
    }
  }

  public func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
    tally.look(lane, calls, counts, at: time)
    if time < due { return }
    due = (time / period).rounded(.down) * period + period
    try? output.write("host: \(text(at: time))\n")
    try? output.flush()
  }

  private func text(at time: Double) -> String {
    let part = tally.callCount > 0 ? Double(tally.ended) / Double(tally.callCount) : 1
    var parts = [
      "\(Wording.done(tally.ended, of: tally.callCount)) calls (\(Wording.percent(part)))"
    ]
    if let failed = Wording.notOK(tally.counts.occurred) { parts.append(failed) }
    if let rate = tally.rate(at: time) { parts.append(Wording.rate(rate)) }
    if let left = tally.left(at: time, hasTimes: wantsTimes) { parts.append(Wording.left(left)) }
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
