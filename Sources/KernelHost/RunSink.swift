import KernelBridge
import TaskModel

/// Puts tokens into call order and hands them to the writer.
final class RunSink: CallSink {
  private(set) var counts = StatusCounts()
  private var writer: ResultWriter
  private let prints: OutputFile?
  private let printsAreResults: Bool
  private let onFailure: () -> Void
  private var ordered = InOrder<EndedCall>()
  /// When the run began, by `monotonicNanoseconds`.
  private let began: UInt64
  private let events: RunEvents?
  /// Of calls that have one and no place in the results yet.
  private var warnings: [Int: String] = [:]
  private let plan: Plan
  private var complaints: Complaints

  init(
    plan: Plan, options: Run.Options, output: OutputFile, events: RunEvents? = nil,
    onFailure: @escaping () -> Void
  ) {
    self.plan = plan
    self.events = events
    began = events?.began ?? monotonicNanoseconds()
    complaints = Complaints(
      plan: plan, descriptor: options.warningDescriptor, screen: options.screen)
    writer = ResultWriter(format: options.format, plan: plan, output: output)
    printsAreResults = options.format == .text
    prints = options.printDescriptor.map {
      OutputFile(descriptor: $0, name: "standard error", screen: options.screen)
    }
    self.onFailure = onFailure
    writer.begin()
  }

  func printed(call: Int, _ bytes: ArraySlice<UInt8>) {
    if printsAreResults {
      writer.printed(bytes)
      lookAtFailure()
    } else {
      try? prints?.write(bytes)
    }
  }

  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall) {
    // One look a batch: who does not observe pays nothing.
    if let events, events.wantsCalls { return observe(count, call, events) }
    for index in 0..<count {
      let ended = call(index)
      counts.add(ended.token.status)
      ordered.put(ended, at: ended.call) { _, ended in
        writer.record(record(of: ended))
      }
    }
    lookAtFailure()
  }

  private func observe(
    _ count: Int, _ call: (_ index: Int) -> EndedCall, _ events: RunEvents
  ) {
    for index in 0..<count {
      let ended = call(index)
      counts.add(ended.token.status)
      events.ended(record(of: ended, warning: warnings[ended.call]), ended.ran)
      ordered.put(ended, at: ended.call) { _, ended in
        let record = record(of: ended)
        writer.record(record)
        events.recorded(record)
      }
    }
    lookAtFailure()
  }

  private func record(of ended: EndedCall) -> CallRecord {
    record(
      of: ended, warning: warnings.isEmpty ? nil : warnings.removeValue(forKey: ended.call))
  }

  private func record(of ended: EndedCall, warning: String?) -> CallRecord {
    let ran = ended.ran
    return CallRecord(
      call: ended.call, token: ended.token,
      start: ran.began == 0 ? .nan : Double(ran.began &- began) * 1e-9, lane: Int(ran.lane),
      warning: warning)
  }

  func noted(_ note: RunnerNote) { events?.noted(note, counts) }

  func finished() {}

  func wrote(call: Int, _ bytes: ArraySlice<UInt8>) { complaints.output(call, bytes) }

  func warned(call: Int?, _ text: String) {
    complaints.warning(call, text)
    if let call { warnings[call] = text }
    events?.warned(call, text)
  }

  func flush() {
    // Whoever sees the text finds what came before it among the events.
    events?.pause()
    complaints.flush()
    writer.flush()
    try? prints?.flush()
    lookAtFailure()
  }

  func close() -> SystemError? {
    writer.end(counts)
    complaints.close()
    try? prints?.flush()
    return writer.failure
  }

  /// Calls whose results nobody will see are not worth making.
  private func lookAtFailure() {
    if writer.failure != nil { onFailure() }
  }
}
