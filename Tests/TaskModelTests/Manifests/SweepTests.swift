import Testing

@testable import KernelHostModel

/// Tasks that are several calls.
struct SweepTests {
  private static func plan(_ task: String) throws -> Plan {
    try TestKernels.plan("[{\"kernel\": \"logistic_map\", \(task)}]").get()
  }

  /// The points of all calls, as JSON.
  private static func points(_ plan: Plan) -> [String] {
    (0..<plan.callCount).map { call in
      var buffer: [UInt8] = []
      CallRecordWriter.writePoint(ofCall: call, plan, to: &buffer)
      return String(decoding: buffer, as: UTF8.self)
    }
  }

  private static func values(_ range: String, of name: String = "x0") throws -> [Double] {
    let plan = try plan("\"args\": {\"r\": 1}, \"sweep\": {\"\(name)\": \(range)}")
    return (0..<plan.callCount).map { call in
      switch plan.arguments(ofCall: call).first(where: { $0.name == name })?.value {
      case .number(let value): value
      case .integer(let value): Double(value)
      default: .nan
      }
    }
  }

  @Test func theFirstIsTheSlowest() throws {
    let plan = try Self.plan(
      "\"sweep\": {\"r\": [1, 2.5], \"x0\": {\"from\": 0, \"to\": 1, \"count\": 3}}")
    #expect(plan.callCount == 6 && plan.hasSweeps)
    #expect(
      Self.points(plan) == [
        "{\"r\":1,\"x0\":0.0}", "{\"r\":1,\"x0\":0.5}", "{\"r\":1,\"x0\":1.0}",
        "{\"r\":2.5,\"x0\":0.0}", "{\"r\":2.5,\"x0\":0.5}", "{\"r\":2.5,\"x0\":1.0}",
      ])
    #expect(
      plan.arguments(ofCall: 4).map { $0.name } == ["r", "x0"]
        && plan.arguments(ofCall: 4).map { $0.value } == [.number(2.5), .number(0.5)])
  }

  @Test func zipped() throws {
    let plan = try Self.plan(
      "\"zip\": true, \"repeat\": 2, \"sweep\": {\"r\": [1, 2], \"steps\": [7, 9]}")
    #expect(
      Self.points(plan) == [
        "{\"r\":1,\"steps\":7,\"repeat\":0}", "{\"r\":1,\"steps\":7,\"repeat\":1}",
        "{\"r\":2,\"steps\":9,\"repeat\":0}", "{\"r\":2,\"steps\":9,\"repeat\":1}",
      ])
  }

  /// Tasks with and without, side by side: each call finds its task.
  @Test func tasksAmongOthers() throws {
    let plan = try TestKernels.plan(
      """
      [{"kernel": "nothing"}, {"kernel": "logistic_map", "name": "a", "sweep": {"r": [1, 2, 3]}},
       {"kernel": "nothing", "repeat": 2}, {"kernel": "nothing", "timeout": 5}]
      """
    ).get()
    #expect((0..<7).map { plan.task(ofCall: $0) } == [0, 1, 1, 1, 2, 2, 3])
    #expect((0..<4).map { plan.calls(ofTask: $0) } == [0..<1, 1..<4, 4..<6, 6..<7])
    #expect(plan.taskName(ofCall: 3) == "a" && plan.taskName(ofCall: 4) == nil)
    #expect(plan.timeout(ofCall: 6) == 5 && plan.timeout(ofCall: 5) == nil)
    #expect(plan.callsByKernel(Selection(allOf: plan)).map { $0.count } == [3, 4])
    #expect(plan.sweptTasks == [1, 2] && !plan.isSwept(call: 6))
  }

  @Test func everyTypeOfValue() throws {
    let plan = try TestKernels.plan(
      """
      [{"kernel": "everything", "sweep": {"flag": [true, false], "text": ["a", "\\u00e9"],
        "data": [{"base64": "AAE="}], "whole": [[1, 2], []], "way": ["forward"],
        "number": ["NaN", 1]}}]
      """
    ).get()
    #expect(plan.callCount == 16)
    let last = plan.arguments(ofCall: 15).map { $0.value }
    #expect(
      last == [
        .bool(false), .integer(1), .text("é"), .bytes([0, 1]), .integers([]), .text("forward"),
      ])
    #expect(TestKernels.complaints("[{\"kernel\": \"nothing\", \"sweep\": {}}]") == [])
  }

  // MARK: Ranges

  /// Both ends are hit, nothing drifts, and each value is the nearest one to where it belongs.
  @Test func spreads() throws {
    #expect(try Self.values("{\"from\": 0, \"to\": 1, \"count\": 1001}")[1000] == 1)
    let tenths = try Self.values("{\"from\": 0, \"to\": 1, \"step\": 0.1}")
    #expect(tenths.count == 11 && tenths[10] == 1)
    for (index, value) in tenths.enumerated() {
      #expect(value == Double(index) / 10, "\(index)")
    }
    let short = try Self.values("{\"from\": 0.1, \"to\": 0.9, \"step\": 0.25}")
    #expect(short == [0.1, 0.35, 0.6, 0.85])
    #expect(try Self.values("{\"from\": 0.9, \"to\": 0.1, \"step\": -0.4}") == [0.9, 0.5, 0.1])
    #expect(try Self.values("{\"from\": 0.5, \"to\": 0.5, \"count\": 1}") == [0.5])
    #expect(try Self.values("{\"from\": 0.5, \"to\": 0.5, \"step\": 7}") == [0.5])
    let logarithmic = try Self.values(
      "{\"from\": 0.0001, \"to\": 1, \"count\": 5, \"log\": true}")
    #expect(logarithmic == [0.0001, 0.001, 0.01, 0.1, 1])
    // Wider than a double's largest number.
    let plan = try TestKernels.plan(
      """
      [{"kernel": "everything",
        "sweep": {"number": {"from": -1.7e308, "to": 1.7e308, "count": 3}}}]
      """
    ).get()
    #expect(Self.points(plan)[1] == "{\"number\":0.0}")
  }

  @Test func wholeNumbers() throws {
    #expect(try Self.values("{\"from\": 3, \"to\": 10, \"step\": 3}", of: "steps") == [3, 6, 9])
    let down = try Self.values("{\"from\": 9, \"to\": 1, \"count\": 5}", of: "steps")
    #expect(down == [9, 7, 5, 3, 1])
    let wide = try TestKernels.plan(
      """
      [{"kernel": "for_loop", "sweep":
        {"min": {"from": -9223372036854775808, "to": -9223372036854775807, "step": 1}}}]
      """
    ).get()
    #expect(
      Self.points(wide) == ["{\"min\":-9223372036854775808}", "{\"min\":-9223372036854775807}"])
    // Not whole, so not for a parameter that takes whole numbers.
    for range in ["\"to\": 6, \"count\": 3", "\"to\": 8, \"count\": 3, \"log\": true"] {
      let says = TestKernels.complaints(
        "[{\"kernel\": \"for_loop\", \"sweep\": {\"max\": {\"from\": 1, \(range)}}}]")
      #expect(says.count == 1 && says[0].contains("has fractions between its ends"), "\(says)")
    }
  }

  /// A point is computed from its number: a million of millions of them take no room.
  @Test func manyPoints() throws {
    let plan = try Self.plan(
      """
      "sweep": {"r": {"from": 0, "to": 4, "count": 1000000},
                "x0": {"from": 0, "to": 1, "count": 1000}}, "repeat": 1000
      """)
    #expect(plan.callCount == 1_000_000_000_000)
    var buffer: [UInt8] = []
    plan.writeArguments(ofCall: plan.callCount - 1, to: &buffer)
    #expect(String(decoding: buffer, as: UTF8.self) == "{\"r\":4.0,\"x0\":1.0}")
    buffer = []
    CallRecordWriter.writePoint(ofCall: 123_456_789_012, plan, to: &buffer)
    #expect(String(decoding: buffer, as: UTF8.self).hasSuffix("\"repeat\":12}"))
  }

  // MARK: Mistakes

  static let mistakes: [(task: String, says: String)] = [
    (
      "\"sweep\": [1]",
      "38: \"sweep\" takes an object of parameters, each with its values, or {\"file\":"
    ),
    ("\"sweep\": {\"r\": 1}", "44: \"r\" takes an array of values, or a range like"),
    ("\"sweep\": {\"r\": []}", "44: \"r\" has no values"),
    ("\"sweep\": {\"q\": [1]}", "39: kernel \"logistic_map\" has no parameter \"q\""),
    ("\"sweep\": {\"r\": [1, 9]}", "48: argument \"r\" of \"logistic_map\""),
    ("\"sweep\": {\"r\": [1, \"x\"]}", "48: argument \"r\" of \"logistic_map\""),
    ("\"sweep\": {\"r\": [1], \"r\": [2]}", "49: the key \"r\" appears twice"),
    (
      "\"args\": {\"r\": 1}, \"sweep\": {\"r\": [2]}",
      "57: \"r\" is given in \"args\" and in \"sweep\""
    ),
    ("\"args\": [1], \"sweep\": {\"r\": [2]}", "52: \"r\" is given in \"args\""),
    ("\"sweep\": {\"r\": {\"from\": 0, \"to\": 9, \"count\": 2}}", "44: argument \"r\" of"),
    (
      "\"sweep\": {\"r\": {\"from\": 0, \"to\": 1}}", "44: the range has no \"count\" or \"step\""
    ),
    (
      "\"sweep\": {\"r\": {\"from\": 0, \"to\": 1, \"count\": 2, \"step\": 1}}",
      "44: a range has a \"count\" or a \"step\", not both"
    ),
    ("\"sweep\": {\"r\": {\"from\": 0, \"to\": 1, \"step\": 0}}", "44: a \"step\" of 0"),
    ("\"sweep\": {\"r\": {\"from\": 0, \"to\": 1, \"step\": -1}}", "44: \"step\" leads away"),
    ("\"sweep\": {\"r\": {\"from\": 1, \"to\": 0, \"step\": 1}}", "44: \"step\" leads away"),
    ("\"sweep\": {\"r\": {\"from\": 0, \"to\": 1, \"count\": 1}}", "44: a \"count\" of 1"),
    (
      "\"sweep\": {\"r\": {\"from\": 0, \"to\": 1, \"count\": 0}}", "74: \"count\" takes an integer"
    ),
    (
      "\"sweep\": {\"r\": {\"from\": 0, \"to\": 1, \"count\": 2, \"log\": true}}",
      "44: with \"log\" both ends must be above 0"
    ),
    (
      "\"sweep\": {\"r\": {\"from\": 1, \"to\": 2, \"step\": 1, \"log\": true}}",
      "44: a range with \"log\" has a \"count\""
    ),
    ("\"sweep\": {\"r\": {\"form\": 1, \"to\": 2, \"step\": 1}}", "45: unknown key \"form\""),
    (
      "\"sweep\": {\"r\": {\"from\": \"a\", \"to\": 2, \"step\": 1}}", "53: \"from\" takes a number"
    ),
    (
      "\"sweep\": {\"r\": {\"from\": 0, \"to\": 1, \"step\": 1e-300}}",
      "44: the range has too many values"
    ),
    ("\"zip\": true, \"args\": [1]", "2: \"zip\" pairs the values of a \"sweep\""),
    (
      "\"zip\": true, \"sweep\": {\"r\": [1, 2], \"x0\": [0]}",
      "71: with \"zip\" all parameters need the same number of values; \"r\" has 2, \"x0\" has 1"
    ),
    ("\"args\": [1], \"repeat\": 0", "52: \"repeat\" takes an integer, 1 or more; found"),
    (
      "\"repeat\": 1000000, \"sweep\": {\"r\": {\"from\": 0, \"to\": 4, \"count\": 1000000001}}",
      "57: this sweep makes more than 1,000,000,000,000 calls"
    ),
    ("\"sweep\": {\"x0\": [0]}", "13: kernel \"logistic_map\" needs"),
  ]

  @Test(arguments: mistakes.indices) func isSaid(_ index: Int) {
    let (task, says) = Self.mistakes[index]
    let found = TestKernels.complaints("[{\"kernel\": \"logistic_map\", \(task)}]")
    #expect(found.count == 1 && found[0].hasPrefix("1:" + says), "\(task): \(found)")
  }

  /// Calls have numbers of 40 bits.
  @Test func tooManyCallsInAll() {
    let most =
      #"{"kernel": "everything", "sweep": {"number": {"from": 0, "to": 1, "count": 1000000000}}, "repeat": 1000}"#
    #expect(TestKernels.complaints("[\(most)]") == [])
    let found = TestKernels.complaints("[\(most),\n\(most)]")
    #expect(found.count == 1 && found.first?.hasPrefix("2:") == true, "\(found)")
    #expect(found.first?.contains("make more than 1,099,511,627,776 calls") == true, "\(found)")
    let many = [String](repeating: most, count: 9).joined(separator: ",\n")
    #expect(TestKernels.complaints("[\(many)]").count == 1)
  }
}
