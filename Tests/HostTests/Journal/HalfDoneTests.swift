import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// Half-done calls of a run with a journal, which the next process continues.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct HalfDoneTests {
  private static let both = [("long_pure", 2), ("long_once", 2)]

  /// After stops nothing is done twice: no start, no step, no finish, whichever the kernel is.
  @Test(arguments: [1, 2])
  func aStopLosesNothing(_ lanes: Int) throws {
    let long = try LongStudy(Self.both, run: #", "mode": "parallel", "jobs": \#(lanes)"#)
    for (step, signal) in [(5, SIGTERM), (12, SIGXCPU)] {
      let outcome = try long.run(to: step, 0..<4, signal)
      #expect(outcome.end == .exit(75), "\(outcome.err)")
      #expect(outcome.err.contains("0 of 4 calls are recorded; the same command goes on"))
      #expect(!outcome.err.contains("not ok"))
      let status = try HostBinary.run(["status", "study.kh"], folder: long.study.folder.path)
      #expect(status.out.contains("half-done: 4\n"), "\(status.out)")
      let json = try HostBinary.run(
        ["status", "--json", "study.kh"], folder: long.study.folder.path)
      #expect(json.out.contains("\"half_done\":4,"))
    }
    let last = try long.study.run()
    #expect(last.end == .exit(0), "\(last.err)")
    #expect(try long.results().map { $0.isWhole } == [true, true, true, true])
    #expect(try long.counts("b", 0..<4) == [1, 1, 1, 1])
    #expect(try long.counts("", 0..<4) == [30, 30, 30, 30])
    #expect(try long.counts("f", 0..<4) == [1, 1, 1, 1])
    #expect(try long.snapshots.isEmpty)
    let status = try HostBinary.run(["status", "study.kh"], folder: long.study.folder.path)
    #expect(!status.out.contains("half-done"))
  }

  /// A stop that comes while calls are restored keeps them, too; and so does one before that.
  @Test func aStopAtTheBeginLosesNothing() throws {
    let long = try LongStudy(Self.both, pause: 0.002)
    #expect(try long.run(to: 3, 0..<4, SIGTERM).end == .exit(75))
    for time in ["0", "0.001", "0.01"] {
      #expect(try long.study.run(["--time", time]).end == .exit(75))
    }
    #expect(try long.study.run().end == .exit(0))
    #expect(try long.results().allSatisfy { $0.isWhole })
    #expect(try long.counts("b", 0..<4) == [1, 1, 1, 1])
    #expect(try long.counts("", 0..<4) == [30, 30, 30, 30])
  }

  /// After kills, also while it goes on, pure calls go on from their last copies: they do not begin
  /// again, and only the steps since then are done again.
  @Test func killsCostTheStepsSinceTheLastCopy() throws {
    let long = try LongStudy([("long_pure", 3)], steps: 60, pause: 0.005)
    var killed = 0
    for _ in 0..<5 {
      let child = try long.study.start(["--snapshot", "0.02"])
      let before = try long.counts("", 0..<3).reduce(0, +)
      try long.study.wait(child) {
        let hasCopy = try !long.snapshots.isEmpty
        return try hasCopy && long.counts("", 0..<3).reduce(0, +) >= before + 24
      }
      child.send(SIGKILL)
      #expect(try child.finish().end == .signal(SIGKILL))
      killed += 1
    }
    // Five deaths of hosts, and no call is to blame: each has got on.
    let last = try long.study.run()
    #expect(last.end == .exit(0), "\(last.err)")
    #expect(try long.results().allSatisfy { $0.isWhole })
    #expect(try long.counts("b", 0..<3) == [1, 1, 1])
    let steps = try long.counts("", 0..<3)
    #expect(steps.allSatisfy { $0 >= 60 && $0 < 60 + killed * 60 }, "\(steps)")
    #expect(steps.reduce(0, +) < 3 * 60 + killed * 3 * 20, "\(steps)")
  }

  /// A call that must not begin twice goes on after a stop, and is lost if the host is killed then.
  @Test(arguments: ["off", "0.02"])
  func impureCallsGoOnOnce(_ interval: String) throws {
    let long = try LongStudy([("long_once", 2)], steps: 40)
    #expect(try long.run(to: 3, 0..<2, SIGTERM).end == .exit(75))
    // Before a copy of its own, too: that it goes on is on the disk before it does.
    #expect(try long.run(to: 6, 0..<2, SIGKILL, ["--snapshot", interval]).end == .signal(SIGKILL))
    let last = try long.study.run()
    #expect(last.end == .exit(1))
    let records = try long.results().map { $0.record }
    #expect(records.map { $0["status"] as? String } == ["lost", "lost"])
    let message = (records[1]["error"] as? [String: Any])?["message"] as? String
    #expect(message?.contains("--journal study.kh study.json --rerun 1..1") == true)
    #expect(try long.counts("b", 0..<2) == [1, 1])
    // On purpose it begins again, and not from a copy.
    #expect(try long.study.run(["--rerun", "lost"]).end == .exit(0))
    #expect(try long.counts("b", 0..<2) == [2, 2])
    #expect(try long.results().allSatisfy { $0.isWhole })
  }

  /// Nor does it go on where it cannot, and the message says so.
  @Test func impureCallsThatCannotGoOnAreLost() throws {
    let long = try LongStudy([("long_once", 1)], steps: 40)
    #expect(try long.run(to: 3, 0..<1, SIGTERM).end == .exit(75))
    #expect(try long.study.run(["--isolation", "call"]).end == .exit(1))
    let record = try long.results()[0].record
    let message = (record["error"] as? [String: Any])?["message"] as? String
    #expect(message?.contains("half done when the host stopped") == true, "\(record)")
    #expect(try long.count("b", 0) == 1)
  }

  /// What the command line does not choose stays half done.
  @Test func callsThatAreNotSelectedStayHalfDone() throws {
    let long = try LongStudy(Self.both)
    #expect(try long.run(to: 3, 0..<4, SIGTERM).end == .exit(75))
    #expect(try long.study.run(["--only", "long_pure"]).end == .exit(0))
    #expect(try long.counts("", 0..<2) == [30, 30])
    let status = try HostBinary.run(["status", "study.kh"], folder: long.study.folder.path)
    #expect(status.out.contains("half-done: 4\n") || status.out.contains("half-done: 2\n"))
    #expect(try long.study.run().end == .exit(0))
    #expect(try long.results().allSatisfy { $0.isWhole })
    #expect(try long.counts("b", 0..<4) == [1, 1, 1, 1])
    #expect(try long.counts("", 2..<4) == [30, 30])
  }

  /// A call that is to run again begins again, also if its copy is still there.
  @Test func aRerunBeginsAnew() throws {
    let long = try LongStudy([("long_pure", 1)])
    #expect(try long.run(to: 3, 0..<1, SIGTERM).end == .exit(75))
    #expect(try long.study.run(["--rerun", "0..0"]).end == .exit(0))
    #expect(try long.count("b", 0) == 2)
    #expect(try long.results()[0].isWhole)
  }

  /// A host that died while it wrote a file: the older one counts, and the note names the other.
  /// Files of other runs do not count.
  @Test func damagedAndForeignFilesAreNamed() throws {
    let long = try LongStudy([("long_pure", 2)], steps: 60)
    let child = try long.study.start(["--snapshot", "0.02"])
    try long.study.wait(child) {
      let hasBoth = try long.snapshots.count == 2
      return try hasBoth && long.counts("", 0..<2).allSatisfy { $0 > 20 }
    }
    child.send(SIGKILL)
    _ = try child.finish()
    let paths = try long.snapshots.map { long.study.folder.path("study.kh/" + $0) }
    let newest = try paths.max { try Self.number($0) < Self.number($1) } ?? ""
    var bytes = try Data(contentsOf: URL(filePath: newest))
    bytes.removeLast(bytes.count / 3)
    try bytes.write(to: URL(filePath: newest))
    let other = try LongStudy([("long_pure", 1)])
    #expect(try other.run(to: 3, 0..<1, SIGTERM).end == .exit(75))
    try FileManager.default.copyItem(
      atPath: other.study.folder.path("study.kh/snapshot-0-a"),
      toPath: long.study.folder.path("study.kh/snapshot-5-a"))
    let last = try long.study.run()
    #expect(last.end == .exit(0))
    let name = (newest as NSString).lastPathComponent
    #expect(last.err.contains("\(name)\" is ignored: it was not written to its end"), "\(last.err)")
    #expect(last.err.contains("snapshot-5-a\" is ignored: it is of another run"), "\(last.err)")
    #expect(try long.counts("b", 0..<2) == [1, 1])
    #expect(try long.results().allSatisfy { $0.isWhole })
    #expect(try long.snapshots == ["snapshot-5-a"])
  }

  /// The number of a file among those of its lane.
  private static func number(_ path: String) throws -> UInt64 {
    try Data(contentsOf: URL(filePath: path))[24..<32].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The last copies cannot be written: the journal says how the calls ended, as without them.
  @Test func copiesThatCannotBeWrittenCostNoRecord() throws {
    let long = try LongStudy([("long_pure", 1), ("long_once", 1)])
    let child = try long.study.start(["--snapshot", "off"])
    try long.study.wait(child) { try long.counts("", 0..<2).allSatisfy { $0 > 2 } }
    for side in ["a", "b"] {
      try FileManager.default.createDirectory(
        atPath: long.study.folder.path("study.kh/snapshot-0-\(side)"),
        withIntermediateDirectories: false)
    }
    child.send(SIGTERM)
    let outcome = try child.finish()
    #expect(outcome.end == .exit(75) && outcome.err.contains("1 of 2 calls are recorded"))
    #expect(outcome.err.contains("cannot write a snapshot to"), "\(outcome.err)")
    #expect(outcome.err.contains("half-done calls go on from where the last file has them"))
    #expect(try long.study.run().end == .exit(1))
    #expect(try long.counts("b", 0..<2) == [2, 1])
    let records = try long.results()
    #expect(records[0].isWhole && records[1].record["status"] as? String == "cancelled")
  }

  /// A kernel that is not flat as it says is named once, and its calls begin again.
  @Test func aKernelThatIsNotFlatBeginsAgain() throws {
    let long = try LongStudy([("long_liar", 2), ("long_pure", 1)])
    let child = try long.study.start(["--snapshot", "0.02"])
    try long.study.wait(child) {
      let hasCopy = try !long.snapshots.isEmpty
      return try hasCopy && long.counts("", 0..<3).allSatisfy { $0 > 8 }
    }
    child.send(SIGTERM)
    let outcome = try child.finish()
    let warnings = outcome.err.lines.filter { $0.contains("KH_FLAT") }
    #expect(warnings.count == 1 && warnings[0].contains("kernel long_liar "), "\(outcome.err)")
    #expect(warnings.first?.contains("of its state is a pointer") == true)
    #expect(try long.study.run().end == .exit(0))
    #expect(try long.counts("b", 0..<3) == [2, 2, 1])
    #expect(try long.results().allSatisfy { $0.isWhole })
  }

  /// What a call printed before a stop is not printed again.
  @Test func printsAreShownOnce() throws {
    let long = try LongStudy([("long_pure", 2)], isLoud: true)
    let usual = ["--journal", "study.kh", "--format", "text"]
    let child = try long.study.start(usual: usual)
    try long.study.wait(child) { try long.counts("", 0..<2).allSatisfy { $0 > 4 } }
    child.send(SIGTERM)
    let first = try child.finish()
    let second = try long.study.run(usual: usual)
    let lines = (first.out + second.out).lines.filter { $0.hasPrefix("call ") }
    let wanted = (1...30).flatMap { step in (0..<2).map { "call \($0) step \(step)" } }
    #expect(lines.sorted() == wanted.sorted())
    #expect(first.out.contains("step 1") && second.out.contains("step 30"))
  }

  /// A status reads what the files begin and end with, however much they have in between.
  @Test func aStatusReadsLittle() throws {
    let long = try LongStudy([("long_pure", 2)])
    #expect(try long.run(to: 3, 0..<2, SIGTERM).end == .exit(75))
    let folder = long.study.folder
    // What the lane knows of its calls is 40 MB now, and there are as many bytes of old records.
    let name = "study.kh/" + (try #require(try long.snapshots.first))
    var bytes = try Data(contentsOf: URL(filePath: folder.path(name)))
    let size = bytes[56..<64].reversed().reduce(0) { $0 << 8 | Int($1) } + 40_000_000
    for index in 0..<8 { bytes[56 + index] = UInt8(truncatingIfNeeded: size >> (8 * index)) }
    bytes += Data(count: 40_000_000)
    try bytes.write(to: URL(filePath: folder.path(name)))
    let segment = "study.kh/" + (try #require(try long.study.segments.first))
    var lines = try Data(contentsOf: URL(filePath: folder.path(segment)))
    let end = try #require(lines.firstIndex(of: 10)) + 1
    lines.insert(contentsOf: Data(repeating: 10, count: 40_000_000), at: end)
    try lines.write(to: URL(filePath: folder.path(segment)))
    let outcome = try Child(
      "/bin/sh", ["-c", "\"$0\" status study.kh && cat /proc/$$/io", HostBinary.path],
      folder: folder.path
    ).finish()
    #expect(outcome.out.contains("half-done: 2\n"), "\(outcome.out) \(outcome.err)")
    // The shell's own account has that of the children that it waited for.
    let read = outcome.out.firstMatch(of: /rchar: ([0-9]+)/).flatMap { Int($0.1) } ?? .max
    #expect(read < 4_000_000, "\(read)")
  }

  @Test func snapshotTakesSecondsOrOff() throws {
    let long = try LongStudy([("long_pure", 1)], steps: 1)
    for words in [["--snapshot", "often"], ["--snapshot", "-1"]] {
      let wrong = try long.study.run(words)
      #expect(wrong.end == .exit(2) && wrong.err.contains("expected a number of seconds"))
    }
    let alone = try long.study.run(["--snapshot", "5"], usual: [])
    #expect(alone.end == .exit(2) && alone.err.contains("add --journal DIR"))
    #expect(try long.study.run(["--snapshot", "0"]).end == .exit(0))
  }
}
