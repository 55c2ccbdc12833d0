import CKernelHostBench
import KernelBridge
import KernelHost
import KernelHostModel

/// A million calls of one step, gathered: tokens in order.
enum CallBench {
  static func rows(isQuick: Bool) async -> [Row] {
    guard let kernel = try? CallHost.shared.kernel("bench_count") else { return [] }
    let count = 1_000_000
    _ = try? await gather(kernel, count: 1_000) { _, _ in }
    let before = residentBytes("VmRSS")
    _ = await nanosecondsACall(kernel, count)
    let bytes = (residentBytes("VmHWM") - before) / Double(count)
    var floors: [Double] = []
    var hosts: [Double] = []
    for _ in 0..<(isQuick ? 3 : 7) {
      floors.append(Double(bench_floor_calls(UInt64(count))) / Double(count))
      hosts.append(await nanosecondsACall(kernel, count))
    }
    let host = median(hosts)
    return [
      Row(
        name: "a call, 1,000,000 gathered", value: host, unit: "ns",
        peers: [.floor(median(floors)), Peer("asyncio", Python.nanosecondsACall())],
        bars: [.atMost(100, "ns", host)]),
      Row(
        name: "memory of a call, 1,000,000 gathered", value: bytes, unit: "B",
        bars: [.atMost(128, "B", bytes)]),
    ]
  }

  static func nanosecondsACall(_ kernel: Kernel, _ count: Int) async -> Double {
    let start = ContinuousClock.now
    let gathered = try? await gather(kernel, count: count) { _, arguments in
      arguments.set(0, to: 1)
    }
    let elapsed = start.duration(to: .now)
    guard let tokens = gathered else { return .nan }
    precondition(tokens.count == count && tokens[count - 1].result == .number(0))
    return elapsed / .nanoseconds(1) / Double(count)
  }

  /// A figure of /proc/self/status, in bytes.
  private static func residentBytes(_ key: String) -> Double {
    let bytes = (try? FileReader.read(path: "/proc/self/status", limit: 1 << 20)) ?? []
    let status = String(decoding: bytes, as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
    let number = line?.split(separator: " ").dropFirst().first ?? line?.split(separator: "\t")[1]
    return Double(number.map(String.init) ?? "").map { $0 * 1024 } ?? .nan
  }
}
