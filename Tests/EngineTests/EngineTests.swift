import Dispatch
import Foundation
import KernelBridge
import KernelHostTestSupport
import Testing

/// Runners on simulated lanes: random calls, workers, deaths and orders from outside, in counted
/// time. `KERNELHOST_SEEDS` is the number of seeds, from `KERNELHOST_FIRST_SEED` on (0);
/// `KERNELHOST_SEED` repeats one of them and prints what happened.
struct EngineTests {

  @Test func everyRunKeepsItsPromises() { simulate(10_000) { $0.run() } }

  /// Hosts with a journal die at any point, and others go on.
  @Test func everyRunOfSeveralHostsKeepsItsPromises() { simulate(500, share: 5) { $0.runHosts() } }

  /// `share`: this test takes the share of the seeds that the environment asks for.
  private func simulate(_ usual: Int, share: Int = 1, _ run: @Sendable (Simulation) -> [String]) {
    let wanted = ProcessInfo.processInfo.environment["KERNELHOST_SEED"]
    if let seed = wanted.flatMap(UInt64.init) {
      let simulation = Simulation(seed: seed, isTracing: true)
      let faults = run(simulation)
      print(simulation.trace.joined(separator: "\n"))
      #expect(faults.isEmpty, "\(faults)")
      return
    }
    let given = ProcessInfo.processInfo.environment["KERNELHOST_FIRST_SEED"]
    let first = given.flatMap(UInt64.init) ?? Effort.seed(0)
    let count = Effort.count(usual * share, environment: "KERNELHOST_SEEDS") / share
    let failed = Locked<[String]>([])
    let block = 100
    DispatchQueue.concurrentPerform(iterations: (count + block - 1) / block) { number in
      for offset in number * block..<min((number + 1) * block, count) {
        if failed.withLock({ $0.count }) >= 10 { return }
        let seed = first &+ UInt64(offset)
        var faults: [String] = []
        let lanes = {
          let simulation = Simulation(seed: seed)
          faults = run(simulation)
          return simulation.world.laneCount
        }()
        if lanes.count > 0 { faults.append("\(lanes.count) lanes outlive the run's world") }
        if faults.isEmpty { continue }
        failed.withLock { $0.append("KERNELHOST_SEED=\(seed): \(faults.prefix(3))") }
      }
    }
    for fault in failed.withLock({ $0.sorted() }) { Issue.record("\(fault)") }
  }
}
