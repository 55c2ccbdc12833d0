package import KernelBridge
package import KernelHostModel

/// Writes the events of a run as JSON Lines while the run goes on: a run that is killed leaves the
/// events that were written.
///
/// Every line is an object with `event` and `time`, seconds since the run began. The first event
/// is `planned`, with the `version` of the format. A pipe that is not read holds the run up.
package final class EventStream: RunObserver {
  package static let version = 1

  package let wishes = RunWishes(starts: true, finishes: true, pauses: true, lookPeriod: 0.1)
  private let plan: Plan
  private var arguments: RecordedArguments
  private let file: ObserverFile
  private var flushedAt = 0.0
  private var gate: () -> Void = {}
  /// Why the file is not complete; nil if it is, so far.
  package var failure: String? { file.failure }

  /// Creates an observer. `onFailure` is called at most once, with the reason; the run continues.
  package init(_ plan: Plan, _ output: OutputFile, onFailure: @escaping (String) -> Void) {
    self.plan = plan
    arguments = RecordedArguments(plan)
    file = ObserverFile(output, onFailure: onFailure)
  }

  package func saw(_ event: RunEvent, at time: Double) {
    if file.failure != nil { return }
    write(event, time)
    if case .ended = event { return flush(time) }
    if file.isFull || time > flushedAt + 0.2 {
      gate()
      flush(time)
    }
  }

  package func showsAfter(_ gate: @escaping () -> Void) { self.gate = gate }

  package func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
    flush(time)
  }

  package func pause(at time: Double) { flush(time) }

  private func flush(_ time: Double) {
    flushedAt = max(time, flushedAt)
    if !file.buffer.isEmpty { file.send(flushing: true) }
  }

  // MARK: The lines

  private func write(_ event: RunEvent, _ time: Double) {
    JSONWriter.object(to: &file.buffer) { line in
      switch event {
      case .planned(let run):
        line.text("event", "planned")
        line.integer("version", Self.version)
        line.seconds("time", time)
        Self.add(run, &line)
      case .started(let start):
        begin("started", time, call: start.call, &line)
        line.integer("lane", start.lane)
        line.integer("attempt", start.attempt)
      case .crashed(let crash):
        begin("crashed", time, call: crash.call, &line)
        line.integer("lane", crash.lane)
        line.integer("attempt", crash.attempt)
        line.text("name", crash.name)
        line.text("message", crash.message)
        line.integer("steps", crash.steps)
        line.bool("runs_again", crash.runsAgain)
        Self.add(crash.suspects, &line)
      case .workerDied(let loss):
        Self.begin("worker_died", time, &line)
        line.integer("lane", loss.lane)
        line.text("name", loss.name)
        line.text("message", loss.message)
        Self.add(loss.suspects, &line)
      case .retried(let record, let delay):
        begin("retried", time, call: record.call, &line)
        line.integer("attempt", record.token.attempts)
        line.text("status", record.token.status.rawValue)
        line.text("name", record.token.error?.name ?? "")
        line.text("message", record.token.error?.message ?? "")
        line.seconds("delay", delay)
      case .restarted(let call, let attempts):
        begin("restarted", time, call: call, &line)
        line.integer("attempts", attempts)
      case .warned(let call, let message):
        if let call {
          begin("warned", time, call: call, &line)
        } else {
          Self.begin("warned", time, &line)
          line.value("call", nil)
        }
        line.text("message", message)
      case .finished(let record):
        Self.begin("finished", time, &line)
        line.members { CallRecordWriter.write(record, &arguments, to: &$0) }
      case .ended(let end):
        Self.begin("ended", time, &line)
        line.write("counts") { end.counts.write(to: &$0) }
        line.seconds("seconds", end.seconds)
        line.bool("stopped", end.wasStopped)
      }
    }
    file.raw("\n")
  }

  private static func begin(_ name: String, _ time: Double, _ line: inout JSONObject) {
    line.text("event", name)
    line.seconds("time", time)
  }

  /// Begins the line of an event that belongs to a call, which is named as in records.
  private func begin(_ name: String, _ time: Double, call: Int, _ line: inout JSONObject) {
    Self.begin(name, time, &line)
    line.integer("call", call)
    line.text("task", plan.taskName(ofCall: call))
    line.text("kernel", plan.signature(ofCall: call).name)
  }

  private static func add(_ run: RunPlan, _ line: inout JSONObject) {
    line.text("began", wallText(run.wallTime))
    line.text("host", KernelHostVersion.host)
    line.integer("calls", run.calls)
    line.object("kernels") { kernels in
      for kernel in run.kernels { kernels.integer(kernel.name, kernel.count) }
    }
    line.integer("lanes", run.lanes)
    line.text("mode", run.mode.rawValue)
    line.text("isolation", run.isolation.rawValue)
  }

  private static func add(_ suspects: [SuspectCalls], _ line: inout JSONObject) {
    line.array("suspects", suspects) { group, buffer in
      JSONWriter.object(to: &buffer) { object in
        object.text("kernel", group.kernel)
        object.value("calls", .integers(group.calls.map { Int64($0) }))
        object.integer("more", group.more)
      }
    }
  }
}
