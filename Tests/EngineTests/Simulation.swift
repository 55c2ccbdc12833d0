import KernelBridge
import TaskModel

@testable import KernelHost

/// A run of random calls on simulated lanes, made from a seed, and what must hold of it.
struct Simulation {
  let seed: UInt64
  private let world: World
  private var settings = RunnerSettings()
  private let hasRung: Bool
  private let isCancelled: Bool

  /// What calls of a job were told.
  final class Collector: CallSink {
    var tokens: [[Token<Value>]]
    var retries: [Int]
    var isFinished = false
    let calls: Range<Int>

    init(_ calls: Range<Int>, of count: Int) {
      tokens = Array(repeating: [], count: count)
      retries = Array(repeating: 0, count: count)
      self.calls = calls
    }

    func printed(call: Int, _ bytes: ArraySlice<UInt8>) {}
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
    func noted(_ note: RunnerNote) {
      if case .retried(let call, _, _, _) = note { retries[call] += 1 }
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

  init(seed: UInt64, isTracing: Bool = false) {
    self.seed = seed
    world = World(seed: seed)
    if isTracing { world.trace = [] }
    settings.isolation = world.dice.one(of: [.process, .process, .process, .call, .none])
    settings.liveLimit = 1 + world.dice.below(24)
    settings.soloLimit = 1 + world.dice.below(4)
    settings.isSoloLimitStrict = world.dice.chance(30)
    settings.crashLimit = world.dice.chance(80) ? 1_000_000 : 1 + world.dice.below(4)
    let isIsolated = settings.isolation != .none
    let count = 1 + world.dice.below(40)
    let hostility = world.dice.one(of: [0, 10, 30, 80])
    world.startFailures = isIsolated ? world.dice.one(of: [0, 0, 0, 5, 40]) : 0
    for _ in 0..<count {
      world.calls.append(
        SimulatedCall(&world.dice, hostility: hostility, isIsolated: isIsolated))
    }
    world.begins = Array(repeating: 0, count: count)
    var deeds: [World.Deed] = []
    if isIsolated, world.dice.chance(30) {
      for _ in 0..<1 + world.dice.below(4) {
        deeds.append(world.dice.one(of: [.killWorker, .killWorker, .killSpawner, .stopWorker]))
      }
    }
    hasRung = world.dice.chance(10)
    if hasRung { deeds.append(world.dice.chance(50) ? .ring : .ringUrgently) }
    isCancelled = !hasRung && world.dice.chance(10)
    if isCancelled { deeds.append(.cancel) }
    for deed in deeds {
      world.deeds.append((world.now + UInt64(world.dice.below(60_000)) * 1000, deed))
    }
    world.deeds.sort { $0.time > $1.time }
  }

  /// Runs it; the faults that were found.
  func run() -> [String] {
    let catalogue = Catalogue(simulated: SimulatedCall.signatures)
    let provider = SimulatedLanes(world, catalogue, isIsolated: settings.isolation != .none)
    let runner: Runner
    do throws(SystemError) {
      runner = try Runner(settings, provider)
    } catch {
      return []  // no lane was to be had: there is no run
    }
    let count = world.calls.count
    world.note("\(count) calls, isolation \(settings.isolation), \(settings.liveLimit ?? 0) live")
    for (call, what) in world.calls.enumerated() where what.way != .ends {
      world.note(
        "call \(call), \(SimulatedCall.signatures[what.kernel].name), \(what.way) after "
          + "\(what.steps) steps, \(what.faults == .max ? "always" : "\(what.faults) times")")
    }
    let middle = world.dice.below(count + 1)
    let sinks = [0..<middle, middle..<count].map { Collector($0, of: count) }
    let numbers = sinks.map { runner.add(Source(world: world, calls: $0.calls), $0) }
    world.onDeed = { [settings] deed in
      switch deed {
      case .ring: settings.bell.ring()
      case .ringUrgently: settings.bell.ring(urgently: true)
      default: runner.cancel(numbers[0])
      }
    }
    var turns = 0
    while runner.isBusy, !world.isStuck {
      runner.turn()
      turns += 1
      if turns > 200_000 {
        world.note(
          "live \(runner.lane.liveCount), died \(runner.lane.hasDied), revive "
            + "\(runner.reviveAt ?? 0), solo \(runner.soloAt ?? 0), queue \(runner.soloQueue.count), "
            + "again \(runner.again.count), waiting \(runner.waiting.count), delayed "
            + "\(runner.delayed.first?.due ?? 0), gone \(runner.isLaneGone), solos "
            + runner.solos.map { "\($0.tag ?? 0) \($0.lane.hasDied)" }.joined(separator: ", "))
        world.fault("the run does not end")
        break
      }
    }
    world.onDeed = { _ in }
    check(sinks)
    return world.faults
  }

  var trace: [String] { world.trace ?? [] }

  private func check(_ sinks: [Collector]) {
    for call in world.calls.indices {
      let tokens = sinks.flatMap { $0.tokens[call] }
      guard tokens.count == 1 else {
        world.fault("call \(call) has \(tokens.count) tokens")
        continue
      }
      check(call, world.calls[call], tokens[0], retries: sinks.map { $0.retries[call] }.max() ?? 0)
    }
  }

  /// Whether the call may have ended so for what was done to the run from outside.
  private func isExcused(_ call: SimulatedCall, _ token: Token<Value>) -> Bool {
    switch token.status {
    case .cancelled: hasRung || isCancelled
    case .skipped: settings.crashLimit < 1000
    case .lost: !call.isPure || world.failedStarts > 4
    // Killed again and again, alone: it must have done that itself.
    case .crash where !call.isPure && world.calls.contains { $0.way == .damages }: true
    case .crash where hasRung && token.error?.name == "OVERRUN": true
    case .crash:
      world.kills > 0 && token.error?.name == "SIGKILL" || !call.isPure && world.kills > 0
        || token.error?.name == "ENOPROC"
    default: world.failedStarts > 4
    }
  }

  private func check(_ number: Int, _ call: SimulatedCall, _ token: Token<Value>, retries: Int) {
    let begins = world.begins[number]
    let most = call.limits.retries?.times ?? 0
    if retries > most { world.fault("call \(number) was retried \(retries) times of \(most)") }
    if !call.isPure, begins > 1 + retries {
      world.fault("call \(number) is not pure and began \(begins) times, \(retries) retries")
    }
    if Int(token.attempts) != begins {
      world.fault("call \(number) began \(begins) times, and its token says \(token.attempts)")
    }
    let isGood = call.way == .ends || call.way == .damages
    if isGood, token.status != .ok, !isExcused(call, token),
      !(call.timeout > 0 && token.status == .timeout)
    {
      world.fault(
        "call \(number) (\(SimulatedCall.signatures[call.kernel].name)) is good and ended "
          + "\(token.status): \(token.error?.message ?? "")")
    }
    if !isGood, call.faults == .max, token.status == .ok {
      world.fault("call \(number) is not good (\(call.way)) and ended well")
    }
  }
}
