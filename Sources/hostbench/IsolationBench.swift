import CKernelHostBench
import KernelHost
import KernelHostModel

/// Measures the price of isolation: the same calls and steps in worker processes and in this
/// process, and calls some of which crash.
enum IsolationBench {
  static func rows(isQuick: Bool) async -> [Row] {
    guard let loaded = try? LoadedKernels.open(WorkerSetup()),
      let isolated = try? CallHost(loaded, printing: .discard, crashLimit: .max)
    else { return [] }
    return await calls(isolated, isQuick) + steps(isolated, isQuick) + crashes(isolated, isQuick)
  }

  private static func calls(_ isolated: CallHost, _ isQuick: Bool) async -> [Row] {
    guard let here = try? CallHost.shared.kernel("bench_count"),
      let there = try? isolated.kernel("bench_count")
    else { return [] }
    let count = 1_000_000
    _ = await CallBench.nanosecondsACall(there, count)
    var pairs: [(here: Double, there: Double)] = []
    for _ in 0..<(isQuick ? 3 : 7) {
      let one = await CallBench.nanosecondsACall(here, count)
      pairs.append((one, await CallBench.nanosecondsACall(there, count)))
    }
    let ratio = median(pairs.map { $0.there / $0.here })
    let floor = Double(bench_floor_calls(UInt64(count))) / Double(count)
    return [
      Row(
        name: "an isolated call, 1,000,000 gathered", value: median(pairs.map { $0.there }),
        unit: "ns", peers: [.floor(floor)], bars: [.ratio(ratio, of: "in-process", atMost: 1.5)])
    ]
  }

  private static func steps(_ isolated: CallHost, _ isQuick: Bool) async -> [Row] {
    let live = 1_000
    let steps = (isQuick ? 20_000_000 : 40_000_000) / live
    var pairs: [(here: Double, there: Double)] = []
    for _ in 0..<(isQuick ? 3 : 7) {
      let one = await StepBench.nanosecondsAStep(.shared, live: live, steps: steps)
      pairs.append((one, await StepBench.nanosecondsAStep(isolated, live: live, steps: steps)))
    }
    let ratio = median(pairs.map { $0.there / $0.here })
    return [
      Row(
        name: "an isolated step, \(Report.grouped(live)) live",
        value: median(pairs.map { $0.there }), unit: "ns",
        bars: [.ratio(ratio, of: "in-process", atMost: 1.2)])
    ]
  }

  private static func crashes(_ isolated: CallHost, _ isQuick: Bool) async -> [Row] {
    let count = isQuick ? 20_000 : 100_000
    var none: [Double] = []
    var few: [Double] = []
    for _ in 0..<(isQuick ? 3 : 7) {
      none.append(await seconds(isolated, count, everyCrash: 0))
      few.append(await seconds(isolated, count, everyCrash: 100))
    }
    let many = await seconds(isolated, count, everyCrash: 10)
    let aCrash = (median(few) - median(none)) / Double(count / 100) * 1e3
    let ofMany = (many - median(none)) / Double(count / 10) * 1e3
    let growth = ofMany / aCrash
    let pool = Python.afterACrash(count: count)
    return [
      Row(
        name: "a crash, 1% of \(Report.grouped(count)) calls", value: aCrash, unit: "ms",
        bars: [
          .atMost(0.5, "ms", aCrash),
          .ratio(growth, of: "of it at ten times the crashes", atMost: 1.2),
        ],
        notes: pool.map {
          [
            "ProcessPoolExecutor loses \(Report.grouped($0.lost)) of \(Report.grouped(count))"
              + " calls to its first crash"
          ]
        } ?? [])
    ]
  }

  /// One call in `everyCrash` crashes; 0: no call crashes.
  private static func seconds(_ host: CallHost, _ count: Int, everyCrash: Int) async -> Double {
    guard let kernel = try? host.kernel("bench_crash") else { return .nan }
    let start = ContinuousClock.now
    let gathered = try? await gather(kernel, count: count) { call, arguments in
      arguments.set(0, to: .bool(everyCrash > 0 && call % everyCrash == everyCrash / 2))
    }
    let elapsed = start.duration(to: .now) / .seconds(1)
    guard let tokens = gathered else { return .nan }
    let died = tokens.count { $0.status == .crash }
    precondition(died == (everyCrash > 0 ? count / everyCrash : 0) && tokens.count == count)
    precondition(tokens.count { $0.ok } == count - died)
    return elapsed
  }
}
