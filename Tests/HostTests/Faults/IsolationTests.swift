import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// Hostile kernels beside good ones, through the real binary: each costs its own token.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct IsolationTests {
  /// One kernel, its arguments, and how it may end.
  struct Hostile: Sendable, CustomTestStringConvertible {
    let kernel: String
    var arguments = "{}"
    /// The statuses, or the names of errors, one of which its token has.
    let ends: [String]
    var extra = ""
    var testDescription: String { kernel + arguments }
  }

  static let hostile: [Hostile] = [
    .init(kernel: "null_write", arguments: #"{"at": 2}"#, ends: ["SIGSEGV"]),
    .init(kernel: "wild_write_arena", arguments: #"{"at": 1}"#, ends: ["crash"]),
    .init(
      kernel: "wild_write_arena", arguments: #"{"at": 1, "bytes": 1048576}"#, ends: ["crash"]),
    // Not "timeout": it is noticed at the next look.
    .init(
      kernel: "wild_write_arena", arguments: #"{"at": 1, "hold": true}"#, ends: ["crash"],
      extra: #", "timeout": 40"#),
    .init(kernel: "stack_overflow", arguments: #"{"at": 3}"#, ends: ["SIGSEGV"]),
    .init(kernel: "calls_abort", ends: ["SIGABRT"]),
    .init(kernel: "calls_exit", ends: ["EXIT"]),
    .init(kernel: "calls_underscore_exit", arguments: #"{"at": 4}"#, ends: ["EXIT"]),
    .init(kernel: "raises", ends: ["SIGKILL"]),
    .init(kernel: "endless_step", ends: ["timeout"], extra: #", "timeout": 0.05"#),
    .init(kernel: "endless_steps", ends: ["timeout"], extra: #", "timeout": 0.05"#),
    .init(kernel: "jumps_out", ends: ["crash", "timeout"], extra: #", "timeout": 5"#),
    .init(kernel: "throws", ends: ["SIGABRT"]),
    .init(kernel: "heap_overflow", ends: ["ok", "crash"]),
    .init(kernel: "use_after_free", ends: ["ok", "crash"]),
    .init(kernel: "double_free", ends: ["SIGABRT"]),
    .init(kernel: "divides_by_zero", ends: ["SIGFPE", "EDOM"]),
    .init(kernel: "illegal_instruction", ends: ["SIGILL", "SIGTRAP"]),
    .init(kernel: "memory_hog", ends: ["memory"], extra: #", "memory": "8 MiB""#),
    .init(
      kernel: "memory_hog_at_once", arguments: #"{"megabytes": 3000}"#, ends: ["memory"],
      extra: #", "memory": "8 MiB""#),
    .init(kernel: "fork_bomb", arguments: #"{"children": 4}"#, ends: ["EPERM"]),
    .init(kernel: "closes_descriptors", ends: ["ok"]),
    .init(kernel: "writes_descriptors", ends: ["ok"]),
    .init(kernel: "kills_parent", ends: ["EPERM"]),
    .init(kernel: "kills_group", ends: ["EPERM"]),
    .init(kernel: "traces_parent", ends: ["EPERM"]),
    .init(kernel: "changes_signals", arguments: #"{"then": 2}"#, ends: ["SIGSEGV"]),
    .init(kernel: "stops_itself", ends: ["EPERM"]),
    .init(kernel: "connects", ends: ["EPERM"]),
    .init(kernel: "runs_program", ends: ["EPERM"]),
    .init(kernel: "starts_thread", ends: ["ok"]),
  ]

  /// Bytes of a neighbour that are written over look like any others: nothing is promised
  /// for them but a token each, and a host that lives. In processes of their own they are
  /// out of reach.
  @Test func aNeighbourThatIsWrittenOver() throws {
    let hostile = Hostile(kernel: "wild_write_neighbour", arguments: #"{"at": 1}"#, ends: [])
    let shared = try Invocation(
      try manifest(hostile, isolation: "process"), "--format", "jsonl", "-q")
    #expect(try shared.records.count == 6, "\(shared.outcome.err)")
    let alone = try Invocation(
      try manifest(hostile, isolation: "call"), "--format", "jsonl", "-q")
    for (call, record) in try alone.records.enumerated() where call != 2 {
      #expect(record["status"] as? String == "ok", "\(record)")
    }
  }

  /// Neighbours before and behind it, flat, not flat, and built in.
  private func manifest(_ hostile: Hostile, isolation: String) throws -> String {
    let plugins = try Plugins.all().map { "\"\($0)\"" }.joined(separator: ", ")
    return """
      { "isolation": "\(isolation)", "plugins": [\(plugins)], "tasks": [
        { "kernel": "good_flat", "args": { "steps": 300 } },
        { "kernel": "good_heap", "args": { "steps": 200 } },
        { "kernel": "\(hostile.kernel)", "args": \(hostile.arguments)\(hostile.extra) },
        { "kernel": "good_heap", "args": { "steps": 100 } },
        { "kernel": "good_flat", "args": { "steps": 5 } },
        { "kernel": "moments", "args": { "values": [1, 2, 3] } } ] }
      """
  }

  @Test(arguments: hostile, ["process", "call"])
  func costsItsOwnTokenOnly(_ hostile: Hostile, _ isolation: String) throws {
    let run = try Invocation(
      try manifest(hostile, isolation: isolation), "--format", "jsonl", "-q")
    let records = try run.records
    try #require(records.count == 6, "\(run.outcome.err)")
    for (call, sum) in [(0, 44850), (1, 19900), (3, 4950), (4, 10)] {
      #expect(records[call]["status"] as? String == "ok", "\(records[call])")
      #expect((records[call]["result"] as? [String: Any])?["sum"] as? Int == sum)
    }
    #expect((records[5]["result"] as? [String: Any])?["mean"] as? Double == 2)
    let status = try #require(records[2]["status"] as? String)
    let name = (records[2]["error"] as? [String: Any])?["name"] as? String ?? ""
    #expect(hostile.ends.contains(status) || hostile.ends.contains(name), "\(records[2])")
    #expect(run.outcome.end == .exit(status == "ok" ? 0 : 1))
  }

  /// Calls that ended before a neighbour wrote over them and were not taken yet, calls that
  /// had not begun, and calls between two steps: each is run again, and none is blamed.
  @Test(arguments: ["moments", "good_flat"]) func aWildWriteCostsNoNeighbour(_ kernel: String)
    throws
  {
    let plugins = try Plugins.all().map { "\"\($0)\"" }.joined(separator: ", ")
    let arguments =
      kernel == "moments" ? #""values": [[1, 2, 3], [2, 3, 4]]"# : #""steps": [3, 500]"#
    let neighbours = #"{ "kernel": "\#(kernel)", "sweep": {\#(arguments)}, "repeat": 200 }"#
    let run = try Invocation(
      """
      { "isolation": "process", "plugins": [\(plugins)], "tasks": [
        \(neighbours),
        { "kernel": "wild_write_arena", "args": { "at": 0, "bytes": 1048576 } },
        \(neighbours) ] }
      """, "--format", "jsonl", "-q")
    let failed = try run.records.filter { $0["ok"] as? Bool != true }
    #expect(failed.count == 1, "\(failed.prefix(3))")
    #expect(failed.first?["kernel"] as? String == "wild_write_arena")
    #expect(failed.first?["status"] as? String == "crash")
    #expect(try run.records.count == 801, "\(run.outcome.err)")
    // All have their warnings in their records; a person reads the first ones.
    let warned = try run.records.count { $0["warning"] != nil }
    let lines = run.outcome.err.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("host: warning: call") } == min(warned, 20))
    let more = "host: warning: \(warned - 20) more call"
    #expect(lines.contains { $0.hasPrefix(more) } == (warned > 20), "\(warned) \(lines.last ?? "")")
  }

  /// Step, signal, address and function, of a static function too.
  @Test func aCrashIsDescribed() throws {
    let run = try Invocation(
      try manifest(
        Hostile(kernel: "null_write", arguments: #"{"at": 7}"#, ends: []), isolation: "process"),
      "--format", "jsonl", "-q")
    let record = try run.records[2]
    let error = try #require(record["error"] as? [String: Any])
    #expect(error["code"] as? Int == 11)
    #expect(record["steps"] as? Int == 7)
    let message = try #require(error["message"] as? String)
    #expect(
      message.hasPrefix("died in step 7 of SIGSEGV at address 0x0, in null_write_step+0x"))
    #expect(message.contains("(libmemory.so)"))
  }

  /// Flat calls go on where they were; the others begin again; both end as if nothing had been.
  @Test func flatCallsGoOnAndOthersBeginAgain() throws {
    let run = try Invocation(
      try manifest(
        Hostile(kernel: "null_write", arguments: #"{"at": 50}"#, ends: []), isolation: "process"),
      "--format", "jsonl", "-q")
    let records = try run.records
    #expect(records[0]["attempts"] as? Int == 1 && records[0]["steps"] as? Int == 301)
    #expect((records[0]["result"] as? [String: Any])?["starts"] as? Int == 1)
    #expect(records[1]["attempts"] as? Int == 2)
    #expect((records[1]["result"] as? [String: Any])?["starts"] as? Int == 1)
  }

  /// Where a call dies among many, each of the others has every step once and no more.
  @Test func allOthersGoOnExactlyWhereTheyWere() throws {
    let calls = 2_000
    let tasks = (0..<calls).map { call in
      let arguments = #""steps": 60, "at": \#(call * 7 % 50), "deadly": \#(call % 100 == 50)"#
      return #"{"kernel": "deadly_if", "args": {\#(arguments)}}"#
    }
    let library = try Plugins.library("neighbours.c")
    let run = try Invocation(
      #"{"plugins": ["\#(library)"], "tasks": [\#(tasks.joined(separator: ","))]}"#,
      "--format", "jsonl", "-q")
    let records = try run.records
    #expect(records.count == calls)
    for (call, record) in records.enumerated() {
      let isDeadly = call % 100 == 50
      let steps = isDeadly ? call * 7 % 50 : 61
      #expect(record["status"] as? String == (isDeadly ? "crash" : "ok"), "\(record)")
      #expect(record["steps"] as? Int == steps, "\(record)")
      if !isDeadly { #expect(record["attempts"] as? Int == 1, "\(record)") }
    }
  }

  /// The most that a process held, in bytes. (What wait4 says of a child begins with what its
  /// parent held.)
  private func peakMemory(of process: pid_t) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = try #require(status.lines.first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.split(separator: " ")[1])) * 1024
  }

  /// Crashes leave nothing behind in the host. CI makes KERNELHOST_CALLS of them.
  @Test func crashesTakeNoMemory() throws {
    let calls = Int(ProcessInfo.processInfo.environment["KERNELHOST_CALLS"] ?? "") ?? 40_000
    let library = try Plugins.library("neighbours.c")
    let peaks = try [false, true].map { crashes in
      let tasks = (0..<calls).map { call in
        #"{"kernel": "deadly_if", "args": {"deadly": \#(crashes && call % 200 == 100)}}"#
      }
      let manifest = """
        {"plugins": ["\(library)"], "crash_limit": 1000000, "isolation": "process",
         "tasks": [\(tasks.joined(separator: ","))]}
        """
      let folder = try TemporaryFolder()
      try folder.write(manifest, to: "m.json")
      let child = try HostBinary.start(["m.json", "--format", "jsonl"], folder: folder.path)
      // A record has more than 150 bytes: much is still to come, and the host waits to
      // write it.
      try child.read { $0.standardOutput.count > calls * 100 }
      let peak = try peakMemory(of: child.id)
      #expect(try child.finish().end == .exit(crashes ? 1 : 0))
      return peak
    }
    // Tokens wait for the one before them whose call is being tried again alone: that is a
    // window, whose size depends on the machine; what is lost with each crash would be more.
    #expect(peaks[1] < peaks[0] * 3 / 2 + 16 << 20, "\(peaks)")
  }

  /// What must not be run again is not: it was started once, and says what became of it.
  @Test func anImpureCallIsLostAndNotRunAgain() throws {
    let folder = try TemporaryFolder()
    let plugins = try Plugins.all().map { "\"\($0)\"" }.joined(separator: ", ")
    let run = try Invocation(
      """
      { "plugins": [\(plugins)], "allow": { "write": ["\(folder.path)"] }, "tasks": [
        { "kernel": "impure", "args": { "steps": 100, "path": "\(folder.path("starts"))" } },
        { "kernel": "null_write", "args": { "at": 5 } } ] }
      """, "--format", "jsonl")
    let records = try run.records
    #expect(records.map { $0["status"] as? String } == ["lost", "crash"], "\(records)")
    #expect(try folder.read("starts").lines.count == 1)
  }

  /// The printed order is that of asyncio before, at and after the crash.
  @Test(arguments: [0, 1, 4, 9])
  func theOrderStaysTheSeeds(_ at: Int) throws {
    let loops = [3, 6, 9, 12].map { #"{"kernel": "for_loop", "args": {"max": \#($0)}}"# }
    let plain = try Invocation("[\(loops.joined(separator: ","))]", "--format", "text")
    let library = try Plugins.library("hostile/memory.c")
    for place in 0...4 {
      var tasks = loops
      tasks.insert(#"{"kernel": "null_write", "args": {"at": \#(at)}}"#, at: place)
      let run = try Invocation(
        #"{"plugins": ["\#(library)"], "tasks": [\#(tasks.joined(separator: ","))]}"#)
      #expect(run.outcome.end == .exit(1))
      let prints = { (lines: [String]) in lines.filter { !$0.hasPrefix("Results") } }
      #expect(prints(run.lines) == prints(plain.lines), "place \(place)")
    }
  }
}
