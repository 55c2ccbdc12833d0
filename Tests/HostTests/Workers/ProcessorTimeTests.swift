import Foundation
import KernelHostTestSupport
import Testing

/// Limits of processor time hit the call that uses it, and no other.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct ProcessorTimeTests {
  private func errors(_ records: [[String: Any]]) -> [String] {
    records.map { ($0["error"] as? [String: Any])?["message"] as? String ?? "" }
  }

  private func statuses(_ records: [[String: Any]]) -> [String] {
    records.map { $0["status"] as? String ?? "" }
  }

  /// Together they use more than one of them may.
  @Test func eachCallHasTheWholeLimit() throws {
    let library = try Plugins.library("hostile/burns.c")
    let run = try Invocation(
      """
      { "plugins": ["\(library)"], "limits": { "cpu": 1 }, "tasks": [
        { "kernel": "burns", "args": { "steps": 1, "seconds": 0.3 }, "repeat": 2 },
        { "kernel": "burns", "args": { "steps": 20, "seconds": 0.01 }, "repeat": 3 },
        { "kernel": "burns", "args": { "steps": 1, "seconds": 1000 } } ] }
      """, "--format", "jsonl", "-q")
    let records = try run.records
    let found = statuses(records)
    #expect(found.dropLast().allSatisfy { $0 == "ok" } && found.last == "crash", "\(found)")
    let message = errors(records).last ?? ""
    #expect(message.contains("SIGXCPU"), "\(message)")
    #expect(
      message.hasSuffix("the 1 second of processor time that limits.cpu allows to each call"))
  }

  /// Its own `cpu` ends a call, between two steps or in one; sleeps and neighbours do not count.
  @Test func aCallHasItsOwn() throws {
    let library = try Plugins.library("hostile/burns.c")
    let run = try Invocation(
      """
      { "plugins": ["\(library)"], "defaults": { "cpu": 0.1 }, "tasks": [
        { "kernel": "burns", "args": { "steps": 1, "seconds": 0.03 }, "repeat": 6 },
        { "kernel": "sleep", "args": [0.4] },
        { "kernel": "burns", "args": { "steps": 100000, "seconds": 0.002 } },
        { "kernel": "burns", "args": { "steps": 1, "seconds": 1000 } },
        { "kernel": "burns", "args": { "steps": 1, "seconds": 0.2 }, "cpu": 10 } ] }
      """, "--format", "jsonl", "-q")
    let records = try run.records
    let expected = [String](repeating: "ok", count: 7) + ["timeout", "timeout", "ok"]
    #expect(statuses(records) == expected, "\(records)")
    let messages = errors(records)
    let start = "used up the 0.1 s of processor time that its \"cpu\" allows: "
    // Between two steps, or, where the machine is busy, in one.
    #expect(messages[7].hasPrefix(start), "\(messages[7])")
    #expect(messages[8] == start + "killed in step 0")
  }

  /// A thread of the host's cannot be ended in a step, but between two.
  @Test func insideTheHostToo() throws {
    let library = try Plugins.library("hostile/burns.c")
    let run = try Invocation(
      """
      { "plugins": ["\(library)"], "isolation": "none", "tasks": [
        { "kernel": "burns", "args": { "steps": 4, "seconds": 0.01 }, "repeat": 5, "cpu": 0.1 },
        { "kernel": "burns", "args": { "steps": 100000, "seconds": 0.005 }, "cpu": 0.1 } ] }
      """, "--format", "jsonl", "-q")
    #expect(
      statuses(try run.records) == [String](repeating: "ok", count: 5) + ["timeout"],
      "\(run.outcome.out)")
  }
}
