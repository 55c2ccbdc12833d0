import KernelBridge
import TaskModel

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

  init(_ world: World, _ plan: Plan, liveLimit: Int?) {
    self.world = world
    rules = JournalRules(plan, liveLimit: liveLimit)
    callCount = plan.callCount
  }

  func together(_ calls: Range<Int>) -> Int { rules.together(calls) }
  func keeps(_ token: Token<Value>, ofCall call: Int) -> Bool {
    rules.keeps(token, ofCall: call, isStopping: isStopping)
  }

  func write(_ record: JournalRecord) {
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
          guard host == segments.count else { return }
          durable = max(durable, position)
          open()
        }
      ))
    return false
  }

  func append(_ batch: JournalBatch, _ calls: [Int]) {
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

  /// What is there is on the disk.
  func sync() { durable = segments[segments.count - 1].count }

  /// The host ends when no lane has a call.
  func close() {
    for range in begun.ranges { write(.again(range)) }
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
