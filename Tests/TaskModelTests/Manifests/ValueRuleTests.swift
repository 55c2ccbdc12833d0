import Testing

@testable import KernelHostModel

/// What a value must be, whatever way it is written.
struct ValueRuleTests {
  private static func value(_ text: String, of parameter: String) throws -> Value? {
    let plan = try TestKernels.plan(
      "[{\"kernel\": \"everything\", "
        + "\"args\": {\"\(parameter)\": \(text)}}]"
    ).get()
    return plan.arguments(ofCall: 0).first?.value
  }

  /// Escapes are only a way to write: an array with them is not empty.
  @Test func escapesInArrays() throws {
    #expect(
      try Self.value(#"["I\u006efinity", 1, "\u004e\u0061\u004e"]"#, of: "real").map { "\($0)" }
        == "numbers([inf, 1.0, nan])")
    #expect(
      try Self.value(
        #"["\u002d\u0049\u006e\u0066\u0069\u006e\u0069\u0074\u0079"]"#, of: "real")
        == .numbers([-.infinity]))
    let says = TestKernels.complaints(
      #"[{"kernel": "everything", "args": {"real": [1, "I\u006efinit"]}}]"#)
    #expect(says.count == 1 && says[0].contains("element 1"), "\(says)")
  }

  /// A Kelvin sign is no K, and two ways to write é are two names.
  @Test func textsAreTheirBytes() {
    let kernels = [
      KernelSignature(
        name: "caf\u{e9}",
        parameters: [
          FieldSignature(name: "unit", type: .text, choices: ["K", "\u{e9}"]),
          FieldSignature(name: "\u{e9}", type: .i64),
        ])
    ]
    func isSound(_ kernel: String, _ arguments: String) -> Bool {
      let text = "[{\"kernel\": \"\(kernel)\", \"args\": {\(arguments)}}]"
      let source = SourceText(name: "m", text: text)
      if case .success = Planner.plan(source, catalogue: kernels) { return true }
      return false
    }
    let (one, two) = ("\u{e9}", "e\u{301}")
    #expect(isSound("caf" + one, "\"unit\": \"K\"") && !isSound("caf" + two, ""))
    #expect(!isSound("caf" + one, "\"unit\": \"\u{212A}\""))
    #expect(isSound("caf" + one, "\"unit\": \"\(one)\""))
    #expect(!isSound("caf" + one, "\"unit\": \"\(two)\""))
    #expect(isSound("caf" + one, "\"\(one)\": 1") && !isSound("caf" + one, "\"\(two)\": 1"))
  }

  @Test func minusZeroKeepsItsSign() throws {
    func sign(_ value: Value?) -> [FloatingPointSign] {
      switch value {
      case .number(let number)?: [number.sign]
      case .numbers(let numbers)?: numbers.map { $0.sign }
      default: []
      }
    }
    #expect(sign(try Self.value("-0", of: "number")) == [.minus])
    #expect(try Self.value("-0", of: "small") == 0)
    #expect(
      sign(try Self.value("[-0, 0, -0.0, -0]", of: "real")) == [.minus, .plus, .minus, .minus])
    #expect(try Self.value("[-0, 3]", of: "whole") == .integers([0, 3]))
    // Integers that go to an array of f64s as they are.
    let plan = try TestKernels.plan(
      #"[{"kernel": "everything", "args": {"whole": [0, 1], "real": [7, -0]}}]"#
    ).get()
    var reals: [Double] = []
    plan.forEachArgument(of: plan.locate(0)) { _, cell in
      if case .integers(let range) = cell { reals = plan.manifest.pools.reals(range) }
    }
    #expect(reals.map { $0.sign } == [.plus, .minus])
    var buffer: [UInt8] = []
    plan.writeArguments(ofCall: 0, to: &buffer)
    #expect(String(decoding: buffer, as: UTF8.self) == #"{"whole":[0,1],"real":[7,-0]}"#)
  }

  @Test func unsignedRanges() {
    func says(_ value: String) -> [String] {
      TestKernels.complaints("[{\"kernel\": \"numbers\", \"args\": {\"upper\": \(value)}}]")
    }
    // From 1.5 x 2^63 to 1.75 x 2^63.
    #expect(says("13835058055282163712") == [] && says("16140901064495857664") == [])
    for wrong in ["13835058055282163711", "16140901064495857665", "0", "9223372036854775808"] {
      #expect(says(wrong).count == 1 && says(wrong)[0].contains("must be from"), "\(says(wrong))")
    }
  }

  /// Results that were written come back from a record, whatever their type; others do not.
  @Test func resultsComeBack() throws {
    let values: [(ValueType, Value)] = [
      (.bool, true), (.i64, 7), (.i64, .unsigned(.max)), (.f64, 0.5), (.f64, .number(.infinity)),
      (.text, "[1, 2]"), (.text, "{\"base64\":\"AAE=\"}"), (.bytes, .bytes([0, 1])),
      (.i64Array, .integers([1, .min])), (.i64Array, .integers([])),
      (.f64Array, .numbers([1, .infinity])), (.f64Array, .numbers([])),
    ]
    let results = values.indices.map { FieldSignature(name: "r\($0)", type: values[$0].0) }
    let all = Value.record(values.indices.map { .init(name: "r\($0)", value: values[$0].1) })
    func read(_ value: Value) throws -> Value {
      var text = Array(#"{"call":0,"kernel":"k","status":"ok","result":"#.utf8)
      JSONWriter.value(value, to: &text)
      var record: RunRecord?
      var reader = RecordReader(name: "r")
      try reader.read(text + Array("}\n".utf8), isLast: true) { record = $0 }
      return try #require(record).result
    }
    #expect(try read(all).read(as: results) == all)
    for (index, result) in results.enumerated() {
      #expect(try read(values[index].1).read(as: [result]) == values[index].1)
    }
    #expect(try read(.null).read(as: []) == .null && read(1).read(as: []) == nil)
    #expect(try read("x").read(as: [results[3]]) == nil)
    #expect(try read(all).read(as: results + [FieldSignature(name: "z", type: .i64)]) == nil)
    #expect(try read(.numbers([1.5])).read(as: [results[8]]) == nil)
  }

  // MARK: Calls in all

  @Test func manyCallsInAll() {
    let sweep = #"{"kernel": "for_loop", "sweep": {"max": {"from": 1, "to": 1e12, "step": 1}}}"#
    #expect(TestKernels.complaints("[\(sweep)]") == [])
    let says = TestKernels.complaints("[\(sweep), \(sweep), \(sweep)]")
    #expect(
      says.count == 1 && says[0].contains("make more than 1,099,511,627,776 calls"), "\(says)")
    // Each of them is too many: their sum is never made.
    let huge = #"""
      {"kernel": "for_loop", "repeat": 1000000000, "sweep": {
        "max": {"from": 1, "to": 1000000000, "step": 1}}}
      """#
    let all = TestKernels.complaints(
      "[" + [String](repeating: huge, count: 30).joined(separator: ",") + "]")
    #expect(all.count == 20 && all.allSatisfy { $0.contains("more than 1,000,000,000,000 calls") })
  }

  @Test func resultsOfManyCalls() {
    func says(_ count: Int) -> [String] {
      TestKernels.complaints(
        """
        [{"kernel": "logistic_map", "name": "m", "sweep":
           {"r": {"from": 0, "to": 4, "count": \(count)}}},
         {"kernel": "everything", "args": {"real": {"results": "m"}}}]
        """)
    }
    #expect(says(100_000_000) == [])
    let found = says(10_000_000_000)
    #expect(found.count == 1 && found[0].contains("at most 100,000,000"), "\(found)")
  }

  /// A sweep of one value is one call.
  @Test func theResultOfOneCall() {
    for (values, isOne) in [("[3]", true), ("[3, 3]", false)] {
      let says = TestKernels.complaints(
        """
        [{"kernel": "logistic_map", "name": "m", "sweep": {"r": \(values)}},
         {"kernel": "everything", "args": {"number": {"result": "m"}}}]
        """)
      #expect(says.isEmpty == isOne, "\(says)")
    }
  }

  /// A name that may stand behind the mistake is not said to be missing.
  @Test func whatWasNotReadIsNotMissing() {
    let says = TestKernels.complaints(
      #"[{"kernel": "nothing", "after": "b"}, {"kernel": "nothing", "x" 5}, {"name": "b"}]"#)
    #expect(says.count == 1 && says[0].contains("expected \":\""), "\(says)")
    let lines = TestKernels.complaints(
      "{\"kernel\": \"nothing\", \"after\": \"b\"}\n{\"name\": \"b\", \"kernel\" \"nothing\"}",
      .jsonl)
    #expect(lines.count == 1, "\(lines)")
  }
}
