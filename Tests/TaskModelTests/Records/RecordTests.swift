import Testing

@testable import KernelHostModel

/// Records that are written are read back as they were.
struct RecordTests {
  private static func read(_ text: [UInt8], pieces: Int = .max) throws -> [RunRecord] {
    var reader = RecordReader(name: "r.jsonl")
    var records: [RunRecord] = []
    var at = 0
    while at < text.count {
      let end = min(text.count, pieces == .max ? text.count : at + pieces)
      try reader.read(Array(text[at..<end]), isLast: false) { records.append($0) }
      at = end
    }
    try reader.read([], isLast: true) { records.append($0) }
    return records
  }

  private static let tokens: [Token<Value>] = [
    .ok(.number(0.1), attempts: 1, steps: 7, seconds: 0.25), .ok(.integer(.min)), .ok(.null),
    .ok(.unsigned(.max)), .ok(true), .ok("\"\\\u{0}\u{2028}</script>é😀"),
    .ok(.record([.init(name: "", value: 1), .init(name: "a", value: 1.5)])),
    .failed(
      CallError(status: .timeout, code: -110, name: "ETIMEDOUT", message: "a\nb"), attempts: 3),
    .failed(CallError(status: .lost, code: 0, name: "", message: "")),
  ]

  @Test(arguments: [Int.max, 1, 7, 100])
  func comeBack(inPieces pieces: Int) throws {
    let plan = try TestKernels.plan(
      #"[{"name": "\"n\"", "kernel": "logistic_map", "sweep": {"r": {"from": 1, "to": 3, "count": 9}}}]"#
    ).get()
    let records = Self.tokens.enumerated().map {
      CallRecord(
        call: $0.offset, token: $0.element, start: $0.offset % 2 == 0 ? 0.5 : .nan,
        lane: $0.offset, warning: $0.offset == 3 ? "w" : nil)
    }
    var text: [UInt8] = []
    var arguments = RecordedArguments(plan)
    for record in records {
      CallRecordWriter.write(record, &arguments, to: &text)
      text.append(10)
    }
    let expected = records.map { RunRecord($0, &arguments) }
    #expect(try Self.read(text, pieces: pieces) == expected)
    #expect(expected[1].point == [.init(name: "r", value: 1.25)] && expected[0].task == "\"n\"")
  }

  /// Numbers that JSON has none for are null, and the record says which they were.
  @Test func numbersThatAreNone() throws {
    let plan = try TestKernels.plan(
      """
      [{"kernel": "everything", "sweep": {"number": ["NaN", "-Infinity", 1]}}]
      """
    ).get()
    let value = Value.record([
      .init(name: "y", value: .number(.infinity)), .init(name: "z", value: 2.5),
      .init(name: "a.b", value: .numbers([1, .nan, -.infinity])),
    ])
    let one = CallRecord(call: 1, token: .ok(value))
    var text: [UInt8] = []
    var arguments = RecordedArguments(plan)
    CallRecordWriter.write(one, &arguments, to: &text)
    let json = String(decoding: text, as: UTF8.self)
    #expect(
      json.contains(#""point":{"number":null},"args":{"flag":null,"number":null,"#)
        && json.contains(#""result":{"y":null,"z":2.5,"a.b":[1.0,null,null]}"#), "\(json)")
    let marks =
      #""nonfinite":["point.number=-Infinity","args.number=-Infinity","result.y=Infinity","result.a.b[1]=NaN","result.a.b[2]=-Infinity"]"#
    #expect(json.hasSuffix(marks + "}"), "\(json)")
    let read = try Self.read(text)[0]
    #expect(read.point == [.init(name: "number", value: "-Infinity")])
    #expect(read.result["y"] == "Infinity" && read.result["z"] == 2.5)
    #expect(read.result["a.b"] == .text(#"[1.0,"NaN","-Infinity"]"#))
    // A result that is one number, or an array alone.
    for (value, shown) in [
      (Value.number(.nan), #""result":null,"#), (.numbers([.nan]), #""result":[null],"#),
    ] {
      text = []
      CallRecordWriter.write(CallRecord(call: 2, token: .ok(value)), &arguments, to: &text)
      #expect(String(decoding: text, as: UTF8.self).contains(shown))
      let read = try Self.read(text)[0].result
      #expect(read == "NaN" || read == .text(#"["NaN"]"#))
    }
    text = []
    arguments = RecordedArguments(plan, .text)
    CallRecordWriter.write(one, &arguments, to: &text)
    let asText = String(decoding: text, as: UTF8.self)
    #expect(asText.contains(#""point":{"number":"-Infinity"}"#) && !asText.contains("nonfinite"))
  }

  /// Marks that name nothing, or something else, change nothing.
  @Test(arguments: [
    "result=NaN", "result.y=NaN", "result[0]=NaN", "result.x[9]=NaN", "point.q=NaN", "=NaN", "x",
    "result.x[0]=1", "result.x[-1]=NaN", "result.x[=NaN", "args.n=Infinity",
  ])
  func foreignMarks(_ mark: String) throws {
    let line =
      #"{"call":0,"kernel":"k","status":"ok","result":{"x":[1,2],"z":5},"args":{"n":1},"nonfinite":["\#(mark)",3]}"#
    let record = try Self.read(Array(line.utf8))[0]
    #expect(record.result["x"] == .text("[1,2]") && record.result["z"] == 5)
    #expect(record.args == [.init(name: "n", value: 1)] && record.point.isEmpty)
  }

  /// The arguments that a record is written with are those that it has as a value.
  @Test func argumentsComeBack() throws {
    let many = (0..<70).map(String.init).joined(separator: ", ")
    let plan = try TestKernels.plan(
      """
      [{"kernel": "everything", "args": {"flag": true, "number": "NaN", "text": "é", "data": "ab",
          "whole": [1, 2], "real": [1, "Infinity"], "small": -1, "way": "forward"}},
       {"kernel": "everything", "sweep": {"real": [[\(many)], [1]], "number": [1, -0, 2.5]},
        "args": {"text": "\(String(repeating: "x", count: 1025))"}},
       {"name": "s", "kernel": "several"},
       {"kernel": "logistic_map", "args": {"r": {"result": "s.mean"}}, "sweep": {"x0": [0, 1]}},
       {"kernel": "numbers", "args": {"natural": 18446744073709551615, "seed": 3}}]
      """
    ).get()
    var (text, expected): ([UInt8], [RunRecord]) = ([], [])
    var (written, values) = (RecordedArguments(plan), RecordedArguments(plan))
    for call in 0..<plan.callCount {
      let taken = call == 9 ? [TakenArgument(parameter: 0, value: .number(0.5))] : []
      let record = CallRecord(call: call, token: .ok(.null), taken: taken)
      CallRecordWriter.write(record, &written, to: &text)
      text.append(10)
      expected.append(RunRecord(record, &values))
    }
    let found = try Self.read(text)
    for (one, other) in zip(found, expected) {
      for (left, right) in zip(one.args, other.args) {
        let isReference = left.value["result"] != nil
        #expect(left.name == right.name && (isReference || left.value == right.value), "\(left)")
      }
      #expect(one.args.count == other.args.count)
    }
    #expect(found.map { $0.args.count } == [8, 8, 8, 8, 8, 8, 8, 0, 3, 3, 5])
    #expect(found[1].args[5].value.isDigest && found[1].args[2].value.isDigest)
    #expect(found[2].args[1].value == .number(-0.0) && found[4].args[5].value == .text("[1.0]"))
    #expect(found[8].args[0].value["result"] == "s.mean" && found[9].args[0].value == 0.5)
  }

  @Test func whatIsNewIsPassedOver() throws {
    let text =
      #"{"a":[{"b":1}],"call":3,"args":{"n":1,"x":[1,2]},"kernel":"k","status":"ok","z":null}"#
    let records = try Self.read(Array(text.utf8))
    #expect(records.count == 1 && records[0].call == 3)
    #expect(
      records[0].args == [.init(name: "n", value: 1), .init(name: "x", value: .text("[1,2]"))])
    #expect(records[0].start == nil && records[0].lane == nil && records[0].point.isEmpty)
  }

  /// Whatever the bytes are: records, or an error with a place.
  @Test func anyBytesAreSafe() {
    let sound = Array(#"{"call":0,"kernel":"k","point":{"a":[1]},"status":"ok"}"#.utf8) + [10]
    for index in sound.indices {
      for byte: UInt8 in [0, 10, 0x22, 0x5C, 0x7B, 0x7D, 0x80, 0xFF] {
        var text = sound
        text[index] = byte
        for whole in [text, text + sound, Array(text[...index])] {
          do throws(RecordError) {
            var reader = RecordReader(name: "r")
            try reader.read(whole, isLast: true) { _ in }
          } catch {
            #expect(error.message.hasPrefix("r:") && error.message.contains(": error: "))
          }
        }
      }
    }
  }
}
