import KernelBridge
public import TaskModel

/// Writes the results of a journal's run: what an undisturbed run would have written, but for
/// times, lanes and attempts.
public struct JournalResults {
  public struct Options: Sendable {
    public var format = Format.text
    /// A file for the results; nil: the descriptor.
    public var outputPath: String?
    public var outputDescriptor: Int32?
    public var nan = NaNStyle.null
    public var table = ResultTable.Style()
    /// The calls that the results have; nil: all.
    public var selection: Selection?
    /// The token of calls without a record; nil: they are left out.
    var absent: Token<Value>?

    public init() {}
  }

  public struct Summary: Sendable {
    public let counts: StatusCounts
    public let callCount: Int
    /// Calls whose record cannot be read any more, or cannot be from their kernel: the first ones.
    public let unreadable: [Int]
    /// Why the results could not be written; nil: they were.
    public let failure: SystemError?

    public var missing: Int { callCount - counts.total }
  }

  private let folder: JournalFolder
  private let index: JournalIndex
  private let plan: Plan
  private let texts: JournalTexts

  /// Nil: the plan of the run cannot be made.
  public init?(_ folder: JournalFolder, _ index: JournalIndex) {
    guard case .success(let plan) = folder.run.plan() else { return nil }
    self.init(folder, index, plan)
  }

  /// `plan`: the run's.
  init(_ folder: JournalFolder, _ index: JournalIndex, _ plan: Plan) {
    self.folder = folder
    self.index = index
    self.plan = plan
    texts = JournalTexts(folder.path, index)
  }

  /// Writes the records that there are, in call order. O(records); the memory is that of few
  /// records, and of results that others' arguments are.
  public func write(_ options: Options) throws(SystemError) -> Summary {
    let (output, sidecar) = try open(options)
    let selection = options.selection ?? Selection(allOf: plan)
    var table = options.table
    table.isForTerminal = options.outputPath == nil
    let origin = options.format.traits.origin != .nowhere ? folder.run.origin : nil
    var writer = ResultWriter(
      format: options.format, plan: plan, callCount: selection.count, origin: origin,
      nan: options.nan, table: table, output: output, sidecar: sidecar)
    var counts = StatusCounts()
    var unreadable: [Int] = []
    var taken = TakenResults(plan, index, texts, isWhole: options.format.traits.arguments == .whole)
    writer.begin()
    var next = 0
    // Gives their token to selected calls without a record, in front of others.
    func fill(_ calls: Range<Int>) {
      guard let absent = options.absent else { return }
      for range in selection.calls(in: calls) {
        for call in range where writer.failure == nil {
          counts.add(absent.status)
          writer.record(CallRecord(call: call, token: absent))
        }
      }
    }
    let isWhole = selection.count == plan.callCount
    let copiesNumbers = options.format.traits.copiesNumbers && plan.dependencies == nil
    var locator = CallLocator(plan)
    index.calls.visit { call, status, place in
      if writer.failure != nil { return }
      if !isWhole, selection.calls(in: call..<call + 1).isEmpty { return }
      if call > next { fill(next..<call) }
      next = call + 1
      let reference = locator.locate(call)
      let results = plan.signature(ofTask: reference.task).results
      if copiesNumbers, isCopied(call, reference.task, results, place, &writer) {
        return counts.add(status)
      }
      guard let end = texts.end(at: place)?.typed(results), end.call == call else {
        if unreadable.count < 20 { unreadable.append(call) }
        return
      }
      counts.add(status)
      writer.record(
        CallRecord(
          call: call, token: end.token, warning: end.warning,
          taken: options.format.traits.arguments == .none
            ? [] : taken.arguments(ofCall: call, end.token), source: end.source))
    }
    fill(next..<plan.callCount)
    writer.end(counts)
    return Summary(
      counts: counts, callCount: selection.count, unreadable: unreadable, failure: writer.failure)
  }

  /// Writes a record of the usual kind, without a look at what its number is. False: it is another
  /// kind, and nothing was written.
  private func isCopied(
    _ call: Int, _ task: Int, _ results: [FieldSignature], _ place: Int,
    _ writer: inout ResultWriter
  ) -> Bool {
    var isWritten = false
    let isPlain = texts.plainEnd(at: place) { end, bytes in
      if end.call != call || !end.isResult(of: results) { return }
      var record = CallRecord(
        call: call, token: .ok(.null, steps: end.steps, seconds: end.seconds))
      if !end.source.isEmpty {
        record.add(
          warning: nil, taken: [], source: String(decoding: bytes[end.source], as: UTF8.self))
      }
      record.task = Int32(truncatingIfNeeded: task)
      writer.record(record, number: bytes[end.result])
      isWritten = true
    }
    return isPlain && isWritten
  }

  /// Hands the records that there are to `body`, in call order, after what made them to `run`.
  /// O(records).
  public func records(run: (RunOrigin) -> Void, _ body: (RunRecord) -> Void) {
    run(folder.run.origin)
    var arguments = RecordedArguments(plan)
    var taken = TakenResults(plan, index, texts, isWhole: false)
    index.calls.visit { call, _, place in
      let results = plan.signature(ofCall: call).results
      guard let end = texts.end(at: place)?.typed(results), end.call == call else { return }
      let record = CallRecord(
        call: call, token: end.token, warning: end.warning,
        taken: taken.arguments(ofCall: call, end.token), source: end.source)
      body(RunRecord(record, &arguments))
    }
  }

  /// Hands the records of these calls to `body`, in call order. O(records of the journal).
  func callRecords(of calls: Selection, _ body: (CallRecord) -> Void) {
    var taken = TakenResults(plan, index, texts, isWhole: false)
    index.calls.visit { call, _, place in
      if calls.calls(in: call..<call + 1).isEmpty { return }
      let results = plan.signature(ofCall: call).results
      guard let end = texts.end(at: place)?.typed(results), end.call == call else { return }
      body(
        CallRecord(
          call: call, token: end.token, warning: end.warning,
          taken: taken.arguments(ofCall: call, end.token), source: end.source))
    }
  }

  private func open(_ options: Options) throws(SystemError) -> (OutputFile, RunSidecar?) {
    guard let path = options.outputPath else {
      return (
        OutputFile(descriptor: options.outputDescriptor ?? 1, name: "standard output"), nil
      )
    }
    let output = try OutputFile(path: path)
    guard let ending = options.format.traits.sidecarEnding, output.isRegular else {
      return (output, nil)
    }
    return (output, try RunSidecar(beside: path, ending: ending))
  }
}

extension JournalLines.PlainEnd {
  /// Whether its number is what a kernel with these results returns.
  func isResult(of results: [FieldSignature]) -> Bool {
    guard results.count == 1, !result.isEmpty else { return false }
    switch results[0].type {
    case .f64: return isReal
    case .i64: return !isReal
    default: return false
    }
  }
}

/// The arguments of calls that were results of others, read from the journal.
private struct TakenResults {
  private let plan: Plan
  private let index: JournalIndex
  private let texts: JournalTexts
  /// Long values as they are, and not as their hash.
  private let isWhole: Bool
  /// Of the task that was asked for last.
  private var task = -1
  private var arguments: [TakenArgument] = []

  init(_ plan: Plan, _ index: JournalIndex, _ texts: JournalTexts, isWhole: Bool) {
    self.plan = plan
    self.index = index
    self.texts = texts
    self.isWhole = isWhole
  }

  /// Returns the arguments that were results of others, as far as they are known. O(results that it takes).
  mutating func arguments(ofCall call: Int, _ token: Token<Value>) -> [TakenArgument] {
    guard let dependencies = plan.dependencies, token.attempts > 0 else { return [] }
    let task = plan.task(ofCall: call)
    guard dependencies.readers.contains(task) else { return [] }
    if task == self.task { return arguments }
    self.task = task
    arguments = read(task, dependencies)
    return arguments
  }

  private func read(_ task: Int, _ dependencies: Dependencies) -> [TakenArgument] {
    let calls = plan.calls(ofTask: task)
    var known: [Int: Value] = [:]
    for target in dependencies.graph.targets(of: task) {
      for call in plan.calls(ofTask: Int(target)) {
        guard let record = index.calls.record(of: call), record.status == .ok,
          let end = texts.end(at: record.place)?.typed(plan.signature(ofCall: call).results)
        else { continue }
        known[call] = end.token.result ?? .null
      }
    }
    let tracker = DependencyTracker(plan: plan, selection: Selection([calls]), known: known)
    return (tracker?.taken(byTask: task) ?? []).map { argument in
      isWhole
        ? argument
        : TakenArgument(parameter: argument.parameter, value: argument.value.recorded)
    }
  }
}
