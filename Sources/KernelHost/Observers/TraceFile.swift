package import KernelBridge
package import KernelHostModel

/// Writes a run as a trace in Chrome's event format, which Perfetto and chrome://tracing show: rows
/// of slices for each lane, and marks for what went wrong.
///
/// Calls of a lane take turns and so overlap, but slices of one row must not. A lane therefore has
/// several rows, and a slice goes to a row whose last slice has ended. If all rows are busy, the
/// call becomes an asynchronous slice, which the viewer places.
package final class TraceFile: RunObserver {
  package let wishes = RunWishes(finishes: true)
  private let plan: Plan
  private let file: ObserverFile
  private var lanes = 1
  /// For each lane, when the last slice of each of its rows ended, in nanoseconds.
  private var rows: [Int: [Int64]] = [:]
  private var asynchronous = 0

  private static let mostRows = 32

  /// Why the file is not complete; nil if it is.
  package var failure: String? { file.failure }

  /// Creates an observer. `output` is complete or absent.
  package init(_ plan: Plan, _ output: OutputFile) {
    self.plan = plan
    file = ObserverFile(output)
  }

  package func saw(_ event: RunEvent, at time: Double) {
    switch event {
    case .planned(let run): planned(run)
    case .finished(let record): finished(record)
    case .crashed(let crash):
      if crash.runsAgain, crash.start.isFinite {
        slice(
          call: crash.call, lane: crash.lane, start: crash.start, seconds: time - crash.start,
          status: Status.crash.rawValue, steps: crash.steps, attempt: crash.attempt, crash.message)
      }
      mark("crash: \(crash.name)", crash.call, lane: crash.lane, at: time, crash.message)
    case .retried(let record, _):
      attempt(record)
      mark("retry", record.call, lane: record.lane, at: time, record.token.error?.description)
    case .workerDied(let loss):
      mark("worker died: \(loss.name)", nil, lane: loss.lane, at: time, loss.message)
    case .restarted(let call, _): mark("restart", call, lane: nil, at: time, nil)
    case .ended(let end): ended(end)
    case .started, .warned: break
    }
    if file.isFull { file.send() }
  }

  private func planned(_ run: RunPlan) {
    lanes = run.lanes
    file.raw("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")
    event("M", separator: "\n") { event in
      event.text("name", "process_name")
      event.integer("pid", 1)
      event.integer("tid", 0)
      event.object("args") { $0.text("name", "host") }
    }
    for lane in 0..<lanes { _ = row(lane, from: 0, to: 0) }
  }

  private func finished(_ record: CallRecord) {
    attempt(record)
    let status = record.token.status
    if status.row.isMarkedInTrace {
      let time = record.hasStart ? record.start + record.live : 0
      let message = record.token.error?.message
      mark(
        status.rawValue, record.call, lane: record.hasStart ? record.lane : nil, at: time, message)
    }
  }

  private func ended(_ end: RunEnd) {
    file.raw("\n],\"otherData\":")
    JSONWriter.object(to: &file.buffer) { data in
      data.text("host", KernelHostVersion.host)
      data.write("counts") { end.counts.write(to: &$0) }
      data.bool("stopped", end.wasStopped)
    }
    file.raw("}\n")
    file.commit()
  }

  // MARK: Slices

  private func attempt(_ record: CallRecord) {
    guard record.hasStart else { return }
    let token = record.token
    slice(
      call: record.call, lane: record.lane, start: record.start, seconds: record.live,
      status: token.status.rawValue, steps: token.steps, attempt: token.attempts,
      token.error?.description)
  }

  private func slice(
    call: Int, lane: Int, start: Double, seconds: Double, status: String, steps: Int64,
    attempt: Int32, _ error: String?
  ) {
    let from = Self.nanoseconds(start)
    let to = max(Self.nanoseconds(start + max(seconds, 0)), from)
    if let row = row(lane, from: from, to: to) {
      event("X") { event in
        Self.place(from, row: row, &event)
        event.write("dur") { Self.time(to - from, to: &$0) }
        name(call, &event)
        arguments(call, status, steps, attempt, error, &event)
      }
    } else {
      asynchronous += 1
      let id = String(asynchronous)
      event("b") { event in
        Self.place(from, row: Self.row(lane, 0), &event)
        event.text("id", id)
        name(call, &event)
        arguments(call, status, steps, attempt, error, &event)
      }
      event("e") { event in
        Self.place(to, row: Self.row(lane, 0), &event)
        event.text("id", id)
        name(call, &event)
      }
    }
  }

  /// Writes an event at a moment; a nil `lane` is that of the process.
  private func mark(_ name: String, _ call: Int?, lane: Int?, at time: Double, _ error: String?) {
    if let lane, rows[lane] == nil { _ = row(lane, from: 0, to: 0) }
    event("i") { event in
      Self.place(Self.nanoseconds(time), row: Self.row(lane ?? 0, 0), &event)
      event.text("s", lane == nil ? "p" : "t")
      event.text("cat", "trouble")
      event.text("name", call.map { "\(name) (call \($0))" } ?? name)
      event.object("args") { arguments in
        arguments.integer("call", call)
        if let error { arguments.text("error", error) }
      }
    }
  }

  /// Returns a free row of a lane; nil if all are busy and no more may be made.
  private func row(_ lane: Int, from: Int64, to: Int64) -> Int? {
    var ends = rows[lane] ?? []
    let free = ends.firstIndex { $0 <= from }
    let index = free ?? ends.count
    if index >= Self.mostRows { return nil }
    if free == nil {
      ends.append(to)
      announce(lane, index)
    } else {
      ends[index] = to
    }
    rows[lane] = ends
    return Self.row(lane, index)
  }

  private func announce(_ lane: Int, _ index: Int) {
    let row = Self.row(lane, index)
    let name = lane < lanes ? "lane \(lane)" : "process \(lane - lanes) for one call"
    let number = index == 0 ? "" : " (\(index + 1))"
    describe(row: row, "thread_name") { $0.text("name", name + number) }
    describe(row: row, "thread_sort_index") { $0.integer("sort_index", row) }
  }

  private func describe(row: Int, _ name: String, _ arguments: (inout JSONObject) -> Void) {
    event("M") { event in
      event.integer("pid", 1)
      event.integer("tid", row)
      event.text("name", name)
      event.object("args", arguments)
    }
  }

  private static func row(_ lane: Int, _ index: Int) -> Int { lane * mostRows + index + 1 }

  // MARK: Parts of an event

  /// Writes an event of a phase; `members` adds the rest of it.
  private func event(
    _ phase: String, separator: String = ",\n", _ members: (inout JSONObject) -> Void
  ) {
    file.raw(separator)
    JSONWriter.object(to: &file.buffer) { event in
      event.text("ph", phase)
      members(&event)
    }
  }

  private static func place(_ time: Int64, row: Int, _ event: inout JSONObject) {
    event.integer("pid", 1)
    event.integer("tid", row)
    event.write("ts") { Self.time(time, to: &$0) }
  }

  private func name(_ call: Int, _ event: inout JSONObject) {
    event.text("cat", "call")
    event.text("name", plan.signature(ofCall: call).name)
  }

  private func arguments(
    _ call: Int, _ status: String, _ steps: Int64, _ attempt: Int32, _ error: String?,
    _ event: inout JSONObject
  ) {
    event.object("args") { arguments in
      arguments.integer("call", call)
      if let task = plan.taskName(ofCall: call) { arguments.text("task", task) }
      if plan.isSwept(call: call) {
        arguments.write("point") { CallRecordWriter.writePoint(ofCall: call, plan, to: &$0) }
      }
      arguments.text("status", status)
      arguments.integer("steps", steps)
      arguments.integer("attempt", attempt)
      if let error { arguments.text("error", error) }
    }
  }

  /// Appends microseconds, as the format wants them, to the nanosecond.
  private static func time(_ nanoseconds: Int64, to buffer: inout [UInt8]) {
    JSONWriter.integer(nanoseconds / 1000, to: &buffer)
    let rest = nanoseconds % 1000
    if rest == 0 { return }
    JSONWriter.raw("." + (rest < 10 ? "00" : rest < 100 ? "0" : "") + String(rest), to: &buffer)
  }

  private static func nanoseconds(_ seconds: Double) -> Int64 {
    Int64((min(max(seconds, 0), 9e9) * 1e9).rounded())
  }
}
