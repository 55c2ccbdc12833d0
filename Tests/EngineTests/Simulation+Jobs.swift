import KernelBridge
import KernelHostModel

@testable import KernelHost

/// Two jobs of one driver, as a `CallHost` has them.
extension Simulation {
  /// Collects the events of a job's calls.
  final class Collector: CallSink {
    var tokens: [[Token<Value>]]
    var retries: [Int]
    var printed: [[UInt8]]
    /// Calls whose text came after their tokens.
    var printedLate: [Int] = []
    var isFinished = false
    let calls: Range<Int>

    init(_ calls: Range<Int>, of count: Int) {
      tokens = Array(repeating: [], count: count)
      retries = Array(repeating: 0, count: count)
      printed = Array(repeating: [], count: count)
      self.calls = calls
    }

    func printed(call: Int, _ bytes: ArraySlice<UInt8>) {
      printed[call] += bytes
      if !tokens[call].isEmpty { printedLate.append(call) }
    }
    func wrote(call: Int, _ bytes: ArraySlice<UInt8>) {}
    func warned(call: Int?, _ text: String) {}
    func ended(_ count: Int, _ call: (_ index: Int) -> EndedCall?) -> Int {
      var taken = 0
      for index in 0..<count {
        guard let ended = call(index) else { continue }
        tokens[ended.call].append(ended.token)
        taken += 1
      }
      return taken
    }
    func missing(in calls: Range<Int>) -> [Range<Int>] {
      calls.filter { tokens[$0].isEmpty }.map { $0..<$0 + 1 }
    }
    func finished() { isFinished = true }
    func saw(_ event: RunEvent) {
      if case .retried(let record, _) = event { retries[record.call] += 1 }
    }
  }

  struct Source: CallSource {
    let world: World
    let calls: Range<Int>
    var firstCall: Int { calls.lowerBound }
    var callCount: Int { calls.upperBound }
    var hasTimeouts: Bool { true }
    var hasLimits: Bool { true }
    func kernel(ofCall call: Int) -> Int { world.calls[call].kernel }
    func timeout(ofCall call: Int) -> UInt64 { world.calls[call].timeout }
    func limits(ofCall call: Int) -> CallLimits { world.calls[call].limits }
    func write(argumentsOfCall call: Int, to writer: inout Arguments) {}
  }

  func runJobs() {
    // Without a lane there is no run.
    guard let driver = try? LaneDriver(settings, provider) else { return }
    let count = world.calls.count
    let middle = world.dice.below(count + 1)
    let sinks = [0..<middle, middle..<count].map { Collector($0, of: count) }
    let add = { [world] (sink: Collector) in
      driver.add(Source(world: world, calls: sink.calls), sink)
    }
    let isLate = world.dice.chance(30)
    let first = add(sinks[0])
    if !isLate { _ = add(sinks[1]) }
    world.onDeed = { [settings] deed in
      switch deed {
      case .ring: settings.cancellation.cancel()
      case .ringUrgently: settings.cancellation.cancel(urgently: true)
      default: driver.cancel(jobs: [first])
      }
    }
    takeTurns(until: { !driver.isBusy }, { driver.turn() })
    if isLate {
      // This follows a failure to start workers, which may be over by now.
      world.now += 2_000_000_000
      if !settings.cancellation.isCancelled { world.startFailures = min(world.startFailures, 10) }
      _ = add(sinks[1])
      takeTurns(until: { !driver.isBusy }, { driver.turn() })
    }
    for call in world.calls.indices {
      let sink = sinks[call < middle ? 0 : 1]
      check(call, sink.tokens[call], retries: sink.retries[call])
      check(call, printed: sink.printed[call], retries: sink.retries[call])
    }
    for sink in sinks {
      for call in sink.printedLate { world.fault("text of call \(call) came after its token") }
      if !sink.isFinished, !world.isStuck { world.fault("a job was not told that it is done") }
    }
  }
}
