import KernelBridge
import KernelHostModel

/// The lock of a journal's folder, and who has it. It ends with its process, however that ends.
///
/// A process that makes the run as a whole locks all bytes of the file. A shard locks one byte,
/// which the file need not have: so shards run at the same time, but no second process runs the same
/// one, and no process runs the whole run meanwhile.
struct JournalHolder: Sendable {
  static let lockName = "lock"
  static let holderName = "holder"
  private static let action = "lock the journal with"

  /// Nil: the file system has no locks.
  let lock: FileLock?

  /// Takes the lock of a folder and writes down who has it, or says who else does. Waits for
  /// nothing. `head`: this process, as its segment will have it.
  init(_ folder: String, _ head: JournalSegmentHead) throws(JournalError) {
    switch try Self.attempt(folder, [FileLock.all]) {
    case .held: throw Self.held(folder)
    case .unavailable: lock = nil
    case .taken(let lock): self.lock = lock
    }
    Self.note(folder, head)
  }

  /// Takes the lock of some shards.
  init(_ folder: String, deal: Int, _ shards: ShardSet) throws(JournalError) {
    switch try Self.attempt(folder, shards.ranges.map { Self.bytes(ofDeal: deal, $0) }) {
    case .held: throw Self.held(folder, deal: deal, shards)
    case .unavailable: lock = nil
    case .taken(let lock): self.lock = lock
    }
  }

  private static func attempt(
    _ folder: String, _ parts: [Range<Int>]
  ) throws(JournalError) -> FileLock.Attempt {
    do throws(SystemError) {
      return try FileLock.attempt(folder + "/" + lockName, parts: parts, action: action)
    } catch {
      throw .system(error)
    }
  }

  // MARK: Bytes

  /// A process that deals a run anew has byte 0 meanwhile.
  private static let dealing = 0..<1
  /// A byte that only a process has that makes the run as a whole.
  private static let whole = Int.max - 2..<Int.max - 1

  private static func bytes(ofDeal deal: Int, _ shards: Range<Int>) -> Range<Int> {
    let start = 1 + deal * Deal.mostShards
    return start + shards.lowerBound..<start + shards.upperBound
  }

  // MARK: Dealing anew

  /// Runs `body`, which one process at a time does. A process that does so reads all segments, and
  /// may take a while.
  static func dealing<Result>(
    _ folder: String, _ body: () throws(JournalError) -> Result
  ) throws(JournalError) -> Result {
    let end = monotonicNanoseconds() + 600_000_000_000
    var lock: FileLock?
    while lock == nil {
      switch try attempt(folder, [dealing]) {
      case .taken(let taken): lock = taken
      case .unavailable: return try body()
      case .held:
        if isHeld(folder) || monotonicNanoseconds() >= end { throw held(folder) }
        HostThread.sleep(seconds: 0.005)
      }
    }
    defer { _ = lock }
    return try body()
  }

  /// Keeps the shards of all deals up to this one out until what is returned is gone. Throws if one
  /// of them runs.
  static func keepOut(
    _ folder: String, upToDeal deal: Int
  ) throws(JournalError) -> JournalHolder {
    let last = bytes(ofDeal: deal, 0..<Deal.mostShards)
    switch try attempt(folder, [dealing.upperBound..<last.upperBound]) {
    case .held: throw held(folder)
    case .unavailable: return JournalHolder(nil)
    case .taken(let lock): return JournalHolder(lock)
    }
  }

  private init(_ lock: FileLock?) { self.lock = lock }

  // MARK: Who has it

  /// Why a folder's lock cannot be had: a process makes the run, or shards of it.
  private static func held(_ folder: String) -> JournalError {
    if isHeld(folder) { return .held(folder, by: holder(folder)) }
    let running = runningShards(folder)
    return running.isEmpty
      ? .held(folder, by: holder(folder)) : .shardsRun(folder, ShardSet(running.keys))
  }

  private static func held(_ folder: String, deal: Int, _ shards: ShardSet) -> JournalError {
    if isHeld(folder) { return .held(folder, by: holder(folder)) }
    let running = ShardSet(
      shards.ranges.lazy.flatMap { $0 }.prefix(1 << 20).filter {
        !FileLock.held(folder + "/" + lockName, among: [bytes(ofDeal: deal, $0..<$0 + 1)]).isEmpty
      })
    let first = running.first ?? shards.first ?? 0
    return .shardHeld(folder, shard: first, by: newestHead(folder, deal: deal, shard: first))
  }

  /// Whether a process makes the run as a whole. Asks without taking the lock.
  static func isHeld(_ folder: String) -> Bool {
    FileLock.isHeld(folder + "/" + lockName, part: whole)
  }

  /// Of some shards those that a process makes now. O(shards).
  static func running(_ folder: String, deal: Int, _ shards: some Sequence<Int>) -> Set<Int> {
    let parts = shards.map { bytes(ofDeal: deal, $0..<$0 + 1) }
    let start = bytes(ofDeal: deal, 0..<1).lowerBound
    return Set(
      FileLock.held(folder + "/" + lockName, among: parts).map { $0.lowerBound - start })
  }

  /// The shards of any deal that have a segment and run, each with its deal.
  private static func runningShards(_ folder: String) -> [Int: Int] {
    var found: [Int: Int] = [:]
    var seen = Set<SegmentName.Share>()
    for name in Folders.names(folder) {
      guard let share = SegmentName(name)?.share, seen.insert(share).inserted else { continue }
      for shard in running(folder, deal: share.deal, share.shards.prefix(1 << 20)) {
        found[shard] = share.deal
      }
    }
    return found
  }

  private static func newestHead(
    _ folder: String, deal: Int, shard: Int
  ) -> JournalSegmentHead? {
    let names = Folders.names(folder).compactMap { SegmentName($0) }.filter {
      $0.share.map { $0.deal == deal && $0.shards.contains(shard) } ?? false
    }
    return names.max { ($0.number, $0.name) < ($1.number, $1.name) }
      .flatMap { head(folder + "/" + $0.name) }
  }

  /// The first line of a segment.
  static func head(_ path: String) -> JournalSegmentHead? {
    guard let file = try? PartsFile(path: path) else { return nil }
    var bytes = [UInt8](repeating: 0, count: min(file.size, 1 << 16))
    guard let count = try? file.read(from: 0, into: &bytes),
      let end = bytes[..<count].firstIndex(of: 10),
      case .segment(let head)? = JournalRecord(reading: bytes, 0..<end)
    else { return nil }
    return head
  }

  /// That it fails is no harm: then the next one is told less.
  private static func note(_ folder: String, _ head: JournalSegmentHead) {
    var text: [UInt8] = []
    JournalFrame.append(.segment(head), to: &text)
    guard let file = try? OutputFile(path: folder + "/" + holderName, action: "write") else {
      return
    }
    try? file.write(text[...])
    try? file.commit()
  }

  static func holder(_ folder: String) -> JournalSegmentHead? {
    guard let bytes = try? FileReader.read(path: folder + "/" + holderName, limit: 1 << 12),
      case .segment(let head)? = JournalRecord(reading: bytes, bytes.indices)
    else { return nil }
    return head
  }
}
