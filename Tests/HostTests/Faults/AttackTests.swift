import Foundation
import KernelHostTestSupport
import Testing

/// A kernel that falsifies its lane's books ends its own worker and no run: each call has one
/// token, and the run ends. `Tests/Hostile` has more of this, for a longer time.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct AttackTests {
  struct Attack: Sendable, CustomTestStringConvertible {
    let how: String
    var then = "more"
    var isolation = "process"
    var testDescription: String { "\(how), \(then), \(isolation)" }
  }

  static let attacks: [Attack] = [
    Attack(how: "underruns_one", then: "done"), Attack(how: "underruns_two", then: "spins"),
    Attack(how: "underruns_many"), Attack(how: "overruns", then: "done"),
    Attack(how: "steps_nothing", then: "spins"), Attack(how: "passes_on", then: "spins"),
    Attack(how: "steps_another", then: "spins"), Attack(how: "claims_sleep", then: "spins"),
    Attack(how: "forges_foreign_ends"), Attack(how: "forges_many"),
    Attack(how: "forges_cancel"), Attack(how: "forges_own_end", then: "spins"),
    Attack(how: "forges_own_end", then: "spins", isolation: "call"),
    Attack(how: "takes_too_much"), Attack(how: "takes_back"),
    Attack(how: "prints_too_much", then: "spins"), Attack(how: "moves_text_back"),
    Attack(how: "clears_wake_words", then: "exits"), Attack(how: "empties_list"),
    Attack(how: "forgets_sleepers", then: "done"), Attack(how: "sleepers_never_wake"),
    Attack(how: "blocks_are_a_circle", then: "done"), Attack(how: "blocks_are_huge", then: "done"),
    Attack(how: "lists_are_shared"), Attack(how: "times_are_garbage", then: "spins"),
    Attack(how: "lane_is_zero", then: "done"),
  ]

  private func library() throws -> String {
    try Plugins.library(
      "hostile/attacks_lane.c",
      options: [
        "-I\(Repository.path)/CSources/lanes", "-I\(Repository.path)/CSources/lanes/include",
      ])
  }

  @Test(arguments: attacks)
  func endsItsOwnWorkerAndNoRun(_ attack: Attack) throws {
    let limits = #""timeout": 0.3, "grace": 0.05"#
    let run = try Invocation(
      """
      { "isolation": "\(attack.isolation)",
        "plugins": ["\(try library())", "\(try Plugins.library("neighbours.c"))"], "tasks": [
        { "kernel": "good_flat", "args": { "steps": 300 }, \(limits) },
        { "kernel": "sleep", "args": { "seconds": 0.02 }, \(limits) },
        { "kernel": "attacks_lane", "args": { "how": "\(attack.how)", "then": "\(attack.then)" },
          \(limits) },
        { "kernel": "good_heap", "args": { "steps": 100 }, \(limits) },
        { "kernel": "moments", "args": { "values": [1, 2, 3] }, \(limits) } ] }
      """, "--format", "jsonl", "-q")
    let records = try run.records
    #expect(records.map { $0["call"] as? Int } == Array(0..<5), "\(run.outcome.err)")
    for (call, sum) in [(0, 44850), (3, 4950)] where records[call]["status"] as? String == "ok" {
      #expect((records[call]["result"] as? [String: Any])?["sum"] as? Int == sum)
    }
  }

  /// An index of one too few or too many is told, whatever it hit.
  @Test(arguments: ["underruns_one", "underruns_two", "overruns"])
  func anOverrunIsTold(_ how: String) throws {
    let run = try Invocation(
      """
      { "plugins": ["\(try library())"], "tasks": [
        { "kernel": "primes" },
        { "kernel": "attacks_lane", "args": { "how": "\(how)", "then": "done" } } ] }
      """, "--format", "jsonl", "-q")
    let records = try run.records
    #expect(records[0]["status"] as? String == "ok")
    let error = try #require(records[1]["error"] as? [String: Any])
    #expect(error["name"] as? String == "OVERRUN")
    let place = how == "overruns" ? "after its state" : "before its state"
    #expect((error["message"] as? String)?.contains(place) == true, "\(error)")
  }
}
