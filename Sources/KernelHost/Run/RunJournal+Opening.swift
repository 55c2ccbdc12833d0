import KernelBridge
public import TaskModel

/// The begin of a process that goes on with a run, or begins one.
extension RunJournal {
  /// Calls that have their record and are to be made again.
  public enum Rerun: Sendable {
    /// Those that are not ok, except `lost`.
    case failed
    case lost
    case calls([Range<Int>])
  }

  public struct Options: Sendable {
    public var folder: String
    /// Seconds between two syncs; nil: each end is on the disk before it is shown.
    public var syncSeconds: Double? = 1
    public var rerun: Rerun?
    /// Journals of other runs, whose tokens are taken for calls that do the same.
    public var reuse: [String] = []
    /// The shards that this process makes; nil: it makes the run as a whole.
    public var part: ShardPart?
    /// Throws if shards of the run have calls without a record.
    public var finishes = false
    /// How messages name the command line without `--rerun`: `host run --journal DIR study.json`.
    public var command = ""

    public init(folder: String) { self.folder = folder }
  }

  /// Deaths of a host after which a call runs alone; after one more it is lost.
  private static let mostDeaths = 3

  /// Begins a journal or goes on with one. `selection`: the calls of the command line; nil: all.
  /// Nothing of the run begins before this returns.
  public static func open(
    _ options: Options, _ run: JournalRun, _ plan: Plan, selection: Selection?,
    isolation: Isolation, liveLimit: Int?
  ) throws(JournalError) -> RunJournal {
    if let kernel = run.kernels.first(where: { $0.content.isEmpty }) {
      throw .unknownCode(kernel: kernel.signature.name)
    }
    let opened = try openFolder(options, run, plan)
    var index = opened.index
    var notes: [String] = []
    let stopper = JournalStopper()
    let own = opened.part?.calls(plan) ?? Selection(allOf: plan)
    let selection = selection.map { own.intersection($0) } ?? own
    if !opened.isLocked {
      let isImpure = plan.manifest.tasks.indices.contains {
        !plan.signature(ofTask: $0).isPure
      }
      if isImpure { throw .unlocked(options.folder) }
      notes.append(Wording.journalWithoutLocks)
    }
    let again = options.rerun.map { Selection.calls(index.ranges(of: $0), in: own) } ?? []
    index.takeBack(again)
    var writing = JournalWriter.Options()
    writing.syncSeconds = options.syncSeconds
    writing.before = index.counts(of: own)
    writing.planned = own.count - writing.before.total
    let file = try opened.newSegment()
    let writer: JournalWriter
    do throws(SystemError) {
      writer = try JournalWriter(file, head: opened.head, options: writing) { _ in
        stopper.stop()
      }
    } catch {
      throw .system(error)
    }
    var start = JournalStart(
      index, plan, opened, own, before: writing.before, command: options.command)
    do throws(JournalFailure) {
      if !again.isEmpty {
        try writer.make(durable: again.map { .again($0) })
      }
      try start.loseBegun(writer)
      try start.losePoison(writer, mostDeaths: mostDeaths)
      for path in options.reuse {
        notes += try start.reuse(path, run, writer)
      }
    } catch {
      _ = writer.close(isComplete: false)
      throw .system(error.error)
    }
    start.readKnown()
    return RunJournal(
      opened, writer, stopper, start.result(selection, notes, mostDeaths: mostDeaths), plan,
      isInProcess: isolation == .none, isSyncedEach: options.syncSeconds == nil,
      liveLimit: liveLimit)
  }

  private static func openFolder(
    _ options: Options, _ run: JournalRun, _ plan: Plan
  ) throws(JournalError) -> JournalFolder.Opened {
    guard let part = options.part else {
      let opened = try JournalFolder.open(options.folder, run)
      if options.finishes { try opened.checkShards(plan) }
      return opened
    }
    return try JournalFolder.open(
      options.folder, run, part: part, independent: plan.independentCalls)
  }
}

extension JournalFolder.Opened {
  /// Throws if the shards of the run are not done.
  fileprivate func checkShards(_ plan: Plan) throws(JournalError) {
    guard let current = try folder.currentDeal() else { return }
    let base = current.base(plan)
    let missing = Selection.calls(index.missing, in: base)
    if missing.isEmpty { return }
    let part = JournalPart(current, current.deal.shards(of: missing, in: base))
    throw .shardsMissing(
      folder.path, calls: missing.reduce(0) { $0 + $1.count }, part: part.text)
  }
}

extension Selection {
  /// Those of some calls that are selected, in order.
  fileprivate static func calls(_ calls: [Range<Int>], in selection: Selection) -> [Range<Int>] {
    calls.flatMap { selection.calls(in: $0) }
  }
}

extension JournalWriter {
  /// Writes records and waits until they are on the disk.
  fileprivate func make(durable records: [JournalRecord]) throws(JournalFailure) {
    try wait(append(records, mustBeDurable: true))
  }

  fileprivate func wait(_ ticket: Ticket?) throws(JournalFailure) {
    if let ticket {
      if let failure = waitUntilDurable(ticket) { throw failure }
    } else if let failure {
      throw failure
    }
  }
}

extension JournalIndex {
  /// How those of some calls ended that have their record. O(records).
  fileprivate func counts(of selection: Selection) -> StatusCounts {
    if selection.count == callCount { return counts }
    var found = StatusCounts()
    calls.visit { call, status, _ in
      if selection.contains(call) { found.add(status) }
    }
    return found
  }

  fileprivate func ranges(of rerun: RunJournal.Rerun) -> [Range<Int>] {
    switch rerun {
    case .failed: calls(with: Set(Status.allCases).subtracting([.ok, .lost]))
    // Also those that the next lines would find to be lost.
    case .lost: (calls(with: [.lost]) + begun.ranges).sorted { $0.lowerBound < $1.lowerBound }
    case .calls(let ranges): ranges
    }
  }
}

/// What a process finds out of a journal before its first call.
private struct JournalStart {
  private let index: JournalIndex
  private let plan: Plan
  private let folder: JournalFolder
  /// The calls of the run, or of the shards of the process.
  private let own: Selection
  private let isShard: Bool
  /// How those of them ended that had their record.
  private let before: StatusCounts
  private let command: String
  /// Calls that got their record just now.
  private var ended = RangeSet<Int>()
  private var endedNow: [(call: Int, status: Status)] = []
  private var known: [Int: Value] = [:]
  private var failed: [Int: Token<Value>] = [:]

  init(
    _ index: JournalIndex, _ plan: Plan, _ opened: JournalFolder.Opened, _ own: Selection,
    before: StatusCounts, command: String
  ) {
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

  /// Calls that must not begin twice, began, and have no end.
  mutating func loseBegun(_ writer: JournalWriter) throws(JournalFailure) {
    let calls = index.begun.ranges.flatMap { own.calls(in: $0) }.flatMap { Array($0) }
    try lose(calls, writer) { [command] in
      Wording.lostWithHost(again: "\(command) --rerun \($0)..\($0)")
    }
  }

  /// Calls with which a host died though they ran alone.
  mutating func losePoison(
    _ writer: JournalWriter, mostDeaths: Int
  ) throws(JournalFailure) {
    let calls = index.deaths.filter { $0.value > mostDeaths && own.contains($0.key) }.keys.sorted()
    let deaths = index.deaths
    try lose(calls, writer) { [command] call in
      Wording.poison(deaths: deaths[call] ?? 0, again: "\(command) --rerun \(call)..\(call)")
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

  /// Takes tokens of another journal. Returns what a person should know of it.
  mutating func reuse(
    _ path: String, _ run: JournalRun, _ writer: JournalWriter
  ) throws(JournalFailure) -> [String] {
    let other: JournalFolder
    do throws(JournalError) {
      other = try JournalFolder(reading: path)
    } catch {
      return error.lines
    }
    var source = JournalReuse()
    guard source.add(other) else { return [Wording.noReuse(path)] }
    var batch = JournalBatch()
    var isWritten = true
    let open = left
    let count = source.match(open, of: plan, contents: run.contents(of: plan)) { end in
      batch.add(end)
      note(end)
      if batch.count < 1024 { return }
      if writer.append(batch) == nil { isWritten = false }
      batch.removeAll()
    }
    if !batch.isEmpty, writer.append(batch) == nil { isWritten = false }
    if !isWritten, let failure = writer.failure { throw failure }
    return [Wording.reused(count, of: open.reduce(0) { $0 + $1.count }, path)]
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
      alone: Set(alone.keys),
      halfDone: index.snapshots.values.filter { remaining.contains($0.call) }.sorted {
        $0.call < $1.call
      },
      notes: notes)
  }
}
