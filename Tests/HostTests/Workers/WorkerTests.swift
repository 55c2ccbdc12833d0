import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// Workers: limits, sandbox, retries, output, and what happens when they are killed.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct WorkerTests {
  private func run(_ head: String, _ tasks: String, _ options: String...) throws -> Outcome {
    let folder = try TemporaryFolder()
    let plugins = try Plugins.all().map { "\"\($0)\"" }.joined(separator: ", ")
    try folder.write("{ \"plugins\": [\(plugins)]\(head), \"tasks\": [\(tasks)] }", to: "m.json")
    return try HostBinary.run(["m.json", "--format", "jsonl"] + options, folder: folder.path)
  }

  private func records(_ outcome: Outcome) throws -> [[String: Any]] {
    try outcome.out.callRecords
  }

  private func statuses(_ outcome: Outcome) throws -> [String] {
    try records(outcome).map { $0["status"] as? String ?? "" }
  }

  @Test func aStepThatDoesNotReturnIsKilledAfterTheGrace() throws {
    let outcome = try run(
      "", #"{"kernel": "endless_step", "args": {"at": 3}, "timeout": 0.05, "grace": 0.02}"#)
    let record = try records(outcome)[0]
    #expect(record["status"] as? String == "timeout" && record["steps"] as? Int == 3)
    let error = try #require(record["error"] as? [String: Any])
    #expect((error["message"] as? String)?.contains("killed in step 3") == true)
  }

  /// Each attempt that is wished for, and no more; a crash only where `on` says so.
  @Test func retries() throws {
    let deadly = #"{"kernel": "deadly_if", "args": {"deadly": true}"#
    let outcome = try run(
      "",
      """
      \(deadly), "retries": 2}, \(deadly), "retries": {"times": 2, "on": ["crash"]}},
      \(deadly), "retries": {"times": 1, "on": ["SIGSEGV"], "delay": 0.01}},
      {"kernel": "for_loop", "args": {"increment": 0}, "retries": 3},
      {"kernel": "for_loop", "args": {"increment": 0}, "retries": {"times": 3, "on": ["timeout"]}}
      """)
    let records = try records(outcome)
    #expect(try statuses(outcome) == ["crash", "crash", "crash", "error", "error"])
    let attempts = records.map { $0["attempts"] as? Int ?? -1 }
    // A crash beside others is looked at once more, alone, which is no retry.
    #expect((1...2).contains(attempts[0]) && (3...4).contains(attempts[1]), "\(attempts)")
    #expect((2...3).contains(attempts[2]) && attempts[3] == 4 && attempts[4] == 1, "\(attempts)")
  }

  @Test func aKernelThatCrashesTooOftenIsNotCalledAnyMore() throws {
    let deadly = [String](
      repeating: #"{"kernel": "deadly_if", "args": {"deadly": true}}"#, count: 20)
    let good = [String](repeating: #"{"kernel": "good_flat", "args": [3]}"#, count: 20)
    let tasks = zip(deadly, good).flatMap { [$0, $1] }.joined(separator: ",")
    let outcome = try run(#", "crash_limit": 5"#, tasks)
    let found = try statuses(outcome)
    #expect(found.count { $0 == "ok" } == 20)
    #expect(found.count { $0 == "crash" } >= 5 && found.count { $0 == "skipped" } > 0)
    #expect(found.count { $0 == "crash" } + found.count { $0 == "skipped" } == 20)
    #expect(outcome.err.contains("has reached the crash limit, 5 crashes"))
  }

  @Test func sandboxDeniesAndAllows() throws {
    let folder = try TemporaryFolder()
    try folder.write("content", to: "in")
    let write =
      #"{"kernel": "opens_file", "args": {"path": "\#(folder.path("out"))", "mode": "write"}}"#
    let read =
      #"{"kernel": "opens_file", "args": {"path": "\#(folder.path("in"))", "mode": "read"}}"#
    let tasks = "\(write), \(read)"
    #expect(try statuses(run("", tasks)) == ["error", "ok"])
    #expect(try folder.names == ["in"])
    let allowed = #", "allow": {"write": ["\#(folder.path)"]}"#
    #expect(try statuses(run(allowed, tasks)) == ["ok", "ok"])
    #expect(try statuses(run("", tasks, "--allow-write", folder.path)) == ["ok", "ok"])
    #expect(try statuses(run(#", "sandbox": "strict""#, tasks)) == ["error", "error"])
    #expect(
      try statuses(run("", tasks, "--sandbox", "strict", "--allow-read", folder.path))
        == ["error", "ok"])
    #expect(try statuses(run("", tasks, "--sandbox", "none")) == ["ok", "ok"])
  }

  /// What was refused names the key that allows it; where nothing was shut in, nothing is said.
  @Test func whatTheSandboxRefusesIsSaid() throws {
    let folder = try TemporaryFolder()
    let missing = folder.path("no/such")
    let write = { (path: String) in
      #"{"kernel": "opens_file", "args": {"path": "\#(path)", "mode": "write"}}"#
    }
    let terminal = try PseudoTerminal(columns: 80, rows: 24)
    let tasks = """
      \(write(folder.path("out"))), \(write(missing)), {"kernel": "connects"},
      {"kernel": "opens_file", "args": {"path": "\(terminal.name)", "mode": "read"}}
      """
    let messages = { (outcome: Outcome) in
      try records(outcome).map { ($0["error"] as? [String: Any])?["message"] as? String ?? "" }
    }
    let found = try messages(run("", tasks))
    #expect(found[0].contains(#""allow": {"write": [...]}"#) && !found[0].contains(#""read""#))
    #expect(found[2].contains(#""sandbox": "none""#))
    #expect(found[3].contains("lets no call read a terminal"))
    let strict = try messages(run("", tasks, "--sandbox", "strict"))
    #expect(strict[0].contains(#""allow": {"read": [...]}"#))
    for message in try messages(run("", write("/proc/1/oom_score_adj/no"), "--sandbox", "none")) {
      #expect(!message.isEmpty && !message.contains("sandbox"), "\(message)")
    }
  }

  /// Nor what is typed at the terminal that the host itself writes to.
  @Test(arguments: ["default", "strict"])
  func theOwnTerminalIsNotRead(sandbox: String) throws {
    let folder = try TemporaryFolder()
    let terminal = try PseudoTerminal(columns: 80, rows: 24)
    let plugin = try Plugins.library("hostile/descriptors.c")
    let tasks = [terminal.name, "/dev/stderr", "/dev/tty"].map { path in
      #"{"kernel": "opens_file", "args": {"path": "\#(path)", "mode": "read"}}"#
    }
    try folder.write(
      #"{"plugins": ["\#(plugin)"], "tasks": [\#(tasks.joined(separator: ","))]}"#, to: "m.json")
    let child = try terminal.start(
      ["m.json", "--format", "jsonl", "--sandbox", sandbox, "--progress", "none"],
      folder: folder.path, output: folder.path("out"))
    _ = try child.finish()
    let records = try folder.read("out").callRecords
    let names = records.map { ($0["error"] as? [String: Any])?["name"] as? String ?? "" }
    // A worker's own standard error is no terminal.
    #expect(names.count == 3 && names[0] == "EACCES" && names[2] == "EACCES", "\(names)")
  }

  /// By line and with the call's name, never among the results; a flood is cut, and that
  /// is said.
  @Test func whatKernelsWriteThemselves() throws {
    let outcome = try run(
      "",
      #"{"name": "one", "kernel": "prints_raw", "args": {"text": "hello\n", "times": 2}}, {"kernel": "floods", "args": {"megabytes": 3}}"#
    )
    #expect(try statuses(outcome) == ["ok", "ok"])
    #expect(outcome.err.contains("call 0 (\"one\"): hello\n"))
    #expect(outcome.err.contains("call 1 (floods): "))
    #expect(outcome.err.contains("more bytes of its standard output"))
    #expect(outcome.err.utf8.count < 300_000)
  }

  @Test func checkSaysWhatIsInForce() throws {
    let folder = try TemporaryFolder()
    try folder.write("[]", to: "m.json")
    let outcome = try HostBinary.run(["check", "--verbose", "m.json"], folder: folder.path)
    #expect(outcome.out.contains("isolation: process\nsandbox: default\n"))
    #expect(outcome.out.contains("(seccomp): "))
  }

  /// Processes below one, itself included.
  private func family(of process: pid_t) -> [pid_t] {
    let path = "/proc/\(process)/task"
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return tasks.reduce(into: [process]) { all, task in
      let text = (try? String(contentsOfFile: "\(path)/\(task)/children", encoding: .utf8)) ?? ""
      for child in text.split(separator: " ") {
        if let id = pid_t(child) { all += family(of: id) }
      }
    }
  }

  private func isAlive(_ process: pid_t) -> Bool {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    return !text.isEmpty && !text.contains(") Z ")
  }

  /// One that computes for longer than any test, one that sleeps so, and one that tells
  /// when all have begun.
  private static let waiting = """
    [{"kernel": "monte_carlo_pi", "args": {"samples": 4000000000000}},
     {"kernel": "sleep", "args": [1000]},
     {"kernel": "for_loop", "args": [0, 1, 7]}]
    """

  private func started(_ options: String...) throws -> (Child, [pid_t]) {
    let child = try HostBinary.start(["-"] + options, input: Array(Self.waiting.utf8))
    try child.read { String(decoding: $0.standardOutput, as: UTF8.self).contains("for: 7\n6\n") }
    let family = family(of: child.id)
    try #require(family.count >= 3, "host, fork server, worker: \(family)")
    return (child, family)
  }

  @Test func nothingOutlivesTheHost() throws {
    let (child, family) = try started()
    child.send(SIGKILL)
    _ = try child.finish()
    // Nobody tells when the last is gone: look until it is, or the test runs out of time.
    let deadline = ContinuousClock.now + .seconds(20)
    while family.contains(where: isAlive), ContinuousClock.now < deadline { sched_yield() }
    #expect(family.filter(isAlive) == [])
  }

  /// The others go on; what ran is started again, for nobody knows whose fault it was.
  @Test(arguments: [1, 2])
  func killedFromOutside(_ generation: Int) throws {
    let (child, family) = try started()
    kill(family[generation], SIGKILL)
    // Another worker takes over, and the run ends as it would have.
    let deadline = ContinuousClock.now + .seconds(20)
    var now = self.family(of: child.id)
    while now.count < 3 || now.contains(family[2]), ContinuousClock.now < deadline {
      now = self.family(of: child.id)
    }
    #expect(now.count >= 3)
    child.send(SIGINT)
    let outcome = try child.finish()
    #expect(outcome.end == .exit(130))
    let tokens = try JSON.array(
      String(try #require(outcome.out.lines.last).dropFirst("Results: ".count)))
    #expect(tokens.count == 3)
  }

  /// Kills at any moment: of the host, of the process that forks the workers, of a worker.
  /// Nothing is left behind, and whoever lives on has a token for every call. CI does it
  /// KERNELHOST_KILLS times.
  @Test func killedAtAnyMoment() throws {
    let kills = Int(ProcessInfo.processInfo.environment["KERNELHOST_KILLS"] ?? "") ?? 9
    var random = MixTests.Generator(state: 7)
    let task = #"{"kernel": "monte_carlo_pi", "args": {"samples": 200000}}"#
    let manifest = "[" + [String](repeating: task, count: 300).joined(separator: ",") + "]"
    for number in 0..<kills {
      let child = try HostBinary.start(["-", "--format", "jsonl"], input: Array(manifest.utf8))
      // A moment that is another each time: so many looks at what lives, once the victim is
      // there.
      var all: Set<pid_t> = [child.id]
      var family = [child.id]
      while family.count <= number % 3, isAlive(child.id) { family = self.family(of: child.id) }
      for _ in 0..<Int.random(in: 0..<1500, using: &random) {
        family = self.family(of: child.id)
        all.formUnion(family)
      }
      let victim = family[min(number % 3, family.count - 1)]
      kill(victim, SIGKILL)
      let outcome = try child.finish()
      if victim != child.id {
        #expect(outcome.end == .exit(0), "\(outcome.err)")
        #expect(try outcome.out.callRecords.count == 300)
      }
      let deadline = ContinuousClock.now + .seconds(20)
      while all.contains(where: isAlive), ContinuousClock.now < deadline { sched_yield() }
      #expect(all.filter(isAlive) == [], "kill \(number) of \(victim) in \(family)")
    }
  }

  private static let hasNamespaces =
    (try? HostBinary.run(["check", "--verbose", "-"], input: Array("[]".utf8)))?
    .out.contains("(PID namespace): yes") ?? false

  /// Where namespaces are allowed, a grandchild that has left everything dies, too.
  @Test(.enabled(if: hasNamespaces, "PID namespaces are not allowed here"))
  func aDaemonOfAKernelDiesWithTheHost() throws {
    let folder = try TemporaryFolder()
    let library = try Plugins.library("hostile/processes.c")
    let child = try HostBinary.start(
      ["-", "--sandbox", "none"],
      input: Array(
        """
        {"plugins": ["\(library)"], "tasks": [
          {"kernel": "daemon_child", "args": {"path": "\(folder.path("pid"))"}},
          {"kernel": "sleep", "args": [1000]}, {"kernel": "for_loop", "args": [0, 1, 1]}]}
        """.utf8))
    try child.read { String(decoding: $0.standardOutput, as: UTF8.self).contains("for: 1\n0\n") }
    // It is the fork server's child now, who is the first process of the namespace.
    let family = family(of: child.id)
    #expect(!(try folder.read("pid")).isEmpty)
    child.send(SIGKILL)
    _ = try child.finish()
    let deadline = ContinuousClock.now + .seconds(20)
    while family.contains(where: isAlive), ContinuousClock.now < deadline { sched_yield() }
    #expect(family.filter(isAlive) == [])
  }
}
