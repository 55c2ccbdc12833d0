import Foundation
import KernelHostTestSupport
import Testing

@testable import KernelHostModel

/// Points of ranges: the doubles nearest to the decimals meant.
struct RangeTests {
  private static func end(_ text: String) -> Sweep.End {
    let value = Double(text) ?? .nan
    return Sweep.End(decimal: DecimalNumber(Array(text.utf8)[...], value: value), value: value)
  }

  /// All values of a range for an f64, or for an i64.
  private static func values(
    _ range: String, of parameter: String = "number", _ kernel: String = "everything"
  ) throws -> [Value] {
    let plan = try TestKernels.plan(
      "[{\"kernel\": \"\(kernel)\", \"sweep\": {\"\(parameter)\": {\(range)}}}]"
    ).get()
    return (0..<plan.callCount).map { call in
      plan.arguments(ofCall: call).first { $0.name == parameter }?.value ?? .null
    }
  }

  private static func numbers(_ range: String) throws -> [Double] {
    try values(range).map {
      switch $0 {
      case .number(let value): value
      case .integer(let value): Double(value)
      default: .nan
      }
    }
  }

  /// What trials found, each a kind.
  static let meant: [(range: String, points: [Double])] = [
    ("\"from\": 0, \"to\": 1, \"step\": 0.3", [0, 0.3, 0.6, 0.9]),
    ("\"from\": 0.5, \"to\": 1.5, \"count\": 6", [0.5, 0.7, 0.9, 1.1, 1.3, 1.5]),
    ("\"from\": 0.7, \"to\": 0.7, \"count\": 3", [0.7, 0.7, 0.7]),
    ("\"from\": 0.3, \"to\": -0.3, \"step\": -0.1", [0.3, 0.2, 0.1, 0, -0.1, -0.2, -0.3]),
    ("\"from\": 0.001, \"to\": 1, \"count\": 4, \"log\": true", [0.001, 0.01, 0.1, 1]),
    (
      "\"from\": 1e-3, \"to\": 1E3, \"count\": 7, \"log\": true",
      [0.001, 0.01, 0.1, 1, 10, 100, 1000]
    ),
    (
      "\"from\": 1e-200, \"to\": 1e200, \"count\": 5, \"log\": true",
      [1e-200, 1e-100, 1, 1e100, 1e200]
    ),
    (
      "\"from\": 1e200, \"to\": 1e-200, \"count\": 5, \"log\": true",
      [1e200, 1e100, 1, 1e-100, 1e-200]
    ),
    (
      "\"from\": 5e-324, \"to\": 2e-323, \"count\": 3, \"log\": true",
      (1...4).map { Double($0) * .leastNonzeroMagnitude }.filter {
        $0 != 3 * .leastNonzeroMagnitude
      }
    ),
    ("\"from\": 3, \"to\": 3, \"count\": 4, \"log\": true", [3, 3, 3, 3]),
    (
      "\"from\": 5e-324, \"to\": 1.5e-323, \"count\": 3",
      (1...3).map { Double($0) * .leastNonzeroMagnitude }
    ),
    (
      "\"from\": -1e308, \"to\": 1e308, \"step\": 5e307", [-1e308, -5e307, 0, 5e307, 1e308]
    ),
    ("\"from\": 1e-300, \"to\": 1e300, \"count\": 3", [1e-300, 5e299, 1e300]),
    ("\"from\": -1.7e308, \"to\": 1.7e308, \"count\": 3", [-1.7e308, 0, 1.7e308]),
    // More digits than anyone means.
    (
      "\"from\": 0.1000000000000000055511151231257827021181583404541015625, \"to\": 0.3, \"count\": 3",
      [0.1, 0.2, 0.3]
    ),
  ]

  @Test(arguments: meant.indices) func pointsAreWhatIsMeant(_ index: Int) throws {
    let (range, points) = Self.meant[index]
    #expect(try Self.numbers(range) == points, "\(range)")
  }

  @Test func stepsAreCountedExactly() throws {
    let tenths = try Self.numbers("\"from\": 20, \"to\": 25.1, \"step\": 0.1")
    #expect(tenths == (200...251).map { Double($0) / 10 })
    let plan = try TestKernels.plan(
      """
      [{"kernel": "everything", "sweep":
        {"number": {"from": 0, "to": 1000000.9995, "step": 1}}},
       {"kernel": "everything", "sweep":
        {"number": {"from": 0, "to": 500000000.6, "step": 1}}}]
      """
    ).get()
    #expect(plan.calls(ofTask: 0).count == 1_000_001 && plan.calls(ofTask: 1).count == 500_000_001)
    #expect(plan.arguments(ofCall: 500_000)[0].value == 500_000)
    // The end that is not hit is no point.
    #expect(plan.arguments(ofCall: 1_000_000)[0].value == 1_000_000)
  }

  /// Whole numbers of 64 bits, with and without a sign.
  @Test func wholeRanges() throws {
    let powers = (0...10).map { Value.integer(1 << $0) }
    let log = "\"from\": 1, \"to\": 1024, \"count\": 11, \"log\": true"
    #expect(try Self.values(log, of: "min", "for_loop") == powers)
    #expect(
      try Self.values(
        "\"from\": 1e4, \"to\": 1, \"count\": 5, \"log\": true", of: "min", "for_loop")
        == [10_000, 1000, 100, 10, 1])
    #expect(
      try Self.values("\"from\": 10.0, \"to\": 1e2, \"step\": 3e1", of: "min", "for_loop")
        == [10, 40, 70, 100])
    #expect(
      try Self.values(
        "\"from\": -9223372036854775808, \"to\": 9223372036854775807, \"count\": 2", of: "min",
        "for_loop") == [.integer(.min), .integer(.max)])
    #expect(
      try Self.values(
        "\"from\": 0, \"to\": -9223372036854775808, \"step\": -4611686018427387904", of: "min",
        "for_loop") == [0, .integer(.min / 2), .integer(.min)])
    #expect(
      try Self.values(
        "\"from\": 9223372036854775807, \"to\": 18446744073709551615, \"step\": 4611686018427387904",
        of: "natural", "numbers") == [
          .integer(.max), .unsigned(13_835_058_055_282_163_711), .unsigned(.max),
        ])
    for wrong in [
      "\"from\": 1, \"to\": 1000, \"count\": 5, \"log\": true",
      "\"from\": 0, \"to\": 1, \"step\": 0.5", "\"from\": 0, \"to\": 1e300, \"count\": 2",
    ] {
      let says = TestKernels.complaints(
        "[{\"kernel\": \"for_loop\", \"sweep\": {\"min\": {\(wrong)}}}]")
      #expect(says.count == 1 && says[0].contains("takes integers"), "\(wrong): \(says)")
    }
    let says = TestKernels.complaints(
      "[{\"kernel\": \"for_loop\", \"sweep\": {\"min\": {\"from\": 0, \"to\": -9223372036854775808, \"step\": -1}}}]"
    )
    #expect(says.count == 1 && says[0].contains("too many values"), "\(says)")
  }

  /// No point lies outside of the ends, and each is beyond the one before it.
  @Test func pointsAreInOrder() {
    var random = Random(seed: 3)
    for _ in 0..<100 {
      let (a, b) = (Self.number(&random, "log"), Self.number(&random, "log"))
      let (low, high) = (min(Double(a)!, Double(b)!), max(Double(a)!, Double(b)!))
      if low == high { continue }
      let curve = Sweep.Curve(from: Self.end(a), to: Self.end(b), count: 70_000)
      let line = Sweep.Line(from: Self.end(a), to: Self.end(b), count: 70_000)
      for start in [0, 63, 4000, 69_900] {
        for index in start..<start + 99 {
          for (left, right) in [
            (curve.value(index), curve.value(index + 1)),
            (line.value(index), line.value(index + 1)),
          ] {
            let isOrdered =
              a == String(low) || Double(a)! < Double(b)! ? left <= right : left >= right
            #expect(isOrdered && left >= low && left <= high, "\(a)..\(b) at \(index)")
          }
        }
      }
    }
  }

  /// A number as people write them, and some as nobody does.
  private static func number(_ random: inout Random, _ kind: String) -> String {
    var digits = random.digits(1 + random.below([2, 4, 17, 34][random.below(4)]))
    if kind == "log" { digits += "1" }
    let sign = kind != "log" && random.below(3) == 0 ? "-" : ""
    switch random.below(4) {
    case 0: return sign + "0." + digits
    case 1:
      let point = random.below(digits.count) + 1
      let whole = String(digits.prefix(point).drop { $0 == "0" })
      return sign + (whole.isEmpty ? "0" : whole) + "." + digits.dropFirst(point) + "0"
    case 2: return sign + "1" + digits.prefix(12)
    default:
      let power =
        random.below(kind == "log" ? 30 : 4) == 0 ? random.below(600) - 320 : random.below(24) - 12
      return sign + "0." + digits + "e\(power)"
    }
  }

  /// 100,000 random ranges against exact arithmetic, which another program does; more by
  /// `KERNELHOST_RANGES`.
  @Test(.enabled(if: Tool.path("python3") != nil, "Python does the exact arithmetic"))
  func randomRangesAreExact() throws {
    let python = try #require(Tool.path("python3"))
    let count = Int(ProcessInfo.processInfo.environment["KERNELHOST_RANGES"] ?? "") ?? 100_000
    var random = Random(seed: UInt64(count))
    var text = ""
    for _ in 0..<count {
      let kind = random.below(40) == 0 ? "log" : ["count", "step"][random.below(2)]
      let (a, b) = (Self.number(&random, kind), Self.number(&random, kind))
      let (from, to) = (Self.end(a), Self.end(b))
      if kind == "log" {
        if from.value == 0 || to.value == 0 || from.value == to.value { continue }
        let curve = Sweep.Curve(from: from, to: to, count: 2 + random.below(9))
        text += "log \(a) \(b) \(curve.count) 0"
        Self.add(curve.count, &random, curve.value, to: &text)
      } else if kind == "count" {
        let most = [20, 1000, 1_000_000_000_000][random.below(3)]
        let line = Sweep.Line(from: from, to: to, count: 2 + random.below(most))
        text += "count \(a) \(b) \(line.count) 0"
        Self.add(line.count, &random, line.value, to: &text)
      } else {
        var step = Self.number(&random, "log")
        if from.value > to.value { step = "-" + step }
        guard from.value != to.value, Self.end(step).value != 0,
          let line = Sweep.Line(
            from: from, to: to, step: Self.end(step).decimal, most: Sweep.mostCalls)
        else { continue }
        text += "step \(a) \(b) \(line.count) \(step)"
        Self.add(line.count, &random, line.value, to: &text)
      }
    }
    let script = Repository.path + "/Tests/Oracles/ranges.py"
    let found = try Child(python, [script], input: Array(text.utf8), seconds: 600).finish()
    #expect(found.end == .exit(0) && found.out.hasPrefix("0 of "), "\(found.out)\(found.err)")
  }

  private static func add(
    _ count: Int, _ random: inout Random, _ value: (Int) -> Double, to text: inout String
  ) {
    for index in [random.below(count), count - 1] {
      text += " \(index) \(String(value(index).bitPattern, radix: 16))"
    }
    text += "\n"
  }
}
