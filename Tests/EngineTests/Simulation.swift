import KernelBridge
import KernelHostModel

@testable import KernelHost

/// A run of random calls on simulated lanes, made from a seed, and what must hold of it.
final class Simulation {
  let world: World
  var settings = EngineSettings()
  /// The run is stopped, or one of its jobs cancelled.
  let hasRung: Bool
  let isCancelled: Bool
  /// The number of lanes of a manifest's run; 0: two jobs of a driver, as a `CallHost` has them.
  let lanes: Int
  /// Calls that are not ok after which no more begin.
  var halt: Halt?

  init(seed: UInt64, isTracing: Bool = false) {
    world = World(seed: seed)
    if isTracing { world.trace = [] }
    settings.isolation = world.dice.one(of: [.process, .process, .process, .call, .none])
    settings.liveLimit = 1 + world.dice.below(24)
    settings.dedicatedLimit = 1 + world.dice.below(4)
    settings.isDedicatedLimitStrict = world.dice.chance(30)
    settings.crashLimit = world.dice.chance(80) ? 1_000_000 : 1 + world.dice.below(4)
    let isIsolated = settings.isolation != .none
    lanes = world.dice.one(of: [0, 0, 1, 2, 3])
    if settings.isDedicatedLimitStrict, lanes < 2 {
      world.mostProcesses = settings.dedicatedLimit
    }
    if lanes > 0, world.dice.chance(15) { halt = .count(1 + world.dice.below(5)) }
    let count = 1 + world.dice.below(40)
    let hostility = world.dice.one(of: [0, 10, 30, 80])
    world.startFailures = isIsolated ? world.dice.one(of: [0, 0, 0, 5, 40]) : 0
    for _ in 0..<count {
      world.calls.append(
        SimulatedCall(&world.dice, hostility: hostility, isIsolated: isIsolated))
    }
    if lanes > 0, world.dice.chance(40) { Self.addDependencies(world) }
    world.begins = Array(repeating: 0, count: count)
    var deeds: [World.Deed] = []
    if isIsolated, world.dice.chance(30) {
      for _ in 0..<1 + world.dice.below(4) {
        deeds.append(world.dice.one(of: [.killWorker, .killWorker, .killForkServer, .stopWorker]))
      }
    }
    hasRung = world.dice.chance(10)
    if hasRung { deeds.append(world.dice.chance(50) ? .ring : .ringUrgently) }
    isCancelled = !hasRung && lanes == 0 && world.dice.chance(10)
    if isCancelled { deeds.append(.cancel) }
    for deed in deeds {
      world.deeds.append((world.now + UInt64(world.dice.below(60_000)) * 1000, deed))
    }
    world.deeds.sort { $0.time > $1.time }
  }

  /// Some calls wait for others: mostly for earlier ones, never in a circle.
  private static func addDependencies(_ world: World) {
    let isForward = world.dice.chance(70)
    let count = world.calls.count
    for call in world.calls.indices where world.dice.chance(30) {
      let others = isForward ? Array(0..<call) : Array(call + 1..<count)
      if others.isEmpty { continue }
      world.calls[call].after = Array(
        Set((0..<1 + world.dice.below(2)).map { _ in world.dice.one(of: others) })
      ).sorted()
    }
  }

  /// Runs it; the faults that were found.
  func run() -> [String] {
    world.note(
      "\(world.calls.count) calls, isolation \(settings.isolation), \(lanes) lanes, "
        + "\(settings.liveLimit ?? 0) live")
    for (call, what) in world.calls.enumerated() where what.way != .ends || !what.after.isEmpty {
      world.note(
        "call \(call), \(SimulatedCall.signatures[what.kernel].name), \(what.way) after "
          + "\(what.steps) steps, \(what.faults == .max ? "always" : "\(what.faults) times"), "
          + "waits for \(what.after)")
    }
    if lanes == 0 { runJobs() } else { runPlan() }
    world.onDeed = { _ in }
    return world.faults
  }

  var trace: [String] { world.trace ?? [] }

  var provider: SimulatedLanes {
    SimulatedLanes(
      world, Catalogue(simulated: SimulatedCall.signatures), isIsolated: settings.isolation != .none
    )
  }

  /// Takes turns until `isDone`, and says so if that never comes.
  func takeTurns(until isDone: () -> Bool, _ turn: () -> Void) {
    var turns = 0
    while !isDone(), !world.isStuck {
      turn()
      turns += 1
      if turns > 200_000 { return world.fault("the run does not end") }
    }
  }
}
