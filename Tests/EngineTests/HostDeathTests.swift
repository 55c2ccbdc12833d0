import Glibc
import KernelBridge
import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// Hosts that die or are stopped, each followed by another that continues what was half done.
struct HostDeathTests {
  @Test func halfDoneCallsContinueInTheNextHost() {
    let continued = Locked((calls: 0, histories: 0))
    Seeds.run(500) { seed, isTracing in
      let history: HostHistory
      do {
        history = try HostHistory(seed: seed, isTracing: isTracing)
      } catch {
        return (["\(error)"], [])
      }
      history.run()
      continued.withLock { $0 = ($0.calls + history.continuedCount, $0.histories + 1) }
      return (history.faults, history.trace ?? [])
    }
    let (calls, histories) = continued.withLock { $0 }
    #expect(calls > histories || histories == 1)
  }
}

/// One run of random calls over several hosts.
private final class HostHistory {
  private enum End: CaseIterable { case killed, stopped, done }

  private let disk: SimulatedFolder
  private var dice: Dice
  private let calls: [SimulatedCall]
  private let plan: Plan
  /// What the journal would know.
  private var tokens: [Int: Token<Value>] = [:]
  private var lost: Set<Int> = []
  /// Over all hosts.
  private var begins: [Int]
  private(set) var continuedCount = 0
  private(set) var faults: [String] = []
  private(set) var trace: [String]?
  private static let nowhere = unsafe open("/dev/null", O_WRONLY)

  init(seed: UInt64, isTracing: Bool) throws {
    trace = isTracing ? [] : nil
    disk = SimulatedFolder(World(seed: seed))
    disk.isSafe = true
    dice = Dice(seed)
    let hostility = dice.one(of: [0, 0, 30, 80])
    var calls: [SimulatedCall] = []
    for _ in 0..<1 + dice.below(40) {
      // Some fail, or reach their timeout, and are tried again. They do not harm their worker.
      var call = SimulatedCall(&dice, hostility: hostility, isIsolated: false)
      call.steps = 1 + dice.below(20)
      calls.append(call)
    }
    self.calls = calls
    begins = Array(repeating: 0, count: calls.count)
    let tasks = calls.enumerated().map { $1.task(named: "t\($0)") }
    let source = SourceText(name: "m", text: "{ \"tasks\": [\(tasks.joined(separator: ",\n"))] }")
    plan = try Planner.plan(source, catalogue: SimulatedCall.signatures).get()
  }

  func run() {
    for host in 0..<5 where tokens.count + lost.count < calls.count {
      runHost(host < 4 ? dice.one(of: End.allCases) : .done)
    }
    for call in calls.indices {
      let isImpure = !calls[call].isPure
      if isImpure, begins[call] > 1 + (calls[call].limits.retries?.times ?? 0) {
        faults.append("call \(call) is not pure and began \(begins[call]) times")
      }
      if (tokens[call] != nil) == lost.contains(call) { faults.append("call \(call) has no end") }
      guard let token = tokens[call], token.status == .ok else { continue }
      if Int(token.steps) != calls[call].steps {
        faults.append("call \(call) of \(calls[call].steps) steps ended after \(token.steps)")
      }
    }
  }

  private func runHost(_ end: End) {
    let world = World(seed: dice.next())
    if trace != nil { world.trace = ["a host begins, which is to be \(end)"] }
    defer { trace? += world.trace ?? [] }
    world.calls = calls
    world.begins = Array(repeating: 0, count: calls.count)
    let lanes = 1 + dice.below(3)
    var settings = EngineSettings()
    settings.isolation = .process
    settings.liveLimit = 1 + dice.below(24)
    settings.lanes = lanes
    world.isShared = lanes > 1
    if dice.chance(20) { disk.cutAFile(&dice) }
    disk.world = world
    disk.beginHost()
    let writers = SimulatedWriters(world)
    let store = SnapshotStore(disk, run: "r", writers: writers.writers)
    loseImpure(store)
    let left = calls.indices.filter { tokens[$0] == nil && !lost.contains($0) }
    let selection = Selection(left.map { $0..<$0 + 1 })
    var snapshots = RunSnapshots(store: store, interval: 0.0004)
    let continued = Locked<Set<Int>>([])
    snapshots.onRestored = { calls, _ in continued.withLock { $0.formUnion(calls.map(\.number)) } }
    let tracker = DependencyTracker(plan: plan, selection: selection, known: [:])
    var scheduler = RunScheduler(selection, tracker, lanes: lanes)
    let source = PlannedCalls(plan, tracker?.store)
    settings.snapshots = LaneSnapshots(
      snapshots, source, SimulatedCall.signatures, lanes: lanes, &scheduler)
    var options = Run.Options()
    options.format = .tokens
    options.warningDescriptor = nil
    options.order = .completion
    let witness = Simulation.Witness()
    let results = RunResults(
      plan, selection, options: options, hasDependencies: false, events: RunEvents([witness]),
      ResultWriter(
        format: options.format, plan: plan, callCount: selection.count, origin: nil,
        output: OutputFile(descriptor: Self.nowhere, name: "nowhere")))
    let engine = RunEngine(scheduler, results, onFailure: {})
    let provider = SimulatedLanes(
      world, Catalogue(simulated: SimulatedCall.signatures), isIsolated: true)
    guard let first = try? LaneDriver(settings, provider) else { return }
    var drivers = [(first, RunSupply(first, engine, source, lanes: lanes))]
    for number in 1..<lanes {
      let other = settings.another(number: number, breaker: first.scheduler.breaker)
      if let driver = try? LaneDriver(other, provider) {
        drivers.append((driver, RunSupply(driver, engine, source, lanes: lanes)))
      }
    }
    var turns = end == .done ? Int.max : dice.below(300)
    while !drivers.isEmpty, !world.isStuck, turns > 0 || end == .stopped {
      if turns == 0 { settings.cancellation.cancel() }
      turns -= 1
      if turns < -100_000 { faults.append("a stopped run does not end") }
      if turns < -100_000 { break }
      let index = world.dice.below(drivers.count)
      let (driver, supply) = drivers[index]
      if !driver.turn(supply) { drivers.remove(at: index) }
    }
    if drivers.isEmpty { writers.finishAll() } else { writers.die(disk) }
    let isClean = end == .stopped && drivers.isEmpty
    if drivers.isEmpty, !isClean { _ = engine.finish() }
    faults += world.faults
    continuedCount += continued.withLock { $0.count }
    note(witness, world, continued.withLock { $0 }, wasStopped: end == .stopped)
  }

  private func note(
    _ witness: Simulation.Witness, _ world: World, _ continued: Set<Int>, wasStopped: Bool
  ) {
    for record in witness.records where !(wasStopped && record.token.status == .cancelled) {
      if tokens[record.call] != nil { faults.append("call \(record.call) has two tokens") }
      tokens[record.call] = record.token
    }
    for call in calls.indices {
      begins[call] += world.begins[call]
      if continued.contains(call), world.begins[call] > 0, calls[call].limits.retries == nil {
        faults.append("call \(call) continues and begins")
      }
    }
  }

  /// As a journal does: calls that are not pure, and were begun, continue from where they were
  /// left, or are lost.
  private func loseImpure(_ store: SnapshotStore) {
    let halfDone = Set(store.halfDone.filter { $0.isFinal }.map { $0.call.number })
    for call in calls.indices where !calls[call].isPure && tokens[call] == nil {
      if begins[call] > 0, !halfDone.contains(call) { lost.insert(call) }
    }
  }
}
