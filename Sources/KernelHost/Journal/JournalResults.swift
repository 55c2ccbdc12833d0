import KernelBridge
package import KernelHostModel

/// Writes the results of a journal's run: what an undisturbed run would have written, but for
/// times, lanes and attempts.
package struct JournalResults {
  package struct Options: Sendable {
    package var format = Format.text
    /// A file for the results; nil: the descriptor.
    package var outputPath: String?
    package var outputDescriptor: Int32?
    package var nan = NaNStyle.null
    package var table = ResultTable.Style()
    /// The calls that the results have; nil: all.
    package var selection: Selection?
    /// The token of calls without a record; nil: they are left out.
    var absent: Token<Value>?
    /// Nothing is written to a file unless each call has one record that can be read.
    var mustBeWhole = false

    package init() {}
  }

  package struct Summary: Sendable {
    package let counts: StatusCounts
    package let callCount: Int
    /// Calls whose record cannot be read any more, or cannot be from their kernel: the first ones.
    package let unreadable: [Int]
    /// Why the results could not be written; nil: they were.
    package let failure: SystemError?

    package var missing: Int { callCount - counts.total }
  }

  private let run: JournalRun
  private let source: any RecordSource
  private let plan: Plan

  /// Nil: the plan of the run cannot be made.
  package init?(_ folder: JournalFolder, _ index: JournalIndex) {
    guard case .success(let plan) = folder.run.plan() else { return nil }
    self.init(folder, index, plan)
  }

  /// `plan`: the run's.
  init(_ folder: JournalFolder, _ index: JournalIndex, _ plan: Plan) {
    self.init(folder.run, IndexedRecords(folder, index), plan)
  }

  init(_ run: JournalRun, _ source: any RecordSource, _ plan: Plan) {
    self.run = run
    self.source = source
    self.plan = plan
  }

  /// Writes the records that there are, in call order. O(records); the memory is that of few
  /// records, and of results that others' arguments are.
  package func write(_ options: Options) throws(SystemError) -> Summary {
    let (output, sidecar) = try open(options)
    let selection = options.selection ?? Selection(allOf: plan)
    var table = options.table
    table.isForTerminal = options.outputPath == nil
    let origin = options.format.traits.origin != .nowhere ? run.origin : nil
    var writer = ResultWriter(
      format: options.format, plan: plan, callCount: selection.count, origin: origin,
      nan: options.nan, table: table,
      columns: ScreenTable.columns(options.outputPath, options.outputDescriptor), output: output,
      sidecar: sidecar)
    var counts = StatusCounts()
    var unreadable: [Int] = []
    var taken = TakenResults(plan, source, isWhole: options.format.traits.arguments == .whole)
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
    let copiesNumbers = options.format.traits.copiesNumbers && plan.dependencies == nil
    var locator = CallLocator(plan)
    source.visit(selection.count == plan.callCount ? nil : selection) { call, end, bytes in
      guard copiesNumbers, writer.failure == nil, end.call == call else { return false }
      let task = locator.locate(call).task
      guard end.isResult(of: plan.signature(ofTask: task).results) else { return false }
      if call > next { fill(next..<call) }
      next = call + 1
      writer.record(Self.record(end, bytes, task: task), number: bytes[end.result])
      counts.add(.ok)
      return true
    } _: { call, found in
      if call > next { fill(next..<call) }
      next = call + 1
      let results = plan.signature(ofCall: call).results
      guard let end = found?.typed(results), end.call == call else {
        if unreadable.count < 20 { unreadable.append(call) }
        return true
      }
      counts.add(end.token.status)
      writer.record(
        CallRecord(
          call: call, token: end.token, warning: end.warning,
          taken: options.format.traits.arguments == .none
            ? [] : taken.arguments(ofCall: call, end.token), source: end.source))
      return writer.failure == nil
    }
    fill(next..<plan.callCount)
    if !options.mustBeWhole || counts.total == selection.count && !source.hasConflict {
      writer.end(counts)
    }
    return Summary(
      counts: counts, callCount: selection.count, unreadable: unreadable, failure: writer.failure)
  }

  /// The record of a call that ended well with one number, without that number.
  private static func record(
    _ end: JournalLines.PlainEnd, _ bytes: [UInt8], task: Int
  ) -> CallRecord {
    var record = CallRecord(
      call: end.call, token: .ok(.null, steps: end.steps, seconds: end.seconds))
    if !end.source.isEmpty {
      record.add(
        warning: nil, taken: [], source: String(decoding: bytes[end.source], as: UTF8.self))
    }
    record.task = Int32(truncatingIfNeeded: task)
    return record
  }

  /// Hands the records that there are to `body`, in call order, after what made them to `run`.
  /// O(records).
  package func records(run: (RunOrigin) -> Void, _ body: (RunRecord) -> Void) {
    run(self.run.origin)
    var arguments = RecordedArguments(plan)
    var taken = TakenResults(plan, source, isWhole: false)
    source.visit(nil) { call, found in
      let results = plan.signature(ofCall: call).results
      guard let end = found?.typed(results), end.call == call else { return true }
      let record = CallRecord(
        call: call, token: end.token, warning: end.warning,
        taken: taken.arguments(ofCall: call, end.token), source: end.source)
      body(RunRecord(record, &arguments))
      return true
    }
  }

  /// Hands the records of these calls to `body`, in call order. O(records of the journal).
  func callRecords(of calls: Selection, _ body: (CallRecord) -> Void) {
    var taken = TakenResults(plan, source, isWhole: false)
    source.visit(calls) { call, found in
      let results = plan.signature(ofCall: call).results
      guard let end = found?.typed(results), end.call == call else { return true }
      body(
        CallRecord(
          call: call, token: end.token, warning: end.warning,
          taken: taken.arguments(ofCall: call, end.token), source: end.source))
      return true
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
  private let source: any RecordSource
  /// Long values as they are, and not as their hash.
  private let isWhole: Bool
  /// Of the task that was asked for last.
  private var task = -1
  private var arguments: [TakenArgument] = []

  init(_ plan: Plan, _ source: any RecordSource, isWhole: Bool) {
    self.plan = plan
    self.source = source
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
      let results = plan.signature(ofTask: Int(target)).results
      source.ends(of: plan.calls(ofTask: Int(target))) { call, end in
        guard let end = end?.typed(results), end.token.ok else { return }
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
