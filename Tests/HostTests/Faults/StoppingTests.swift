import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// The end of a run before its time, where something hangs or dies: all tokens, in time.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct StoppingTests {
  /// When the second call has ended, a step hangs for ever, or soon will.
  private func manifest(_ isolation: String, grace: String = "") throws -> String {
    let library = try Plugins.library("hostile/greedy.c")
    return """
      {"plugins": ["\(library)"], "isolation": "\(isolation)", "tasks": [
        {"kernel": "for_loop", "args": {"increment": 0}},
        {"kernel": "for_loop", "args": [0, 1, 3]},
        {"kernel": "sleep", "args": [1000]},
        {"kernel": "endless_step", "args": {"at": 9}\(grace)}]}
      """
  }

  private func start(_ manifest: String, _ arguments: String...) throws -> (Child, TemporaryFolder)
  {
    let folder = try TemporaryFolder()
    try folder.write(manifest, to: "m.json")
    let child = try HostBinary.start(
      ["m.json", "--format", "jsonl", "-o", "out", "--events", "/dev/stderr"] + arguments,
      folder: folder.path)
    try child.read {
      let events = String(decoding: $0.standardError, as: UTF8.self).split(separator: "\n")
      return events.contains { $0.contains(#""event":"finished""#) && $0.contains(#""call":1,"#) }
    }
    return (child, folder)
  }

  private func statuses(_ folder: TemporaryFolder) throws -> [String] {
    try folder.read("out").callRecords.map { $0["status"] as? String ?? "" }
  }

  /// The step is killed once its grace is over; the results are complete.
  @Test(arguments: ["process", "call"])
  func aHungStepEndsWithItsGrace(_ isolation: String) throws {
    let (child, folder) = try start(try manifest(isolation, grace: #", "grace": 0.2"#))
    let begun = ContinuousClock.now
    child.send(SIGTERM)
    #expect(try child.finish().end == .exit(128 + SIGTERM))
    #expect(ContinuousClock.now - begun < .seconds(20))
    let found = try statuses(folder)
    #expect(found.count == 4 && found[1] == "ok", "\(found)")
    #expect(found.suffix(2) == ["cancelled", "cancelled"], "\(found)")
    // In processes of their own they begin in any order.
    if isolation == "call" { return }
    let last = try JSON.object(try #require(try folder.read("out").lines.last))
    #expect(last["attempts"] as? Int == 1 && last["steps"] as? Int ?? 0 > 0, "\(last)")
  }

  /// The second signal waits for nothing: the worker is killed; what is known of a step inside
  /// the host is written.
  @Test(arguments: ["process", "call", "none"])
  func theSecondSignalEndsAtOnce(_ isolation: String) throws {
    let (child, folder) = try start(
      try manifest(isolation, grace: isolation == "none" ? "" : #", "grace": 1000"#))
    child.send(SIGINT)
    try child.read { String(decoding: $0.standardError, as: UTF8.self).contains("stopping") }
    child.send(SIGTERM)
    #expect(try child.finish().end == .exit(130))
    let found = try statuses(folder)
    #expect(found.count == 4 && found[1] == "ok", "\(found)")
    #expect(found.suffix(2) == ["cancelled", "cancelled"], "\(found)")
  }

  private func state(of process: pid_t) -> Character? {
    let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return text?.split(separator: ")").last?.dropFirst().first
  }

  /// Ctrl-Z stops the workers, too, and `fg` goes on.
  @Test(arguments: ["process", "call"])
  func suspendAndContinue(_ isolation: String) throws {
    let manifest = """
      [{"kernel": "for_loop", "args": [0, 1, 1]}, {"kernel": "sleep", "args": [0.6]},
       {"kernel": "while_loop_increment", "args": [0, 1, 300000]}]
      """
    let folder = try TemporaryFolder()
    try folder.write(manifest, to: "m.json")
    let child = try Child(
      HostBinary.path,
      ["m.json", "--isolation", isolation, "--format", "tokens", "-o", "out"],
      folder: folder.path, isJob: true)
    try child.read { String(decoding: $0.standardError, as: UTF8.self).contains(": 1\n0\n") }
    var all: [pid_t] = []
    for _ in 0..<5000 where all.count < 3 {
      all = [child.id] + child.descendants
      _ = poll(nil, 0, 1)
    }
    #expect(all.count > 2)
    child.send(SIGTSTP)
    // Some of them may have ended meanwhile.
    let running = { all.filter { ![nil, "T", "Z"].contains(state(of: $0)) } }
    for _ in 0..<5000 where !running().isEmpty { _ = poll(nil, 0, 1) }
    #expect(running().isEmpty && state(of: child.id) == "T")
    child.send(SIGCONT)
    #expect(try child.finish().end == .exit(0))
    #expect(try folder.read("out").lines.count == 3)
  }

  /// Whoever kills the process that workers descend from, and whenever: each call has one
  /// token, and one that must not be run again is not.
  @Test(arguments: ["process", "call"], [[], ["-j", "2"]])
  func theSpawnerDies(_ isolation: String, _ lanes: [String]) throws {
    let library = try Plugins.library("neighbours.c")
    let folder = try TemporaryFolder()
    let calls = 60
    let tasks = (0..<calls).map { call in
      let memory = call % 3 == 0 ? #", "memory": "64 MiB""# : ""
      return #"{"kernel": "sleep", "args": [0.01]\#(memory)}"#
    }
    try folder.write(
      #"{"plugins": ["\#(library)"], "tasks": [\#(tasks.joined(separator: ","))]}"#, to: "m.json")
    let child = try HostBinary.start(
      ["m.json", "--format", "jsonl", "--order", "completion", "--isolation", isolation] + lanes,
      folder: folder.path)
    for kills in 1...2 {
      try? child.read { $0.standardOutput.count { $0 == 10 } >= kills * 8 }
      if let server = child.descendants.first { kill(server, SIGKILL) }
    }
    let outcome = try child.finish()
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    let records = try outcome.out.callRecords
    #expect(records.compactMap { $0["call"] as? Int }.sorted() == Array(0..<calls))
    #expect(!outcome.err.contains("fault of the host"), "\(outcome.err)")
  }
}
