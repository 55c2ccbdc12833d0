import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// `host run --shard`: several hosts make one run.
struct ShardRunTests {
  @Test(arguments: ["stride", "block", "hash"])
  func shardsAndTheFinishMakeTheRun(_ style: String) throws {
    let study = try JournalStudy(JournalStudy.mixed)
    let children = try (0..<4).map {
      try study.start(["--deal", style], usual: JournalStudy.ofShard("\($0)/4"))
    }
    for child in children {
      let outcome = try child.finish()
      #expect(outcome.end == .exit(0), "\(outcome.err)")
      #expect(outcome.out.isEmpty && outcome.err.contains("2 calls of the run wait for others"))
    }
    #expect(try study.recorded.sorted() == Array(0..<900) + [901, 902] + Array(904..<1004))
    let status = try study.host("status", "study.kh")
    #expect(status.out.contains("1,002 of 1,004 calls (99%), 1 not ok (1 error)"), "\(status.out)")
    #expect(status.out.contains("4 shards, 0 not begun\nshard 0: "))
    #expect(status.out.contains("the shards are done; host finish"))
    // The manifest that the journal holds counts.
    try study.folder.write("[]", to: "study.json")
    let finish = try study.host("finish", "study.kh", "--format", "jsonl", "-o", "results")
    #expect(finish.end == .exit(1), "\(finish.err)")
    try study.folder.write(JournalStudy.mixed, to: "study.json")
    let expected = try study.undisturbed()
    #expect(withoutTimes(try study.folder.read("results")) == expected)
    let results = try study.host("results", "--format", "jsonl", "study.kh")
    #expect(withoutTimes(results.out) == expected)
    #expect(try study.host("status", "study.kh").out.contains("\ncomplete\n"))
    // A shard that is done has nothing to do, and says the same.
    let segments = try study.recorded.count
    #expect(try study.shard("2/4").end == .exit(0))
    #expect(try study.recorded.count == segments)
  }

  @Test func finishNamesTheShardsThatAreMissing() throws {
    let study = try JournalStudy(JournalStudy.mixed)
    #expect(try study.shard("0,2-4,9/12").end == .exit(0))
    let early = try study.host("finish", "study.kh")
    #expect(early.end == .exit(2) && early.err.contains("--shard 1,5-8,10-11/12"), "\(early.err)")
    #expect(try study.shard("1,5-8,10-11/12").end == .exit(0))
    #expect(try study.host("finish", "study.kh", "-q", "--exit", "done").end == .exit(0))
    #expect(try Set(study.recorded) == Set(0..<1004))
  }

  /// Exit code 0 says that all tokens are there; `--exit` has the other rule, for any run.
  @Test func theTwoExitRules() throws {
    let study = try JournalStudy(JournalStudy.mixed)
    #expect(try study.shard("0/1", ["--exit", "tokens"]).end == .exit(1))
    #expect(try study.shard("0/1").end == .exit(0))
    let whole = try study.run(["--exit", "done"], usual: ["-q"])
    #expect(whole.end == .exit(0) && whole.err.contains("not ok"))
    #expect(try study.run([], usual: ["-q"]).end == .exit(1))
  }

  /// A sweep is never listed: shard 7 of 1,000 of 10^12 points makes the first of its calls.
  @Test(arguments: ["stride", "block", "hash"])
  func aShardOfVeryManyCallsBeginsAtOnce(_ style: String) throws {
    let study = try JournalStudy(
      #"{"tasks": [{"kernel": "logistic_map", "args": {"n": 3}, "sweep": {"r": {"from": 3, "to": 4, "count": 1000000}, "x0": {"from": 0, "to": 1, "count": 1000000}}}]}"#
    )
    // Round 500 of the deal begins with this call, and has a block for each shard.
    let calls = style == "block" ? "7000000100..7000000199" : "488281000000..489257562499"
    let outcome = try study.shard(
      "7/1000", ["--deal", style, "--calls", calls, "--time", "0.3", "--live", "64"])
    #expect([.exit(0), .exit(75)].contains(outcome.end), "\(outcome.err)")
    let recorded = try study.recorded
    #expect(!recorded.isEmpty && Set(recorded).count == recorded.count)
    #expect(try study.folder.read("study.kh/run.json").utf8.count < 4000)
    let status = try study.host("status", "study.kh")
    #expect(status.out.contains("1,000 shards, 999 not begun"), "\(status.out)")
  }

  @Test func theEngineSaysWhichShard() throws {
    let study = try JournalStudy(JournalStudy.mixed)
    func run(_ words: [String], _ environment: [String: String]) throws -> Outcome {
      try HostBinary.run(
        ["run", "-q", "--journal", "study.kh"] + words + ["study.json"], environment: environment,
        folder: study.folder.path)
    }
    let lone = try run(["--shard", "auto"], ["SLURM_ARRAY_TASK_ID": "2"])
    #expect(lone.end == .exit(2) && lone.err.contains("--shard auto/n"), "\(lone.err)")
    let none = try run(["--shard", "auto/4"], [:])
    #expect(none.end == .exit(2) && none.err.contains("--shard i/n"))
    #expect(!FileManager.default.fileExists(atPath: study.folder.path("study.kh")))
    #expect(try run(["--shard", "auto/4"], ["SLURM_ARRAY_TASK_ID": "2"]).end == .exit(0))
    // From now on the journal says how many there are.
    #expect(try run(["--shard", "auto"], ["JOB_COMPLETION_INDEX": "3"]).end == .exit(0))
    #expect(try study.segments.map { $0.dropFirst(7).prefix(4) } == ["d0s2", "d0s3"])
    let shown = try run(
      ["--shard", "auto", "--explain-shard"], ["SGE_TASK_ID": "1", "LSB_JOBINDEX": "0"])
    #expect(
      shown.out == """
        seen: SGE_TASK_ID=1, of an SGE array: used
        seen: LSB_JOBINDEX=0, of an LSF array: not used: the process is in no array
        decided: shard 0 of 4

        """)
    #expect(shown.end == .exit(0) && shown.err.isEmpty)
    let unclear = try run(["--shard", "auto", "--explain-shard"], ["SLURM_PROCID": "0"])
    #expect(unclear.end == .exit(2) && unclear.out.contains("no task of a step"))
    #expect(unclear.err.contains("write srun host run"))
  }

  /// Only what its own segments hold is read: those of the neighbours may be anything.
  @Test func aShardReadsNoneOfItsNeighbours() throws {
    let study = try JournalStudy(JournalStudy.mixed)
    #expect(try study.shard("1/4").end == .exit(0))
    let name = try study.segments[0]
    try study.folder.write(
      "damage\n" + study.folder.read("study.kh/" + name), to: "study.kh/" + name)
    let other = try study.shard("2/4")
    #expect(other.end == .exit(0) && !other.err.contains("damage"), "\(other.err)")
    let own = try study.shard("1/4")
    #expect(own.end == .exit(0) && own.err.contains("damaged in 1 place"), "\(own.err)")
  }
}
