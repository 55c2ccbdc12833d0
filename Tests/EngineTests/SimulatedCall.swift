import KernelHostModel

/// SplitMix64: the same numbers on every machine.
struct Dice {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Returns a number from 0 to `count - 1`.
  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
  mutating func one<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }
}

/// The behaviour of a simulated call.
struct SimulatedCall {
  enum Way: CaseIterable {
    case ends, fails, crashes, exits, hangs, neverEnds
    /// Writes past its memory, and succeeds.
    case overruns
    /// Writes over another call's memory, and succeeds.
    case damages

    /// Whether it needs a worker.
    var isHostile: Bool {
      switch self {
      case .ends, .fails, .neverEnds: false
      default: true
      }
    }
  }

  let kernel: Int
  let way: Way
  /// Steps before it ends, or does what it does.
  var steps: Int
  /// The number of starts that go that way. Later starts succeed.
  let faults: Int
  /// Nanoseconds; 0: no limit.
  let timeout: UInt64
  let limits: CallLimits
  /// Calls that it waits for.
  var after: [Int] = []

  /// Kernels by what they promise.
  static let signatures = [
    KernelSignature(name: "a_flat", isPure: true, isFlat: true, origin: "lib.so"),
    KernelSignature(name: "b_impure", isPure: false, isFlat: false, origin: "lib.so"),
    KernelSignature(name: "c_pure", isPure: true, isFlat: false, origin: "lib.so"),
    KernelSignature(name: "d_flat_impure", isPure: false, isFlat: true, origin: "lib.so"),
  ]

  var isPure: Bool { Self.signatures[kernel].isPure }

  /// The task of a manifest that is this call alone.
  func task(named name: String) -> String {
    var text = "{ \"name\": \"\(name)\", \"kernel\": \"\(Self.signatures[kernel].name)\""
    if timeout > 0 { text += ", \"timeout\": \(Double(timeout) / 1e9)" }
    if let deadline = limits.deadline { text += ", \"deadline\": \(deadline)" }
    if let retries = limits.retries {
      let statuses = retries.statuses.map { "\"\($0)\"" }.sorted().joined(separator: ", ")
      text +=
        ", \"retries\": { \"times\": \(retries.times), \"delay\": \(retries.delay), "
        + "\"on\": [\(statuses)] }"
    }
    if !after.isEmpty {
      text += ", \"after\": [" + after.map { "\"t\($0)\"" }.joined(separator: ", ") + "]"
    }
    return text + " }"
  }

  init(_ dice: inout Dice, hostility: Int, isIsolated: Bool) {
    let ways = Way.allCases.filter { isIsolated || !$0.isHostile }
    way = dice.chance(hostility) ? dice.one(of: ways) : .ends
    kernel = dice.one(of: [0, 0, 0, 1, 2, 3])
    steps = 1 + dice.below(5)
    faults = dice.chance(70) ? .max : 1 + dice.below(2)
    // A call that never ends has a limit.
    let needsLimit = way == .hangs || way == .neverEnds
    var limits = CallLimits()
    if needsLimit || dice.chance(15) {
      timeout = UInt64(1 + dice.below(50)) * 1_000_000
    } else {
      timeout = 0
    }
    if needsLimit, dice.chance(20) { limits.deadline = 0.05 }
    if dice.chance(20) {
      let statuses: [Status] = dice.one(of: [[.error, .timeout], [.crash], [.crash, .error]])
      limits.retries = Retries(
        times: 1 + dice.below(3), delay: dice.chance(50) ? 0 : 0.01, statuses: Set(statuses))
    }
    self.limits = limits
  }
}
