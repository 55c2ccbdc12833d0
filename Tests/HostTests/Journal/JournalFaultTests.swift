import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// What can be wrong around a journal.
struct JournalFaultTests {
  private static let small = #"{"tasks": [{"kernel": "logistic_map", "sweep": {"r": [3.1, 3.2]}}]}"#

  @Test func aSecondHostIsRefused() throws {
    let study = try JournalStudy(
      #"{"tasks": [{"kernel": "sleep", "args": [60]}]}"#)
    let child = try study.start(["--events", "/dev/stderr"])
    try child.read { String(decoding: $0.standardError, as: UTF8.self).contains("planned") }
    let other = try study.run()
    #expect(
      other.end == .exit(2) && other.err.contains("in use by process \(child.id)"), "\(other.err)")
    // Also while the first one is stopped.
    child.send(SIGSTOP)
    #expect(try study.run().end == .exit(2))
    child.send(SIGCONT)
    child.send(SIGTERM)
    #expect(try child.finish().end == .exit(75))
    #expect(try study.segments.count == 1)
  }

  @Test func foldersOfOthersAreNotTouched() throws {
    let study = try JournalStudy(Self.small)
    try study.folder.write("mine", to: "notes.txt")
    let foreign = try study.run(usual: ["--journal", "."])
    #expect(foreign.end == .exit(2) && foreign.err.contains("is not a journal"))
    let file = try study.run(usual: ["--journal", "notes.txt"])
    #expect(file.end == .exit(2) && file.err.contains("is a file"))
    #expect(try Set(study.folder.names) == ["study.json", "ledger", "notes.txt"])
    let inside = try HostBinary.run(
      ["run", "--journal", "study.kh", "study.json"], folder: study.folder.path)
    #expect(inside.end == .exit(0))
    let conflict = try HostBinary.run(
      ["run", "--journal", "study.kh", "-o", "study.kh/r", "study.json"], folder: study.folder.path)
    #expect(conflict.end == .exit(2) && conflict.err.contains("is in the folder of a journal"))
  }

  /// Whatever a command writes is not written into a journal, nor in its place.
  @Test func outputsInsideAJournalAreRefused() throws {
    let study = try JournalStudy(Self.small)
    func refuse(_ words: [String], _ option: String) throws {
      let outcome = try HostBinary.run(words, folder: study.folder.path)
      #expect(
        outcome.end == .exit(2)
          && outcome.err.contains("option --\(option): \"")
          && outcome.err.contains("is in the folder of a journal"), "\(words): \(outcome.err)")
    }
    let run = ["run", "study.json", "--journal", "study.kh"]
    for path in ["study.kh", "study.kh/r"] { try refuse(run + ["-o", path], "output") }
    try refuse(["run", "study.json", "--journal", "study.kh/", "-o", "study.kh"], "output")
    #expect(try Set(study.folder.names) == ["study.json", "ledger"])
    #expect(try study.run().end == .exit(0))
    let before = try study.folder.read("study.kh/run.json")
    for option in ["output", "junit", "report", "events", "trace"] {
      try refuse(run + ["--\(option)", "study.kh/run.json"], option)
    }
    try refuse(["run", "study.json", "--events", "study.kh/lock"], "events")
    try refuse(["results", "study.kh", "-o", "study.kh/run.json"], "output")
    try refuse(["report", "study.kh", "-o", "study.kh/x.html"], "output")
    try FileManager.default.createSymbolicLink(
      atPath: study.folder.path("link"), withDestinationPath: "study.kh/new")
    try refuse(["results", "study.kh", "-o", "link"], "output")
    #expect(try study.folder.read("study.kh/run.json") == before)
    #expect(
      try FileManager.default.subpathsOfDirectory(
        atPath: study.folder.path("study.kh")
      ).count == 4)
    // A link to nothing is not a folder, and not a file either.
    try FileManager.default.createSymbolicLink(
      atPath: study.folder.path("dead"), withDestinationPath: "nowhere")
    let dead = try study.run(usual: ["--journal", "dead"])
    #expect(dead.end == .exit(2) && dead.err.contains("is a link to what does not exist"))
  }

  @Test(arguments: [
    ["--sync", "1"], ["--snapshot", "1"], ["--rerun", "failed"], ["--reuse", "x"],
  ])
  func optionsOfJournalsNeedOne(_ words: [String]) throws {
    let study = try JournalStudy(Self.small)
    let outcome = try study.run(words, usual: [])
    #expect(outcome.end == .exit(2) && outcome.err.contains("add --journal DIR"))
  }

  /// `--sync each` syncs each end, and not what `--sync 1000` leaves to the end.
  @Test(.enabled(if: Tool.path("strace") != nil, "no strace counts the syncs"))
  func eachEndIsSyncedOnDemand() throws {
    let study = try JournalStudy(
      #"{"tasks": [{"kernel": "sleep", "sweep": {"seconds": [0.01, 0.02, 0.03, 0.04, 0.05]}}]}"#
    )
    func syncs(_ name: String, _ words: [String]) throws -> Int {
      let outcome = try Child(
        Tool.path("strace") ?? "",
        [
          "-f", "-qq", "-e", "trace=fdatasync", "-o", name, HostBinary.path, "run", "-q", "-o", "r",
          "--journal", name + ".kh",
        ] + words + ["study.json"], folder: study.folder.path
      ).finish()
      #expect(outcome.end == .exit(0), "\(outcome.err)")
      return try study.folder.read(name).components(separatedBy: "fdatasync(").count - 1
    }
    let usual = try syncs("usual", ["--sync", "1000"])
    let each = try syncs("each", ["--sync", "each"])
    #expect(each >= usual + 3, "\(each) with each, \(usual) without")
  }

  /// The manifest is kept word for word, and must be the same one.
  @Test func aManifestFromStandardInputIsKept() throws {
    let folder = try TemporaryFolder()
    let words = ["run", "--journal", "s.kh", "--format", "tokens", "-"]
    let first = try HostBinary.run(words, input: Array(Self.small.utf8), folder: folder.path)
    #expect(first.end == .exit(0), "\(first.err)")
    let again = try HostBinary.run(words, input: Array(Self.small.utf8), folder: folder.path)
    #expect(again.end == .exit(0) && again.out == first.out)
    let other = try HostBinary.run(
      words, input: Array((Self.small + " ").utf8), folder: folder.path)
    #expect(other.end == .exit(2) && other.err.contains("is of other inputs"))
    #expect(try HostBinary.run(["results", "s.kh"], folder: folder.path).end == .exit(0))
  }

  /// A journal that is removed or moved while the run goes on stops it: nothing would be kept.
  @Test(arguments: ["removed", "moved"])
  func aJournalThatGoesAwayStopsTheRun(_ how: String) throws {
    let study = try JournalStudy.ledger("ledger_pure", count: 3000, pause: 0.02)
    let child = try study.start(["--live", "2", "--sync", "0.05"])
    try study.wait(child) { try study.begun.count >= 4 }
    let path = study.folder.path("study.kh")
    if how == "removed" {
      try FileManager.default.removeItem(atPath: path)
    } else {
      try FileManager.default.moveItem(atPath: path, toPath: study.folder.path("moved.kh"))
    }
    let outcome = try child.finish()
    #expect(outcome.end == .exit(3) && outcome.err.contains("the run stops"), "\(outcome.err)")
    #expect(outcome.err.contains("No such file or directory"), "\(outcome.err)")
    #expect(try study.begun.count < 3000 && !study.hasResults)
    if how == "removed" { return }
    // It goes on from where it is now.
    let status = try HostBinary.run(["status", "moved.kh"], folder: study.folder.path)
    #expect(status.end == .exit(0) && !status.out.hasPrefix("0 of"), "\(status.out)")
  }

  /// Without its lock another host could write the same journal. No call begins twice by that.
  @Test func withoutItsLockARunStops() throws {
    let study = try JournalStudy.ledger("ledger_once", count: 3000, pause: 0.02)
    let child = try study.start(["--live", "2", "--sync", "0.05"])
    try study.wait(child) { try study.begun.count >= 4 }
    try FileManager.default.removeItem(atPath: study.folder.path("study.kh/lock"))
    let outcome = try child.finish()
    #expect(outcome.end == .exit(3) && outcome.err.contains("study.kh/lock"), "\(outcome.err)")
    #expect(try study.run(["--time", "0.5", "--live", "2"]).end == .exit(75))
    let begun = try study.begun
    #expect(begun.count < 3000 && Set(begun).count == begun.count)
  }

  @Test func damageCostsTheDamagedRecord() throws {
    let study = try JournalStudy(Self.small)
    #expect(try study.run().end == .exit(0))
    let results = try study.folder.read("results")
    let name = "study.kh/" + (try study.segments[0])
    let text = try study.folder.read(name)
    try study.folder.write(text.replacing(#"{"c":1,"#, with: #"{"c":9,"#), to: name)
    let outcome = try study.run()
    #expect(
      outcome.end == .exit(0) && outcome.err.contains("the journal is damaged in 1 place"),
      "\(outcome.err)")
    #expect(withoutTimes(try study.folder.read("results")) == withoutTimes(results))
    let own = try study.folder.read("study.kh/" + (try study.segments[1])).lines
    #expect(own.count { $0.hasPrefix(#"{"c":"#) } == 1)
  }

  /// Without locks a second host could begin calls again: only pure ones are made.
  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func whereThereAreNoLocksNothingImpureBegins() throws {
    let study = try JournalStudy.ledger("ledger_once", count: 2)
    try study.folder.write(
      """
      #define _GNU_SOURCE
      #include <errno.h>
      #include <fcntl.h>
      #include <stdarg.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      int fcntl64(int file, int command, ...) {
        va_list rest;
        va_start(rest, command);
        long argument = va_arg(rest, long);
        va_end(rest);
        if (command >= F_OFD_GETLK && command <= F_OFD_SETLKW) { errno = ENOLCK; return -1; }
        return (int)syscall(SYS_fcntl, file, command, argument);
      }
      int fcntl(int file, int command, ...) __attribute__((alias("fcntl64")));
      """, to: "locks.c")
    let made = try Child(
      Plugins.compiler ?? "", ["-shared", "-fPIC", "-o", "locks.so", "locks.c"],
      folder: study.folder.path
    ).finish()
    #expect(made.end == .exit(0), "\(made.err)")
    func run(_ words: [String]) throws -> Outcome {
      try Child(
        "/usr/bin/env",
        ["LD_PRELOAD=" + study.folder.path("locks.so"), HostBinary.path, "run"] + words,
        folder: study.folder.path
      ).finish()
    }
    let impure = try run(["--journal", "once.kh", "study.json"])
    #expect(impure.end == .exit(2) && impure.err.contains("has no locks"), "\(impure.err)")
    #expect(try study.begun.isEmpty)
    try study.folder.write(Self.small, to: "pure.json")
    let pure = try run(["--journal", "pure.kh", "pure.json"])
    #expect(pure.end == .exit(0), "\(pure.err)")
    #expect(pure.err.contains("a second host on it is not refused"), "\(pure.err)")
  }

  /// A folder that cannot be written: nothing runs.
  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func aReadOnlyFolderIsRefused() throws {
    let study = try JournalStudy(Self.small)
    #expect(try study.run().end == .exit(0))
    unsafe chmod(study.folder.path("study.kh"), 0o555)
    defer { unsafe chmod(study.folder.path("study.kh"), 0o755) }
    let outcome = try study.run()
    #expect(outcome.end == .exit(3) && outcome.err.contains("nothing ran"))
  }

  /// The plan is not enumerated: not at the begin, and not at a stop.
  @Test func aPlanOfVeryManyCalls() throws {
    let study = try JournalStudy(
      #"{"tasks": [{"kernel": "logistic_map", "sweep": {"r": {"from": 3, "to": 4, "count": 1000000}, "x0": {"from": 0, "to": 1, "count": 1000000}}}]}"#
    )
    for _ in 0..<2 {
      let outcome = try study.run(["--time", "0.5"])
      #expect(outcome.end == .exit(75), "\(outcome.err)")
      #expect(outcome.err.contains("of 1,000,000,000,000 calls are recorded"))
    }
    let status = try HostBinary.run(["status", "study.kh"], folder: study.folder.path)
    #expect(status.out.contains("of 1,000,000,000,000 calls") && status.out.contains("stopped"))
  }

  /// A full disk stops the run, which says what is safe; nothing runs without its journal.
  @Test func whatCannotBeWrittenStopsTheRun() throws {
    let study = try JournalStudy(
      #"{"mode": "parallel", "jobs": 2, "tasks": [{"kernel": "logistic_map", "args": {"n": 20}, "sweep": {"r": {"from": 3, "to": 4, "count": 200000}}}]}"#
    )
    // Files of this process may have so many bytes: as a quota has it.
    let outcome = try Child(
      "/bin/sh",
      [
        "-c",
        "trap '' XFSZ; ulimit -f 512; exec \"$0\" run --isolation none --journal study.kh -q -o results study.json",
        HostBinary.path,
      ], folder: study.folder.path
    ).finish()
    #expect(outcome.end == .exit(3), "\(outcome.end) \(outcome.err)")
    #expect(outcome.err.contains("the run stops") && outcome.err.contains("recorded on the disk"))
    // No other number of records is told beside that.
    #expect(!outcome.err.contains("calls are recorded;"), "\(outcome.err)")
    #expect(!study.hasResults)
    let rest = try study.run(["--isolation", "none"])
    #expect(rest.end == .exit(0), "\(rest.err)")
    #expect(try study.folder.read("results").lines.count == 200_001)
  }
}
