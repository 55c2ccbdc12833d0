import KernelBridge
import TaskModel

/// What becomes of a run's calls: tokens go to the writer, in call order or as they come, and
/// decide which calls may begin. One thread at a time uses it.
final class RunSink: CallSink {
  private(set) var counts = StatusCounts()
  private var writer: ResultWriter
  private let prints: OutputFile?
  private let printsAreResults: Bool
  private let onFailure: () -> Void
  /// Time spent with the writer, if that is measured.
  private(set) var writingNanoseconds: UInt64 = 0
  private let measuresWriting: Bool
  /// Nil: tokens are written as they come.
  private var ordered: InOrder<EndedCall>?
  /// When the run began, by `monotonicNanoseconds`.
  private let began: UInt64
  /// Nil: nobody observes.
  private let events: RunEvents?
  /// Of calls that have one and no place in the results yet.
  private var warnings: [Int: String] = [:]
  private let selection: Selection
  private var complaints: Complaints

  private let dealer: Dealer
  private let waiters: Waiters?
  private let halt: Halt?
  private var isClosed = false
  /// Positions in front of the first token that is missing, up to which calls begin: so many
  /// tokens at most wait for their turn. Nil: no limit.
  private let window: Int?
  private var limit = 0

  init(
    _ plan: Plan, _ selection: Selection, _ dealer: Dealer, _ waiters: Waiters?,
    options: Run.Options, output: OutputFile, events: RunEvents?,
    onFailure: @escaping () -> Void
  ) {
    self.selection = selection
    self.dealer = dealer
    self.waiters = waiters
    halt = options.halt
    self.events = events
    began = events?.began ?? monotonicNanoseconds()
    complaints = Complaints(
      plan: plan, descriptor: options.warningDescriptor, screen: options.screen)
    writer = ResultWriter(
      format: options.format, plan: plan, callCount: selection.count, origin: options.origin,
      output: output)
    printsAreResults = options.format == .text
    prints = options.printDescriptor.map {
      OutputFile(descriptor: $0, name: "standard error", screen: options.screen)
    }
    self.onFailure = onFailure
    measuresWriting = options.measuresWriting
    ordered = options.order == .call ? InOrder() : nil
    // Where a call may wait for a later one, the later one must not wait for its place.
    let hasOrder = plan.dependencies?.graph.isForward ?? true
    window = ordered != nil && hasOrder ? max(options.liveLimit ?? 0, Self.leastWindow) : nil
    writer.begin()
    moveWindow()
    dealer.add(waiters?.first ?? selection.ranges)
  }

  /// Twice what a lane has live without a limit of its own.
  private static let leastWindow = 1 << 18

  func printed(call: Int, _ bytes: ArraySlice<UInt8>) {
    if printsAreResults {
      writer.printed(bytes)
      lookAtFailure()
    } else {
      try? prints?.write(bytes)
    }
  }

  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall) {
    if let observed {
      for index in 0..<count { take(call(index), observed) }
    } else {
      for index in 0..<count { take(call(index)) }
    }
    if waiters != nil { letOthersBegin() }
    if let halt, !isClosed, halt.isReached(by: counts, of: selection.count) {
      close(TokenMaker.halted(after: halt.limit))
    }
    moveWindow()
    lookAtFailure()
  }

  /// Who wants to hear of each call. To be asked once a batch: where nobody does, it costs
  /// nothing.
  private var observed: RunEvents? { events?.wantsCalls == true ? events : nil }

  /// Apart from the other, whose every nanosecond counts.
  @inline(never)
  private func take(_ ended: EndedCall, _ observed: RunEvents) {
    observed.ended(record(of: ended, warning: warnings[ended.call]), ended.ran)
    counts.add(ended.token.status)
    waiters?.note(ended.call, ended.token)
    let write = { [self] (ended: EndedCall) in
      observed.recorded(record(of: ended, warning: warnings[ended.call]))
      self.write(ended)
    }
    if ordered == nil {
      write(ended)
    } else {
      ordered?.put(ended, at: selection.position(of: ended.call)) { write($1) }
    }
  }

  @inline(__always)
  private func take(_ ended: EndedCall) {
    counts.add(ended.token.status)
    waiters?.note(ended.call, ended.token)
    if ordered == nil {
      write(ended)
    } else {
      ordered?.put(ended, at: selection.position(of: ended.call)) { _, ended in write(ended) }
    }
  }

  @inline(__always)
  private func write(_ ended: EndedCall) {
    if !measuresWriting { return writer.record(record(of: ended)) }
    let start = monotonicNanoseconds()
    writer.record(record(of: ended))
    writingNanoseconds += monotonicNanoseconds() - start
  }

  /// What waited for calls that have ended begins, or has its token now.
  private func letOthersBegin() {
    while let (ranges, token) = waiters?.takeSkipped() {
      dealer.drop(ranges.reduce(0) { $0 + $1.count })
      end(ranges, token)
    }
    dealer.add(waiters?.takeReady() ?? [])
  }

  private func end(_ ranges: [Range<Int>], _ token: Token<Value>) {
    let observed = observed
    for range in ranges {
      for call in range {
        let ended = EndedCall(call: call, token: token, ran: .never)
        if let observed { take(ended, observed) } else { take(ended) }
      }
    }
  }

  /// No more calls begin: those that have not get this token.
  func close(_ token: Token<Value>) {
    if isClosed { return }
    isClosed = true
    dealer.refuse(token)
    end(dealer.takeReady(), token)
    let unready = waiters?.close() ?? []
    dealer.drop(unready.reduce(0) { $0 + $1.count })
    end(unready, token)
  }

  private func moveWindow() {
    guard let window, let next = ordered?.next, next + window - limit >= window / 4 else { return }
    limit = next + window
    dealer.setLimit(limit >= selection.count ? .max : selection.call(at: limit))
  }

  private func record(of ended: EndedCall) -> CallRecord {
    record(
      of: ended, warning: warnings.isEmpty ? nil : warnings.removeValue(forKey: ended.call))
  }

  @inline(__always)
  private func record(of ended: EndedCall, warning: String?) -> CallRecord {
    let ran = ended.ran
    return CallRecord(
      call: ended.call, token: ended.token,
      start: ran.began == 0 ? .nan : Double(ran.began &- began) * 1e-9, lane: Int(ran.lane),
      warning: warning)
  }

  func finished() {}

  func noted(_ note: RunnerNote) { events?.noted(note, counts) }

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

/// When no more calls are to begin.
public enum Halt: Sendable, Hashable {
  /// After so many that are not ok.
  case count(Int)
  /// After so many percent of all calls.
  case percent(Double)

  /// Skipped calls are others' doing.
  func isReached(by counts: StatusCounts, of total: Int) -> Bool {
    let failed = counts.notOK - counts[.skipped]
    return switch self {
    case .count(let count): failed >= count
    case .percent(let percent): failed > 0 && Double(failed) * 100 >= percent * Double(total)
    }
  }

  var limit: String {
    switch self {
    case .count(let count): Wording.grouped(count)
    case .percent(let percent): "\(Wording.plain(percent))%"
    }
  }
}

/// In which order tokens are written.
public enum Order: String, Sendable, CaseIterable {
  /// That of the calls.
  case call
  /// As they come.
  case completion
}
