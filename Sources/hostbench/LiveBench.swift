import CKernelHostBench
import KernelHost
import KernelHostModel

/// Measures what a call and a step cost by the number of live calls, for the drawing.
enum LiveBench {
  /// 1, 10, ... at most `limit`.
  private static func decades(_ limit: Int) -> [Int] {
    Array(sequence(first: 1) { $0 * 10 <= limit ? $0 * 10 : nil })
  }

  /// CPython's time and memory do not allow for more.
  private static let pythonLimit = 10_000

  static func curves(upTo limit: Int, isQuick: Bool) async -> (call: Curves, step: Curves) {
    let lives = decades(limit)
    let pythons = lives.filter { $0 <= pythonLimit }
    var call = Curves(title: "a call, gathered")
    var step = Curves(title: "a step, by turns")
    call.python = Python.nanosecondsACall(gathered: pythons, calls: isQuick ? 10_000 : 100_000)
    step.python = Python.nanosecondsAStep(live: pythons, steps: isQuick ? 50_000 : 500_000)
    // All calls must be live at the same time, and the default limit is lower.
    guard let host = try? CallHost(liveLimit: limit), let kernel = try? host.kernel("bench_count")
    else { return (call, step) }
    for live in lives {
      // The steps are enough for the clock's resolution, and for the processor to warm up.
      let batches = max((isQuick ? 20_000 : 1_000_000) / live, 1)
      let steps = max((isQuick ? 1_000_000 : 20_000_000) / live, isQuick ? 100 : 200)
      var times: (call: [Double], callFloor: [Double], step: [Double], stepFloor: [Double])
      times = ([], [], [], [])
      for _ in 0..<(isQuick ? 1 : 3) {
        var sum = (host: 0.0, floor: 0.0)
        for _ in 0..<batches {
          sum.floor += Double(bench_floor_calls(UInt64(live))) / Double(live)
          sum.host += await CallBench.nanosecondsACall(kernel, live)
        }
        times.call.append(sum.host / Double(batches))
        times.callFloor.append(sum.floor / Double(batches))
        let floor = Double(bench_floor_steps(UInt32(live), UInt64(steps)))
        times.stepFloor.append(floor / Double(live * steps))
        times.step.append(await StepBench.nanosecondsAStep(host, live: live, steps: steps))
      }
      call.add(live, host: median(times.call), floor: median(times.callFloor))
      step.add(live, host: median(times.step), floor: median(times.stepFloor))
    }
    return (call, step)
  }
}

/// One kind of work, by how many calls are live.
struct Curves {
  let title: String
  private(set) var host: [Int: Double] = [:]
  private(set) var floor: [Int: Double] = [:]
  var python: [Int: Double] = [:]

  init(title: String) {
    self.title = title
  }

  mutating func add(_ live: Int, host: Double, floor: Double) {
    self.host[live] = host
    self.floor[live] = floor
  }

  var rows: [Row] {
    host.keys.sorted().map { live in
      Row(
        name: "\(title), \(Report.grouped(live)) live", value: host[live] ?? .nan, unit: "ns",
        peers: [Peer("C", floor[live]), Peer("asyncio", python[live])])
    }
  }
}
