import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// What can go wrong with shards.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct ShardFaultTests {
  @Test(arguments: [
    (["--shard", "4/4"], "expected i/n with i from 0"), (["--shard", "x"], "3,7,9-12/64"),
    (["--shard", "0/4", "--format", "csv"], "option --format has no effect with --shard"),
    (["--shard", "0/4", "-o", "x"], "option --output has no effect with --shard"),
    (["--shard", "0/4", "--dry-run"], "remove --shard"),
    (["--reshard", "4"], "option --reshard is for a shard"),
    (["--deal", "block"], "option --deal is for a shard"),
    (["--explain-shard"], "option --explain-shard is for a shard"),
    (["--shard", "0/4", "--reshard", "5"], "write the same number in both"),
    (["--shard", "0/4", "--deal", "strid"], "did you mean"),
  ])
  func wrongLinesAreRefused(_ words: [String], _ message: String) throws {
    let study = try JournalStudy(JournalStudy.mixed)
    let outcome = try study.run(words, usual: ["--journal", "study.kh"])
    #expect(outcome.end == .exit(2) && outcome.err.contains(message), "\(outcome.err)")
    #expect(try study.folder.names.sorted() == ["ledger", "study.json"])
  }

  @Test func shardsNeedAJournal() throws {
    let study = try JournalStudy(JournalStudy.mixed)
    let outcome = try study.run(["--shard", "0/4"], usual: [])
    #expect(outcome.end == .exit(2) && outcome.err.contains("add --journal DIR"), "\(outcome.err)")
  }

  /// A second host on a shard is refused, and one on the whole run; one on another shard is not.
  @Test func aShardHasOneHost() throws {
    let study = try JournalStudy.ledger("ledger_once", count: 8, pause: 60)
    let child = try study.start([], usual: JournalStudy.ofShard("1/4"))
    try study.wait(child) { try study.begun.count == 2 }
    let second = try study.shard("1/4")
    #expect(
      second.end == .exit(75)
        && second.err.contains(
          "shard 1 of the journal \"study.kh\" is in use by process \(child.id)"),
      "\(second.err)")
    let several = try study.shard("0-3/4")
    #expect(several.end == .exit(75) && several.err.contains("shard 1 of the journal"))
    let whole = try study.run()
    #expect(whole.end == .exit(2) && whole.err.contains("shard 1 of the journal"), "\(whole.err)")
    let finish = try study.host("finish", "study.kh")
    #expect(finish.end == .exit(2) && finish.err.contains("in use by other processes"))
    let anew = try study.shard("0/2", ["--reshard", "2"])
    #expect(anew.end == .exit(75) && anew.err.contains("shard 1 of the journal"), "\(anew.err)")
    #expect(try study.shard("1/4", ["--stopped-exit", "99"]).end == .exit(99))
    let status = try study.host("status", "study.kh")
    #expect(
      status.out.contains("shard 1: 0 of 2 (0%), running, process \(child.id) on"), "\(status.out)")
    #expect(status.out.contains("4 shards, 3 not begun"))
    let json = try JSON.object(try study.host("status", "--json", "study.kh").out)
    let shards = json["shards"] as? [[String: Any]]
    #expect(shards?.count == 1 && shards?[0]["state"] as? String == "running")
    #expect(json["state"] as? String == "running" && json["shard_count"] as? Int == 4)
    #expect(try study.shard("3/4", ["--time", "0"]).end == .exit(75))
    child.send(SIGTERM)
    // The calls are half done: they have no token, and the next process goes on with them.
    #expect(try child.finish().end == .exit(75))
    #expect(try study.recorded.isEmpty)
    #expect(try study.host("status", "study.kh").out.contains("half-done: 2"))
  }

  /// While the whole run goes on, its shards are refused.
  @Test func aWholeRunHasNoShards() throws {
    let study = try JournalStudy.ledger("ledger_pure", count: 2, pause: 60)
    let child = try study.start()
    try study.wait(child) { try study.begun.count == 2 }
    for words in [[], ["--reshard", "2"]] {
      let shard = try study.shard("0/2", words)
      #expect(shard.end == .exit(words.isEmpty ? 2 : 75), "\(words)")
      #expect(
        shard.err.contains(words.isEmpty ? "--reshard 2" : "in use by process \(child.id)"),
        "\(shard.err)")
    }
    child.send(SIGTERM)
    #expect(try child.finish().end == .exit(75))
    // What the run as a whole has left is dealt.
    #expect(try study.start([], usual: JournalStudy.ofShard("0/2")).finish().end == .exit(2))
    let first = try study.shard("0/2", ["--reshard", "2", "--time", "0"])
    #expect(first.end == .exit(75), "\(first.err)")
    #expect(try study.host("status", "study.kh").out.contains("half-done: 2"))
    // The call was copied at the stop, and does not begin again.
    #expect(try study.begun.count == 2)
  }

  /// After a kill the same line makes the rest of the shard, and nothing twice that has a record.
  @Test func aKilledShardGoesOn() throws {
    let study = try JournalStudy.ledger(
      "ledger_pure", count: 40, pause: 0.02, run: #", "mode": "parallel", "jobs": 2"#)
    let child = try study.start(["--live", "2"], usual: JournalStudy.ofShard("1/2"))
    try study.wait(child) { try study.begun.count >= 6 && study.recorded.count >= 4 }
    child.send(SIGKILL)
    #expect(try child.finish().end == .signal(SIGKILL))
    let recorded = try study.recorded
    let status = try study.host("status", "study.kh")
    #expect(status.out.contains("shard 1: \(recorded.count) of 20"), "\(status.out)")
    #expect(status.out.contains(", died, last record"), "\(status.out)")
    #expect(try study.shard("1/2").end == .exit(0))
    #expect(try study.recorded.sorted() == (0..<20).map { 2 * $0 + 1 })
    let begun = try study.begun
    for call in recorded { #expect(begun.count { $0 == call } == 1) }
  }

  /// Impure calls of a shard that died are lost, also where what is left was dealt anew.
  @Test(arguments: [false, true])
  func whatMustNotBeginTwiceDoesNot(_ isDealtAnew: Bool) throws {
    let study = try JournalStudy.ledger("ledger_once", count: 12, pause: 30)
    let child = try study.start(["--live", "2"], usual: JournalStudy.ofShard("0/3"))
    try study.wait(child) { try study.begun.count == 2 }
    child.send(SIGKILL)
    _ = try child.finish()
    let began = try study.begun
    if isDealtAnew {
      // Both begin at the same time: one of them deals.
      let both = try (0..<2).map {
        try study.start(
          ["--reshard", "2", "--time", "0"], usual: JournalStudy.ofShard("\($0)/2"))
      }
      for one in both { #expect(try one.finish().end == .exit(75)) }
      #expect(try study.folder.read("study.kh/deal-000001.json").contains(#""shards":2"#))
    } else {
      #expect(try study.shard("0/3", ["--time", "0"]).end == .exit(75))
    }
    let lost = try study.journal.filter { $0.contains(#""status":"lost""#) }
      .compactMap { try JSON.object($0)["c"] as? Int }
    let line = isDealtAnew ? "/2 study.json --rerun" : "--shard 0/3 study.json --rerun"
    #expect(try study.journal.contains { $0.contains(line) })
    // Others' begin may have been written down by then.
    #expect(Set(lost).isSuperset(of: began) && Set(lost).count == lost.count, "\(lost) \(began)")
    // A run without time begins no call.
    #expect(try study.begun == began)
  }

  /// What a dead shard left is made by any other number of shards; the old ones are refused.
  @Test func whatIsLeftIsDealtAnew() throws {
    let study = try JournalStudy(JournalStudy.mixed)
    #expect(try study.shard("0/4").end == .exit(0))
    #expect(try study.shard("1/4", ["--calls", "0..99"]).end == .exit(0))
    let other = try study.shard("1/3")
    #expect(
      other.end == .exit(2) && other.err.contains("is dealt to 4 shards")
        && other.err.contains("--reshard 3"), "\(other.err)")
    let children = try (0..<3).map {
      try study.start(["--reshard", "3"], usual: JournalStudy.ofShard("\($0)/3"))
    }
    for child in children { #expect(try child.finish().end == .exit(0)) }
    // Nothing twice.
    #expect(try study.recorded.sorted() == Array(0..<900) + [901, 902] + Array(904..<1004))
    let old = try study.shard("1/4")
    #expect(old.end == .exit(2) && old.err.contains("is dealt to 3 shards"))
    let status = try study.host("status", "study.kh")
    #expect(
      status.out.contains("1,002 of 1,004 calls") && status.out.contains("3 shards, 0 not begun"),
      "\(status.out)")
    // The same line again changes nothing, and a third number is dealt, too.
    #expect(try study.shard("1/3", ["--reshard", "3"]).end == .exit(0))
    #expect(try study.shard("0/1", ["--reshard", "1"]).end == .exit(0))
    #expect(
      try study.host("finish", "study.kh", "--format", "jsonl", "-o", "results").end == .exit(1))
    #expect(withoutTimes(try study.folder.read("results")) == (try study.undisturbed()))
  }

  /// Copies of half-done calls go where the calls go: to processes with other shards, and to those
  /// of a new deal. Nothing is done twice, and nothing that must not begin twice is lost.
  @Test(arguments: [false, true])
  func halfDoneCallsGoOnInOtherHands(_ isDealtAnew: Bool) throws {
    let long = try LongStudy([("long_pure", 2), ("long_once", 2)])
    func stopped(_ shards: [String], _ words: [String] = [], at step: Int) throws {
      let children = try shards.map {
        try long.study.start(words, usual: JournalStudy.ofShard($0))
      }
      try long.study.wait(children[0]) { try (0..<4).allSatisfy { try long.count("", $0) >= step } }
      for child in children { child.send(SIGTERM) }
      for child in children { #expect(try child.finish().end == .exit(75)) }
    }
    try stopped(["0-1/2"], at: 5)
    #expect(try long.study.host("status", "study.kh").out.contains("half-done: 4\n"))
    if isDealtAnew {
      try stopped(["0/3", "1-2/3"], ["--reshard", "3"], at: 10)
      #expect(try long.study.host("status", "study.kh").out.contains("half-done: 4\n"))
      #expect(try long.study.shard("0-2/3", ["-j", "2", "--mode", "parallel"]).end == .exit(0))
    } else {
      try stopped(["1/2", "0/2"], at: 10)
      #expect(try long.study.host("status", "study.kh").out.contains("half-done: 4\n"))
      #expect(try long.study.shard("0/2").end == .exit(0))
      #expect(try long.study.shard("1/2").end == .exit(0))
    }
    #expect(
      try long.study.host("results", "study.kh", "--format", "jsonl", "-o", "results").end
        == .exit(0))
    #expect(try long.results().map { $0.isWhole } == [true, true, true, true])
    #expect(try long.counts("b", 0..<4) == [1, 1, 1, 1])
    #expect(try long.counts("", 0..<4) == [30, 30, 30, 30])
    #expect(try long.snapshots.isEmpty)
  }

  /// What cannot be read is named, and is not taken for calls without a record.
  @Test func anUnreadableSegmentStopsAllThatReadIt() throws {
    let study = try JournalStudy(JournalStudy.mixed)
    #expect(try study.shard("0/2").end == .exit(0))
    #expect(try study.shard("1/2").end == .exit(0))
    let name = "study.kh/" + (try study.segments[0])
    try FileManager.default.moveItem(
      atPath: study.folder.path(name), toPath: study.folder.path("elsewhere"))
    try FileManager.default.createSymbolicLink(
      atPath: study.folder.path(name), withDestinationPath: "nowhere")
    for words in [
      ["merge", "--check", "study.kh"], ["status", "study.kh"], ["results", "study.kh"],
      ["finish", "study.kh"], ["report", "study.kh", "-o", "x"],
      ["run", "--journal", "study.kh", "--shard", "0/2", "study.json"],
    ] {
      let outcome = try HostBinary.run(words, folder: study.folder.path)
      #expect(outcome.end == .exit(2), "\(words) \(outcome.end)")
      #expect((outcome.out + outcome.err).contains(name.dropFirst(9)), "\(words) \(outcome.err)")
    }
    // The neighbour does not read it.
    #expect(try study.shard("1/2").end == .exit(0))
  }

  /// The calls of a task that failed run again in the shards that have them.
  @Test func aShardMakesItsOwnFailuresAgain() throws {
    let study = try JournalStudy(JournalStudy.mixed)
    for shard in 0..<2 { #expect(try study.shard("\(shard)/2").end == .exit(0)) }
    let before = try study.recorded.count
    for shard in 0..<2 {
      #expect(try study.shard("\(shard)/2", ["--rerun", "bad"]).end == .exit(0))
    }
    #expect(try study.recorded.count == before + 2)
    #expect(try study.host("status", "study.kh").out.contains("1,002 of 1,004 calls"))
  }

  /// Sums and lines of the status count each call once, whichever sets of shards made it.
  @Test func statusOfOverlappingSetsOfShards() throws {
    let study = try JournalStudy(JournalStudy.mixed)
    #expect(try study.shard("0-3/4", ["--only", "map", "--only", "bad"]).end == .exit(0))
    for (shards, words) in [("1/4", []), ("2-3/4", ["--rerun", "bad"]), ("2/4", [])] {
      #expect(try study.shard(shards, words).end == .exit(0))
    }
    let some = try study.host("status", "study.kh").out
    #expect(some.contains("977 of 1,004 calls (97%), 1 not ok (1 error)"), "\(some)")
    #expect(some.contains("shard 0: 226 of 251"), "\(some)")
    #expect(some.contains("shard 1: 251 of 251") && some.contains("shard 3: 250 of 250"))
    #expect(try study.shard("0/4", ["--rerun", "bad"]).end == .exit(0))
    let all = try study.host("status", "study.kh").out
    #expect(all.contains("1,002 of 1,004 calls (99%), 1 not ok (1 error)"), "\(all)")
    #expect(all.contains("the shards are done; host finish"), "\(all)")
  }
}
