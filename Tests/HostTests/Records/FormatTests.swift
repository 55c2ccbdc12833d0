import Foundation
import KernelHostTestSupport
import Testing

/// What each format looks like, on calls that end well and calls that do not.
struct FormatTests {
  @Test func text() throws {
    let run = try Invocation(Sample.mixed)
    #expect(run.outcome.end == .exit(1))
    let results = "Results: [[null, true, \"\"], \(Sample.failure), [null, true, \"\"]]\n"
    #expect(run.outcome.out == Sample.mixedPrints + "All Complete\n" + results)
    #expect(run.outcome.err.lines.count == 1)
    #expect(run.outcome.err.contains("1 of 3"))
    #expect(try Invocation(Sample.mixed, "--format", "text").outcome.out == run.outcome.out)
  }

  @Test func tokens() throws {
    let run = try Invocation(Sample.mixed, "--format", "tokens")
    #expect(run.outcome.end == .exit(1))
    #expect(run.lines == [#"[null, true, ""]"#, Sample.failure, #"[null, true, ""]"#])
    for line in run.lines { #expect(try JSON.array(line).count == 3) }
  }

  static let recordKeys: Set<String> = [
    "call", "task", "kernel", "result", "ok", "status", "error", "attempts", "steps", "seconds",
    "start", "lane",
  ]

  private func expectMixed(_ records: [[String: Any]]) throws {
    try #require(records.count == 3)
    for (index, record) in records.enumerated() {
      #expect(Self.recordKeys.isSubset(of: record.keys))
      #expect(record["call"] as? Int == index)
      #expect(record["kernel"] as? String == "for_loop")
      #expect(record["result"] is NSNull)
      #expect(record["attempts"] as? Int == 1)
      let seconds = try #require(record["seconds"] as? Double)
      #expect(seconds >= 0 && seconds < 60)
      #expect(try #require(record["start"] as? Double) >= 0)
      #expect(record["lane"] as? Int == 0)
      #expect(record["ok"] as? Bool == (index != 1))
      #expect(record["status"] as? String == (index == 1 ? "error" : "ok"))
      if index != 1 { #expect(record["error"] is NSNull) }
    }
    #expect(records[0]["task"] is NSNull)
    #expect(records[1]["task"] as? String == "no, \"way\"")
    #expect(records[2]["task"] as? String == "last")
    let error = try #require(records[1]["error"] as? [String: Any])
    #expect(error["name"] as? String == "EINVAL")
    #expect(error["code"] as? Int == -22)
    #expect(error["message"] as? String == "increment must not be 0")
    // The body ran once for each value printed, and not at all where the start failed.
    #expect(try #require(records[0]["steps"] as? Int) >= 2)
    #expect(records[1]["steps"] as? Int == 0)
    #expect(try #require(records[2]["steps"] as? Int) >= 3)
  }

  @Test func jsonLines() throws {
    let run = try Invocation(Sample.mixed, "--format", "jsonl")
    #expect(run.outcome.end == .exit(1))
    #expect(run.outcome.out.hasSuffix("}\n"))
    try expectMixed(run.records)
  }

  @Test func json() throws {
    let run = try Invocation(Sample.mixed, "--format", "json")
    #expect(run.outcome.end == .exit(1))
    let document = try JSON.object(run.outcome.out)
    let calls = try #require(document["calls"] as? [[String: Any]])
    try expectMixed(calls)
    let counts = try #require(document["counts"] as? [String: Int])
    #expect(counts["ok"] == 2)
    #expect(counts["error"] == 1)
    #expect(counts.values.reduce(0, +) == calls.count)
    // Byte for byte: no number of it is rounded.
    let metadata = #"{ "study": "a \"b\", c", "n": [1, 2.50, 9007199254740993] }"#
    #expect(run.outcome.out.contains(metadata))
  }

  @Test func jsonWithoutMetadataOrCalls() throws {
    let run = try Invocation("[]", "--format", "json")
    #expect(run.outcome.end == .exit(0))
    let document = try JSON.object(run.outcome.out)
    #expect(document["metadata"] is NSNull)
    #expect((document["calls"] as? [Any])?.isEmpty == true)
    let counts = try #require(document["counts"] as? [String: Int])
    #expect(counts.values.reduce(0, +) == 0)
  }

  @Test func csv() throws {
    let run = try Invocation(Sample.mixed, "--format", "csv")
    #expect(run.outcome.end == .exit(1))
    let rows = CSV.rows(run.outcome.out)
    try #require(rows.count == 4)
    let columns = [
      "call", "task", "kernel", "min", "increment", "max", "ok", "status", "error_code",
      "error_name", "error_message", "attempts", "steps", "seconds", "start", "lane",
    ]
    #expect(rows[0] == columns)
    for row in rows { #expect(row.count == columns.count) }
    #expect(rows[1].prefix(8) == ["0", "", "for_loop", "0", "1", "2", "true", "ok"])
    #expect(
      rows[2].prefix(8) == ["1", "no, \"way\"", "for_loop", "0", "0", "1000000", "false", "error"])
    #expect(rows[2][8...10] == ["-22", "EINVAL", "increment must not be 0"])
    #expect(rows[3].prefix(8) == ["2", "last", "for_loop", "5", "-2", "0", "true", "ok"])
    #expect(rows[3][8...10] == ["", "", ""])
    for row in rows.dropFirst() {
      #expect(Double(row[13]) != nil && Double(row[14]) != nil && row[15] == "0")
    }
  }

  /// Names that need quotes in CSV and escapes in JSON come back as they went in.
  @Test func namesOfAllKinds() throws {
    let names = ["a,b", "a\"b", "a\nb", "a\r\nb", " a ", "é😀", "\u{1}", "\\", "=1+1", "null"]
    let tasks = try names.map { name in
      let text = String(
        decoding: try JSONSerialization.data(withJSONObject: name, options: .fragmentsAllowed),
        as: UTF8.self)
      return "{\"kernel\": \"for_loop\", \"args\": [0, 1, 0], \"name\": \(text)}"
    }
    let manifest = "[" + tasks.joined(separator: ",") + "]"
    let jsonl = try Invocation(manifest, "--format", "jsonl")
    #expect(try jsonl.records.map { $0["task"] as? String } == names)
    let csv = try Invocation(manifest, "--format", "csv")
    #expect(CSV.rows(csv.outcome.out).dropFirst().map { $0[1] } == names)
    #expect(jsonl.outcome.end == .exit(0))
    #expect(csv.outcome.end == .exit(0))
  }

  @Test(arguments: ["tokens", "jsonl", "json", "csv"])
  func printsGoToStandardError(_ format: String) throws {
    let loud = try Invocation(Sample.mixed, "--format", format)
    #expect(!loud.outcome.out.contains("Looping for"))
    #expect(loud.outcome.err.hasPrefix(Sample.mixedPrints))
    for option in ["--quiet", "-q"] {
      let quiet = try Invocation(Sample.mixed, "--format", format, option)
      #expect(quiet.outcome.end == .exit(1))
      #expect(!quiet.outcome.err.contains("Looping for"))
      #expect(quiet.lines.count == loud.lines.count)
      // What is wrong is said all the same.
      #expect(quiet.outcome.err.contains("1 of 3"))
    }
  }

  /// Printed text is what the text format is for: it stays.
  @Test func quietDoesNotChangeText() throws {
    let run = try Invocation(Sample.mixed, "--quiet")
    #expect(run.outcome.out.hasPrefix(Sample.mixedPrints))
  }

  @Test func noCalls() throws {
    for manifest in ["{\"tasks\": []}", "[]"] {
      let run = try Invocation(manifest)
      #expect(run.outcome.end == .exit(0))
      #expect(run.outcome.out == "All Complete\nResults: []\n")
      #expect(run.outcome.err == "")
      #expect(try Invocation(manifest, "--format", "tokens").outcome.out == "")
      #expect(try Invocation(manifest, "--format", "jsonl").records.isEmpty)
      #expect(try Invocation(manifest, "--format", "csv").lines.count == 1)
    }
  }

  /// Tokens are in the order of the calls, though these end in the opposite one.
  @Test func orderIsThatOfTheCalls() throws {
    let tasks = (0..<300).map {
      "{\"kernel\": \"for_loop\", \"name\": \"t\($0)\", \"args\": [0, 1, \(300 - $0)]}"
    }
    let manifest = "[" + tasks.joined(separator: ",") + "]"
    for live in ["1", "7", "300"] {
      let run = try Invocation(manifest, "--format", "jsonl", "--quiet", "--live", live)
      #expect(run.outcome.end == .exit(0))
      let records = try run.records
      #expect(records.map { $0["call"] as? Int } == Array(0..<300))
      #expect(records.map { $0["task"] as? String } == (0..<300).map { "t\($0)" })
      let steps = records.compactMap { $0["steps"] as? Int }
      #expect(steps == steps.sorted(by: >) && steps.first! - steps.last! == 299)
    }
  }
}
