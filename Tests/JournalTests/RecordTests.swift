import KernelHost
import KernelHostModel
import Testing

@testable import KernelBridge

/// Records as lines, and back.
struct RecordTests {
  @Test func theChecksumIsCRC32C() {
    #expect(Checksum.of(Array("123456789".utf8)) == 0xE306_9283)
    #expect(Checksum.of([]) == 0)
    #expect(Checksum.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(Checksum.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    // Each length up to several steps of eight bytes, against the definition.
    var bytes: [UInt8] = []
    for length in 0..<70 {
      var slow: UInt32 = .max
      for byte in bytes {
        slow ^= UInt32(byte)
        for _ in 0..<8 { slow = slow & 1 == 1 ? slow >> 1 ^ 0x82F6_3B78 : slow >> 1 }
      }
      #expect(Checksum.of(bytes) == ~slow)
      // Without the processor's instruction for it.
      #expect(Checksum.portable(bytes) == ~slow)
      bytes.append(UInt8(truncatingIfNeeded: length &* 37 &+ 11))
    }
  }

  private static func line(_ record: JournalRecord) -> [UInt8] {
    var bytes: [UInt8] = []
    JournalFrame.append(record, to: &bytes)
    return bytes
  }

  private static func text(_ record: JournalRecord) -> String {
    String(decoding: line(record), as: UTF8.self)
  }

  /// The form that other programs read. It stays.
  @Test func recordsLookSo() {
    #expect(
      Self.text(Study.end(5))
        == #"{"c":5,"r":0.6004794246903715,"n":1001,"s":0.000005512,"crc":"68f5f1ff"}"# + "\n")
    #expect(
      Self.text(Study.failed(7)).hasPrefix(
        #"{"c":7,"status":"error","error":{"code":-22,"name":"EINVAL","message":"n is 7"},"#
          + #""n":3,"s":0.5,"crc":""#))
    #expect(Self.text(.begun(3..<8)).hasPrefix(#"{"b":[3,7],"crc":""#))
    #expect(Self.text(.live(3..<4)).hasPrefix(#"{"l":[3,3],"crc":""#))
    #expect(Self.text(.closed(isComplete: true)).hasPrefix(#"{"end":"complete","crc":""#))
  }

  @Test(arguments: [1.0 / 3, -0.6004794246903715, 2.5, 1e100])
  func aRecordOfOneNumberHasAtMost80Bytes(_ value: Double) {
    #expect(Self.line(Study.end(999_999, value)).count <= 80)
  }

  private static let head = JournalSegmentHead(
    number: 3, run: "00000000000000aa", host: "a \"b\"", process: 12,
    began: "2026-01-31T12:00:00.000Z")

  private static let all: [JournalRecord] = [
    .segment(head), Study.end(0), Study.end(1 << 40), Study.failed(9, .crash),
    .ended(JournalEnd(call: 1, token: .ok(.null, attempts: 3), warning: "w\n", source: "ab")),
    .begun(0..<1), .live(5..<100), .again(7..<8), .closed(isComplete: false),
    .halfDone(
      JournalSnapshot(call: 4, steps: 1000, seconds: 12.5, attempts: 2, file: "lane-0.1")),
    .mark(JournalMark(seconds: 1.5, counts: [1, 2, 0, 0, 0, 0, 0, 9], planned: 100)),
  ]

  @Test(arguments: all)
  func recordsComeBack(_ record: JournalRecord) {
    let line = Self.line(record)
    #expect(JournalRecord(reading: line, line.indices) == record)
  }

  /// Each type of result, with what JSON has no number for.
  @Test func resultsComeBackWithAllTheirBits() throws {
    let values: [(ValueType, Value)] = [
      (.f64, .number(.infinity)), (.f64, .number(-0.0)), (.f64, .number(5)),
      (.f64, .number(.leastNonzeroMagnitude)), (.i64, .integer(.min)), (.i64, .unsigned(.max)),
      (.bool, .bool(false)), (.text, .text("NaN\n\"\u{1F600}\u{0}")),
      (.bytes, .bytes([0, 255, 7])),
      (.i64Array, .integers([])), (.i64Array, .integers([1, .max])), (.f64Array, .numbers([])),
      (.f64Array, .numbers([1, -0.0, .infinity, 1e300])),
    ]
    for (type, value) in values {
      let signature = [FieldSignature(name: "x", type: type)]
      for (results, value) in [
        (signature, value),
        (
          [FieldSignature(name: "n", type: .i64)] + signature,
          .record([.init(name: "n", value: .integer(1)), .init(name: "x", value: value)])
        ),
      ] {
        let line = Self.line(.ended(JournalEnd(call: 0, token: .ok(value))))
        guard case .ended(let end)? = JournalRecord(reading: line, line.indices) else {
          Issue.record("no record: \(String(decoding: line, as: UTF8.self))")
          continue
        }
        #expect(end.typed(results)?.token.result == value)
      }
    }
    let line = Self.line(.ended(JournalEnd(call: 0, token: .ok(.number(.nan)))))
    let record = try #require(JournalRecord(reading: line, line.indices))
    guard case .ended(let end) = record else { return }
    guard case .number(let number)? = end.typed([.init(name: "x", type: .f64)])?.token.result
    else {
      Issue.record("no number")
      return
    }
    #expect(number.isNaN)
  }

  @Test func aNewerMinorVersionsRecordsArePassedOver() {
    for text in [
      #"{"new":[1,{"c":2}],"crc":"00000000"}"#, #"{"c":3,"later":{},"s":1.0,"crc":"00000000"}"#,
    ] {
      #expect(JournalRecord(reading: Array(text.utf8), 0..<text.utf8.count) != nil)
    }
  }

  @Test func whatIsNoRecordIsNone() {
    for text in [
      "", "[]", "{}", "7", #"{"c":-1}"#, #"{"c":1.5}"#, #"{"b":[3]}"#, #"{"b":[4,3]}"#,
      #"{"c":1,"status":"odd"}"#, #"{"c":1"#, #"{"c":1}x"#, #"{"l":"x"}"#,
    ] {
      #expect(JournalRecord(reading: Array(text.utf8), 0..<text.utf8.count) == nil, "\(text)")
    }
  }
}
