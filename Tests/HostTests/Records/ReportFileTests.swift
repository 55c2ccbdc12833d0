import Foundation
import FoundationXML
import KernelHostTestSupport
import Testing

/// `--trace`, `--junit` and `--format tap`: each against what its readers take for granted.
struct ReportFileTests {
  /// Calls of every length, failures, and more at a time than a lane has rows.
  private static let many = """
    [{"kernel": "primes", "args": {"limit": 1000}, "repeat": 60},
     {"kernel": "sleep", "args": [0.01], "repeat": 60},
     {"name": "bad", "kernel": "for_loop", "args": {"increment": 0}, "repeat": 3,
      "retries": {"times": 1}},
     {"name": "late", "kernel": "sleep", "args": [1000], "timeout": 0.02}]
    """

  // MARK: Traces

  /// The rules of Chrome's trace event format that viewers rely on.
  private func checkTrace(_ text: String) throws -> [[String: Any]] {
    let trace = try JSON.object(text)
    let events = try #require(trace["traceEvents"] as? [[String: Any]])
    var slices: [Int: [(from: Double, to: Double)]] = [:]
    var named: Set<Int> = []
    var open: [String: Double] = [:]
    for event in events {
      let phase = try #require(event["ph"] as? String)
      let row = try #require(event["tid"] as? Int)
      #expect(event["pid"] as? Int == 1 && event["name"] is String, "\(event)")
      if phase == "M" {
        if event["name"] as? String == "thread_name" { #expect(named.insert(row).inserted) }
        continue
      }
      let time = try #require(event["ts"] as? Double)
      #expect(time >= 0 && event["cat"] is String)
      switch phase {
      case "X":
        let length = try #require(event["dur"] as? Double)
        #expect(length >= 0)
        slices[row, default: []].append((time, time + length))
      case "i": #expect(["t", "p"].contains(event["s"] as? String))
      case "b":
        #expect(open.updateValue(time, forKey: try #require(event["id"] as? String)) == nil)
      case "e":
        let began = open.removeValue(forKey: try #require(event["id"] as? String))
        #expect(try #require(began) <= time)
      default: Issue.record("no event of ours: \(event)")
      }
      #expect(named.contains(row) || phase == "i" && event["s"] as? String == "p", "\(event)")
    }
    #expect(open.isEmpty)
    for row in slices.values {
      let sorted = row.sorted { $0.from < $1.from }
      for (one, next) in zip(sorted, sorted.dropFirst()) {
        #expect(one.to <= next.from + 0.0005, "slices of one row overlap: \(one) \(next)")
      }
    }
    return events
  }

  @Test(arguments: [[], ["-j", "2"], ["--isolation", "call"], ["--isolation", "none"]])
  func traceIsOneThatViewersTake(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.many, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "--format", "jsonl", "-o", "out", "--trace", "t.json"] + arguments,
      folder: folder.path)
    #expect(run.end == .exit(1), "\(run.err)")
    let events = try checkTrace(try folder.read("t.json"))
    let calls = events.filter { ["X", "b"].contains($0["ph"] as? String) }
    let marks = events.filter { $0["ph"] as? String == "i" }.compactMap { $0["name"] as? String }
    // 124 calls, 3 of which had two attempts.
    #expect(calls.count == 127)
    #expect(marks.count { $0.hasPrefix("retry") } == 3 && marks.contains("timeout (call 123)"))
    let arguments = calls.compactMap { $0["args"] as? [String: Any] }
    #expect(Set(arguments.compactMap { $0["call"] as? Int }) == Set(0..<124))
    #expect(arguments.count { $0["status"] as? String == "error" } == 6)
    #expect(arguments.contains { $0["task"] as? String == "late" })
  }

  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func crashesAreMarked() throws {
    let plugins = try ["neighbours.c", "hostile/memory.c"].map { try Plugins.library($0) }
    let run = try Invocation(
      """
      { "plugins": ["\(plugins[0])", "\(plugins[1])"], "tasks": [
        { "kernel": "good_heap", "args": { "steps": 100000 } },
        { "kernel": "null_write", "args": { "at": 3 } } ] }
      """, "--format", "jsonl", "-o", "out", "--trace", "t.json")
    let events = try checkTrace(try run.folder.read("t.json"))
    let names = events.compactMap { $0["name"] as? String }
    #expect(
      names.count { $0 == "crash: SIGSEGV (call 1)" } == 2 && names.contains("restart (call 0)"))
  }

  /// Complete or absent: also where the run never began, or was killed.
  @Test func noHalfTrace() throws {
    let run = try Invocation(Sample.mixed, "-o", "no/such", "--trace", "t.json", "--junit", "j.xml")
    #expect(run.outcome.end == .exit(3))
    #expect(try run.folder.names == ["m.json"])
    let full = try Invocation(
      Sample.mixed, "--format", "tokens", "-o", "out", "--trace", "/dev/full", "--junit", "j.xml")
    #expect(
      full.outcome.end == .exit(3) && full.outcome.err.contains("write the trace to /dev/full"))
    #expect(try full.folder.names == ["j.xml", "m.json", "out"])
    #expect(try full.folder.read("out").lines.count == 3)
  }

  /// Ten times the calls take no more memory, with all that observes them: the host waits to
  /// write events while it is looked at.
  @Test func memoryIsThatOfAFewCalls() throws {
    let peaks = try [10_000, 100_000].map { calls in
      let folder = try TemporaryFolder()
      try folder.write(
        #"[{"kernel": "logistic_map", "args": {"n": 1}, "repeat": \#(calls)}]"#, to: "m.json")
      let child = try HostBinary.start(
        ["m.json", "--live", "1000", "--format", "tokens", "-o", "/dev/null", "--summary"]
          + ["--trace", "t.json", "--junit", "j.xml", "--events", "-"], folder: folder.path)
      try child.read { $0.standardOutput.count > calls * 250 }
      let status = try String(contentsOfFile: "/proc/\(child.id)/status", encoding: .utf8)
      let line = try #require(status.lines.first { $0.hasPrefix("VmHWM:") })
      #expect(try child.finish().end == .exit(0))
      return try #require(Int(line.filter { $0.isNumber }))
    }
    #expect(peaks[1] < peaks[0] + 16 << 10, "\(peaks) kB")
  }

  // MARK: JUnit

  /// Reads XML with libxml2: what is not well-formed ends it.
  private final class Elements: NSObject, XMLParserDelegate {
    var elements: [(name: String, attributes: [String: String])] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      elements.append((name, attributes))
    }

    static func read(_ text: String) throws -> Elements {
      let parser = XMLParser(data: Data(text.utf8))
      let elements = Elements()
      parser.delegate = elements
      #expect(parser.parse(), "\(String(describing: parser.parserError)) in \(text.prefix(500))")
      return elements
    }

    func all(_ name: String) -> [[String: String]] {
      elements.filter { $0.name == name }.map { $0.attributes }
    }
  }

  @Test func junitHasEveryCall() throws {
    let run = try Invocation(Self.many, "--format", "tokens", "-o", "out", "--junit", "j.xml")
    let xml = try Elements.read(try run.folder.read("j.xml"))
    let suite = try #require(xml.all("testsuite").first)
    #expect(suite["name"] == "m.json" && suite["tests"] == "124")
    #expect(suite["failures"] == "3" && suite["errors"] == "1" && suite["skipped"] == "0")
    #expect(Double(suite["time"] ?? "") != nil && suite["timestamp"]?.count == 19)
    let cases = xml.all("testcase")
    #expect(cases.count == 124 && Set(cases.compactMap { $0["name"] }).count == 124)
    #expect(cases.map { $0["name"]?.split(separator: " ")[1] } == (0..<124).map { "\($0)"[...] })
    #expect(cases[0]["classname"] == "primes" && Double(cases[0]["time"] ?? "") != nil)
    #expect(xml.all("failure").map { $0["type"] } == ["EINVAL", "EINVAL", "EINVAL"])
    #expect(xml.all("error").map { $0["type"] } == ["ETIMEDOUT"])
  }

  /// A pipe has no beginning to be written again: the counts are left out.
  @Test func junitToAPipe() throws {
    let run = try Invocation(
      Sample.mixed, "--format", "tokens", "-o", "out", "--junit", "/dev/stderr")
    let lines = run.outcome.err.lines
    let begin = try #require(lines.firstIndex { $0.hasPrefix("<?xml") })
    let end = try #require(lines.lastIndex { $0 == "</testsuites>" })
    let text = lines[begin...end].filter { !$0.hasPrefix("Looping") && Int($0) == nil }
    let xml = try Elements.read(text.joined(separator: "\n"))
    #expect(xml.all("testcase").count == 3 && xml.all("testsuite")[0]["failures"] == nil)
  }

  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func hostileTextsInXMLAndTraces() throws {
    let folder = try TemporaryFolder()
    try folder.write(HostileText.kernel, to: "hostile.c")
    try folder.write(HostileText.manifest, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "--format", "tap", "--trace", "t.json", "--junit", "j.xml", "--summary"],
      folder: folder.path)
    #expect(run.end == .exit(1), "\(run.err)")
    let xml = try Elements.read(try folder.read("j.xml"))
    #expect(xml.all("testcase").count == 2)
    #expect(
      xml.all("failure")[0]["message"]?.hasPrefix("EIO: \u{FFFD}\u{FFFD}<&>\"'\u{FFFD}") == true)
    _ = try checkTrace(try folder.read("t.json"))
    // Nothing in the stream of tests, nor in what is said, that a kernel made up.
    let points = run.out.lines.filter { $0.hasPrefix("ok") || $0.hasPrefix("not ok") }
    #expect(points.count == 2 && points.allSatisfy { $0.hasPrefix("not ok") }, "\(run.out)")
    #expect(!run.err.contains("\u{1B}") && !run.err.contains("\u{202E}"))
  }

  // MARK: TAP

  @Test func tapHasAPointForEachCall() throws {
    let run = try Invocation(Sample.mixed, "--format", "tap", "-q")
    #expect(run.outcome.end == .exit(1))
    #expect(
      run.lines.map { $0.hasPrefix("  seconds: ") ? "  seconds: S" : $0 } == [
        "TAP version 13", "1..3", "ok 1 - for_loop", #"not ok 2 - no, "way""#, "  ---",
        #"  message: "EINVAL: increment must not be 0""#, "  status: error",
        #"  name: "EINVAL""#, "  call: 1", "  attempts: 1", "  steps: 0", "  seconds: S",
        "  ...", "ok 3 - last",
      ])
    let none = try Invocation("[]", "--format", "tap")
    #expect(none.lines == ["TAP version 13", "1..0 # SKIP no calls"])
  }

  static let prove = ["/usr/bin/prove", "/usr/local/bin/prove"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// Perl's own harness reads it.
  @Test(.enabled(if: prove != nil, "no prove, Perl's test harness, on this machine"))
  func proveTakesTap() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.many, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "--format", "tap", "-o", "all.tap"], folder: folder.path)
    #expect(run.end == .exit(1))
    let verdict = try Child(
      try #require(Self.prove), ["--exec", "cat", "all.tap"], folder: folder.path
    ).finish()
    #expect(verdict.out.contains("Failed 4/124 subtests"), "\(verdict.out) \(verdict.err)")
    #expect(verdict.out.contains("121-124") && !verdict.out.contains("Parse errors"))
  }
}
