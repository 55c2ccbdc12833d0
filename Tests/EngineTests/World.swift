import KernelBridge
import KernelHostModel

@testable import KernelHost

/// How many lanes of a world there are: drivers hold them, so one that is left over is a driver that
/// is left over.
final class LaneCount: @unchecked Sendable {  // Guard: one thread uses it.
  var count = 0
}

/// Time, chance, and what happens to workers from outside. One thread uses it.
final class World: @unchecked Sendable {  // Guard: one thread uses it.
  /// An order to the run from outside.
  enum Deed { case killWorker, killForkServer, stopWorker, goOn, ring, ringUrgently, cancel }

  var dice: Dice
  var now: UInt64 = 1_000_000_000
  var calls: [SimulatedCall] = []
  /// The number of starts of each call.
  var begins: [Int] = []
  /// The steps that each call has made since its last start, over all hosts.
  var steps: [Int: Int64] = [:]
  var lanes: [SimulatedLane] = []
  let laneCount = LaneCount()
  /// Future events, the soonest last.
  var deeds: [(time: UInt64, deed: Deed)] = []
  /// What will happen else, each at its time.
  var timers: [(time: UInt64, body: () -> Void)] = []
  var isWoken = false
  /// Several runners take turns, so no runner sleeps for long.
  var isShared = false
  private var idleWaits = 0
  /// Nothing will ever happen any more, and the driver sleeps.
  var isStuck = false
  var faults: [String] = []
  /// The trace of events, if it is wanted.
  var trace: [String]?
  /// Percent of starts that fail.
  var startFailures = 0
  var failedStarts = 0
  /// Processes that may have calls at a time.
  var mostProcesses = Int.max
  /// Workers that were killed from outside, and fork servers.
  var kills = 0
  var onDeed: (Deed) -> Void = { _ in }
  /// Whether the host has died: it waits for nothing more.
  var isHostDead: () -> Bool = { false }

  /// What has happened so far, looks at the clock with it.
  private var events = 0
  /// More events are a run that does not end. Those that end have up to 100,000.
  private static let mostEvents = 5_000_000
  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    dice = Dice(seed)
  }

  /// Each event costs a run a part of its bound. A run beyond it is stuck; if it goes on even so,
  /// the process ends with the seed, as no test can end a loop of the code under test.
  func countEvent() {
    events += 1
    if events == Self.mostEvents {
      isStuck = true
      fault("the run does not end: \(events) events")
    }
    if events > 2 * Self.mostEvents { fatalError("the run of seed \(seed) does not end") }
  }

  func note(_ text: @autoclosure () -> String) {
    guard trace != nil else { return }
    let time = String(Double(now - 1_000_000_000) / 1e6)
    trace?.append("\(time) ms: \(text())")
  }

  /// The faults of the driver that were found.
  func fault(_ text: String) {
    faults.append(text)
    note("FAULT: \(text)")
  }

  func wait(_ lanes: [any Lane], nanoseconds: Int64?) {
    var limit = nanoseconds.map { now + UInt64(max($0, 0)) }
    if isShared {
      let most = idleWaits < 20 ? 500 : 10_000
      limit = min(limit ?? .max, now + UInt64(dice.below(most)) * 1000)
    }
    while !isStuck {
      countEvent()
      act()
      if isHostDead() { return }
      if isWoken || lanes.contains(where: { ($0 as? SimulatedLane)?.hasNews ?? false }) {
        isWoken = false
        idleWaits = 0
        for lane in lanes { (lane as? SimulatedLane)?.isNew = false }
        return
      }
      if let limit, now >= limit { return }
      var next = UInt64.max
      for lane in self.lanes { next = min(next, lane.nextTime) }
      if let deed = deeds.last { next = min(next, deed.time) }
      for timer in timers { next = min(next, timer.time) }
      // If nothing can happen here, only another driver or the sleeper's own time continues.
      if next == .max, limit == nil || isShared { idleWaits += 1 } else { idleWaits = 0 }
      if next == .max, limit == nil || idleWaits > 4_000 {
        isStuck = true
        return fault("the driver sleeps for ever")
      }
      now = max(now, min(next, limit ?? .max))
    }
  }

  /// Lets everything happen whose time has come.
  func act() {
    while let (time, deed) = deeds.last, time <= now {
      deeds.removeLast()
      perform(deed)
    }
    while let index = timers.firstIndex(where: { $0.time <= now }) {
      timers.remove(at: index).body()
    }
    for lane in lanes {
      var left = 64
      while left > 0, lane.nextTime <= now {
        lane.act()
        countEvent()
        left -= 1
      }
    }
  }

  private func perform(_ deed: Deed) {
    note("somebody does \(deed)")
    let alive = lanes.filter { $0.hasWorker }
    switch deed {
    case .killWorker:
      guard !alive.isEmpty else { return }
      kills += 1
      dice.one(of: alive).die(.signal(9))
    case .killForkServer:
      guard let lane = alive.last else { return }
      kills += 1
      lane.provider.isDead = true
      for other in alive where other.provider === lane.provider {
        other.die(.gone(errno: SystemError.noProcess))
      }
    case .stopWorker:
      guard !alive.isEmpty else { return }
      dice.one(of: alive).isHalted = true
      deeds.append((now + UInt64(dice.below(3_000)) * 1_000_000, .goOn))
      deeds.sort { $0.time > $1.time }
    case .goOn: for lane in lanes { lane.isHalted = false }
    case .ring, .ringUrgently, .cancel: onDeed(deed)
    }
  }
}

/// Makes simulated lanes.
final class SimulatedLanes: LaneProvider, @unchecked Sendable {  // Guard: one thread uses it.
  /// Its owner owns the lanes, too.
  unowned let world: World
  let catalogue: Catalogue
  private let isIsolated: Bool
  /// The process that workers descend from is gone.
  var isDead = false

  init(_ world: World, _ catalogue: Catalogue, isIsolated: Bool) {
    self.world = world
    self.catalogue = catalogue
    self.isIsolated = isIsolated
  }

  /// Each look at the clock takes a while.
  var now: UInt64 {
    world.now += 40
    world.countEvent()
    return world.now
  }

  func makeLane(
    liveLimit: Int?, lanes: Int, silence: UInt64, copiesCalls: Bool
  ) throws(SystemError) -> any Lane {
    if isIsolated, world.dice.chance(world.startFailures) {
      world.failedStarts += 1
      throw SystemError("make memory", path: nil, code: 12)
    }
    let lane = SimulatedLane(
      self, liveLimit: liveLimit ?? 64, isIsolated: isIsolated,
      copiesCalls: copiesCalls)
    world.lanes.append(lane)
    return lane
  }

  func wait(_ lanes: [any Lane], nanoseconds: Int64?) {
    world.wait(lanes, nanoseconds: nanoseconds)
  }

  func another() throws(SystemError) -> any LaneProvider {
    if world.dice.chance(world.startFailures) {
      world.failedStarts += 1
      throw SystemError("start a worker process", path: nil, code: SystemError.noProcess)
    }
    world.note("another fork server")
    return SimulatedLanes(world, catalogue, isIsolated: isIsolated)
  }
}
