import Foundation
import Support
import Testing

/// Runners on simulated lanes: random calls, workers, deaths and orders from outside, in counted
/// time. `KERNELHOST_SEEDS` is the number of seeds; `KERNELHOST_SEED` repeats one of them and
/// prints what happened.
struct EngineTests {

  @Test func everyRunKeepsItsPromises() {
    let wanted = ProcessInfo.processInfo.environment["KERNELHOST_SEED"]
    if let seed = wanted.flatMap(UInt64.init) {
      let simulation = Simulation(seed: seed, isTracing: true)
      let faults = simulation.run()
      print(simulation.trace.joined(separator: "\n"))
      #expect(faults.isEmpty, "\(faults)")
      return
    }
    let effort = "KERNELHOST_SEEDS"
    let first = Effort.seed(0)
    var failed = 0
    for number in 0..<Effort.count(3000, environment: effort) {
      let seed = first &+ UInt64(number)
      let faults = Simulation(seed: seed).run()
      if faults.isEmpty { continue }
      failed += 1
      Issue.record("KERNELHOST_SEED=\(seed): \(faults.prefix(3))")
      if failed == 10 { return }
    }
  }
}
