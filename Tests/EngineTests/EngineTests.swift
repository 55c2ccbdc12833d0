import Testing

/// Runners on simulated lanes: random calls, workers, deaths and orders from outside, in counted
/// time. `Seeds` says how to have others, and how to repeat one.
struct EngineTests {

  @Test func everyRunKeepsItsPromises() { simulate(10_000) { $0.run() } }

  /// Hosts with a journal die at any point, and others go on.
  @Test func everyRunOfSeveralHostsKeepsItsPromises() { simulate(500, share: 5) { $0.runHosts() } }

  private func simulate(_ usual: Int, share: Int = 1, _ run: @Sendable (Simulation) -> [String]) {
    Seeds.run(usual, share: share) { seed, isTracing in
      var faults: [String] = []
      var trace: [String] = []
      let lanes = {
        let simulation = Simulation(seed: seed, isTracing: isTracing)
        faults = run(simulation)
        trace = simulation.trace
        return simulation.world.laneCount
      }()
      if lanes.count > 0 { faults.append("\(lanes.count) lanes outlive the run's world") }
      return (faults, trace)
    }
  }
}
