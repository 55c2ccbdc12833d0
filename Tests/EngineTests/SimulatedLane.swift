import KernelBridge
import KernelHostModel

@testable import KernelHost

/// A lane of the simulation: it does what the arena's lanes do, in a time that is counted and not
/// waited for.
final class SimulatedLane: Lane, @unchecked Sendable {  // Guard: one thread uses it.
  enum Worker {
    case none
    case starting(UInt64)
    case running
    case leaving(UInt64)
    case dead
  }

  struct Entry {
    let tag: UInt64
    let kernel: Int
    let options: CallOptions
    var steps: Int64 = 0
    var began: UInt64 = 0
    var own: UInt64 = 0
    /// Bytes of its text, shown or not.
    var printed: UInt64 = 0
    var isCancelled = false
    var isDamaged = false
    var hasEnded = false
    var call: Int { CallTag.call(tag) }
  }

  let provider: SimulatedLanes
  let catalogue: Catalogue
  let isIsolated: Bool
  let liveLimit: Int
  var world: World { provider.world }
  var entries: [UInt32: Entry] = [:]
  var nextSlot: UInt32 = 0
  /// Submitted and not begun; the first `seen` of them were flushed.
  var queued: [UInt32] = []
  var seen = 0
  /// The calls that take turns.
  var live: [UInt32] = []
  var ended: [(slot: UInt32, end: SimulatedEnd)] = []
  var texts: [TextPiece] = []
  /// The calls of `ended` that the owner may take.
  var told = 0
  var worker: Worker
  var isOnce = false
  var isOpen = false
  var isStopWanted = false
  /// Of copies; see SimulatedLane+Snapshots.
  let copiesCalls: Bool
  var wantedAge: UInt64?
  var copies: LaneSnapshot?
  var isCopyRead = true
  var hasLastCopies = false
  var busyUntil: UInt64 = 0
  /// The call in whose step the lane stays, and since when.
  var hung: (slot: UInt32, since: UInt64)?
  var death: (death: WorkerDeath, slot: UInt32?)?
  /// When the owner will be told that there is room again.
  var roomAt = UInt64.max
  /// A death, or room, that the owner has not been woken for.
  var isNew = false
  private let laneCount: LaneCount
  /// The worker is stopped.
  var isHalted = false

  init(_ provider: SimulatedLanes, liveLimit: Int, isIsolated: Bool, copiesCalls: Bool) {
    self.provider = provider
    self.copiesCalls = copiesCalls && isIsolated
    self.liveLimit = liveLimit
    self.isIsolated = isIsolated
    catalogue = provider.catalogue
    worker = isIsolated ? .none : .running
    laneCount = provider.world.laneCount
    laneCount.count += 1
  }

  deinit { laneCount.count -= 1 }

  var signal: LaneSignal {
    LaneSignal(
      wake: { [self] in world.isWoken = true },
      stop: { [self] in
        isStopWanted = true
        world.isWoken = true
      })
  }

  var hasNews: Bool { told > 0 || isNew || !texts.isEmpty || copies != nil }
  var isIdle: Bool { queued.isEmpty && live.isEmpty }
  var liveCount: Int { entries.count }
  var waitingCount: Int { queued.count }
  var isStopped: Bool { isHalted && hasWorker }
  var hasWorker: Bool {
    switch worker {
    case .none, .dead: false
    default: isIsolated
    }
  }
  var hasDied: Bool { if case .dead = worker { true } else { false } }
  var isGone: Bool { hasDied && death?.death.isGone ?? false }

  // MARK: Ends come out

  func take(
    text: (_ piece: TextPiece) -> Void, completions body: (borrowing Completions) -> Void
  ) -> Int {
    if world.dice.chance(30) { world.act() }
    let pieces = texts
    texts = []
    for piece in pieces { text(piece) }
    let batch = ended.prefix(min(told, 256))
    if batch.isEmpty { return 0 }
    SimulatedEnd.give(batch.map { $0.end }, catalogue, to: body)
    for (slot, _) in batch { entries[slot] = nil }
    ended.removeFirst(batch.count)
    told -= batch.count
    return batch.count
  }

  func end(_ slot: UInt32, _ status: Status, _ code: Int32, _ overruns: Overruns = []) {
    guard let entry = entries[slot] else { return }
    var end = SimulatedEnd(tag: entry.tag, kernel: entry.kernel)
    end.status = status
    end.code = code
    end.steps = entry.steps
    end.began = entry.began
    end.own = entry.began == 0 ? 0 : max(entry.own, 1)
    end.overruns = overruns
    end.printed = entry.printed
    world.note("call \(entry.call) ends: \(status)\(overruns.isEmpty ? "" : ", written over")")
    entries[slot]?.hasEnded = true
    ended.append((slot, end))
    live.removeAll { $0 == slot }
  }

  // MARK: Time

  var hasWork: Bool { seen > 0 || !isOpen && !live.isEmpty }

  var nextTime: UInt64 { isHalted ? .max : min(workTime, roomAt) }

  var workTime: UInt64 {
    switch worker {
    case .none, .dead: return .max
    case .starting(let time), .leaving(let time): return time
    case .running:
      if let hung { return endOfHung(hung) }
      return hasWork || told < ended.count || isOnce && isIdle ? busyUntil : .max
    }
  }

  func endOfHung(_ hung: (slot: UInt32, since: UInt64)) -> UInt64 {
    guard let entry = entries[hung.slot] else { return .max }
    var time = UInt64.max
    let options = entry.options
    if options.timeout > 0 {
      time = hung.since + (options.timeout - min(entry.own, options.timeout)) + options.grace
    }
    if options.deadline > 0 { time = min(time, entry.began + options.deadline + options.grace) }
    return time
  }

  func act() {
    if roomAt <= world.now {
      roomAt = .max
      isNew = true
      return
    }
    switch worker {
    case .none, .dead: return
    case .starting:
      if world.dice.chance(world.startFailures) {
        world.failedStarts += 1
        return die(.exit(code: 113))
      }
      worker = .running
      busyUntil = world.now
    case .leaving: die(.exit(code: 0))
    case .running:
      if let hung, let entry = entries[hung.slot] {
        let options = entry.options
        let isTimeout =
          options.timeout > 0
          && (options.deadline == 0
            || hung.since + options.timeout - min(entry.own, options.timeout)
              <= entry.began + options.deadline)
        return die(.signal(9), isTimeout ? .timeout : .deadline)
      }
      work()
    }
  }

  func work() {
    busyUntil = world.now + UInt64(1 + world.dice.below(400)) * 1000
    copyCalls()
    if seen > 0 {
      let slot = queued.removeFirst()
      seen -= 1
      begin(slot)
    } else if !isOpen, let slot = live.first {
      live.removeFirst()
      step(slot)
    }
    if !hasDied, !hasWork || world.dice.chance(20) { told = ended.count }
    if case .running = worker, isOnce, isIdle, hung == nil {
      worker = .leaving(world.now + 20_000)
    }
  }

  func begin(_ slot: UInt32) {
    guard let entry = entries[slot] else { return }
    if entry.isCancelled || isStopWanted { return end(slot, .cancelled, -125) }
    if entry.isDamaged { return end(slot, .error, -75, .before) }
    entries[slot]?.began = world.now
    world.begins[entry.call] += 1
    world.steps[entry.call] = 0
    let busy = world.lanes.count { $0.isIsolated && $0.hasBegun }
    if busy > world.mostProcesses { world.fault("\(busy) processes have calls") }
    world.note("call \(entry.call) begins, its start \(world.begins[entry.call])")
    step(slot)
  }

  /// One step; the call is in no list while it runs.
  func step(_ slot: UInt32) {
    guard var entry = entries[slot] else { return }
    if entry.isCancelled || isStopWanted { return end(slot, .cancelled, -125) }
    if entry.isDamaged {
      if world.dice.chance(60) { return die(.signal(11), nil, slot, wasNoted: true) }
      return end(slot, .ok, 0, .before)
    }
    let call = world.calls[entry.call]
    entry.own += UInt64(1 + world.dice.below(900)) * 1000
    entry.steps += 1
    world.steps[entry.call] = entry.steps
    print(&entry)
    entries[slot] = entry
    let isFaulty = world.begins[entry.call] <= call.faults
    let isLast = entry.steps >= call.steps
    if !isLast || call.way == .neverEnds && isFaulty {
      if entry.options.timeout > 0, entry.own > entry.options.timeout {
        return end(slot, .timeout, -110)
      }
      if entry.options.deadline > 0, world.now > entry.began + entry.options.deadline {
        return end(slot, .timeout, -62)
      }
      live.append(slot)
      return
    }
    guard isFaulty else { return end(slot, .ok, 0) }
    switch call.way {
    case .ends, .neverEnds: end(slot, .ok, 0)
    case .fails: end(slot, .error, -5)
    case .crashes: die(.signal(11), nil, slot, wasNoted: true)
    case .exits: die(.exit(code: 3), nil, slot)
    case .hangs: hung = (slot, world.now)
    case .overruns: end(slot, .ok, 0, .behind)
    case .damages:
      let others = entries.filter { $0.key != slot && !$0.value.hasEnded }.keys.sorted()
      if !others.isEmpty {
        let victim = world.dice.one(of: others)
        entries[victim]?.isDamaged = true
        world.note("call \(entry.call) writes over call \(entries[victim]?.call ?? -1)")
      }
      end(slot, .ok, 0)
    }
  }

  /// Each step prints its number; what an earlier start has shown is left out.
  func print(_ entry: inout Entry) {
    let bytes = Array("\(entry.steps);".utf8)
    let skipped = Int(
      min(max(Int64(entry.options.skippedText) - Int64(entry.printed), 0), Int64(bytes.count)))
    entry.printed += UInt64(bytes.count)
    if skipped == bytes.count { return }
    texts.append(
      TextPiece(tag: entry.tag, kernel: entry.kernel, isOutput: false, bytes: bytes[skipped...]))
  }
}
