import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// A call's time is its own: its steps and sleeps. What neighbours take does not count, nor does
/// time in which its worker was stopped.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct OwnTimeTests {
  private func plugins(_ sources: String...) throws -> String {
    try sources.map { "\"\(try Plugins.library($0))\"" }.joined(separator: ", ")
  }

  @Test(arguments: [[], ["-j", "2"], ["--isolation", "call"]])
  func aHungStepCostsOneToken(_ options: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      { "plugins": [\(try plugins("neighbours.c", "hostile/greedy.c"))],
        "defaults": { "timeout": 3 }, "tasks": [
        { "kernel": "good_flat", "args": { "steps": 10000 }, "repeat": 200 },
        { "kernel": "endless_step", "args": { "at": 3 } } ] }
      """, to: "m.json")
    let run = try HostBinary.run(
      ["m.json", "-q", "--format", "jsonl"] + options, folder: folder.path)
    let records = try run.out.callRecords
    #expect(records.prefix(200).allSatisfy { $0["status"] as? String == "ok" })
    #expect(records.count == 201 && records.last?["status"] as? String == "timeout")
    let message = (records.last?["error"] as? [String: Any])?["message"] as? String ?? ""
    #expect(message.hasSuffix("s of its own time"), "\(message)")
  }

  /// Sixteen calls of 0.15 s take turns, which takes 2.4 s; each has 2.3 s.
  @Test(arguments: ["process", "none"]) func turnsOfOthersDoNotCount(_ isolation: String) throws {
    let run = try Invocation(
      """
      { "plugins": [\(try plugins("hostile/burns.c"))], "isolation": "\(isolation)",
        "defaults": { "timeout": 2.3 }, "tasks": [
        { "kernel": "burns", "args": { "steps": 15, "seconds": 0.01 }, "repeat": 16 },
        { "kernel": "burns", "args": { "steps": 15, "seconds": 0.0001 } } ] }
      """, "--format", "jsonl", "-q")
    let records = try run.records
    #expect(records.allSatisfy { $0["status"] as? String == "ok" }, "\(records)")
    let seconds = records.compactMap { $0["seconds"] as? Double }
    #expect(seconds.prefix(16).allSatisfy { $0 >= 0.14 && $0 < 2.3 }, "\(seconds)")
    // Its neighbours took 2.4 s meanwhile.
    #expect(seconds[16] < 0.7, "\(seconds)")
  }

  @Test func aDeadlineIsOfWallTime() throws {
    let run = try Invocation(
      """
      { "plugins": [\(try plugins("hostile/burns.c", "hostile/greedy.c"))], "tasks": [
        { "kernel": "burns", "args": { "steps": 30, "seconds": 0.01 }, "repeat": 4 },
        { "kernel": "burns", "args": { "steps": 30, "seconds": 0.01 }, "deadline": 0.5 },
        { "kernel": "sleep", "args": { "seconds": 60 }, "deadline": 0.1 },
        { "kernel": "endless_step", "deadline": 0.2, "grace": 0.05 } ] }
      """, "--format", "jsonl", "-q")
    let records = try run.records
    #expect(records.prefix(4).allSatisfy { $0["status"] as? String == "ok" }, "\(records)")
    for record in records.suffix(3) {
      #expect(record["status"] as? String == "timeout")
      #expect((record["error"] as? [String: Any])?["name"] as? String == "ETIME", "\(record)")
    }
    #expect(run.outcome.end == .exit(1))
  }

  /// Stopped for longer than its whole timeout, and continued. On a busy machine each step may take
  /// longer, and they are few.
  @Test func aStoppedWorkerGoesOn() throws {
    let outcome = try stopped(
      #""burns", "args": { "steps": 8, "seconds": 0.1 }, "timeout": 2"#, seconds: 2.5)
    #expect(outcome.end == .exit(0), "\(outcome.out) \(outcome.err)")
    #expect(outcome.out.contains("[8, true, \"\"]"))
  }

  /// Stopped while its call sleeps, for longer than a worker may sleep on. Its parent, which is
  /// stopped before, says nothing of that.
  @Test func aStoppedSleeperGoesOn() throws {
    let outcome = try stopped(
      #""sleep", "args": { "seconds": 0.5 }, "timeout": 60"#, seconds: 3)
    #expect(outcome.end == .exit(0) && !outcome.err.contains("overwritten"), "\(outcome.err)")
  }

  /// Runs a call whose worker is stopped for a while.
  private func stopped(_ call: String, seconds: Double) throws -> Outcome {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      { "plugins": [\(try plugins("hostile/burns.c"))], "tasks": [
        { "kernel": "for_loop", "args": { "max": 2 } },
        { "kernel": \(call) } ] }
      """, to: "m.json")
    let child = try HostBinary.start(["m.json", "--format", "tokens"], folder: folder.path)
    try child.read { String(decoding: $0.standardError, as: UTF8.self).contains("2\n1\n") }
    let below = child.descendants
    #expect(below.count > 1)
    for process in below { kill(process, SIGSTOP) }
    let begun = ContinuousClock.now
    while ContinuousClock.now - begun < .seconds(seconds) { usleep(10_000) }
    for process in below { kill(process, SIGCONT) }
    return try child.finish()
  }

  /// A flat call that sleeps in its start goes on asleep, however often its neighbours crash.
  @Test func aSleeperIsNotBegunAgain() throws {
    let run = try Invocation(
      """
      { "plugins": [\(try plugins("hostile/memory.c"))], "tasks": [
        { "kernel": "sleep", "args": { "seconds": 0.5 } },
        { "kernel": "null_write", "args": { "at": 1 } },
        { "kernel": "null_write", "args": { "at": 30000 }, "repeat": 3 } ] }
      """, "--format", "jsonl", "-q")
    let records = try run.records
    #expect(records[0]["status"] as? String == "ok" && records[0]["attempts"] as? Int == 1)
    #expect(records.dropFirst().allSatisfy { $0["status"] as? String == "crash" })
  }
}
