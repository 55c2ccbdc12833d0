import KernelBridge
import TaskModel

/// What becomes of a run's calls: tokens go to the writer, in call order or as they come, and
/// decide which calls may begin. One thread at a time uses it.
final class RunSink: CallSink {
  private var tokens: RunTokens
  private let prints: OutputFile?
  private let printsAreResults: Bool
  private let onFailure: () -> Void
  /// Nil: nobody observes.
  private let events: RunEvents?
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
    options: Run.Options, events: RunEvents?, _ writer: ResultWriter,
    onFailure: @escaping () -> Void
  ) {
    self.selection = selection
    self.dealer = dealer
    self.waiters = waiters
    halt = options.halt
    self.events = events
    complaints = Complaints(
      plan: plan, descriptor: options.warningDescriptor, screen: options.screen,
      hasColours: options.hasColours)
    tokens = RunTokens(
      writer, options.order, selection, waiters, events: events,
      measuresWriting: options.measuresWriting)
    printsAreResults = options.format.traits.takesPrintedText
    prints = options.printDescriptor.map {
      OutputFile(descriptor: $0, name: "standard error", screen: options.screen)
    }
    self.onFailure = onFailure
    // Where a call may wait for a later one, the later one must not wait for its place.
    let hasOrder = plan.dependencies?.graph.isForward ?? true
    window =
      options.order == .call && hasOrder ? max(options.liveLimit ?? 0, Self.leastWindow) : nil
    moveWindow()
    dealer.add(waiters?.first ?? selection.ranges)
    skipOthers()
  }

  var counts: StatusCounts { tokens.counts }
  var writingNanoseconds: UInt64 { tokens.writingNanoseconds }

  /// Twice what a lane has live without a limit of its own.
  private static let leastWindow = 1 << 18

  func printed(call: Int, _ bytes: ArraySlice<UInt8>) {
    if printsAreResults {
      tokens.printed(bytes)
      lookAtFailure()
    } else {
      try? prints?.write(bytes)
    }
  }

  func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
    let taken = tokens.take(count, call)
    if tokens.hasRefused { tellRefused() }
    if waiters != nil { letOthersBegin() }
    if let halt, !isClosed, halt.isReached(by: tokens.counts, of: selection.count) {
      close(TokenMaker.halted(after: halt.limit))
    }
    moveWindow()
    lookAtFailure()
    return taken
  }

  /// What waited for calls that have ended begins, or has its token now.
  private func letOthersBegin() {
    skipOthers()
    dealer.add(waiters?.takeReady() ?? [])
  }

  private func skipOthers() {
    while let (ranges, token) = waiters?.takeSkipped() {
      dealer.drop(ranges.reduce(0) { $0 + $1.count })
      end(ranges, token)
    }
  }

  private func end(_ ranges: [Range<Int>], _ token: Token<Value>) {
    for range in ranges {
      let taken = tokens.take(range.count) {
        EndedCall(call: range.lowerBound + $0, token: token, ran: .never)
      }
      if taken != range.count { tellRefused() }
    }
  }

  /// No more calls begin: those that have not get this token. All that waits is taken here:
  /// the tokens that are made make nothing ready any more, which nobody would take.
  func close(_ token: Token<Value>) {
    if isClosed { return }
    isClosed = true
    dealer.refuse(token)
    skipOthers()
    let waiting = waiters?.close() ?? []
    dealer.drop(waiting.reduce(0) { $0 + $1.count })
    end(dealer.takeReady(), token)
    end(waiting, token)
  }

  // MARK: One token for each call

  func missing(in calls: Range<Int>) -> [Range<Int>] { tokens.missing(in: calls) }

  /// A call's first token stands; the others are the host's fault, and said to be.
  private func tellRefused() {
    for call in tokens.takeRefused() { warned(call: call, Wording.secondToken) }
  }

  /// Gives a token to each call that has none though the run is over.
  private func makeMissing(_ token: Token<Value>, isFault: Bool) {
    guard tokens.counts.total < selection.count, let last = selection.ranges.last else { return }
    for range in tokens.missing(in: 0..<last.upperBound) {
      if isFault { for call in range { warned(call: call, Wording.missingToken) } }
      end([range], token)
    }
  }

  private func moveWindow() {
    guard let window, let next = tokens.writtenInOrder, next + window - limit >= window / 4 else {
      return
    }
    limit = next + window
    dealer.setLimit(limit >= selection.count ? .max : selection.call(at: limit))
  }

  func finished() {}

  func noted(_ note: RunnerNote) { events?.noted(note, tokens.counts) }

  func wrote(call: Int, _ bytes: ArraySlice<UInt8>) { complaints.output(call, bytes) }

  func warned(call: Int?, _ text: String) {
    complaints.warning(call, text)
    if let call { tokens.warn(call, text) }
    events?.warned(call, text)
  }

  func flush() {
    // Whoever sees the text finds what came before it among the events.
    events?.pause()
    complaints.flush()
    tokens.flush()
    try? prints?.flush()
    lookAtFailure()
  }

  /// All is over: what has no token gets one, and the results are complete.
  func close() -> SystemError? {
    makeMissing(TokenMaker.missing, isFault: true)
    return complete()
  }

  /// The run ends now, in the middle of it: what has no token gets one, as far as is known, and
  /// the results are complete. Nothing is to be done with the sink afterwards.
  func abandon() -> SystemError? {
    close(TokenMaker.cancelledBeforeStart)
    makeMissing(TokenMaker.abandoned, isFault: false)
    events?.ended(counts, wasStopped: true)
    return complete()
  }

  private func complete() -> SystemError? {
    tokens.end()
    complaints.close()
    try? prints?.flush()
    return tokens.failure
  }

  /// Calls whose results nobody will see are not worth making.
  private func lookAtFailure() {
    if tokens.failure != nil { onFailure() }
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
