public import KernelBridge
public import TaskModel

/// The folder of a journal: `run.json`, which never changes, segments, which only grow, and a lock.
public struct JournalFolder: Sendable {
  public static let runName = "run.json"
  private static let writeRun = "write the journal's run to"

  public let path: String
  public let run: JournalRun

  /// Looks at a journal without a change to it. O(bytes of run.json).
  public init(reading path: String) throws(JournalError) {
    guard let run = try Self.readRun(path) else {
      throw FileFacts(path)?.isFolder == false ? .notFolder(path) : .missing(path)
    }
    self.path = path
    self.run = run
  }

  /// What the segments say, as far as they are now. O(bytes).
  public func index() -> JournalIndex { JournalReader.read(path, of: run) }

  /// The same, if an earlier look at them is known: what it has seen is not read again. O(bytes of
  /// newer segments).
  public func index(after earlier: JournalIndex) -> JournalIndex {
    JournalReader.read(path, of: run, after: earlier)
  }

  /// Nil: there is no run.json.
  private static func readRun(_ folder: String) throws(JournalError) -> JournalRun? {
    let file = folder + "/" + runName
    if FileFacts.isMissing(file) { return nil }
    let found: [UInt8]?
    do throws(SystemError) {
      found = try FileReader.readRegular(path: file, limit: 1 << 33)
    } catch {
      if FileFacts(folder)?.isFolder != true { return nil }
      throw .system(error)
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
  public static func open(_ path: String, _ run: JournalRun) throws(JournalError) -> Opened {
    try makeFolder(path)
    let known = try readRun(path)
    if let known {
      try compare(run, known, path)
    } else if let found = foreignName(path) {
      throw .foreign(path, found: found)
    }
    var head = JournalSegmentHead(
      number: 0, run: (known ?? run).id, host: Machine.hostName(),
      process: Int(processNumber()), began: wallText(wallSeconds()))
    let holder = try JournalHolder(path, head)
    let own: JournalRun
    if let known { own = known } else { own = try writeRun(path, run) }
    let folder = JournalFolder(path: path, run: own)
    head.run = own.id
    let last = JournalReader.segmentNames(in: path).last?.number ?? 0
    head.number = last + 1
    return Opened(folder: folder, index: folder.index(), holder: holder, head: head)
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
    if FileFacts(path)?.isFolder != true { throw .notFolder(path) }
  }

  private static func parent(of path: String) -> String {
    var path = path[...]
    while path.count > 1, path.last == "/" { path.removeLast() }
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// A name in a folder without run.json that no journal leaves there; nil: no such name. A host
  /// that died before it had written run.json leaves a lock, and a part of that file.
  private static func foreignName(_ path: String) -> String? {
    Folders.names(path).sorted().first { name in
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

  /// A journal that this process alone writes.
  public struct Opened: Sendable {
    public let folder: JournalFolder
    /// What earlier processes wrote.
    public let index: JournalIndex
    private let holder: JournalHolder
    /// Of the segment that this process writes.
    public let head: JournalSegmentHead

    init(
      folder: JournalFolder, index: JournalIndex, holder: JournalHolder, head: JournalSegmentHead
    ) {
      self.folder = folder
      self.index = index
      self.holder = holder
      self.head = head
    }

    /// Whether a second host on the same journal would be refused.
    public var isLocked: Bool { holder.lock != nil }

    /// Makes the segment of this process: a new file, whose name is on the disk when this returns.
    public func newSegment() throws(JournalError) -> AppendFile {
      let digits = String(head.number)
      let name =
        String(repeating: "0", count: max(6 - digits.count, 0)) + digits + "-"
        + Folders.randomDigits() + ".jsonl"
      do throws(SystemError) {
        let file = try AppendFile(
          new: folder.path + "/" + name, action: "write the journal to")
        try Folders.sync(folder.path)
        return file
      } catch {
        throw .system(error)
      }
    }
  }
}
