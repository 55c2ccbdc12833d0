import CKernelHostBench
import KernelBridge
import KernelHost
import KernelHostModel

/// Calls of uneven length on all processors, against the ideal: the same work in equal
/// parts, one for each processor, with nothing to deal out.
///
/// The ideal is measured before and after each of the others, because the speed of a virtual
/// machine's processors changes. A ratio is to the mean of the two.
enum ParallelBench {
  static func rows(isQuick: Bool) -> [Row] {
    let lanes = Processors.usable
    let work = Work(
      count: 20_000, rounds: bench_uneven_calibrate(), lanes: lanes)
    let scratch = Scratch()
    defer { scratch?.remove() }
    let peers = scratch.flatMap { UnevenPeers($0) }
    var ways: [(name: String, run: () -> Double?)] = []
    if let workers = HostRun(work, .process) { ways.append(("workers", workers.seconds)) }
    if let threads = HostRun(work, .none) { ways.append(("threads", threads.seconds)) }
    ways.append(("OpenMP", { peers?.openMP(work) }))

    var ideals: [Double] = []
    var times: [String: [Double]] = [:]
    var parts: [String: [Double]] = [:]
    for _ in 0..<(isQuick ? 3 : 7) {
      var before = work.ideal(lanes: lanes)
      for way in ways {
        let time = way.run()
        let after = work.ideal(lanes: lanes)
        if let time {
          times[way.name, default: []].append(time)
          parts[way.name, default: []].append((before + after) / 2 / time)
        }
        ideals.append(after)
        before = after
      }
    }

    func microseconds(_ times: [Double]?, calls: Int = work.count) -> Double? {
      times.map { median($0) * 1e6 / Double(calls) }
    }
    let others: [Peer] = [
      Peer("ideal", microseconds(ideals)),
      Peer("C on one thread", microseconds([work.ideal(lanes: 1)])),
      Peer("OpenMP dynamic", microseconds(times["OpenMP"])),
    ]
    // There are fewer calls, because they take longer.
    let pool = work.scaled(to: isQuick ? 1_000 : 4_000)
    let processes = work.scaled(to: isQuick ? 50 : 200)
    let more = [
      Peer("ProcessPoolExecutor", microseconds(peers?.pool(pool).map { [$0] }, calls: pool.count)),
      Peer(
        "GNU parallel",
        microseconds(peers?.parallel(processes).map { [$0] }, calls: processes.count)),
    ]
    var notes =
      parts["OpenMP"].map { ["OpenMP dynamic: \(Report.short(median($0))) of ideal"] } ?? []
    let spread = (ideals.max() ?? 1) / (ideals.min() ?? 1)
    if spread > 1.2 {
      notes.append(
        "the ideal itself varied by \(Report.short(spread))x: other programs use the processors, so"
          + " these ratios are unreliable")
    }
    var rows: [Row] = []
    for (name, way) in [("worker processes", "workers"), ("isolation none", "threads")] {
      let part = median(parts[way] ?? [])
      rows.append(
        Row(
          name: "a call of 20 to 250 us, \(lanes) lanes, \(name)",
          value: microseconds(times[way]) ?? .nan, unit: "us",
          peers: way == "workers" ? others + more : others,
          bars: [Bar("\(Report.short(part)) of ideal, at least 0.98", part >= 0.98)],
          notes: notes))
    }
    return rows
  }
}

/// Calls whose lengths follow from their numbers.
struct Work {
  let count: Int
  /// Rounds in a microsecond.
  let rounds: UInt64
  let lanes: Int

  func scaled(to count: Int) -> Work { Work(count: count, rounds: rounds, lanes: lanes) }

  /// Returns the seconds that the work takes in equal parts on `lanes` threads.
  func ideal(lanes: Int) -> Double {
    let total = bench_uneven_total(UInt64(count), rounds)
    return bench_uneven_ideal(UInt32(lanes), total, UInt64(count)) / 1e9
  }
}

/// The work as a manifest that is run from its plan to its tokens.
private struct HostRun {
  private let plan: Plan
  private let kernels: LoadedKernels
  private var options = Run.Options()

  init?(_ work: Work, _ isolation: Isolation) {
    var setup = WorkerSetup()
    setup.isolation = isolation
    let task = #"{"kernel": "bench_uneven", "args": {"rounds": \#(work.rounds)},"#
    let text = #"{"tasks": [\#(task) "repeat": \#(work.count)}]}"#
    guard let kernels = try? LoadedKernels.open(setup),
      case .success(let plan) = Planner.plan(
        SourceText(name: "parallel", text: text), catalogue: kernels.catalogue.signatures)
    else { return nil }
    self.plan = plan
    self.kernels = kernels
    options.format = .tokens
    options.outputPath = "/dev/null"
    options.mode = .parallel
    options.jobs = work.lanes
  }

  /// The time includes the start of the lanes and the last token.
  func seconds() -> Double? {
    let start = ContinuousClock.now
    guard let summary = try? Run(plan, kernels, options).run(),
      summary.counts[.ok] == plan.callCount
    else { return nil }
    return start.duration(to: .now) / .seconds(1)
  }
}
