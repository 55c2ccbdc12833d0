import KernelHostTestSupport
import Testing

/// `host replay` and `host report` on records that were damaged.
struct HostileRecordTests {
  /// Whatever became of a file of records: an answer, and nothing that ends the host.
  @Test func hostileRecords() throws {
    let folder = try TemporaryFolder()
    try folder.write(#"[{"kernel": "logistic_map", "args": {"n": 5, "x0": 0.4}}]"#, to: "m.json")
    let run = try HostBinary.run(
      ["--format", "jsonl", "-q", "-o", "r.jsonl", "m.json"], folder: folder.path)
    try #require(run.end == .exit(0), "\(run.err)")
    let sound = Array(try folder.read("r.jsonl").utf8)
    let end = try #require(sound.firstIndex(of: 10))
    var state: UInt64 = 5
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let tokens = ["{", "[", "null", "1e999", "-1", "9223372036854775807", "\"x\"", "}", "]", ","]
    for round in 0..<40 {
      var text = sound
      switch round % 4 {
      case 0: text.removeSubrange(next(text.count)...)
      case 1:
        let start = next(end)
        text.removeSubrange(start..<start + 1 + next(end - start))
      case 2: text[next(end)] = UInt8(next(256))
      default: text.insert(contentsOf: Array(tokens[next(tokens.count)].utf8), at: next(text.count))
      }
      try folder.write(text, to: "e.jsonl")
      for arguments in [
        ["replay", "e.jsonl", "--call", "0"], ["report", "e.jsonl", "-o", "p.html"],
      ] {
        let outcome = try HostBinary.run(arguments, folder: folder.path)
        guard case .exit(let code) = outcome.end, [0, 1, 2, 4].contains(code) else {
          Issue.record("\(outcome.end) \(outcome.err): \(String(decoding: text, as: UTF8.self))")
          continue
        }
        if code == 2 { #expect(!outcome.err.isEmpty) }
      }
    }
  }
}
