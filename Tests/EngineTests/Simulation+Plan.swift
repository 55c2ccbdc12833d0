import Glibc
import KernelBridge
import KernelHostModel

@testable import KernelHost

/// A manifest's run, on one lane or several, whose drivers take turns on one thread.
extension Simulation {
  /// Keeps the records, in the order of the results.
  final class Witness: RunObserver {
    let wishes = RunWishes(
      starts: false, finishes: false, records: true, pauses: false, lookPeriod: .infinity)
    var records: [CallRecord] = []
    var retries: [Int: Int] = [:]

    func saw(_ event: RunEvent, at time: Double) {
      if case .retried(let record, _) = event { retries[record.call, default: 0] += 1 }
    }
    func recorded(_ record: CallRecord) { records.append(record) }
  }

  private static let nowhere = unsafe open("/dev/null", O_WRONLY)

  func runPlan() {
    let tasks = world.calls.enumerated().map { $1.task(named: "t\($0)") }
    let source = SourceText(name: "m", text: "{ \"tasks\": [\(tasks.joined(separator: ",\n"))] }")
    guard case .success(let plan) = Planner.plan(source, catalogue: SimulatedCall.signatures) else {
      return world.fault("no plan: \(tasks)")
    }
    let selection = Selection(allOf: plan)
    settings.lanes = lanes
    world.isShared = lanes > 1
    let provider = provider
    guard let first = try? LaneDriver(settings, provider) else { return }
    var options = Run.Options()
    options.format = .tokens
    options.warningDescriptor = nil
    options.halt = halt
    options.order = world.dice.chance(70) ? .call : .completion
    let witness = Witness()
    let tracker = DependencyTracker(plan: plan, selection: selection, known: [:])
    let results = RunResults(
      plan, selection, options: options, hasDependencies: tracker != nil,
      events: RunEvents([witness]),
      ResultWriter(
        format: options.format, plan: plan, callCount: selection.count, origin: nil,
        output: OutputFile(descriptor: Self.nowhere, name: "nowhere")))
    let scheduler = RunScheduler(
      selection, tracker, lanes: lanes, halt: halt,
      window: RunScheduler.window(plan, options.order, liveLimit: nil))
    let engine = RunEngine(scheduler, results, onFailure: {})
    let calls = PlannedCalls(plan, tracker?.store)
    var drivers = [(first, RunSupply(first, engine, calls, lanes: lanes))]
    for number in 1..<lanes {
      let other = settings.another(number: number, breaker: first.scheduler.breaker)
      if let driver = try? LaneDriver(other, provider) {
        drivers.append((driver, RunSupply(driver, engine, calls, lanes: lanes)))
      }
    }
    world.onDeed = { [settings] deed in
      settings.cancellation.cancel(urgently: deed == .ringUrgently)
    }
    takeTurns(
      until: { drivers.isEmpty },
      {
        let index = world.dice.below(drivers.count)
        let (driver, supply) = drivers[index]
        if !driver.turn(supply) { drivers.remove(at: index) }
      })
    _ = engine.finish()
    if options.order == .call, witness.records.map(\.call) != Array(world.calls.indices) {
      world.fault("the order of the records: \(witness.records.map(\.call))")
    }
    if engine.counts.total != world.calls.count {
      world.fault("\(engine.counts.total) tokens of \(world.calls.count) were counted")
    }
    let tokens = Dictionary(grouping: witness.records, by: \.call)
    for call in world.calls.indices {
      check(call, tokens[call]?.map(\.token) ?? [], retries: witness.retries[call] ?? 0)
      let failed = world.calls[call].after.contains { tokens[$0]?.first?.token.ok != true }
      if failed, world.begins[call] > 0 {
        world.fault("call \(call) began though one that it waits for is not ok")
      }
    }
  }
}
