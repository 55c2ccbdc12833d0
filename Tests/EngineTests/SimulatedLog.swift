import KernelBridge
import KernelHostModel

@testable import KernelHost

/// A journal in memory, whose disk takes its time. Several hosts write it, one after the other.
final class SimulatedLog: CallLog, @unchecked Sendable {  // Guard: one thread uses it.
  /// Its timers may hold this log.
  unowned let world: World
  private let rules: JournalRules
  /// A segment for each host.
  private var segments: [[UInt8]] = []
  /// Of the last segment.
  private var durable = 0
  /// Calls that must not begin twice, whose begin is written down and whose end is not.
  private var begun = RangeSet<Int>()
  private let callCount: Int
  /// The host that writes it stops.
  var isStopping = false
  /// Its half-done calls, and the disk that they are on.
  var store: SnapshotStore?
  private let disk: SimulatedFolder

  init(_ world: World, _ plan: Plan, _ disk: SimulatedFolder, liveLimit: Int?) {
    self.world = world
    self.disk = disk
    rules = JournalRules(plan, liveLimit: liveLimit)
    callCount = plan.callCount
  }

  func together(_ calls: Range<Int>) -> Int { rules.together(calls) }
  func keeps(_ token: Token<Value>, ofCall call: Int) -> Bool {
    if !token.ok, store?.keeps(call) == true { return false }
    return rules.keeps(token, ofCall: call, isStopping: isStopping)
  }

  func write(_ record: JournalRecord) {
    if disk.isDead { return }
    JournalFrame.append(record, to: &segments[segments.count - 1])
  }

  func willBegin(
    _ calls: Range<Int>, isAlone: Bool, _ open: @escaping @Sendable () -> Void
  ) -> Bool {
    let (pure, impure) = rules.parts(of: calls)
    for part in pure { write(.live(part)) }
    for part in impure {
      write(.begun(part))
      begun.insert(contentsOf: part)
    }
    if impure.isEmpty, !isAlone { return true }
    let position = segments[segments.count - 1].count
    let host = segments.count
    world.timers.append(
      (
        world.now + UInt64(world.dice.below(3_000)) * 1000,
        { [self] in
          guard host == segments.count, !disk.isDead else { return }
          durable = max(durable, position)
          open()
        }
      ))
    return false
  }

  func append(_ batch: JournalBatch, _ calls: [Int]) {
    if disk.isDead { return }
    segments[segments.count - 1] += batch.bytes
    for call in calls { begun.remove(contentsOf: call..<call + 1) }
  }

  func waitUntilSafe() {}

  /// Another host goes on.
  func beginHost() {
    segments.append([])
    durable = 0
    begun = RangeSet()
    isStopping = false
    write(
      .segment(
        JournalSegmentHead(number: segments.count, run: "r", host: "h", process: 1, began: "")))
  }

  /// The host has died while it wrote copies of calls.
  var isDead: Bool { disk.isDead }

  /// What is there is on the disk.
  func sync() { durable = segments[segments.count - 1].count }

  /// The host ends when no lane has a call.
  func close() {
    for range in begun.subtracting(RangeSet(store?.kept ?? [])).ranges { write(.again(range)) }
    write(.closed(isComplete: false))
    sync()
  }

  /// The host dies. `losesPower`: what was not synced may be lost, from any byte on.
  func die(losesPower: Bool) {
    guard losesPower else { return }
    let count = segments[segments.count - 1].count
    let kept = durable + world.dice.below(count - durable + 1)
    segments[segments.count - 1].removeLast(count - kept)
  }

  /// Reads it back with the program's own reader, and the tokens that it has.
  func read() -> (index: JournalIndex, tokens: [Int: Token<Value>]) {
    var index = JournalIndex(callCount: callCount)
    var tokens: [Int: Token<Value>] = [:]
    for (number, bytes) in segments.enumerated() {
      index.begin(.init(name: "", number: number, start: 0, size: bytes.count))
      _ = JournalLines.scan(bytes, count: bytes.count) { line in
        guard line.state == .whole, let record = JournalRecord(reading: bytes, line.range) else {
          return world.fault("a line of the journal is damaged")
        }
        if case .ended(let end) = record {
          if tokens[end.call] != nil { world.fault("call \(end.call) has two records") }
          tokens[end.call] = end.token
        }
        if case .again(let calls) = record { for call in calls { tokens[call] = nil } }
        _ = index.add(record, at: 0)
      }
      index.endSegment()
    }
    index.finish()
    return (index, tokens)
  }
}
