import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// `--events`: what happens in a run as JSON Lines, through the real binary.
struct EventStreamTests {
  private static func events(_ text: String) throws -> [[String: Any]] {
    try text.lines.map { try JSON.object($0) }
  }

  private static func names(_ events: [[String: Any]]) -> [String] {
    events.map { $0["event"] as? String ?? "?" }
  }

  /// What holds for every stream of a run that came to its end.
  @discardableResult
  private func expectWhole(_ events: [[String: Any]], calls: Int) throws -> [[String: Any]] {
    let names = Self.names(events)
    #expect(names.first == "planned" && names.last == "ended")
    #expect(names.filter { $0 == "planned" || $0 == "ended" }.count == 2)
    #expect(events.first?["version"] as? Int == 1 && events.first?["calls"] as? Int == calls)
    for event in events { #expect((event["time"] as? Double ?? -1) >= 0, "\(event)") }
    let finished = events.filter { $0["event"] as? String == "finished" }
    #expect(Set(finished.compactMap { $0["call"] as? Int }) == Set(0..<calls))
    #expect(finished.count == calls)
    let counts = try #require(events.last?["counts"] as? [String: Int])
    #expect(counts.values.reduce(0, +) == calls)
    for (status, count) in counts {
      #expect(finished.count { $0["status"] as? String == status } == count)
    }
    // Of each call a start for each attempt, the last before its end. (When a call began
    // whose bytes another took is not known.)
    for one in finished {
      let call = one["call"] as? Int
      let attempts = one["attempts"] as? Int ?? 0
      let starts = events.indices.filter {
        names[$0] == "started" && events[$0]["call"] as? Int == call
      }
      let told = starts.compactMap { events[$0]["attempt"] as? Int }
      #expect(told.last == attempts && told == told.sorted() && Set(told).count == told.count)
      let wasTaken = events.contains {
        $0["event"] as? String == "restarted" && $0["call"] as? Int == call
      }
      #expect(told.count == attempts || wasTaken, "\(one)")
      let end = events.firstIndex { one in
        one["event"] as? String == "finished" && one["call"] as? Int == call
      }
      #expect(try #require(starts.last) < #require(end))
    }
    return finished
  }

  @Test func everyEventOfARun() throws {
    let run = try Invocation(
      Sample.mixed, "--format", "jsonl", "-q", "-o", "out", "--events", "events")
    #expect(run.outcome.end == .exit(1), "\(run.outcome.err)")
    let events = try Self.events(try run.folder.read("events"))
    let finished = try expectWhole(events, calls: 3)
    let plan = events[0]
    #expect(plan["kernels"] as? [String: Int] == ["for_loop": 3] && plan["lanes"] as? Int == 1)
    #expect(plan["mode"] as? String == "concurrent" && plan["isolation"] as? String == "process")
    let began = try #require(plan["began"] as? String)
    let format = ISO8601DateFormatter()
    format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    #expect(format.date(from: began) != nil, "\(began)")
    // The same as the records of the results, but for what makes it an event.
    let records = try run.folder.read("out").callRecords
    for record in records {
      var event = try #require(finished.first { $0["call"] as? Int == record["call"] as? Int })
      let time = try #require(event.removeValue(forKey: "time") as? Double)
      event["event"] = nil
      #expect(NSDictionary(dictionary: event) == NSDictionary(dictionary: record))
      let (start, seconds) = (record["start"] as? Double ?? 0, record["seconds"] as? Double ?? 0)
      #expect(abs(time - start - seconds) < 1e-6)
    }
  }

  @Test(arguments: [["--mode", "parallel", "-j", "3"], ["--isolation", "call"], ["--live", "2"]])
  func everyWayToRun(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      #"[{"kernel": "primes", "args": {"limit": 100}, "repeat": 300}, {"kernel": "sleep", "args": [0.15]}]"#,
      to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "--format", "tokens", "-o", "out", "--events", "-"] + arguments,
      folder: folder.path)
    #expect(run.end == .exit(0), "\(run.err)")
    try expectWhole(try Self.events(run.out), calls: 301)
  }

  @Test func noCalls() throws {
    let run = try Invocation("[]", "-o", "out", "--events", "-")
    #expect(run.outcome.end == .exit(0))
    #expect(Self.names(try Self.events(run.outcome.out)) == ["planned", "ended"])
  }

  /// A call that runs for long is told while it runs; a signal ends it, and the stream is whole.
  @Test func aLongCallIsToldWhileItRuns() throws {
    let child = try HostBinary.start(
      ["-", "-o", "/dev/null", "--format", "tokens", "--events", "-"],
      input: Array(#"[{"kernel": "while_loop_increment", "args": [0, 0, 1]}]"#.utf8))
    try child.read {
      String(decoding: $0.standardOutput, as: UTF8.self).contains("\"event\":\"started\"")
    }
    child.send(SIGINT)
    let outcome = try child.finish()
    #expect(outcome.end == .exit(130))
    let events = try Self.events(outcome.out)
    try expectWhole(events, calls: 1)
    #expect(events.last?["stopped"] as? Bool == true)
  }

  /// Of a run that is killed all is there that was known.
  @Test func aKilledRunLeavesItsEvents() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      #"[{"kernel": "for_loop", "args": {"increment": 0}}, {"kernel": "sleep", "args": [1000]}, {"kernel": "for_loop", "args": [0, 1, 3]}]"#,
      to: "m.json")
    let child = try HostBinary.start(["m.json", "--events", "events"], folder: folder.path)
    try child.read { $0.standardOutput.contains(UInt8(ascii: "2")) }
    try child.read {
      String(decoding: $0.standardOutput, as: UTF8.self).contains("Looping for: 3\n2\n")
    }
    child.send(SIGKILL)
    #expect(try child.finish().end == .signal(SIGKILL))
    let events = try Self.events(try folder.read("events"))
    #expect(Self.names(events).prefix(3) == ["planned", "started", "finished"])
    #expect(!Self.names(events).contains("ended"))
  }

  @Test func retriesAreTold() throws {
    let run = try Invocation(
      #"[{"kernel": "for_loop", "args": {"increment": 0}, "retries": {"times": 2, "delay": 0.01}}]"#,
      "--format", "tokens", "-o", "out", "--events", "-")
    let events = try Self.events(run.outcome.out)
    try expectWhole(events, calls: 1)
    #expect(
      Self.names(events) == [
        "planned", "started", "retried", "started", "retried", "started", "finished", "ended",
      ])
    #expect(events[2]["name"] as? String == "EINVAL" && events[2]["delay"] as? Double == 0.01)
    #expect(events[2]["attempt"] as? Int == 1 && events[4]["attempt"] as? Int == 2)
  }

  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func crashesAreTold() throws {
    let plugins = try ["neighbours.c", "hostile/memory.c"].map { try Plugins.library($0) }
    let run = try Invocation(
      """
      { "plugins": ["\(plugins[0])", "\(plugins[1])"], "tasks": [
        { "kernel": "good_heap", "args": { "steps": 100000 } },
        { "kernel": "null_write", "args": { "at": 3 } } ] }
      """, "--format", "jsonl", "-o", "out", "--events", "-")
    #expect(run.outcome.end == .exit(1), "\(run.outcome.err)")
    let events = try Self.events(run.outcome.out)
    try expectWhole(events, calls: 2)
    let crashes = events.filter { $0["event"] as? String == "crashed" }
    // Once among others, and once alone.
    #expect(crashes.map { $0["attempt"] as? Int } == [1, 2], "\(events)")
    #expect(crashes.map { $0["runs_again"] as? Bool } == [true, false])
    #expect(crashes.allSatisfy { $0["name"] as? String == "SIGSEGV" && $0["steps"] as? Int == 3 })
    let restarts = events.filter { $0["event"] as? String == "restarted" }
    #expect(restarts.map { $0["call"] as? Int } == [0])
  }

  /// What a kernel says is no UTF-8, and a name has what ends lines and texts.
  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func hostileTexts() throws {
    let folder = try TemporaryFolder()
    try folder.write(HostileText.kernel, to: "hostile.c")
    try folder.write(HostileText.manifest, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "--format", "jsonl", "-o", "out", "--events", "-"], folder: folder.path)
    #expect(run.end == .exit(1), "\(run.err)")
    let finished = try expectWhole(try Self.events(run.out), calls: 2)
    #expect(finished.contains { $0["task"] as? String == HostileText.name })
    #expect(
      finished.contains {
        (($0["error"] as? [String: Any])?["message"] as? String ?? "").hasPrefix(
          "\u{FFFD}\u{FFFD}<&>\"'\u{1}")
      })
  }

  // MARK: What cannot be

  @Test func eventsAmongResultsAreRefused() throws {
    let run = try Invocation(Sample.mixed, "--events", "-")
    #expect(run.outcome.end == .exit(2) && run.outcome.out == "")
    #expect(run.outcome.err.contains("add -o FILE"))
  }

  @Test(arguments: [
    ["-o", "x", "--trace", "./x"], ["--events", "x", "--junit", "x"], ["--events", "m.json"],
    ["--trace", "../m.json/../m.json"], ["--trace", ""], ["--events", "link", "-o", "m2.json"],
  ])
  func oneFileForTwo(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(Sample.mixed, to: "m.json")
    try folder.write("kept", to: "m2.json")
    #expect(unsafe symlink("m2.json", folder.path("link")) == 0)
    let run = try HostBinary.run(["m.json"] + arguments, folder: folder.path)
    let isNowhere = arguments.contains("../m.json/../m.json")
    #expect(run.end == .exit(isNowhere ? 3 : 2), "\(run.err)")
    #expect(run.out == "" && run.err.hasPrefix("host: error: "))
    #expect(try folder.read("m.json") == Sample.mixed && folder.read("m2.json") == "kept")
    #expect(try folder.names == ["link", "m.json", "m2.json"])
  }

  @Test func unwritablePath() throws {
    let run = try Invocation(Sample.mixed, "--events", "no/such/file")
    #expect(run.outcome.end == .exit(3) && run.outcome.out == "")
    #expect(
      run.outcome.err.contains("write the events to no/such/file")
        && run.outcome.err.contains("nothing ran"))
  }

  /// Events that cannot be written cost no result; it is said at once and again at the end.
  @Test func fullDisk() throws {
    let run = try Invocation(
      Sample.mixed, "-q", "--format", "tokens", "-o", "out", "--events", "/dev/full")
    #expect(run.outcome.end == .exit(3))
    let said = run.outcome.err.lines.filter { $0.contains("No space left") }
    #expect(said.map { $0.hasPrefix("host: warning: ") } == [true, false], "\(run.outcome.err)")
    #expect(try run.folder.read("out").lines.count == 3)
  }

  @Test func readerThatIsGone() throws {
    let run = try Invocation(
      #"[{"kernel": "logistic_map", "repeat": 20000}]"#, "--format", "tokens", "-o", "out",
      "--events", "-", output: .broken)
    #expect(run.outcome.end == .exit(3))
    #expect(run.outcome.err.contains("run continues") && run.outcome.err.contains("Broken pipe"))
    #expect(try run.folder.read("out").lines.count == 20000)
  }

  @Test func closedStandardOutput() throws {
    let run = try Invocation(Sample.mixed, "-o", "out", "--events", "-", output: .closed)
    #expect(run.outcome.end == .exit(3) && run.outcome.err.contains("nothing ran"))
    #expect(try run.folder.names == ["m.json"])
  }

  /// A pipe with a name gets them as they come.
  @Test func namedPipe() throws {
    let folder = try TemporaryFolder()
    try folder.write(Sample.mixed, to: "m.json")
    #expect(unsafe mkfifo(folder.path("pipe"), 0o600) == 0)
    let script = #"cat pipe > events & "$@"; code=$?; wait; exit $code"#
    let run = try Child(
      "/bin/sh",
      ["-c", script, "sh", HostBinary.path, "m.json", "-o", "out", "--events", "pipe"],
      folder: folder.path
    ).finish()
    #expect(run.end == .exit(1), "\(run.err)")
    try expectWhole(try Self.events(try folder.read("events")), calls: 3)
  }
}

/// Texts with all that means something to somebody.
enum HostileText {
  static let name = "n</script>\" ]]> # \\ \u{1}\u{1B}[31m\r\n\u{202E}\u{2028} end"
  static let manifest = """
    { "plugins": ["hostile.c"], "tasks": [
      { "kernel": "hostile_text" },
      { "kernel": "hostile_text",
        "name": "n</script>\\" ]]> # \\\\ \\u0001\\u001b[31m\\r\\n\\u202e\\u2028 end" } ] }
    """
  /// Fails with a message that is no UTF-8.
  static let kernel = """
    #include "kernel_host.h"
    typedef struct { int64_t n; } hostile_text;
    static int hostile_text_step(kh_call *call, void *state) {
        (void)state;
        return kh_fail(call, -5, "%s", "\\xff\\xfe<&>\\"'\\x01\\x1b[31m ]]> # \\\\ \\xed\\xa0\\x80\\n  ...\\nok 9\\n end");
    }
    KH_KERNEL(hostile_text, .flags = KH_PURE | KH_FLAT, .params = KH_PARAMS(KH_PARAM(hostile_text, n, "")),
              .step = hostile_text_step);
    """
}
