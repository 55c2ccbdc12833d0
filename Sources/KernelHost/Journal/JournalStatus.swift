import KernelBridge
package import KernelHostModel

/// How far a journal's run is, by the tails of its newest segments alone: as quick for a billion
/// records as for ten, at any time while the run goes on, and from any machine.
package struct JournalStatus: Sendable {
  package let run: JournalRun
  package var counts = StatusCounts()
  package var segments = 0
  package var bytes = 0
  /// Records a second of the newest segment, or of all shards that run; nil: not known.
  package var rate: Double?
  /// Seconds since something was written last; nil: nothing was.
  package var age: Double?
  /// Calls that were half done when they were copied last.
  package var halfDone = 0
  /// The process that makes the run as a whole now; nil: no process does, or locks do not work
  /// there.
  package var holder: JournalSegmentHead?
  /// Whether the newest segment was ended, and each call had its record.
  package var isComplete = false
  package var wasStopped = false
  /// Segments of which the tail cannot be read, each with the reason. What they hold is not counted.
  package var unreadable: [(name: String, reason: String)] = []
  /// The number of shards that the run is dealt to; nil: it is not.
  package var shardCount: Int?
  /// The shards that have begun, in the order of their numbers.
  package var shards: [ShardStatus] = []

  package var done: Int { min(counts.total, run.callCount) }
  package var left: Int { run.callCount - done }
  /// Whether all shards are done, so that the calls which wait for others can be made.
  package var areShardsDone: Bool {
    shardCount.map { $0 == shards.reduce(0) { $0 + $1.shards.count } } ?? false
      && shards.allSatisfy { $0.state == .complete }
  }
  package var isRunning: Bool { holder != nil || shards.contains { $0.isRunning } }
  /// Seconds until the end, if it goes on as it does; nil: not known, or it does not.
  package var eta: Double? {
    guard isRunning, let rate, rate > 0 else { return nil }
    return Double(left) / rate
  }

  /// `now`: seconds since 1970. O(segments).
  package init(_ folder: JournalFolder, now: Double) throws(JournalError) {
    run = folder.run
    var files = try folder.segmentFiles()
    segments = files.count
    bytes = files.reduce(0) { $0 + ($1.facts?.size ?? 0) }
    unreadable = files.filter { $0.facts == nil }.map { file in
      let name = file.name.name
      return (name, FileFacts.problem(folder.path + "/" + name)?.reason ?? "")
    }
    files.removeAll { $0.facts == nil }
    if let newest = files.compactMap({ $0.facts?.changed }).max() {
      age = max(now - Double(newest) * 1e-9, 0)
    }
    if JournalHolder.isHeld(folder.path) { holder = JournalHolder.holder(folder.path) }
    let current = try folder.currentDeal()
    if let current {
      shardCount = current.deal.shards
      addShards(of: current, folder.path, files, now: now)
    } else {
      addWhole(folder.path, files, after: 0)
    }
    isComplete = isComplete || counts.total >= run.callCount && left == 0
    if !isComplete { halfDone = SnapshotStore.count(folder.path, run: run.id) }
  }

  /// Adds what the newest segment of a process tells that made the run as a whole. Returns its
  /// number; nil: no process did.
  @discardableResult
  private mutating func addWhole(
    _ folder: String, _ files: [SegmentFile], after: Int
  ) -> Int? {
    for file in files.reversed() where file.name.share == nil {
      guard file.name.number > after else { break }
      guard let tail = read(folder, file.name.name) else { continue }
      counts = tail.counts
      rate = tail.rate
      isComplete = tail.isComplete == true
      wasStopped = tail.isComplete == false
      return file.name.number
    }
    return nil
  }

  private mutating func read(_ folder: String, _ name: String) -> SegmentTail? {
    do throws(SystemError) {
      return try SegmentTail(try PartsFile(path: folder + "/" + name))
    } catch {
      unreadable.append((name, error.reason))
      return nil
    }
  }

  private mutating func addShards(
    of current: CurrentDeal, _ folder: String, _ files: [SegmentFile], now: Double
  ) {
    // By the shards of a process: what the last one had in the end.
    var last: [ShardSet: StatusCounts] = [:]
    // What was done before the run was dealt so, or what a process did as a whole since.
    let dealtAfter = current.renewed?.lastSegment ?? 0
    for (status, count) in zip(Status.allCases, current.renewed?.done ?? []) {
      counts.add(status, count)
    }
    let whole = addWhole(folder, files, after: dealtAfter)
    var processes: [(own: ShardSet, path: String, tail: SegmentTail)] = []
    var ages: [Double] = []
    for file in files {
      guard let share = file.name.share, share.deal == current.number, let facts = file.facts,
        let tail = read(folder, file.name.name)
      else { continue }
      // Where a name tells the first and the last of several shards, the head tells which.
      let path = folder + "/" + file.name.name
      let own =
        share.shards.count == 1
        ? ShardSet(share.shards.lowerBound) : JournalHolder.head(path)?.ownShards ?? ShardSet([])
      processes.append((own, path, tail))
      ages.append(max(now - Double(facts.changed) * 1e-9, 0))
      if whole.map({ file.name.number > $0 }) ?? true {
        addCounts(of: tail, behind: last.updateValue(tail.counts, forKey: own))
      }
    }
    var covered = Set<Int>()
    for (number, process) in processes.enumerated().reversed() {
      let open = ShardSet(
        process.own.ranges.lazy.flatMap { $0 }.filter { !covered.contains($0) })
      if open.isEmpty { continue }
      var shard = ShardStatus(open, process.path, process.tail)
      shard.age = ages[number]
      var left = Set<Int>()
      if open.count < process.own.count {
        for later in processes[(number + 1)...] {
          let own = later.own.ranges.lazy.flatMap { $0 }
          if own.allSatisfy({ process.own.contains($0) && !left.contains($0) }) {
            shard.leave(to: later.tail)
            left.formUnion(own)
          }
        }
      }
      for one in open.ranges.lazy.flatMap({ $0 }) { covered.insert(one) }
      shards.append(shard)
    }
    var rates = 0.0
    let running = JournalHolder.running(folder, deal: current.number, covered)
    for index in shards.indices
    where running.contains(where: { shards[index].shards.contains($0) }) {
      shards[index].isRunning = true
      shards[index].holder = JournalHolder.head(shards[index].path)
      rates += shards[index].rate ?? 0
    }
    shards.sort { ($0.shards.first ?? 0) < ($1.shards.first ?? 0) }
    if holder == nil { rate = rates > 0 ? rates : nil }
    if whole == nil { wasStopped = !shards.isEmpty && !shards.contains { $0.state == .died } }
  }
}

extension JournalStatus {
  /// Adds the records that one process has made. `before`: how many the process before it had in the
  /// end. Where the next one begins with less, calls run again.
  private mutating func addCounts(of tail: SegmentTail, behind before: StatusCounts?) {
    for status in Status.allCases {
      counts.add(status, tail.counts[status] - tail.first[status])
      if let before { counts.add(status, min(tail.first[status] - before[status], 0)) }
    }
  }
}

extension JournalSegmentHead {
  /// The shards of "3,7,9-12/64".
  fileprivate var ownShards: ShardSet? {
    shards?.split(separator: "/").first.flatMap { ShardSet($0) }
  }
}

/// A segment's file, without its contents.
struct SegmentFile {
  let name: SegmentName
  let facts: FileFacts?
}

extension JournalFolder {
  /// The segments in the order of their numbers. O(segments).
  func segmentFiles() throws(JournalError) -> [SegmentFile] {
    let names: [(number: Int, name: String)]
    do throws(SystemError) { names = try JournalReader.segmentNames(in: path) } catch {
      throw .unreadable(error)
    }
    return names.compactMap { found in
      SegmentName(found.name).map { SegmentFile(name: $0, facts: FileFacts(path + "/" + $0.name)) }
    }
  }
}
