import Foundation
import KernelHostTestSupport
import Testing

/// All of the hostile kernels among good ones, at random: every call has its token once, in
/// order, and no good call is blamed. CI runs it with KERNELHOST_MIX calls, and with --long mixes
/// of 1,500 with other seeds for KERNELHOST_MIX_SECONDS.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct MixTests {
  static let count = Int(ProcessInfo.processInfo.environment["KERNELHOST_MIX"] ?? "") ?? 1_500

  /// SplitMix64: the same calls on every machine.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let hostile: [String] = [
    #""null_write", "args": {"at": 3}"#, #""stack_overflow", "args": {"at": 1}"#,
    #""calls_abort""#, #""calls_exit""#, #""calls_underscore_exit", "args": {"at": 2}"#,
    #""raises""#, #""jumps_out", "timeout": 5"#, #""throws""#, #""heap_overflow""#,
    #""use_after_free""#, #""double_free""#, #""divides_by_zero""#, #""illegal_instruction""#,
    #""fork_bomb", "args": {"children": 2}"#, #""closes_descriptors""#,
    #""writes_descriptors""#, #""kills_parent""#, #""kills_group""#, #""traces_parent""#,
    #""changes_signals", "args": {"then": 1}"#, #""connects""#, #""runs_program""#,
    #""starts_thread""#, #""wild_write_arena", "args": {"at": 1}"#, #""prints_raw""#,
  ]
  /// They cost time, so there are few.
  private static let slow: [String] = [
    #""endless_step", "timeout": 0.02, "grace": 0.01"#, #""endless_steps", "timeout": 0.02"#,
    #""stops_itself""#,
  ]

  /// In one lane, and in three that take what others have not begun.
  @Test(arguments: zip([1, 2, 3] as [UInt64], [[], [], ["-j", "3"]]))
  func everyCallHasItsTokenAndNoGoodOneIsBlamed(_ seed: UInt64, _ jobs: [String]) throws {
    try mix(seed, jobs)
  }

  /// For as long as is asked; each failure can be made again from its seed and its options.
  @Test(.enabled(if: MixTests.seconds > 0)) func mixesForLong() throws {
    let end = ContinuousClock.now + .seconds(Self.seconds)
    let ways: [[String]] = [
      [], ["-j", "3"], ["--isolation", "call"], ["-j", "2", "--live", "20"],
    ]
    var round = 0
    while ContinuousClock.now < end {
      try mix(.random(in: .min ... .max), ways[round % ways.count])
      round += 1
    }
    print("\(round) mixes of \(Self.count) calls")
  }

  private static let seconds =
    Int(ProcessInfo.processInfo.environment["KERNELHOST_MIX_SECONDS"] ?? "") ?? 0

  private func mix(_ seed: UInt64, _ jobs: [String]) throws {
    let how = Comment(rawValue: "seed \(seed) \(jobs)")
    var random = Generator(state: seed)
    var tasks: [String] = []
    var sums: [Int?] = []
    for _ in 0..<Self.count {
      switch Int.random(in: 0..<1000, using: &random) {
      case 0..<2:
        tasks.append(#"{"kernel": \#(Self.slow.randomElement(using: &random)!)}"#)
        sums.append(nil)
      case 2..<250:
        tasks.append(#"{"kernel": \#(Self.hostile.randomElement(using: &random)!)}"#)
        sums.append(nil)
      default:
        let steps = Int.random(in: 0..<12, using: &random)
        let kernel = ["good_flat", "good_heap", "deadly_if"].randomElement(using: &random)!
        tasks.append(#"{"kernel": "\#(kernel)", "args": {"steps": \#(steps)}}"#)
        sums.append(steps * (steps - 1) / 2)
      }
    }
    let plugins = try Plugins.all().map { "\"\($0)\"" }.joined(separator: ", ")
    let folder = try TemporaryFolder()
    try folder.write(
      """
      {"plugins": [\(plugins)], "crash_limit": 1000000, "tasks": [\(tasks.joined(separator: ",\n"))]}
      """, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "--format", "jsonl", "-q"] + jobs, folder: folder.path)
    #expect(run.end == .exit(1), how)
    let records = try run.out.callRecords
    #expect(records.map { $0["call"] as? Int } == Array(0..<Self.count), how)
    for (record, sum) in zip(records, sums) {
      guard let sum else { continue }
      let result = record["result"]
      let found = (result as? [String: Any])?["sum"] as? Int ?? result as? Int
      #expect(record["status"] as? String == "ok" && found == sum, "\(how) \(record)")
    }
  }
}
