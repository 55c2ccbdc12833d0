import CKernelHostBench
import KernelHost
import KernelHostModel

/// One step, strictly interleaved over many live calls.
enum StepBench {
  static func rows(isQuick: Bool) async -> [Row] {
    var rows: [Row] = []
    let pythons = Python.nanosecondsAStep(live: [4, 1_000, 100_000], steps: 1_000_000)
    for live in [4, 100, 1_000, 10_000, 100_000] {
      var floors: [Double] = []
      var hosts: [Double] = []
      var ratios: [Double] = []
      // With many calls, each has enough steps to make its start negligible.
      let steps = max((isQuick ? 20_000_000 : 40_000_000) / live, 1_000)
      for _ in 0..<(isQuick ? 3 : 7) {
        let floor = Double(bench_floor_steps(UInt32(live), UInt64(steps))) / Double(live * steps)
        let host = await nanosecondsAStep(.shared, live: live, steps: steps)
        floors.append(floor)
        hosts.append(host)
        ratios.append(host / floor)
      }
      let ratio = median(ratios)
      let python = pythons[live]
      var bars = [Bar.ratio(ratio, of: "the C loop", atMost: 1.5)]
      if let python {
        bars.append(.ratio(python / median(hosts), of: "as fast as asyncio", atLeast: 300))
      }
      rows.append(
        Row(
          name: "a step, \(Report.grouped(live)) live", value: median(hosts), unit: "ns",
          peers: [.floor(median(floors)), Peer("asyncio", python)], bars: bars))
    }
    return rows
  }

  static func nanosecondsAStep(_ host: CallHost, live: Int, steps: Int) async -> Double {
    guard let kernel = try? host.kernel("bench_count") else { return .nan }
    let start = ContinuousClock.now
    let gathered = try? await gather(kernel, count: live) { _, arguments in
      arguments.set(0, to: .integer(Int64(steps)))
    }
    let elapsed = start.duration(to: .now)
    guard let tokens = gathered else { return .nan }
    precondition(tokens.allSatisfy { $0.ok && $0.steps == steps })
    return elapsed / .nanoseconds(1) / Double(live * steps)
  }
}
