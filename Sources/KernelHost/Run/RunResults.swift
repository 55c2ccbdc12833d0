import KernelBridge
import KernelHostModel

/// What a run leaves: tokens on their way to the writer, printed text, warnings, and what observers
/// are told. Nothing here decides anything about calls. One thread at a time uses it.
final class RunResults {
  private var pipeline: ResultPipeline
  private let prints: OutputFile?
  private let printsAreResults: Bool
  /// Nil: the run is not observed.
  private let events: RunEvents?
  private let selection: Selection
  private var complaints: Complaints
  /// Nil: the run ends with its process.
  private let log: (any CallLog)?

  /// `hasDependencies`: calls that have ended are asked for.
  init(
    _ plan: Plan, _ selection: Selection, options: Run.Options, hasDependencies: Bool,
    events: RunEvents?, _ writer: ResultWriter?, log: (any CallLog)? = nil,
    before: StatusCounts = StatusCounts()
  ) {
    self.log = log
    self.selection = selection
    self.events = events
    if let log { events?.showAfter { log.waitUntilSafe() } }
    complaints = Complaints(
      plan: plan, descriptor: options.warningDescriptor, screen: options.screen,
      hasColours: options.hasColours)
    pipeline = ResultPipeline(
      writer, options.order, plan, selection, log: log, before: before, keepsEnded: hasDependencies,
      events: events, isForObservers: options.isForObservers,
      measuresWriting: options.measuresWriting)
    let areResults = options.format.traits.takesPrintedText
    printsAreResults = areResults && writer != nil
    // Of a run with a log only the results wait for its end.
    let isFirst = areResults && writer == nil && options.outputPath == nil
    prints = (isFirst ? options.outputDescriptor : options.printDescriptor).map {
      OutputFile(
        descriptor: $0, name: isFirst ? "standard output" : "standard error",
        screen: !isFirst || Terminal.isSame($0, 2) ? options.screen : nil)
    }
  }

  var counts: StatusCounts { pipeline.counts }
  /// Tokens that were written, where they are in the order of the calls; else nil.
  var writtenInOrder: Int? { pipeline.writtenInOrder }
  var loggedCount: Int { pipeline.loggedCount }
  var writingNanoseconds: UInt64 { pipeline.writingNanoseconds }
  /// Stops the run if its results cannot be written.
  var hasFailed: Bool { pipeline.failure != nil }

  // MARK: What lanes tell

  func printed(call: Int, _ bytes: ArraySlice<UInt8>) {
    if printsAreResults { pipeline.printed(bytes) } else { try? prints?.write(bytes) }
  }

  func wrote(call: Int, _ bytes: ArraySlice<UInt8>) { complaints.output(call, bytes) }

  func warned(call: Int?, _ text: String) {
    complaints.warning(call, text)
    if let call { pipeline.warn(call, text) }
    events?.warned(call, text)
  }

  func saw(_ event: RunEvent) { events?.saw(event) }

  func looked(lane: Int, _ calls: [RunningCall]) {
    // The counts are shown.
    if events != nil { log?.waitUntilSafe() }
    events?.looked(lane: lane, calls, counts)
  }

  func surveyed(lane: Int, _ calls: [RunningCall], of count: Int) {
    events?.surveyed(lane: lane, calls, of: count)
  }

  var wantsSurveys: Bool { events?.wishes.surveys ?? false }

  /// Takes tokens, each call's first one. Returns how many those are. O(calls).
  func take(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
    let taken = pipeline.take(count, call)
    if pipeline.hasRefused { tellRefused() }
    return taken
  }

  /// Calls end without a start. With a log, those that the next process makes get no token.
  func end(_ ranges: [Range<Int>], _ token: Token<Value>) {
    if let log, let first = ranges.first, !log.keeps(token, ofCall: first.lowerBound) { return }
    take(ranges, token)
  }

  /// Takes one token for all calls of some ranges.
  private func take(_ ranges: [Range<Int>], _ token: Token<Value>) {
    for range in ranges {
      _ = take(range.count) {
        EndedCall(call: range.lowerBound + $0, token: token)
      }
    }
  }

  /// Returns the calls that have ended since the last question.
  func takeEnded() -> [CallRecord] { pipeline.takeEnded() }

  func add(_ taken: DependencyTracker.Taken) { pipeline.add(taken) }

  // MARK: One token for each call

  func missing(in calls: Range<Int>) -> [Range<Int>] { pipeline.missing(in: calls) }

  /// A call's first token stands; the others are the host's fault, and said to be.
  private func tellRefused() {
    for call in pipeline.takeRefused() { warned(call: call, Wording.secondToken) }
  }

  /// Gives a token to each call that lacks one though the run is over.
  private func makeMissing(_ token: Token<Value>, isFault: Bool) {
    guard counts.total < selection.count, let last = selection.ranges.last else { return }
    for range in pipeline.missing(in: 0..<last.upperBound) {
      if isFault { for call in range { warned(call: call, Wording.missingToken) } }
      take([range], token)
    }
  }

  // MARK: The end

  func flush() {
    log?.waitUntilSafe()
    // A reader of the text finds what came before it among the events.
    events?.pause()
    complaints.flush()
    pipeline.flush()
    try? prints?.flush()
  }

  /// All is over: what has no token gets one, and the results are complete. Returns why they are
  /// not.
  func close() -> SystemError? {
    // With a log, what has no token is left to the next process.
    if let log {
      // Before the results get their name.
      log.waitUntilSafe()
      if pipeline.loggedCount < selection.count { pipeline.discardResults() }
    } else {
      makeMissing(TokenMaker.missing, isFault: true)
    }
    return complete()
  }

  /// The run ends now, in the middle of it: what has no token gets one, as far as is known, and
  /// the results are complete. Nothing is to be done with them afterwards.
  func abandon() -> SystemError? {
    pipeline.closeLog()
    if log != nil { pipeline.discardResults() }
    if log == nil { makeMissing(TokenMaker.abandoned, isFault: false) }
    events?.ended(counts, wasStopped: true)
    return complete()
  }

  private func complete() -> SystemError? {
    pipeline.end()
    complaints.close()
    try? prints?.flush()
    return pipeline.failure
  }
}
