import KernelBridge
import KernelHostModel

/// What copies of half-done calls cost the lane that makes them.
enum SnapshotBench {
  private static let calls = 131_072

  /// All calls of a full lane are copied while it steps them.
  static func rows(isQuick: Bool) throws -> [Row] {
    let workers = try WorkerSupervisor()
    try workers.waitUntilReady()
    let catalogue = try workers.catalogue()
    guard let kernel = catalogue.index(of: "bench_wide") else { return [] }
    let lane = try ArenaLane(
      catalogue: catalogue, workers: workers, liveLimit: calls, copiesCalls: true)
    try lane.start()
    var next = 0
    while next < calls {
      let options = CallOptions(tag: UInt64(next), number: UInt64(next))
      if case .submitted = lane.submit(kernel: kernel, options: options, arguments: { _ in }) {
        next += 1
      } else {
        lane.flush()
        ArenaLane.wait([lane], nanoseconds: 1_000_000)
        _ = lane.take(text: { _ in }, completions: { _ in })
      }
    }
    lane.flush()
    while lane.waitingCount > 0 { ArenaLane.wait([lane], nanoseconds: 1_000_000) }
    var pauses: [Double] = []
    var copies: [Double] = []
    var count = 0
    for _ in 0..<(isQuick ? 3 : 9) {
      _ = lane.requestSnapshot(olderThan: 0)
      while true {
        _ = lane.take(text: { _ in }, completions: { _ in })
        if let snapshot = lane.takeSnapshot() {
          pauses.append(Double(snapshot.pause) * 1e-6)
          copies.append(Double(snapshot.nanoseconds) * 1e-6)
          count = snapshot.read().0.calls.count
          break
        }
        ArenaLane.wait([lane], nanoseconds: 1_000_000)
      }
    }
    lane.kill()
    let pause = median(pauses)
    return [
      Row(
        name: "a pause for a copy of \(Report.grouped(calls)) calls of 200 B", value: pause,
        unit: "ms",
        bars: [.atMost(10, "ms", pause), Bar("all of them", count == calls)],
        notes: ["all pauses of a copy: \(Report.short(median(copies))) ms"])
    ]
  }
}
