import Glibc
import KernelHostTestSupport
import Testing

/// Half-done calls of more lanes than the next process has.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct HalfDoneLaneTests {
  private static let twoLanes = ["--mode", "parallel", "-j", "2"]

  /// Calls of two lanes, or shards, do not come into one lane, where half of them would be lost.
  @Test(arguments: [false, true])
  func copiesOfMoreLanesAreRefused(_ isDealt: Bool) throws {
    let long = try LongStudy([("long_once", 4)])
    if isDealt {
      for (shard, calls) in [("0/2", [0, 2]), ("1/2", [1, 3])] {
        let child = try long.study.start(usual: JournalStudy.ofShard(shard))
        try long.study.wait(child) { try calls.allSatisfy { try long.count("", $0) >= 3 } }
        child.send(SIGTERM)
        #expect(try child.finish().end == .exit(75))
      }
    } else {
      #expect(try long.run(to: 3, 0..<4, SIGTERM, Self.twoLanes).end == .exit(75))
    }
    let (copies, segments) = (try long.snapshots, try long.study.segments)
    var lines = [JournalStudy.usual]
    if isDealt {
      lines += ["0,1/2", "0/1"].map { JournalStudy.ofShard($0) }
      lines[2] += ["--reshard", "1"]
    }
    for usual in lines {
      let refused = try long.study.run(usual: usual)
      #expect(
        refused.end == .exit(2)
          && refused.err.contains(
            "half-done calls are in copies of 2 lanes, and this process has 1, so they would be "
              + "lost: add --mode parallel -j 2"),
        "\(usual) \(refused.err)")
      #expect(try long.snapshots == copies && long.study.segments == segments)
    }
    let last = try long.study.run(Self.twoLanes)
    #expect(last.end == .exit(0), "\(last.err)")
    #expect(try long.results().allSatisfy { $0.isWhole })
    #expect(try long.counts("b", 0..<4) == [1, 1, 1, 1])
    #expect(try long.counts("", 0..<4) == [30, 30, 30, 30])
  }

  /// Pure calls give way where lanes are too few: they can begin again.
  @Test func pureCallsGiveWay() throws {
    let long = try LongStudy([("long_pure", 2), ("long_once", 2)])
    for (shard, calls) in [("0/2", 0..<2), ("1/2", 2..<4)] {
      let child = try long.study.start(usual: JournalStudy.ofShard(shard) + ["--deal", "block"])
      try long.study.wait(child) { try calls.allSatisfy { try long.count("", $0) >= 3 } }
      child.send(SIGTERM)
      #expect(try child.finish().end == .exit(75))
    }
    let last = try long.study.run()
    #expect(last.end == .exit(0), "\(last.err)")
    #expect(try long.results().allSatisfy { $0.isWhole })
    #expect(try long.counts("b", 0..<4) == [2, 2, 1, 1])
  }
}
