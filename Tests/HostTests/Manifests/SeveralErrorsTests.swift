import KernelHostTestSupport
import Testing

/// All mistakes of a file are reported, in order, and nothing runs if there is one.
struct SeveralErrorsTests {
  private func places(_ outcome: Outcome) -> [String] {
    outcome.err.lines.filter { $0.hasPrefix("m.json:") }.map {
      $0.split(separator: ":").prefix(3).dropFirst().joined(separator: ":")
    }
  }

  @Test func ofDifferentKindsInOrder() throws {
    let run = try Invocation(
      """
      { "tasks": [
        { "kernel": "for_loop" },
        { "kernel": "for_lop" },
        { "kernel": "for_loop", "tmeout": 1 },
        { "kernel": "for_loop", "args": { "max": "3" } },
        { "kernel": "for_loop", "args": [1, 2, 3, 4] },
        { "kernel": "for_loop", "args": { "max": 3, "max": 3 } },
        { "kernal": "for_loop" },
        { "kernel": "for_loop", "args": { "mx": 3 } } ],
        "jbos": 1 }
      """)
    #expect(run.outcome.end == .exit(2))
    #expect(run.outcome.out == "")
    let found = places(run.outcome)
    let wanted = ["3:15", "4:27", "5:44", "6:45", "7:47", "8:5", "9:37", "10:3"]
    // A task without a kernel may be reported for that, too.
    #expect(found.filter { $0 != "8:3" } == wanted, "\(run.outcome.err)")
  }

  @Test func twoInOneTask() throws {
    let run = try Invocation(
      #"[{"kernel": "for_loop", "args": {"mx": 1, "max": "3"}, "tiemout": 3}]"#)
    #expect(run.outcome.end == .exit(2))
    for word in ["\"mx\"", "\"3\"", "tiemout"] {
      #expect(run.outcome.err.contains(word), "\(word) is missing in: \(run.outcome.err)")
    }
    #expect(places(run.outcome) == ["1:34", "1:50", "1:56"])
  }

  @Test func whatIsBeforeASyntaxError() throws {
    let run = try Invocation("[{\"kernel\": \"for_lop\"},\n {\"kernel\": \"for_loop\",}]")
    #expect(run.outcome.end == .exit(2))
    #expect(places(run.outcome).first == "1:13")
    #expect(places(run.outcome).last?.hasPrefix("2:") == true)
    #expect(places(run.outcome).count == 2)
  }

  @Test(arguments: [19, 20, 21, 25, 3000])
  func atMostTwentyWithTheTotal(_ count: Int) throws {
    let task = "{\"kernel\": \"for_lop\"}"
    let run = try Invocation(
      "[\n" + [String](repeating: task, count: count).joined(separator: ",\n") + "\n]")
    #expect(run.outcome.end == .exit(2))
    #expect(run.outcome.out == "")
    #expect(places(run.outcome) == (0..<min(count, 20)).map { "\($0 + 2):12" })
    if count > 20 {
      let last = try #require(run.outcome.err.lines.last).replacing(",", with: "")
      #expect(last.contains("\(count)") && last.contains("20"), "\(last)")
    }
  }

  @Test func oneWrongTaskOfManyStopsAll() throws {
    var tasks = [String](repeating: #"{"kernel":"for_loop","args":[0,1,1]}"#, count: 2000)
    tasks.append(#"{"kernel":"for_loop","args":["x"]}"#)
    let run = try Invocation("[" + tasks.joined(separator: ",\n") + "]", "-o", "out.txt")
    #expect(run.outcome.end == .exit(2))
    #expect(run.outcome.out == "")
    #expect(run.outcome.err.contains("m.json:2001:"))
    #expect(!run.outcome.err.contains("Looping"))
    #expect(try run.folder.names == ["m.json"])
  }
}
