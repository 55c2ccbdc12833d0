/// When the bytes of a journal are written, and when they are synced. It decides and does nothing:
/// it has no clock, no file and no thread. Positions count the bytes that were appended.
struct JournalSchedule: Sendable {
  /// When ended calls are safe from a loss of power.
  enum Sync: Sendable, Hashable {
    /// At most this number of nanoseconds after they were written.
    case every(UInt64)
    /// Before anything that depends on them is shown.
    case each
  }

  /// What a thread has to do.
  enum Step: Sendable, Hashable {
    /// The work itself, up to this position.
    case work(upTo: UInt64)
    /// Nothing before this time, or before something is told; nil: the latter alone.
    case wait(until: UInt64?)
    case end
  }

  private let sync: Sync
  /// Nanoseconds for which bytes may wait to be written.
  private let delay: UInt64
  /// Bytes that are written at once.
  private let most: UInt64

  private(set) var appended: UInt64 = 0
  private(set) var written: UInt64 = 0
  private(set) var durable: UInt64 = 0
  /// Up to where must be written now, and up to where must be durable now.
  private var wantsWritten: UInt64 = 0
  private var wantsDurable: UInt64 = 0
  /// When the first byte came that is not written.
  private var firstUnwritten: UInt64?
  /// When the first byte was written that is not durable.
  private var firstUnsynced: UInt64?
  private(set) var isClosing = false
  private(set) var canWrite = true
  private(set) var canSync = true

  init(sync: Sync, delay: UInt64 = 10_000_000, most: Int = 1 << 16) {
    self.sync = sync
    self.delay = delay
    self.most = UInt64(most)
  }

  // MARK: What happens

  /// Bytes were appended. `mustBeDurable`: something waits for that. Returns whether the
  /// threads have to look what is to be done: mostly they know when they will.
  @discardableResult
  mutating func append(_ count: Int, mustBeDurable: Bool, now: UInt64) -> Bool {
    let (wasEmpty, wasFull) = (written == appended, appended - written >= most)
    if count > 0, wasEmpty { firstUnwritten = now }
    appended += UInt64(count)
    if mustBeDurable { want(durable: appended) }
    let isFull = appended - written >= most
    return wasEmpty || mustBeDurable || sync == .each || isFull && !wasFull
  }

  /// A caller waits until these are written.
  mutating func want(written position: UInt64) { wantsWritten = max(wantsWritten, position) }

  /// A caller waits until these are durable.
  mutating func want(durable position: UInt64) {
    want(written: position)
    wantsDurable = max(wantsDurable, position)
  }

  mutating func wrote(upTo position: UInt64, now: UInt64) {
    if written == durable, position > written { firstUnsynced = now }
    written = position
    // What came meanwhile has waited for less time than the write took.
    firstUnwritten = written < appended ? now : nil
  }

  mutating func synced(upTo position: UInt64, now: UInt64) {
    durable = position
    firstUnsynced = durable < written ? now : nil
  }

  /// All is to be written and synced, and then both threads end.
  mutating func close() {
    isClosing = true
    want(durable: appended)
  }

  /// Nothing is written any more. What was written before is synced once more: that is safe then.
  mutating func failWriting() {
    canWrite = false
    want(durable: written)
  }

  /// Nothing is written or synced any more: after a sync that failed, the system may have dropped
  /// what it was to sync, and another sync would not say so.
  mutating func failSyncing() {
    canWrite = false
    canSync = false
  }

  // MARK: What is to be done

  /// What the writing thread has to do.
  func nextWrite(now: UInt64) -> Step {
    if !canWrite { return .end }
    guard written < appended, let first = firstUnwritten else {
      return isClosing ? .end : .wait(until: nil)
    }
    let isDue =
      isClosing || wantsWritten > written || appended - written >= most || sync == .each
      || now >= first + delay
    return isDue ? .work(upTo: appended) : .wait(until: first + delay)
  }

  /// What the syncing thread has to do.
  func nextSync(now: UInt64) -> Step {
    if !canSync { return .end }
    guard durable < written, let first = firstUnsynced else {
      return !canWrite || isClosing && written == appended ? .end : .wait(until: nil)
    }
    if !canWrite || isClosing || wantsDurable > durable { return .work(upTo: written) }
    guard case .every(let period) = sync else { return .work(upTo: written) }
    return now >= first + period ? .work(upTo: written) : .wait(until: first + period)
  }
}
