import Dispatch
import Foundation
import KernelBridge
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
    let first = Effort.seed(0)
    let count = Effort.count(3000, environment: "KERNELHOST_SEEDS")
    let failed = Locked<[String]>([])
    let block = 100
    DispatchQueue.concurrentPerform(iterations: (count + block - 1) / block) { number in
      for offset in number * block..<min((number + 1) * block, count) {
        if failed.withLock({ $0.count }) >= 10 { return }
        let seed = first &+ UInt64(offset)
        let faults = Simulation(seed: seed).run()
        if faults.isEmpty { continue }
        failed.withLock { $0.append("KERNELHOST_SEED=\(seed): \(faults.prefix(3))") }
      }
    }
    for fault in failed.withLock({ $0.sorted() }) { Issue.record("\(fault)") }
  }
}
