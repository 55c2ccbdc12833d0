import Foundation
import Testing

/// The runner against its simulation: random calls, workers, deaths and orders from outside, in
/// counted time. `KERNELHOST_SEEDS` says how many seeds, `KERNELHOST_SEED` repeats one and prints
/// what happened.
struct EngineTests {
  private static func number(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
  }

  @Test func everyRunKeepsItsPromises() {
    if let seed = Self.number("KERNELHOST_SEED") {
      let simulation = Simulation(seed: seed, isTracing: true)
      let faults = simulation.run()
      print(simulation.trace.joined(separator: "\n"))
      #expect(faults.isEmpty, "\(faults)")
      return
    }
    var failed = 0
    for seed in 0..<(Self.number("KERNELHOST_SEEDS") ?? 10_000) {
      let faults = Simulation(seed: seed).run()
      if faults.isEmpty { continue }
      failed += 1
      Issue.record("KERNELHOST_SEED=\(seed): \(faults.prefix(3))")
      if failed == 10 { return }
    }
  }
}
