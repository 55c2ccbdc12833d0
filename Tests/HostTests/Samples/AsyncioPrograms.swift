/// A program over the two loops of the asyncio prototype: the gathered calls, in order.
struct AsyncioProgram: Sendable {
  struct Call: Sendable {
    enum Loop: String, Sendable {
      case forLoop = "for_loop"
      case whileLoop = "while_loop_increment"
      /// The name of the second parameter.
      var increment: String { self == .forLoop ? "increment" : "incr" }
    }

    let loop: Loop
    var positional: [Int64] = []
    var named: [(name: String, value: Int64)] = []

    /// As it stands in the manifest and, since it is JSON, in what Python reads.
    var json: String {
      let names = named.map { "\"\($0.name)\": \($0.value)" }.joined(separator: ", ")
      let values = positional.map(String.init).joined(separator: ", ")
      let args = named.isEmpty ? "[\(values)]" : "{\(names)}"
      return "{\"kernel\": \"\(loop.rawValue)\", \"args\": \(args)}"
    }
  }

  let name: String
  let calls: [Call]

  var manifest: String { "[" + calls.map { $0.json }.joined(separator: ",\n ") + "]" }
}

extension AsyncioProgram {
  private static func forLoop(_ values: Int64...) -> Call {
    Call(loop: .forLoop, positional: values)
  }

  private static func whileLoop(_ values: Int64...) -> Call {
    Call(loop: .whileLoop, positional: values)
  }

  private static func forLoop(named: (String, Int64)...) -> Call {
    Call(loop: .forLoop, named: named.map { (name: $0.0, value: $0.1) })
  }

  private static func whileLoop(named: (String, Int64)...) -> Call {
    Call(loop: .whileLoop, named: named.map { (name: $0.0, value: $0.1) })
  }

  static let chosen: [AsyncioProgram] = [
    .init(name: "the prototype's own", calls: [3, 6, 9, 12].map { forLoop(named: ("max", $0)) }),
    .init(name: "the other loop", calls: [3, 6, 9, 12].map { whileLoop(named: ("max", $0)) }),
    .init(name: "longest first", calls: [12, 9, 6, 3].map { forLoop(named: ("max", $0)) }),
    .init(name: "one call", calls: [forLoop(0, 1, 4)]),
    .init(name: "one call of no length", calls: [forLoop(0, 1, 0)]),
    .init(name: "one while of no length", calls: [whileLoop(7, 1, 7)]),
    .init(name: "one that raises", calls: [forLoop(0, 0, 4)]),
    .init(name: "no calls", calls: []),
    .init(name: "two equal ones", calls: [forLoop(0, 1, 5), forLoop(0, 1, 5)]),
    .init(name: "two loops mixed", calls: [forLoop(0, 1, 5), whileLoop(0, 2, 9)]),
    .init(
      name: "empty ones between",
      calls: [forLoop(0, 1, 3), forLoop(3, 1, 0), forLoop(0, 1, 2), whileLoop(1, 1, 1)]),
    .init(
      name: "down",
      calls: [forLoop(5, -1, 0), forLoop(0, -3, -10), forLoop(-1, -1, 5), forLoop(3, -5, 2)]),
    .init(
      name: "a negative step of a while that never begins",
      calls: [whileLoop(5, -1, 5), whileLoop(9, -3, -9), forLoop(0, 1, 2)]),
    .init(
      name: "a step past the end",
      calls: [forLoop(0, 100, 3), whileLoop(-1, 50, 0), forLoop(0, 2, 5)]
    ),
    .init(
      name: "below zero",
      calls: [forLoop(-5, 2, 5), whileLoop(-3, 1, 3), whileLoop(-9, 4, -1), forLoop(-1, 1, 0)]),
    .init(
      name: "raising in between",
      calls: [
        forLoop(0, 1, 3), forLoop(0, 0, 3), whileLoop(0, 1, 2), forLoop(9, 0, -9), forLoop(2, 1, 4),
      ]),
    .init(name: "all raise", calls: [Int64](0..<4).map { forLoop($0, 0, 4) }),
    .init(
      name: "raising though empty", calls: [forLoop(4, 0, 4), forLoop(named: ("increment", 0))]),
    .init(
      name: "keyword order",
      calls: [
        forLoop(named: ("max", 4), ("min", 1)), forLoop(named: ("increment", 2), ("max", 5)),
        whileLoop(named: ("incr", 3), ("max", 7), ("min", -2)),
      ]),
    .init(
      name: "some positional",
      calls: [forLoop(999_997), whileLoop(999_998), forLoop(999_990, 4), whileLoop(999_995, 3)]),
    .init(name: "only defaults but one", calls: [forLoop(named: ("min", 999_998))]),
    .init(
      name: "the largest values",
      calls: [
        forLoop(.max - 3, 1, .max), forLoop(.max - 3, 2, .max), forLoop(.max - 1, .max, .max),
        whileLoop(.max - 2, 1, .max),
      ]),
    .init(
      name: "a while whose last step leaves 64 bits",
      calls: [whileLoop(.max - 3, 2, .max), whileLoop(.max - 1, .max, .max), forLoop(0, 1, 4)]),
    .init(
      name: "the smallest values",
      calls: [
        forLoop(.min + 3, -1, .min), forLoop(.min + 3, -2, .min), forLoop(.min, 1, .min + 2),
        forLoop(.max, .min, .min), forLoop(0, .min, .min), whileLoop(.min, .max, .max),
      ]),
    .init(name: "fifty equal", calls: (0..<50).map { _ in forLoop(0, 1, 3) }),
    .init(name: "fifty uneven", calls: (0..<50).map { forLoop(0, 1, Int64($0 * 7 % 13)) }),
    .init(
      name: "fifty mixed",
      calls: (0..<50).map { index in
        let value = Int64(index)
        return index % 3 == 0
          ? whileLoop(0, 1 + value % 4, value % 11)
          : index % 7 == 0 ? forLoop(value, 0, 4) : forLoop(value % 5, value % 2 * 2 - 1, value % 9)
      }),
  ]

  /// The same 60 in every run.
  static let random: [AsyncioProgram] = {
    var dice = Dice(state: 20_240_607)
    return (0..<60).map { number in
      let count = [1, 2, 3, 4, 7, 20][dice.roll(6)]
      return AsyncioProgram(name: "random \(number)", calls: (0..<count).map { _ in dice.call() })
    }
  }()
}

/// SplitMix64.
private struct Dice {
  var state: UInt64

  mutating func roll(_ sides: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((bits ^ (bits >> 31)) % UInt64(sides))
  }

  /// A call that ends: a while that has to count up does.
  mutating func call() -> AsyncioProgram.Call {
    let loop = roll(2) == 0 ? AsyncioProgram.Call.Loop.forLoop : .whileLoop
    let min = Int64(roll(25) - 12)
    let max = min + Int64(roll(24) - 8)
    var increment = Int64(roll(9) - 3)
    if loop == .whileLoop, min < max, increment <= 0 { increment = 1 - increment }
    let values = [("min", min), (loop.increment, increment), ("max", max)]
    switch roll(4) {
    case 0: return .init(loop: loop, positional: [min, increment, max])
    case 1: return .init(loop: loop, named: [(name: "max", value: Swift.max(max, 0) % 20)])
    default:
      let turn = roll(3)
      let order = (0..<3).map { values[($0 + turn) % 3] }
      return .init(loop: loop, named: order.map { (name: $0.0, value: $0.1) })
    }
  }
}
