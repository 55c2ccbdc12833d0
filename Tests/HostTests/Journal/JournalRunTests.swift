import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// `host run --journal`: the same line begins a run and goes on with it.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct JournalRunTests {
  private static let mixed = """
    {"mode": "parallel", "jobs": 2, "tasks": [
      {"name": "map", "kernel": "logistic_map", "sweep": {"r": {"from": 2.5, "to": 4, "count": 200}}},
      {"name": "bad", "kernel": "for_loop", "args": {"increment": 0}},
      {"name": "behind", "kernel": "for_loop", "args": {"max": 2}, "after": ["bad"]},
      {"name": "last", "kernel": "for_loop", "args": {"max": 2}, "after": ["behind"]},
      {"name": "mean", "kernel": "moments", "args": {"values": {"results": "map"}}}]}
    """

  @Test(arguments: ["text", "tokens", "jsonl", "json", "csv"])
  func resultsAreThoseOfARunWithoutAJournal(_ format: String) throws {
    let study = try JournalStudy(Self.mixed)
    let words = ["--format", format, "-q", "study.json"]
    let plain = try HostBinary.run(["run"] + words, folder: study.folder.path)
    let kept = try HostBinary.run(
      ["run", "--journal", "study.kh"] + words, folder: study.folder.path)
    #expect(plain.end == .exit(1) && kept.end == .exit(1))
    #expect(plain.err == kept.err)
    if format == "jsonl" {
      #expect(withoutTimes(plain.out) == withoutTimes(kept.out))
    } else if format == "tokens" || format == "text" {
      #expect(plain.out.lines.last == kept.out.lines.last)
    }
    let again = try HostBinary.run(
      ["run", "--journal", "study.kh"] + words, folder: study.folder.path)
    #expect(again.end == .exit(1) && again.out.lines.last == kept.out.lines.last)
    #expect(try study.segments.count == 2)
    let later = try HostBinary.run(
      ["results", "--format", format, "study.kh"], folder: study.folder.path)
    #expect(later.out.lines.last == kept.out.lines.last)
  }

  /// After a kill, the same line makes the rest: no call with a record runs again, and all tokens
  /// are those of a run without a break.
  @Test func afterAKillTheRestIsMade() throws {
    let study = try JournalStudy.ledger(
      "ledger_pure", count: 60, steps: 2, pause: 0.02, run: #", "mode": "parallel", "jobs": 2"#)
    let child = try study.start(["--live", "4"])
    try study.wait(child) { try study.begun.count >= 20 }
    child.send(SIGKILL)
    #expect(try child.finish().end == .signal(SIGKILL))
    #expect(!study.hasResults)
    let recorded = try study.journal.filter { $0.hasPrefix(#"{"c":"#) }.map { try JSON.object($0) }
      .compactMap { $0["c"] as? Int }
    #expect(!recorded.isEmpty && recorded.count < 60)
    let outcome = try study.run()
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    let begun = try study.begun
    for call in recorded { #expect(begun.count { $0 == call } == 1, "call \(call)") }
    #expect(Set(begun) == Set(0..<60))
    let records = try study.folder.read("results").callRecords
    #expect(records.map { $0["result"] as? Int } == (0..<60).map { $0 * $0 })
  }

  /// An impure call that began and has no end is lost, and says how to begin it on purpose.
  @Test func aCallThatMustNotBeginTwiceDoesNot() throws {
    let study = try JournalStudy.ledger("ledger_bound", count: 3, steps: 2, pause: 30)
    let child = try study.start()
    try study.wait(child) { try study.begun.count == 3 }
    child.send(SIGKILL)
    _ = try child.finish()
    let outcome = try study.run()
    #expect(outcome.end == .exit(1))
    #expect(try study.begun.count == 3)
    let records = try study.folder.read("results").callRecords
    #expect(records.map { $0["status"] as? String } == ["lost", "lost", "lost"])
    let error = records[1]["error"] as? [String: Any]
    #expect(
      (error?["message"] as? String)?.contains("--journal study.kh study.json --rerun 1..1") == true
    )
    // On purpose it does, and that one alone.
    let again = try study.start(["--rerun", "1..1"])
    try study.wait(again) { try study.begun.count == 4 }
    again.send(SIGTERM)
    // It ended between two steps, and that is its end: nothing is left.
    #expect(try again.finish().end == .exit(1))
    #expect(try study.begun.last == 1)
    let end = try study.folder.read("results").callRecords[1]
    #expect(end["status"] as? String == "cancelled")
  }

  /// Its number is on the disk before its first step.
  @Test func aBeginIsWrittenDownBeforeTheFirstStep() throws {
    let study = try JournalStudy.ledger("ledger_once", count: 1, pause: 30)
    let child = try study.start()
    try study.wait(child) { try !study.begun.isEmpty }
    #expect(try study.journal.contains { $0.hasPrefix(#"{"b":[0,0]"#) })
    child.send(SIGKILL)
    _ = try child.finish()
  }

  /// Where the journal is damaged, the begin of a call may have stood: it does not begin again.
  @Test(arguments: ["flip", "zeros", "gone", "removed"])
  func damageDoesNotBeginACallTwice(_ damage: String) throws {
    let study = try JournalStudy.ledger("ledger_bound", count: 3, steps: 2, pause: 30)
    let child = try study.start()
    try study.wait(child) { try study.begun.count == 3 }
    child.send(SIGKILL)
    _ = try child.finish()
    let name = "study.kh/" + (try #require(try study.segments.first))
    let lines = try study.folder.read(name).lines
    #expect(lines.contains { $0.hasPrefix(#"{"b":["#) })
    if damage == "removed" {
      try FileManager.default.removeItem(atPath: study.folder.path(name))
    }
    try study.folder.write(
      lines.compactMap { line in
        if !line.hasPrefix(#"{"b":["#) { return line }
        switch damage {
        case "flip": return line.replacing(#"{"b":["#, with: #"{"c":["#)
        case "zeros": return String(repeating: "\0", count: line.utf8.count)
        case "removed": return nil
        default: return "x"
        }
      }.joined(separator: "\n") + "\n",
      to: damage == "removed" ? "study.kh/000002-0123456789abcdef.jsonl" : name)
    let outcome = try study.run()
    #expect(outcome.end == .exit(1) && outcome.err.contains("the journal is damaged in"))
    #expect(try study.begun.count == 3)
    let records = try study.folder.read("results").callRecords
    #expect(records.map { $0["status"] as? String } == ["lost", "lost", "lost"])
    let message = (records[0]["error"] as? [String: Any])?["message"] as? String
    #expect(message?.contains("--rerun 0..0") == true, "\(message ?? "")")
    #expect(message?.contains("the journal is damaged where that may have been") == true)
  }

  /// A stopped run has no results, ends with 75, and loses no call that had not begun.
  @Test(arguments: [SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU, SIGINT])
  func signalsStopItSoThatItGoesOn(_ signal: Int32) throws {
    let study = try JournalStudy.ledger(
      "ledger_once", count: 40, steps: 2, pause: 0.05, run: #", "mode": "parallel", "jobs": 1"#)
    let child = try study.start(["--live", "2"])
    try study.wait(child) { try study.begun.count >= 4 }
    child.send(signal)
    let outcome = try child.finish()
    #expect(outcome.end == .exit(signal == SIGINT ? 130 : 75))
    #expect(outcome.err.contains("the same command goes on"))
    #expect(!study.hasResults)
    #expect(try study.journal.last?.hasPrefix(#"{"end":"stopped""#) == true)
    if signal != SIGTERM { return }
    let rest = try study.run(["--live", "40"])
    #expect(rest.end == .exit(0))
    #expect(try study.begun.sorted() == Array(0..<40))
  }

  /// A signal before the first call ends the host as a stop, or as any program.
  @Test func aStopBeforeTheRunIsAStop() throws {
    for delay in 0..<24 as Range<Int32> {
      let study = try JournalStudy(#"{"tasks": [{"kernel": "sleep", "args": [60]}]}"#)
      let child = try study.start()
      _ = poll(nil, 0, delay)
      child.send(SIGUSR1)
      let end = try child.finish().end
      #expect(end == .exit(75) || end == .signal(SIGUSR1), "after \(delay) ms: \(end)")
    }
  }

  @Test func itStopsInTime() throws {
    let study = try JournalStudy.ledger("ledger_pure", count: 2, pause: 60)
    let outcome = try study.run(["--time", "0.2"])
    #expect(outcome.end == .exit(75) && outcome.err.contains("the time of the run is over"))
    #expect(outcome.err.contains(": live calls end after their step; send a signal to end at once"))
    let other = try study.run(["--until", "@1000", "--stopped-exit", "9"])
    #expect(other.end == .exit(9))
    let wrong = try study.run(["--time", "soon"])
    #expect(wrong.end == .exit(2) && wrong.err.contains("expected a duration"))
  }

  /// Lanes give calls back that they have not begun, and others begin them. That they begin is
  /// written down once, and not at all by a run without time.
  @Test func beginsAreWrittenDownOnce() throws {
    let study = try JournalStudy.ledger(
      "ledger_once", count: 300, steps: 3, pause: 0.01, run: #", "mode": "parallel", "jobs": 3"#)
    let isBegin = { (line: String) in line.hasPrefix(#"{"b":"#) }
    #expect(try study.run(["--time", "0"]).end == .exit(75))
    #expect(try !study.journal.contains(where: isBegin) && study.begun.isEmpty)
    #expect(try study.run().end == .exit(0))
    let begins = try study.journal.filter(isBegin).flatMap { line -> [Int] in
      let calls = try JSON.object(line)["b"] as? [Int] ?? []
      return calls.count == 2 ? Array(calls[0]...calls[1]) : calls
    }
    #expect(begins.sorted() == Array(0..<300))
  }

  /// A call with which hosts have died three times runs alone, and is lost after one more.
  @Test func poisonIsLost() throws {
    let study = try JournalStudy.ledger("ledger_pure", count: 2, pause: 30)
    for deaths in 1...4 {
      let child = try study.start()
      // Alone, the first one alone begins.
      try study.wait(child) {
        try study.begun.count >= (deaths == 4 ? 7 : 2 * deaths)
          && study.lastSegment.contains { $0.hasPrefix(#"{"l":"#) }
      }
      child.send(SIGKILL)
      _ = try child.finish()
    }
    #expect(try study.begun.suffix(1) == [0])
    let child = try study.start()
    try study.wait(child) { try study.begun.count == 8 && study.begun.last == 1 }
    #expect(try study.begun.last == 1)
    child.send(SIGTERM)
    #expect(try child.finish().end == .exit(75))
    #expect(try study.journal.contains { $0.contains("the host died 4 times") })
  }

  @Test func failedCallsRunAgainOnDemand() throws {
    let study = try JournalStudy(Self.mixed)
    #expect(try study.run().end == .exit(1))
    let again = try study.run(["--rerun", "failed"])
    #expect(again.end == .exit(1))
    let last = try study.folder.read("study.kh/" + (try study.segments.last ?? ""))
    #expect(last.lines.filter { $0.hasPrefix(#"{"c":"#) }.count == 3, "\(last)")
    let named = try study.run(["--rerun", "mean"])
    #expect(named.end == .exit(1))
    let wrong = try study.run(["--rerun", "men"])
    #expect(wrong.end == .exit(2) && wrong.err.contains("option --rerun"))
  }

  /// A failure in an earlier process skips what waits for it, with the same words.
  @Test func failuresOfEarlierProcessesSkipOthers() throws {
    let study = try JournalStudy(Self.mixed)
    let plain = try HostBinary.run(
      ["run", "--format", "jsonl", "-q", "study.json"], folder: study.folder.path)
    #expect(try study.run(["--only", "bad", "--only", "map"]).end == .exit(1))
    #expect(try study.run().end == .exit(1))
    #expect(withoutTimes(try study.folder.read("results")) == withoutTimes(plain.out))
  }

  @Test func haltCountsEarlierFailures() throws {
    let study = try JournalStudy(Self.mixed)
    #expect(try study.run(["--only", "bad"]).end == .exit(1))
    let outcome = try study.run(["--halt", "1"])
    #expect(outcome.end == .exit(1))
    let records = try study.folder.read("results").callRecords
    #expect(records.count == 204)
    #expect(try study.run().end == .exit(1))
    #expect(
      try study.folder.read("results").callRecords.count { $0["status"] as? String == "ok" } == 201)
  }

  /// Only points that are new run, wherever the others stood.
  @Test func tokensOfASmallerStudyAreTaken() throws {
    let study = try JournalStudy(
      #"{"tasks": [{"kernel": "logistic_map", "sweep": {"r": {"from": 3, "to": 4, "count": 11}}}]}"#
    )
    #expect(try study.run().end == .exit(0))
    try study.folder.write(
      #"{"tasks": [{"kernel": "logistic_map", "sweep": {"r": {"from": 3, "to": 4, "count": 101}}}]}"#,
      to: "study.json")
    let refused = try study.run()
    #expect(refused.end == .exit(2) && refused.err.contains("is of other inputs"))
    let grown = try study.run(
      ["--reuse", "study.kh"],
      usual: ["--journal", "grown.kh", "--format", "jsonl", "-o", "results"])
    #expect(grown.end == .exit(0) && grown.err.contains("11 calls of 101 taken"), "\(grown.err)")
    let records = try study.folder.read("results").callRecords
    #expect(records.count == 101)
    // The results say which of them another run has made, also when they are written again.
    let id = try #require(
      study.folder.read("study.kh/run.json").firstMatch(of: /"run":"([0-9a-f]{16})"/)
    ).1
    #expect(records.count { $0["from"] as? String == String(id) } == 11)
    let again = try HostBinary.run(
      ["results", "grown.kh", "--format", "jsonl"], folder: study.folder.path)
    #expect(again.out.components(separatedBy: "\"from\":\"\(id)\"").count == 12)
  }

  /// What a run shows beside its results is of the whole run, whichever process made the calls.
  @Test func reportsOfARunThatWentOnAreOfAllItsCalls() throws {
    let study = try JournalStudy(
      #"{"tasks": [{"kernel": "logistic_map", "sweep": {"r": {"from": 3, "to": 4, "count": 9}}}]}"#
    )
    #expect(try study.run(["--calls", "2..5"]).end == .exit(0))
    let second = try study.run(["--junit", "junit.xml", "--report", "report.html"])
    #expect(second.end == .exit(0), "\(second.err)")
    let junit = try study.folder.read("junit.xml")
    #expect(junit.contains("tests=\"9\""))
    #expect(junit.components(separatedBy: "<testcase ").count == 10)
    let page = try study.folder.read("report.html")
    #expect(page.contains("\"count\":9") || page.contains("9 calls"), "\(page.suffix(3000))")
    // When all is done, too.
    #expect(try study.run(["--junit", "again.xml"]).end == .exit(0))
    let again = try study.folder.read("again.xml")
    #expect(again.components(separatedBy: "<testcase ").count == 10)
  }
}
