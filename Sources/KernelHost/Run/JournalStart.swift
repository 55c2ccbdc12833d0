import KernelBridge
import KernelHostModel

extension JournalWriter {
  func wait(_ ticket: Ticket?) throws(JournalFailure) {
    if let ticket {
      if let failure = waitUntilDurable(ticket) { throw failure }
    } else if let failure {
      throw failure
    }
  }
}

extension JournalIndex {
  /// How those of some calls ended that have their record. O(records).
  func counts(of selection: Selection) -> StatusCounts {
    if selection.count == callCount { return counts }
    var found = StatusCounts()
    calls.visit { call, status, _ in
      if selection.contains(call) { found.add(status) }
    }
    return found
  }

  func ranges(of rerun: RunJournal.Rerun, _ halfDone: HalfDone) -> [Range<Int>] {
    switch rerun {
    case .failed: calls(with: Set(Status.allCases).subtracting([.ok, .lost]))
    // Also those that the next lines would find to be lost.
    case .lost:
      (calls(with: [.lost]) + begun.subtracting(halfDone.left).ranges)
        .sorted { $0.lowerBound < $1.lowerBound }
    case .calls(let ranges): ranges
    }
  }
}

/// What a process finds out of a journal before its first call.
struct JournalStart {
  private let index: JournalIndex
  private let plan: Plan
  private let folder: JournalFolder
  /// The calls of the run, or of the shards of the process.
  private let own: Selection
  private let isShard: Bool
  /// How those of them ended that had their record.
  private let before: StatusCounts
  private let halfDone: HalfDone
  private let command: String
  /// Calls that got their record just now.
  private var ended = RangeSet<Int>()
  private var endedNow: [(call: Int, status: Status)] = []
  private var known: [Int: Value] = [:]
  private var failed: [Int: Token<Value>] = [:]

  init(
    _ index: JournalIndex, _ plan: Plan, _ opened: JournalFolder.Opened, _ own: Selection,
    _ halfDone: HalfDone, before: StatusCounts, command: String
  ) {
    self.halfDone = halfDone
    self.index = index
    self.plan = plan
    folder = opened.folder
    isShard = opened.part != nil
    self.own = own
    self.before = before
    self.command = command
  }

  private mutating func note(_ end: JournalEnd) {
    ended.insert(contentsOf: end.call..<end.call + 1)
    endedNow.append((end.call, end.token.status))
    keep(end)
  }

  /// Keeps what other calls wait for.
  private mutating func keep(_ end: JournalEnd) {
    // Calls of shards wait for no others.
    guard !isShard, let dependencies = plan.dependencies else { return }
    let task = plan.task(ofCall: end.call)
    if let result = end.token.result {
      if dependencies.columnsOfTask[task] != nil { known[end.call] = result }
    } else if !dependencies.graph.waiting(for: task).isEmpty {
      failed[end.call] = end.token
    }
  }

  /// Calls that must not begin twice, began, have no end, and do not continue.
  mutating func loseBegun(_ writer: JournalWriter) throws(JournalFailure) {
    let begun = index.begun.subtracting(halfDone.left)
    let calls = begun.ranges.flatMap { own.calls(in: $0) }.flatMap { Array($0) }
    let stopped = halfDone.stopped
    try lose(calls, writer) { [command] in
      let again = RunJournal.again($0, command)
      return stopped.contains($0)
        ? Wording.halfDoneLost(again: again) : Wording.lostWithHost(again: again)
    }
  }

  /// Calls with which a host died though they ran alone.
  mutating func losePoison(
    _ writer: JournalWriter, mostDeaths: Int
  ) throws(JournalFailure) {
    let calls = index.deaths.filter { $0.value > mostDeaths && own.contains($0.key) }.keys.sorted()
    let deaths = index.deaths
    try lose(calls, writer) { [command] call in
      Wording.poison(deaths: deaths[call] ?? 0, again: RunJournal.again(call, command))
    }
  }

  private mutating func lose(
    _ calls: [Int], _ writer: JournalWriter, message: (Int) -> String
  ) throws(JournalFailure) {
    var batch = JournalBatch()
    for call in calls {
      let end = JournalEnd(
        call: call, token: .failed(CallError(.lost, message: message(call)), attempts: 1))
      batch.add(end)
      note(end)
    }
    if !batch.isEmpty { try writer.wait(writer.append(batch)) }
  }

  /// Takes tokens of another journal; nil: it cannot be planned. Returns what a person should know of it.
  mutating func reuse(
    _ source: JournalReuse?, _ path: String, _ run: JournalRun, _ writer: JournalWriter
  ) throws(JournalFailure) -> String {
    guard let source else { return Wording.noReuse(path) }
    var batch = JournalBatch()
    var isWritten = true
    let open = left
    let count = source.match(
      open, of: plan, contents: run.contents(of: plan), wantsResults: plan.dependencies != nil
    ) { end, number in
      batch.add(end, number: number)
      note(end)
      if batch.count < 1024 { return }
      if writer.append(batch) == nil { isWritten = false }
      batch.removeAll()
    }
    if !batch.isEmpty, writer.append(batch) == nil { isWritten = false }
    if !isWritten, let failure = writer.failure { throw failure }
    return Wording.reused(count, of: open.reduce(0) { $0 + $1.count }, path)
  }

  /// The calls without a record.
  private var left: [Range<Int>] {
    let missing = Selection.calls(index.missing, in: own)
    if ended.isEmpty { return missing }
    var left = RangeSet<Int>()
    for range in missing { left.insert(contentsOf: range) }
    for range in ended.ranges { left.remove(contentsOf: range) }
    return Array(left.ranges)
  }

  /// Reads what calls that remain take from others, and which of those failed.
  mutating func readKnown() {
    guard !isShard, let dependencies = plan.dependencies else { return }
    let texts = JournalTexts(folder.path, index)
    let calls = index.calls
    calls.visit { call, status, place in
      let task = plan.task(ofCall: call)
      let isWanted =
        status == .ok
        ? dependencies.columnsOfTask[task] != nil
        : !dependencies.graph.waiting(for: task).isEmpty
      guard isWanted, let end = texts.end(at: place)?.typed(plan.signature(ofCall: call).results)
      else { return }
      keep(end)
    }
  }

  func result(
    _ selection: Selection, _ notes: [String], mostDeaths: Int
  ) -> RunJournal.Start {
    let remaining = Selection(left).intersection(selection)
    var all = before
    for (_, status) in endedNow { all.add(status) }
    var asked = all
    if selection.count < own.count {
      asked = index.counts(of: selection)
      for (call, status) in endedNow where selection.contains(call) { asked.add(status) }
    }
    let alone = index.deaths.filter {
      $0.value >= mostDeaths && remaining.contains($0.key)
    }
    return RunJournal.Start(
      remaining: remaining, selection: selection, before: asked,
      openCount: own.count - all.total, known: known, failed: failed,
      alone: Set(alone.keys), left: Selection(left), notes: notes)
  }
}
