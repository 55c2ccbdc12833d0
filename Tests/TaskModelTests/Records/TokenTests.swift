import Testing

@testable import KernelHostModel

/// What comes out: triples, records, and the JSON in them.
struct TokenTests {
  private static let failure = CallError(
    status: .error, code: -22, name: "EINVAL", message: "increment must not be 0")

  private static func json(_ value: Value, _ style: JSONWriter.Style = .compact) -> String {
    var buffer: [UInt8] = []
    JSONWriter.value(value, style: style, to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }

  @Test func sizes() {
    #expect(MemoryLayout<Token<Value>>.size <= 56)
    #expect(MemoryLayout<CallError>.size == 8)
    #expect(
      MemoryLayout<Manifest.Task>.stride <= 24 && MemoryLayout<Manifest.Argument>.stride <= 16)
  }

  @Test func triples() {
    #expect(Token<Value>.ok(.null).triple == "[null, true, \"\"]")
    #expect(
      Token<Value>.failed(Self.failure).triple
        == "[null, false, \"EINVAL: increment must not be 0\"]")
    #expect(Token<Value>.ok(.integers([1, 2])).triple == "[[1, 2], true, \"\"]")
    let token = Token<Value>.failed(Self.failure, attempts: 2, steps: 3, seconds: 4)
    #expect(!token.ok && token.status == .error && token.result == nil && token.attempts == 2)
    #expect(Token<Value>.ok(1).status == .ok)
  }

  @Test func statuses() {
    #expect(Status.allCases.map { $0.index } == Array(Status.allCases.indices))
    // Records and programs of users have these names; others may follow.
    #expect(
      Status.allCases.prefix(8).map { $0.rawValue }
        == ["ok", "error", "crash", "timeout", "memory", "cancelled", "skipped", "lost"])
  }

  @Test func errors() {
    #expect(Self.failure.description == "EINVAL: increment must not be 0")
    let same = CallError(
      status: .error, code: -22, name: "EINVAL", message: "increment must not be 0")
    #expect(Self.failure == same && Self.failure.hashValue == same.hashValue)
    #expect(CallError(status: .lost, code: 0, name: "LOST", message: "").description == "LOST")
  }

  @Test func values() {
    #expect(Self.json(.null) == "null" && Self.json(true) == "true")
    #expect(Self.json(.integer(.min)) == "-9223372036854775808")
    #expect(Self.json(.unsigned(.max)) == "18446744073709551615")
    #expect(Self.json(1.0) == "1.0" && Self.json(1e16) == "1e+16" && Self.json(-0.0) == "-0.0")
    #expect(Self.json(.number(.nan)) == "\"NaN\"")
    #expect(Self.json(.numbers([-.infinity, 0.5])) == "[\"-Infinity\",0.5]")
    #expect(Self.json(.bytes([0, 1, 2, 255])) == "{\"base64\":\"AAEC/w==\"}")
    #expect(
      Self.json("\"\\/\u{8}\u{C}\n\r\t\u{1F}\u{7F}é\u{2028}😀")
        == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u001f\\u007fé\\u2028😀\"")
    let record = Value.record([.init(name: "a", value: 1), .init(name: "b", value: .integers([]))])
    #expect(Self.json(record) == "{\"a\":1,\"b\":[]}")
    #expect(Self.json(record, .spaced) == "{\"a\": 1, \"b\": []}")
  }

  @Test func numbersInTables() {
    for (value, text) in [
      (0.1, "0.1"), (1, "1.0"), (-0.0, "-0.0"), (.leastNonzeroMagnitude, "5e-324"), (1e16, "1e+16"),
      (.nan, "NaN"), (.infinity, "1e999"), (-.infinity, "-1e999"),
    ] as [(Double, String)] {
      var buffer: [UInt8] = []
      CSVText.number(value, to: &buffer)
      #expect(String(decoding: buffer, as: UTF8.self) == text)
    }
  }

  @Test func seconds() {
    for (value, text) in [
      (0, "0.0"), (0.000012, "0.000012"), (1, "1.0"), (2.5, "2.5"), (1e-9, "0.000000001"),
      (1e-10, "0.0"), (1234.000000001, "1234.000000001"), (-0.5, "-0.5"), (1e10, "10000000000.0"),
    ] {
      var buffer: [UInt8] = []
      JSONWriter.seconds(value, to: &buffer)
      #expect(String(decoding: buffer, as: UTF8.self) == text)
    }
  }

  @Test func records() throws {
    let plan = try TestKernels.plan(
      "[{\"kernel\": \"nothing\"}, {\"kernel\": \"nothing\", \"name\": \"b\\\", x\"}]"
    ).get()
    var arguments = RecordedArguments(plan)
    func record(_ token: Token<Value>, _ call: Int, start: Double = .nan) -> String {
      var buffer: [UInt8] = []
      CallRecordWriter.write(
        CallRecord(call: call, token: token, start: start, lane: 3), &arguments, to: &buffer)
      return String(decoding: buffer, as: UTF8.self)
    }
    func csv(_ token: Token<Value>, _ call: Int, start: Double = .nan) -> String {
      var buffer: [UInt8] = []
      var table = ResultTable(plan)
      table.write(CallRecord(call: call, token: token, start: start, lane: 3), to: &buffer)
      return String(decoding: buffer, as: UTF8.self)
    }
    let good = Token<Value>.ok(.integers([1, 2]), steps: 7, seconds: 0.000012)
    let bad = Token<Value>.failed(Self.failure, steps: 1, seconds: 1)
    #expect(
      record(good, 0, start: 0.25)
        == "{\"call\":0,\"task\":null,\"kernel\":\"nothing\",\"args\":{},\"result\":[1,2],\"ok\":true,"
        + "\"status\":\"ok\",\"error\":null,\"attempts\":1,\"steps\":7,\"seconds\":0.000012,"
        + "\"start\":0.25,\"lane\":3}")
    #expect(
      record(bad, 1)
        == "{\"call\":1,\"task\":\"b\\\", x\",\"kernel\":\"nothing\",\"args\":{},\"result\":null,\"ok\":false,"
        + "\"status\":\"error\",\"error\":{\"code\":-22,\"name\":\"EINVAL\",\"message\":"
        + "\"increment must not be 0\"},\"attempts\":1,\"steps\":1,\"seconds\":1.0,"
        + "\"start\":null,\"lane\":null}")
    #expect(csv(good, 0, start: 0.25) == "0,,nothing,true,ok,,,,1,7,0.000012,0.25,3\n")
    #expect(
      csv(bad, 1)
        == "1,\"b\"\", x\",nothing,false,error,-22,EINVAL,increment must not be 0,1,1,1.0,,\n")
    #expect(csv(.ok(.null), 0) == "0,,nothing,true,ok,,,,1,0,0.0,,\n")
    var header: [UInt8] = []
    ResultTable(plan).writeHeader(to: &header)
    #expect(
      header.count { $0 == UInt8(ascii: ",") }
        == Array(csv(.ok(1), 0).utf8).count { $0 == UInt8(ascii: ",") })
  }

  /// Every text that is written is read back as it was.
  @Test func textsRoundTrip() throws {
    var random = Random(seed: 9)
    for _ in 0..<2_000 {
      var text = ""
      for _ in 0..<random.below(20) {
        let value = UInt32(random.below([0x20, 0x80, 0x800, 0x11_0000][random.below(4)]))
        if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
      }
      var json = JSONReader(Array(Self.json(.text(text)).utf8))
      #expect(json.string(try json.readText()) == text)
    }
  }
}
