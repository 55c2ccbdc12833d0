import Foundation
import KernelHostTestSupport

/// A study of long calls, whose every step appends to a ledger.
struct LongStudy {
  let study: JournalStudy
  let steps: Int

  /// `tasks`: a kernel each, with how many calls; calls are numbered on.
  init(
    _ tasks: [(kernel: String, count: Int)], steps: Int = 30, pause: Double = 0.01,
    run: String = "", isLoud: Bool = false
  ) throws {
    study = try JournalStudy("")
    self.steps = steps
    let library = try Plugins.library("long_steps.c")
    let path = study.folder.path("ledger")
    var first = 0
    let texts = tasks.map { task in
      defer { first += task.count }
      return """
        {"name": "\(task.kernel)", "kernel": "\(task.kernel)",
         "args": {"path": "\(path)", "steps": \(steps), "pause": \(pause), "is_loud": \(isLoud)},
         "sweep": {"id": {"from": \(first), "to": \(first + task.count - 1), "count": \(task.count)}}}
        """
    }
    try study.folder.write(
      """
      {"plugins": ["\(library)"], "allow": {"write": ["\(path)"]}\(run),
       "tasks": [\(texts.joined(separator: ",\n"))]}
      """, to: "study.json")
  }

  /// How often a call has done what: "" a step, "b" it began, "f" it finished.
  func count(_ what: String, _ call: Int) throws -> Int {
    let line = what + String(call)
    return try study.folder.read("ledger").split(separator: "\n").count { $0 == line }
  }

  /// Of each of some calls.
  func counts(_ what: String, _ calls: Range<Int>) throws -> [Int] {
    try calls.map { try count(what, $0) }
  }

  /// The files with half-done calls.
  var snapshots: [String] {
    get throws {
      let path = study.folder.path("study.kh")
      return (FileManager.default.subpaths(atPath: path) ?? [])
        .filter { $0.hasPrefix("snapshot-") }.sorted()
    }
  }

  /// Starts a run and ends it when each call has done some steps.
  func run(
    to step: Int, _ calls: Range<Int>, _ signal: Int32, _ arguments: [String] = []
  ) throws -> Outcome {
    let child = try study.start(arguments)
    try study.wait(child) { try calls.allSatisfy { try count("", $0) >= step } }
    child.send(signal)
    return try child.finish()
  }

  /// The records of the results, and whether each is that of a run without a break.
  func results() throws -> [(record: [String: Any], isWhole: Bool)] {
    try study.folder.read("results").callRecords.enumerated().map { call, record in
      let result = record["result"] as? [String: Any]
      let numbers = result?["numbers"] as? [Double]
      var sum = 0
      let wanted = (0..<steps).map { done in
        sum += call * done
        return Double(sum) / 3
      }
      let isWhole =
        record["status"] as? String == "ok" && result?["sum"] as? Int == sum
        && numbers == wanted && record["steps"] as? Int == steps + 1
        && result?["text"] as? String == "call \(call) after \(steps) steps"
        && (record["attempts"] as? Int ?? 1) == 1
      return (record, isWhole)
    }
  }
}
