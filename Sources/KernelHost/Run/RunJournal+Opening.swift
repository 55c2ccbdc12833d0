import KernelBridge
package import KernelHostModel

/// The begin of a process that goes on with a run, or begins one.
extension RunJournal {
  /// Calls that have their record and are to be made again.
  package enum Rerun: Sendable {
    /// Those that are not ok, except `lost`.
    case failed
    case lost
    case calls([Range<Int>])
  }

  package struct Options: Sendable {
    package var folder: String
    /// Seconds between two syncs; nil: each end is on the disk before it is shown.
    package var syncSeconds: Double? = 1
    package var rerun: Rerun?
    /// Journals of other runs, whose tokens are taken for calls that do the same.
    package var reuse: [String] = []
    /// The shards that this process makes; nil: it makes the run as a whole.
    package var part: ShardPart?
    /// Throws if shards of the run have calls without a record.
    package var finishes = false
    /// Seconds between two copies of half-done calls, and the least age of calls that are copied.
    /// Infinity: they are copied only when the run stops.
    package var snapshotSeconds: Double = 10
    /// The lanes of this process, each of which continues the calls of one lane.
    package var lanes = Int.max
    /// How messages name the command line without `--rerun`: `host run --journal DIR study.json`.
    package var command = ""

    package init(folder: String) { self.folder = folder }
  }

  /// Deaths of a host after which a call runs alone; after one more it is lost.
  private static let mostDeaths = 3

  /// Begins a journal or goes on with one. `selection`: the calls of the command line; nil: all.
  /// Nothing of the run begins before this returns.
  package static func open(
    _ options: Options, _ run: JournalRun, _ plan: Plan, selection: Selection?,
    isolation: Isolation, liveLimit: Int?
  ) throws(JournalError) -> RunJournal {
    if let kernel = run.kernels.first(where: { $0.content.isEmpty }) {
      throw .unknownCode(kernel: kernel.signature.name)
    }
    let sources = try options.reuse.map(JournalReuse.source)
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
    // Hosts that share the folder have files of their own: "snapshot-d0s7l0-a" is of a shard.
    let prefix = opened.part?.snapshotMark ?? ""
    if opened.isLocked {
      if isolation == .process { try opened.checkLanes(options, plan, selection, prefix) }
      try opened.adopt(own, prefix)
    }
    let store = SnapshotStore(
      folder: opened.folder.path, run: opened.folder.run.id, prefix: prefix,
      generation: UInt64(opened.head.number))
    notes += store.ignored.map { Wording.snapshotIgnored($0.path, $0.reason.text) }
    var halfDone = HalfDone(store, plan, isolation: isolation)
    halfDone.forgiveDeaths(&index)
    index.assumeBegun(plan)
    let again = options.rerun.map { Selection.calls(index.ranges(of: $0, halfDone), in: own) } ?? []
    // Before the journal says that they begin again: they do not go on from copies.
    if !again.isEmpty, !store.void({ call in again.contains { $0.contains(call) } }) {
      throw .system(SystemError("write a snapshot to", path: opened.folder.path, code: 5))
    }
    var writing = JournalWriter.Options()
    writing.syncSeconds = options.syncSeconds
    writing.before = index.counts(of: own)
    writing.planned = own.count - writing.before.total
    index.takeBack(again)
    let before = again.isEmpty ? writing.before : index.counts(of: own)
    halfDone.find(plan, index)
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
      index, plan, opened, own, halfDone, before: before, command: options.command)
    do throws(JournalFailure) {
      if !again.isEmpty {
        try writer.wait(writer.takeBack(again, leaving: before))
      }
      try start.loseBegun(writer)
      try start.losePoison(writer, mostDeaths: mostDeaths)
      for (path, source) in zip(options.reuse, sources) {
        notes.append(try start.reuse(source, path, run, writer))
      }
    } catch {
      _ = writer.close(isComplete: false)
      throw .system(error.error)
    }
    start.readKnown()
    return RunJournal(
      opened, writer, stopper, start.result(selection, notes, mostDeaths: mostDeaths), plan,
      isInProcess: isolation == .none, isSyncedEach: options.syncSeconds == nil,
      liveLimit: liveLimit,
      halfDone.isPossible ? RunSnapshots(store: store, interval: options.snapshotSeconds) : nil,
      command: options.command)
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
  /// Takes over the half-done calls of this process that other processes copied.
  fileprivate func adopt(_ own: Selection, _ prefix: String) throws(JournalError) {
    let adoption = SnapshotAdoption(
      folder: DiskFolder(folder.path), run: folder.run.id, prefix: prefix, part: part)
    if !adoption.isNeeded { return }
    let take = { () throws(JournalError) in
      do throws(SystemError) {
        try adoption.take { own.contains($0) && index.status(of: $0) == nil }
      } catch {
        throw .system(error)
      }
    }
    // One file can have calls of several shards that begin now.
    if part == nil { try take() } else { try JournalHolder.dealing(folder.path, take) }
  }

  /// Throws if this process has fewer lanes than left calls half done that must not begin twice: each
  /// of its lanes can continue those of one, and the others would be lost. No copy or record changes; a new
  /// deal stays.
  fileprivate func checkLanes(
    _ options: RunJournal.Options, _ plan: Plan, _ selection: Selection, _ prefix: String
  ) throws(JournalError) {
    let isImpure = { (task: Int) in
      plan.signature(ofTask: task).isFlat && !plan.signature(ofTask: task).isPure
    }
    if !plan.manifest.tasks.indices.contains(where: isImpure) { return }
    var again = Selection([])
    if case .calls(let ranges)? = options.rerun { again = Selection(ranges) }
    let adoption = SnapshotAdoption(
      folder: DiskFolder(folder.path), run: folder.run.id, prefix: prefix, part: part)
    let count = adoption.count(over: options.lanes) { call, kernel, isFinal in
      guard isFinal, call.number >= 0, selection.contains(call.number),
        !again.contains(call.number), index.status(of: call.number) == nil
      else { return false }
      let task = plan.task(ofCall: call.number)
      return isImpure(task) && plan.signature(ofTask: task).name == kernel
    }
    if count > options.lanes { throw .fewLanes(copies: count, lanes: options.lanes) }
  }

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
  static func calls(_ calls: [Range<Int>], in selection: Selection) -> [Range<Int>] {
    calls.flatMap { selection.calls(in: $0) }
  }
}
