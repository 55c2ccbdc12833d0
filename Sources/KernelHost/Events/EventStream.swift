public import KernelBridge
public import TaskModel

/// Writes a run's events as JSON Lines while it goes on, so that those of a run that was
/// killed are there as far as they were written.
///
/// Every line is an object with `event` and `time`, seconds since the run began; the first is
/// `planned`, with the format's `version`. A pipe that is not read holds the run up.
public final class EventStream: RunObserver {
  public static let version = 1

  public let wishes = RunWishes(starts: true, finishes: true, pauses: true, lookPeriod: 0.1)
  private let plan: Plan
  private var arguments: RecordedArguments
  private let file: ObserverFile
  private var flushedAt = 0.0
  /// Why not all could be written; nil: all was, so far.
  public var failure: String? { file.failure }

  /// `onFailure`: called once, with the reason; the run goes on.
  public init(_ plan: Plan, _ output: OutputFile, onFailure: @escaping (String) -> Void) {
    self.plan = plan
    arguments = RecordedArguments(plan)
    file = ObserverFile(output, onFailure: onFailure)
  }

  public func saw(_ event: RunEvent, at time: Double) {
    if file.failure != nil { return }
    write(event, time)
    if case .ended = event { return flush(time) }
    if file.isFull || time > flushedAt + 0.2 { flush(time) }
  }

  public func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
    flush(time)
  }

  public func pause(at time: Double) { flush(time) }

  private func flush(_ time: Double) {
    flushedAt = max(time, flushedAt)
    if !file.buffer.isEmpty { file.send(flushing: true) }
  }

  // MARK: The lines

  private func write(_ event: RunEvent, _ time: Double) {
    switch event {
    case .planned(let run):
      begin("planned", time, "\"version\":\(Self.version)")
      planned(run)
    case .started(let start):
      begin("started", time)
      call(start.call)
      raw(",\"lane\":\(start.lane),\"attempt\":\(start.attempt)")
    case .crashed(let crash):
      begin("crashed", time)
      call(crash.call)
      raw(",\"lane\":\(crash.lane),\"attempt\":\(crash.attempt),\"name\":")
      text(crash.name)
      raw(",\"message\":")
      text(crash.message)
      raw(",\"steps\":\(crash.steps),\"runs_again\":\(crash.runsAgain)")
      suspects(crash.suspects)
    case .workerDied(let loss):
      begin("worker_died", time)
      raw(",\"lane\":\(loss.lane),\"name\":")
      text(loss.name)
      raw(",\"message\":")
      text(loss.message)
      suspects(loss.suspects)
    case .retried(let record, let delay):
      begin("retried", time)
      call(record.call)
      raw(",\"attempt\":\(record.token.attempts),\"status\":\"\(record.token.status.rawValue)\"")
      raw(",\"name\":")
      text(record.token.error?.name ?? "")
      raw(",\"message\":")
      text(record.token.error?.message ?? "")
      raw(",\"delay\":")
      JSONWriter.seconds(delay, to: &file.buffer)
    case .restarted(let number, let attempts):
      begin("restarted", time)
      call(number)
      raw(",\"attempts\":\(attempts)")
    case .warned(let number, let message):
      begin("warned", time)
      if let number { call(number) } else { raw(",\"call\":null") }
      raw(",\"message\":")
      text(message)
    case .finished(let record):
      begin("finished", time)
      // The record without its brace.
      let brace = file.buffer.count
      TokenRecord.write(record, &arguments, to: &file.buffer)
      file.buffer[brace] = UInt8(ascii: ",")
      file.buffer.removeLast()
    case .ended(let end):
      begin("ended", time)
      raw(",\"counts\":")
      end.counts.write(to: &file.buffer)
      raw(",\"seconds\":")
      JSONWriter.seconds(end.seconds, to: &file.buffer)
      raw(",\"stopped\":\(end.wasStopped)")
    }
    raw("}\n")
  }

  private func begin(_ name: String, _ time: Double, _ more: String? = nil) {
    raw("{\"event\":\"\(name)\",")
    if let more { raw(more + ",") }
    raw("\"time\":")
    JSONWriter.seconds(time, to: &file.buffer)
  }

  private func planned(_ run: RunPlan) {
    raw(",\"began\":\"\(wallText(run.wallTime))\",\"host\":\"\(KernelHostVersion.host)\"")
    raw(",\"calls\":\(run.calls),\"kernels\":{")
    for (index, kernel) in run.kernels.enumerated() {
      if index > 0 { raw(",") }
      text(kernel.name)
      raw(":\(kernel.count)")
    }
    raw("},\"lanes\":\(run.lanes),\"mode\":\"\(run.mode.rawValue)\"")
    raw(",\"isolation\":\"\(run.isolation.rawValue)\"")
  }

  private func suspects(_ groups: [SuspectCalls]) {
    raw(",\"suspects\":[")
    for (index, group) in groups.enumerated() {
      raw(index == 0 ? "{\"kernel\":" : ",{\"kernel\":")
      text(group.kernel)
      raw(",\"calls\":[\(group.calls.map(String.init).joined(separator: ","))]")
      raw(",\"more\":\(group.more)}")
    }
    raw("]")
  }

  /// Which call, as records say it.
  private func call(_ call: Int) {
    raw(",\"call\":\(call),\"task\":")
    if let name = plan.taskName(ofCall: call) { text(name) } else { raw("null") }
    raw(",\"kernel\":")
    text(plan.signature(ofCall: call).name)
  }

  private func raw(_ text: String) { file.raw(text) }
  private func text(_ text: String) { JSONWriter.text(text, to: &file.buffer) }
}
