import KernelBridge
import KernelHostModel

@testable import KernelHost

/// A manifest's run with a journal, whose hosts die at any point and are followed by others.
extension Simulation {
  /// Hosts that die at most; the one behind them does not.
  private static let mostDeaths = 6

  func runHosts() -> [String] {
    let tasks = world.calls.enumerated().map { $1.task(named: "t\($0)") }
    let source = SourceText(name: "m", text: "{ \"tasks\": [\(tasks.joined(separator: ",\n"))] }")
    guard case .success(let plan) = Planner.plan(source, catalogue: SimulatedCall.signatures) else {
      world.fault("no plan: \(tasks)")
      return world.faults
    }
    halt = nil
    settings.lanes = max(lanes, 1)
    world.isShared = lanes > 1
    let disk = SimulatedFolder(world)
    world.isHostDead = { [unowned disk] in disk.isDead }
    defer { world.isHostDead = { false } }
    let log = SimulatedLog(world, plan, disk, liveLimit: settings.liveLimit)
    let deaths = world.dice.below(Self.mostDeaths + 1)
    /// For each call with a record how often it had begun by then.
    var done: [Int: Int] = [:]
    for host in 0...deaths where !world.isStuck && world.faults.isEmpty {
      world.note("host \(host) begins")
      disk.beginHost()
      let isLast = host == deaths
      disk.isSafe = isLast
      let writers = SimulatedWriters(world)
      log.store = SnapshotStore(
        disk, run: "r", generation: UInt64(host + 1), writers: writers.writers)
      let (index, tokens) = begin(log, plan)
      for call in done.keys where tokens[call] == nil { done[call] = nil }
      for call in tokens.keys where done[call] == nil { done[call] = world.begins[call] }
      let isEnded = runHost(
        plan, log, index, tokens, turns: isLast ? nil : 1 + world.dice.below(120))
      if isEnded { writers.finishAll() } else { writers.die(disk) }
      world.timers = []
      for (call, begins) in done where world.begins[call] != begins {
        world.fault("call \(call) has its record and began again")
      }
    }
    if world.isStuck || !world.faults.isEmpty { return world.faults }
    let tokens = log.read().tokens
    for call in world.calls.indices { checkLast(call, tokens[call], deaths: deaths) }
    world.onDeed = { _ in }
    return world.faults
  }

  /// What a host does before its first call: begun calls without an end are lost, and poison is.
  private func begin(
    _ log: SimulatedLog, _ plan: Plan
  ) -> (JournalIndex, [Int: Token<Value>]) {
    var (index, tokens) = log.read()
    log.beginHost()
    var halfDone = HalfDone(
      log.store ?? SnapshotStore(folder: "", run: ""), plan, isolation: settings.isolation)
    halfDone.forgiveDeaths(&index)
    halfDone.find(plan, index)
    let lost = index.begun.subtracting(halfDone.left).ranges.flatMap { Array($0) }
    let poison = index.deaths.filter { $0.value > 3 }.keys.sorted()
    for call in lost + poison {
      let token = Token<Value>.failed(CallError(.lost, message: ""), attempts: 1)
      log.write(.ended(JournalEnd(call: call, token: token)))
      tokens[call] = token
      _ = index.add(.ended(JournalEnd(call: call, token: token)), at: 0)
    }
    log.sync()
    return (index, tokens)
  }

  /// `turns`: after which the host dies; nil: it does not. Returns whether it came to its end.
  private func runHost(
    _ plan: Plan, _ log: SimulatedLog, _ index: JournalIndex, _ tokens: [Int: Token<Value>],
    turns: Int?
  ) -> Bool {
    let selection = Selection(index.missing)
    if selection.count == 0 {
      log.close()
      return true
    }
    var settings = settings
    settings.cancellation = CancellationSource()
    let provider = provider
    // A host that cannot start is no fault; the last one tries until it can.
    if turns == nil { world.startFailures = 0 }
    var options = Run.Options()
    options.warningDescriptor = nil
    options.outputDescriptor = nil
    let tracker = DependencyTracker(
      plan: plan, selection: selection, known: [:], failed: tokens.filter { !$0.value.ok })
    let results = RunResults(
      plan, selection, options: options, hasDependencies: tracker != nil, events: nil, nil,
      log: log, before: index.counts)
    let alone = index.deaths.filter { $0.value >= 3 && tokens[$0.key] == nil }.keys
    var scheduler = RunScheduler(
      selection, tracker, lanes: settings.lanes, total: plan.callCount, alone: Set(alone))
    let calls = PlannedCalls(plan, tracker?.store)
    settings.snapshots = snapshots(log, calls, &scheduler)
    guard let first = try? LaneDriver(settings, provider) else {
      log.close()
      return true
    }
    let engine = RunEngine(scheduler, results, log: log, onFailure: {})
    var drivers = [(first, RunSupply(first, engine, calls, lanes: settings.lanes))]
    for number in 1..<settings.lanes {
      let other = settings.another(number: number, breaker: first.scheduler.breaker)
      if let driver = try? LaneDriver(other, provider) {
        drivers.append((driver, RunSupply(driver, engine, calls, lanes: settings.lanes)))
      } else {
        settings.snapshots?.leave(lane: number, engine, isStopping: false)
      }
    }
    let isStopped = turns != nil && world.dice.chance(30)
    var left = turns
    takeTurns(
      until: { drivers.isEmpty || log.isDead || left == 0 && !isStopped },
      {
        if left == 0 {
          settings.cancellation.cancel()
          log.isStopping = true
        }
        left = left.map { $0 - 1 }
        if world.dice.chance(5) { log.sync() }
        let position = world.dice.below(drivers.count)
        let (driver, supply) = drivers[position]
        if !driver.turn(supply) { drivers.remove(at: position) }
      })
    if world.isStuck {
      let tokens = log.read().tokens
      world.note("no record: \(world.calls.indices.filter { tokens[$0] == nil })")
    }
    let isEnded = drivers.isEmpty && !log.isDead
    if isEnded {
      _ = engine.finish()
      log.close()
    } else {
      world.note("the host dies")
      log.die(losesPower: world.dice.chance(50))
    }
    world.lanes = []
    world.isWoken = false
    return isEnded
  }

  /// Half-done calls are copied and continued where calls run in workers.
  private func snapshots(
    _ log: SimulatedLog, _ calls: PlannedCalls, _ scheduler: inout RunScheduler
  ) -> LaneSnapshots? {
    guard settings.isolation == .process, let store = log.store else { return nil }
    var run = RunSnapshots(store: store, interval: world.dice.chance(80) ? 0.0004 : .infinity)
    run.onRestored = { [world] continued, _ in
      for call in continued where world.calls[call.number].isPure {
        log.write(.live(call.number..<call.number + 1))
      }
    }
    return LaneSnapshots(
      run, calls, SimulatedCall.signatures, lanes: settings.lanes, &scheduler)
  }

  /// What must hold of a call when all is over.
  private func checkLast(_ number: Int, _ token: Token<Value>?, deaths: Int) {
    let call = world.calls[number]
    guard let token else { return world.fault("call \(number) has no record in the end") }
    let begins = world.begins[number]
    if !call.isPure, begins > 1 + (call.limits.retries?.times ?? 0) {
      world.fault("call \(number) must not begin twice and began \(begins) times")
    }
    let isGood = call.way == .ends || call.way == .damages
    let isLost = token.status == .lost && (!call.isPure || deaths > 3)
    // An impure call that a stop ended between two steps does not begin again.
    let isStopped = token.status == .cancelled && !call.isPure
    if isGood, token.status != .ok, !isLost, !isStopped, !isExcused(call, token),
      !(call.timeout > 0 && token.status == .timeout)
    {
      world.fault("call \(number) is good and ended \(token.status): \(token.error?.message ?? "")")
    }
    if !isGood, call.faults == .max, token.status == .ok {
      world.fault("call \(number) is not good (\(call.way)) and ended well")
    }
  }
}
