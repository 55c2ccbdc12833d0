package import KernelBridge
package import KernelHostModel

/// The folder of a journal: `run.json`, which never changes, segments, which only grow, and a lock.
package struct JournalFolder: Sendable {
  package static let runName = "run.json"
  private static let writeRun = "write the journal's run to"

  package let path: String
  package let run: JournalRun

  /// Looks at a journal without a change to it. O(bytes of run.json).
  package init(reading path: String) throws(JournalError) {
    guard let run = try Self.readRun(path) else {
      throw FileFacts(path)?.isFolder == false ? .notFolder(path) : .missing(path)
    }
    self.path = path
    self.run = run
  }

  /// Whether a path is the folder of a journal, of whatever version.
  package static func isThere(_ path: String) -> Bool {
    var bytes = [UInt8](repeating: 0, count: JournalRun.beginning.utf8.count)
    guard let file = try? PartsFile(path: path + "/" + runName),
      let count = try? file.read(from: 0, into: &bytes)
    else { return false }
    return count == bytes.count && bytes == Array(JournalRun.beginning.utf8)
  }

  /// What the segments say, as far as they are now. O(bytes).
  package func index() throws(JournalError) -> JournalIndex {
    do throws(SystemError) { return try JournalReader.read(path, of: run) } catch {
      throw .unreadable(error)
    }
  }

  /// The same, if an earlier look at them is known: what it has seen is not read again. `part`: the
  /// shards that the look was for. O(bytes of newer segments).
  func index(after earlier: JournalIndex, part: JournalPart?) throws(SystemError) -> JournalIndex {
    try JournalReader.read(path, of: run, part: part, after: earlier)
  }

  /// How the run is dealt to shards now; nil: it is not.
  func currentDeal() throws(JournalError) -> CurrentDeal? {
    CurrentDeal(run, try JournalDeals.newest(in: path, of: run))
  }

  /// The number of shards that the run is dealt to now; nil: it is not.
  package func shardCount() throws(JournalError) -> Int? { try currentDeal()?.deal.shards }

  /// Nil: there is no run.json.
  private static func readRun(_ folder: String) throws(JournalError) -> JournalRun? {
    let file = folder + "/" + runName
    if FileFacts.isMissing(file) { return nil }
    let found: [UInt8]?
    do throws(SystemError) {
      found = try FileReader.readRegular(path: file, limit: 1 << 33)
    } catch {
      if FileFacts(folder)?.isFolder != true { return nil }
      throw .unreadable(error)
    }
    // A pipe or a device is no journal's file, and is not waited for.
    guard let bytes = found else { throw .run(folder, .foreign) }
    var isWhole = false
    let used = JournalLines.scan(bytes, count: bytes.count) { line in
      isWhole = line.state == .whole && line.range.lowerBound == 0
    }
    do throws(JournalRun.Problem) {
      return try JournalRun(reading: bytes, isWhole: isWhole && used == bytes.count)
    } catch {
      throw .run(folder, error)
    }
  }

  // MARK: To be written

  /// Begins a journal, or goes on with one, as a run's only writer. Nothing is written into a
  /// folder that is no journal, or into one of other inputs. `run`: what is to be run now.
  package static func open(_ path: String, _ run: JournalRun) throws(JournalError) -> Opened {
    let known = try readRun(path, comparing: run)
    let head = newHead((known ?? run).id)
    let holder = try JournalHolder(path, head)
    let own: JournalRun
    if let known { own = known } else { own = try writeRun(path, run) }
    let folder = JournalFolder(path: path, run: own)
    return try Opened(folder, index: folder.index(), holder, head, part: nil)
  }

  /// Begins a journal, or goes on with one, as the only writer of some shards. `independent`: the
  /// run's calls that wait for no others.
  package static func open(
    _ path: String, _ run: JournalRun, part: ShardPart, independent: Selection
  ) throws(JournalError) -> Opened {
    let own: JournalRun
    if let known = try readRun(path, comparing: run) {
      own = known
    } else {
      var run = run
      run.deal = Deal(part.style ?? .stride, shards: part.count, calls: independent.count)
      own = try JournalHolder.dealing(path) { () throws(JournalError) in
        // Another shard may have been quicker.
        if let known = try readRun(path, comparing: run) { return known }
        return try writeRun(path, run)
      }
    }
    let folder = JournalFolder(path: path, run: own)
    let current = try folder.deal(to: part, independent)
    let holder = try JournalHolder(path, deal: current.number, part.shards)
    guard try folder.currentDeal()?.number == current.number else { throw .dealtAnew(path) }
    let ownPart = JournalPart(current, part.shards)
    var head = newHead(own.id)
    head.shards = ownPart.text
    let index: JournalIndex
    do throws(SystemError) { index = try JournalReader.read(path, of: own, part: ownPart) } catch {
      throw .unreadable(error)
    }
    return try Opened(folder, index: index, holder, head, part: ownPart)
  }

  /// The deal that a process with some shards takes part in. Makes it, if that is wanted and no
  /// other process has.
  private func deal(
    to part: ShardPart, _ independent: Selection
  ) throws(JournalError) -> CurrentDeal {
    let current = try currentDeal()
    if let current, current.deal.shards == part.count {
      if let style = part.style, style != current.deal.style {
        throw .otherStyle(path, found: current.deal.style, wanted: style)
      }
      return current
    }
    guard part.isDealtAnew else {
      throw .otherCount(path, found: current?.deal.shards, wanted: part.count)
    }
    return try JournalHolder.dealing(path) { () throws(JournalError) in
      // Another of the new shards may have been quicker.
      if let current = try currentDeal(), current.deal.shards == part.count { return current }
      let holder = try JournalHolder.keepOut(path, upToDeal: current?.number ?? 0)
      defer { _ = holder.lock }
      let deal = try JournalDeals.make(
        newDeal((current?.number ?? 0) + 1, part, independent), in: path, of: run)
      guard let made = CurrentDeal(run, deal), made.deal.shards == part.count else {
        throw .otherCount(path, found: deal.deal.shards, wanted: part.count)
      }
      return made
    }
  }

  /// What is left of the run, dealt to other shards. O(bytes of all segments).
  private func newDeal(
    _ number: Int, _ part: ShardPart, _ independent: Selection
  ) throws(JournalError) -> JournalDeal {
    var index = try index()
    if case .success(let plan) = run.plan() { index.assumeBegun(plan) }
    let left = Selection(index.missing).intersection(independent)
    return JournalDeal(
      number: number, run: run.id,
      deal: Deal(part.style ?? .stride, shards: part.count, calls: left.count),
      lastSegment: try Self.lastNumber(path), done: Status.allCases.map { index.counts[$0] },
      left: left, begun: index.begun.ranges.flatMap { left.calls(in: $0) },
      deaths: index.deaths.filter { left.contains($0.key) })
  }

  private static func lastNumber(_ path: String) throws(JournalError) -> Int {
    do throws(SystemError) {
      return try JournalReader.segmentNames(in: path).last?.number ?? 0
    } catch {
      throw .unreadable(error)
    }
  }

  private static func newHead(_ run: String) -> JournalSegmentHead {
    JournalSegmentHead(
      number: 0, run: run, host: Machine.hostName(), process: Int(processNumber()),
      began: wallText(wallSeconds()))
  }

  /// Makes the folder if it is missing. Returns the run that it is of; nil: it is empty.
  private static func readRun(
    _ path: String, comparing run: JournalRun
  ) throws(JournalError) -> JournalRun? {
    try makeFolder(path)
    var known = try readRun(path)
    if known == nil, let found = try foreignName(path) {
      // Another process may have begun the journal just now.
      known = try readRun(path)
      if known == nil { throw .foreign(path, found: found) }
    }
    if let known { try compare(run, known, path) }
    return known
  }

  private init(path: String, run: JournalRun) {
    self.path = path
    self.run = run
  }

  private static func makeFolder(_ path: String) throws(JournalError) {
    do throws(SystemError) {
      if try Folders.makeNew(path, action: "make the journal's folder") {
        return try Folders.sync(Self.parent(of: path))
      }
    } catch {
      throw .system(error)
    }
    guard let facts = FileFacts(path) else { throw .deadLink(path) }
    if !facts.isFolder { throw .notFolder(path) }
  }

  private static func parent(of path: String) -> String {
    var path = path[...]
    while path.count > 1, path.last == "/" { path.removeLast() }
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// A name in a folder without run.json that no journal leaves there; nil: no such name. A host
  /// that died before it had written run.json leaves a lock, and a part of that file.
  private static func foreignName(_ path: String) throws(JournalError) -> String? {
    let names: [String]
    do throws(SystemError) { names = try Folders.list(path) } catch { throw .unreadable(error) }
    return names.sorted().first { name in
      name != JournalHolder.lockName && name != JournalHolder.holderName
        && !name.hasPrefix(runName + ".partial-") && !name.hasPrefix(".host-partial-")
    }
  }

  private static func writeRun(_ path: String, _ run: JournalRun) throws(JournalError) -> JournalRun
  {
    var bytes: [UInt8] = []
    run.write(to: &bytes)
    JournalFrame.close(from: 0, in: &bytes)
    do throws(SystemError) {
      if try Folders.writeOnce(runName, in: path, bytes, action: writeRun) { return run }
    } catch {
      throw .system(error)
    }
    // Where there are no locks, another host was quicker.
    guard let other = try readRun(path) else { throw .missing(path) }
    try compare(run, other, path)
    return other
  }

  private static func compare(
    _ run: JournalRun, _ known: JournalRun, _ path: String
  ) throws(JournalError) {
    let comparison = run.comparison(with: known)
    if !comparison.isSame { throw .otherInputs(path, comparison) }
  }

  /// A journal of which this process alone makes the calls, or some shards.
  package struct Opened: Sendable {
    package let folder: JournalFolder
    /// What earlier processes wrote, as far as it is of this process' calls.
    package let index: JournalIndex
    private let holder: JournalHolder
    /// Of the segment that this process writes.
    package let head: JournalSegmentHead
    /// The shards that this process makes; nil: it makes the run as a whole.
    package let part: JournalPart?

    init(
      _ folder: JournalFolder, index: JournalIndex, _ holder: JournalHolder,
      _ head: JournalSegmentHead, part: JournalPart?
    ) throws(JournalError) {
      self.folder = folder
      self.index = index
      self.holder = holder
      self.part = part
      var head = head
      head.number = try JournalFolder.lastNumber(folder.path) + 1
      self.head = head
    }

    /// Whether a second host on the same journal, or on the same shards, would be refused.
    package var isLocked: Bool { holder.lock != nil }

    /// Makes the segment of this process: a new file, whose name is on the disk when this returns.
    package func newSegment() throws(JournalError) -> AppendFile {
      let name = SegmentName.new(head.number, part, random: Folders.randomDigits())
      do throws(SystemError) {
        let file = try AppendFile(
          new: folder.path + "/" + name, under: holder.lock, action: "write the journal to")
        try Folders.sync(folder.path)
        return file
      } catch {
        throw .system(error)
      }
    }
  }
}
