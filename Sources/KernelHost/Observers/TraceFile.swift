public import KernelBridge
public import TaskModel

/// Writes a run as a trace in Chrome's event format, which Perfetto and chrome://tracing show:
/// a row of slices for each lane, and marks for what went wrong.
///
/// In a lane calls overlap where they take turns; slices of one row must not. So a lane has
/// rows of its own, each of which takes a slice that begins after its last one ended; calls
/// beyond the most rows become asynchronous slices, which viewers lay out by themselves.
public final class TraceFile: RunObserver {
  public let wishes = RunWishes(finishes: true)
  private let plan: Plan
  private let file: ObserverFile
  private var lanes = 1
  /// For each lane, when the last slice of each of its rows ended, in nanoseconds.
  private var rows: [Int: [Int64]] = [:]
  private var asynchronous = 0

  private static let mostRows = 32

  /// Why not all could be written; nil: all was.
  public var failure: String? { file.failure }

  /// `output` is complete or absent.
  public init(_ plan: Plan, _ output: OutputFile) {
    self.plan = plan
    file = ObserverFile(output)
  }

  public func saw(_ event: RunEvent, at time: Double) {
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
    file.raw("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n")
    file.raw("{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"tid\":0,")
    file.raw("\"args\":{\"name\":\"host\"}}")
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
    file.raw("\n],\"otherData\":{\"host\":\"\(KernelHostVersion.host)\",\"counts\":")
    end.counts.write(to: &file.buffer)
    file.raw(",\"stopped\":\(end.wasStopped)}}\n")
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
      begin("X", from, row: row)
      file.raw(",\"dur\":")
      time(to - from)
      name(call)
      arguments(call, status, steps, attempt, error)
    } else {
      asynchronous += 1
      let id = ",\"id\":\"\(asynchronous)\""
      begin("b", from, row: Self.row(lane, 0))
      file.raw(id)
      name(call)
      arguments(call, status, steps, attempt, error)
      begin("e", to, row: Self.row(lane, 0))
      file.raw(id)
      name(call)
      file.raw("}")
    }
  }

  /// An event at a moment; `lane` nil: of the process.
  private func mark(_ name: String, _ call: Int?, lane: Int?, at time: Double, _ error: String?) {
    if let lane, rows[lane] == nil { _ = row(lane, from: 0, to: 0) }
    begin("i", Self.nanoseconds(time), row: Self.row(lane ?? 0, 0))
    file.raw(",\"s\":\"\(lane == nil ? "p" : "t")\",\"cat\":\"trouble\",\"name\":")
    JSONWriter.text(call.map { "\(name) (call \($0))" } ?? name, to: &file.buffer)
    file.raw(",\"args\":{\"call\":\(call.map { "\($0)" } ?? "null")")
    if let error { field("error", error) }
    file.raw("}}")
  }

  /// The row of a lane that is free; nil: none is, and no more are made.
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
    let head = ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":\(row),\"name\""
    file.raw(head + ":\"thread_name\",\"args\":{\"name\":\"\(name)\(number)\"}}")
    file.raw(head + ":\"thread_sort_index\",\"args\":{\"sort_index\":\(row)}}")
  }

  private static func row(_ lane: Int, _ index: Int) -> Int { lane * mostRows + index + 1 }

  // MARK: Parts of an event

  private func begin(_ phase: String, _ from: Int64, row: Int) {
    file.raw(",\n{\"ph\":\"\(phase)\",\"pid\":1,\"tid\":\(row),\"ts\":")
    time(from)
  }

  private func name(_ call: Int) {
    file.raw(",\"cat\":\"call\",\"name\":")
    JSONWriter.text(plan.signature(ofCall: call).name, to: &file.buffer)
  }

  private func arguments(
    _ call: Int, _ status: String, _ steps: Int64, _ attempt: Int32, _ error: String?
  ) {
    file.raw(",\"args\":{\"call\":\(call)")
    if let task = plan.taskName(ofCall: call) { field("task", task) }
    if plan.isSwept(call: call) {
      file.raw(",\"point\":")
      TokenRecord.writePoint(ofCall: call, plan, to: &file.buffer)
    }
    file.raw(",\"status\":\"\(status)\",\"steps\":\(steps),\"attempt\":\(attempt)")
    if let error { field("error", error) }
    file.raw("}}")
  }

  private func field(_ name: String, _ text: String) {
    file.raw(",\"\(name)\":")
    JSONWriter.text(text, to: &file.buffer)
  }

  /// Microseconds, as the format wants them, to the nanosecond.
  private func time(_ nanoseconds: Int64) {
    JSONWriter.integer(nanoseconds / 1000, to: &file.buffer)
    let rest = nanoseconds % 1000
    if rest > 0 { file.raw("." + (rest < 10 ? "00" : rest < 100 ? "0" : "") + String(rest)) }
  }

  private static func nanoseconds(_ seconds: Double) -> Int64 {
    Int64((min(max(seconds, 0), 9e9) * 1e9).rounded())
  }
}
