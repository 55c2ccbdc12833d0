import Dispatch
import Foundation
import KernelBridge
import KernelHostTestSupport
import Testing

/// The random runs of a test, each made from its seed alone. `KERNELHOST_SEEDS` is their number,
/// from `KERNELHOST_FIRST_SEED` on (0); `KERNELHOST_SEED` repeats one of them and prints what
/// happened.
enum Seeds {
  /// `share`: the test takes this share of the seeds that the environment asks for.
  static func run(
    _ usual: Int, share: Int = 1,
    _ run: @Sendable (_ seed: UInt64, _ isTracing: Bool) -> (faults: [String], trace: [String])
  ) {
    let environment = ProcessInfo.processInfo.environment
    if let seed = environment["KERNELHOST_SEED"].flatMap(UInt64.init) {
      let (faults, trace) = run(seed, true)
      print(trace.joined(separator: "\n"))
      #expect(faults.isEmpty, "\(faults)")
      return
    }
    let first = environment["KERNELHOST_FIRST_SEED"].flatMap(UInt64.init) ?? Effort.seed(0)
    let count = Effort.count(usual * share, environment: "KERNELHOST_SEEDS") / share
    let failed = Locked<[String]>([])
    let block = 100
    DispatchQueue.concurrentPerform(iterations: (count + block - 1) / block) { number in
      for offset in number * block..<min((number + 1) * block, count) {
        if failed.withLock({ $0.count }) >= 10 { return }
        let seed = first &+ UInt64(offset)
        let faults = run(seed, false).faults
        if faults.isEmpty { continue }
        failed.withLock { $0.append("KERNELHOST_SEED=\(seed): \(faults.prefix(3))") }
      }
    }
    for fault in failed.withLock({ $0.sorted() }) { Issue.record("\(fault)") }
  }
}
