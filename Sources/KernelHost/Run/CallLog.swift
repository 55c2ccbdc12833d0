import KernelBridge
import KernelHostModel

/// What a run writes down of its calls, so that another process can go on with it: that they are
/// about to begin, and how they ended. Threads of lanes use it at the same time.
///
/// `RunJournal` is the real one; the simulation of the engine has its own.
protocol CallLog: AnyObject, Sendable {
  /// How many of the first of some calls may be dealt together.
  func together(_ calls: Range<Int>) -> Int

  /// Writes down that calls are about to begin. Returns true if they may begin at once. Else `open`
  /// is called once they may, or once they never will because the run stops, on any thread.
  func willBegin(
    _ calls: Range<Int>, isAlone: Bool, _ open: @escaping @Sendable () -> Void
  ) -> Bool

  /// Whether the end of a call is written down. What the end of the run alone made is not: the next
  /// process makes these calls.
  func keeps(_ token: Token<Value>, ofCall call: Int) -> Bool

  /// Writes down how calls ended. `calls`: their numbers.
  func append(_ batch: JournalBatch, _ calls: [Int])

  /// Waits until all that was written down survives this process: something is to be shown.
  func waitUntilSafe()
}

/// The ends of calls on their way into the log: those of one batch are handed over together.
struct LoggedEnds {
  let log: any CallLog
  private var batch = JournalBatch()
  private var calls: [Int] = []
  /// Calls that have their record now.
  private(set) var count = 0

  init(_ log: any CallLog) { self.log = log }

  /// Whether the end of a call is written down. `number`: where its result stands in `bytes` until
  /// the ends are sent, if it is one finite number.
  struct Kept {
    var isKept = false
    var number: Range<Int>?
  }

  mutating func add(_ record: CallRecord) -> Kept {
    guard log.keeps(record.token, ofCall: record.call) else { return Kept() }
    count += 1
    calls.append(record.call)
    let end = JournalEnd(call: record.call, token: record.token, warning: record.warning)
    return Kept(isKept: true, number: batch.add(end))
  }

  /// The records that were not sent yet.
  var bytes: [UInt8] { batch.bytes }

  mutating func send() {
    if batch.isEmpty { return }
    log.append(batch, calls)
    batch.removeAll()
    calls.removeAll(keepingCapacity: true)
  }
}

/// Calls that a lane was dealt and that may not begin yet, as their begin is not on the disk.
/// The log's threads open them.
final class HeldCalls: Sendable {
  private let state = Locked((isWaiting: false, open: Range<Int>?.none))

  /// Takes what may begin now.
  func take() -> Range<Int>? {
    state.withLock { state in
      defer { state.open = nil }
      return state.open
    }
  }

  var isWaiting: Bool { state.withLock { $0.isWaiting } }

  func wait() { state.withLock { $0.isWaiting = true } }

  func open(_ calls: Range<Int>?) { state.withLock { $0 = (false, calls) } }
}
