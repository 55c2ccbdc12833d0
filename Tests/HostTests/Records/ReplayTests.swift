import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// `host replay`: one call of a run again, by its results.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler"))
struct ReplayTests {
  private static func study(_ library: String) -> String {
    """
    { "plugins": ["\(library)"], "sandbox": "default", "limits": { "cpu": 500 },
      "defaults": { "memory": "1 GiB" }, "tasks": [
      { "name": "p", "kernel": "primes", "args": [10] },
      { "name": "m", "kernel": "fft", "args": { "real": [1, 2, 3, 4] } },
      { "kernel": "fft", "args": { "real": { "result": "m.real" } } },
      { "kernel": "deadly_if", "args": { "steps": 30, "at": 7 }, "sweep": { "deadly": [false, true] } },
      { "name": "bad", "kernel": "for_loop", "args": [0, 0, 2] },
      { "kernel": "for_loop", "args": [0, 1, 2], "after": "bad" },
      { "name": "map", "kernel": "logistic_map", "args": { "n": 5 }, "sweep": { "r": [1, 2, 3.5] } },
      { "kernel": "moments", "args": [{ "results": "map" }] } ] }
    """
  }

  private func results() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Self.study(try Plugins.library("neighbours.c")), to: "m.json")
    let run = try HostBinary.run(
      ["--format", "jsonl", "-q", "-o", "r.jsonl", "m.json"], folder: folder.path)
    try #require(run.end == .exit(1), "\(run.err)")
    return folder
  }

  private func replay(_ folder: TemporaryFolder, _ arguments: String...) throws -> Outcome {
    try HostBinary.run(["replay"] + arguments, folder: folder.path)
  }

  /// What JSON cannot write is null in a record, or a text, and comes back as what it was.
  @Test func whatWasNoNumberComesBack() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      [{"name": "n", "kernel": "moments", "args": [["NaN", 1]]},
       {"kernel": "moments", "args": [[{"result": "n.mean"}, 2]]},
       {"name": "all", "kernel": "logistic_map", "args": {"r": 2}, "sweep": {"n": [1, 2]}},
       {"kernel": "moments", "args": [{"results": "all"}]}]
      """, to: "m.json")
    var arguments = ["--format", "jsonl", "-q", "-o", "r.jsonl", "m.json"]
    try #require(try HostBinary.run(arguments, folder: folder.path).end == .exit(0))
    #expect(try folder.read("r.jsonl").contains(#""result.mean=NaN""#))
    let same = try replay(folder, "r.jsonl", "--call", "1")
    arguments += ["--nan", "text"]
    try #require(try HostBinary.run(arguments, folder: folder.path).end == .exit(0))
    let again = try replay(folder, "r.jsonl", "--call", "1")
    #expect(again.out.contains(#"{"count": 2, "mean": "NaN""#), "\(again.out)\(again.err)")
    #expect(same.out == again.out)
    // A record that somebody has changed.
    let records = try folder.read("r.jsonl")
    for (found, other) in [
      (#""result":{"count":2,"mean":"NaN""#, #""result":{"count":2,"neam":"NaN""#),
      (#""mean":"NaN""#, #""mean":"no""#), (#""count":2"#, #""count":2.5"#),
    ] {
      #expect(records.contains(found), "\(records)")
      try folder.write(records.replacing(found, with: other), to: "other.jsonl")
      let refused = try replay(folder, "other.jsonl", "--call", "1")
      #expect(refused.end == .exit(2) && refused.err.contains("call 0"), "\(refused.err)")
    }
    try folder.write(
      records.replacing(#""result":0.5,"#, with: #""result":"x","#), to: "other.jsonl")
    let refused = try replay(folder, "other.jsonl", "--call", "4")
    #expect(refused.end == .exit(2) && refused.err.contains("has a result that"), "\(refused.err)")
  }

  /// Each call that ended by itself ends so again.
  @Test func theSameAgain() throws {
    let folder = try results()
    let tokens = try HostBinary.run(
      ["--format", "tokens", "-q", "m.json"], folder: folder.path
    ).out.lines
    for call in [0, 1, 2, 3, 5, 7, 8, 9, 10] {
      let again = try replay(folder, "r.jsonl", "--call", "\(call)")
      #expect(again.end == .exit(call == 5 ? 1 : 0), "\(again.err)")
      #expect(again.out.lines.last == "Results: [\(tokens[call])]")
      #expect(again.err.hasPrefix("host: call \(call), "), "\(again.err)")
      #expect(again.err.contains("host: it ended as recorded"), "\(again.err)")
    }
  }

  @Test func aCrashIsItsOwn() throws {
    let folder = try results()
    let again = try replay(folder, "r.jsonl", "--call", "4")
    #expect(
      again.end == .signal(SIGSEGV)
        && again.err.contains("ended with crash, SIGSEGV: died in step 7"))
  }

  @Test(.enabled(if: Tool.path("gdb") != nil, "gdb is not there"))
  func underADebugger() throws {
    let folder = try results()
    let again = try replay(folder, "r.jsonl", "--call", "4", "--debug")
    let text = again.out + again.err
    // Some machines let nobody trace.
    if text.contains("Operation not permitted") { return }
    #expect(
      text.contains("received signal SIGSEGV") && text.contains("deadly_if_step"),
      "\(text.suffix(2000))")
  }

  @Test func whatCannotBe() throws {
    let folder = try results()
    func says(_ words: String, _ arguments: String...) throws {
      let run = try HostBinary.run(["replay"] + arguments, folder: folder.path)
      #expect(
        run.end == .exit(2) && run.out == "" && run.err.contains(words), "\(arguments): \(run.err)")
    }
    try says(
      "call 6 never began, because it waited for call 5, which ended with error; replay that one",
      "r.jsonl", "--call", "6")
    try says("has no record of call 11, among 11", "r.jsonl", "--call", "11")
    try says("no call given", "r.jsonl")
    try says("no records given: host replay")
    try says("2 files of records given", "r.jsonl", "r.jsonl", "--call", "0")
    try says("cannot come from standard input", "-", "--call", "0")
    try says("--call: found \"-1\"", "r.jsonl", "--call", "-1")
    try says("cannot open", "none.jsonl", "--call", "0")
    try says("expected one record on each line", "m.json", "--call", "0")
    // A part of the results has not what a call takes.
    let lines = try folder.read("r.jsonl").lines
    try folder.write(([lines[0]] + lines[11...]).joined(separator: "\n") + "\n", to: "part.jsonl")
    try says("does not have the 3 results that the call takes", "part.jsonl", "--call", "10")
    try folder.write(lines[1] + "\n", to: "headless.jsonl")
    try says("the results do not name their manifest", "headless.jsonl", "--call", "0")
    // Another manifest under the old name.
    let study = try folder.read("m.json")
    try folder.write("[{\"kernel\": \"for_loop\"}]", to: "m.json")
    try says("does not call \"primes\"", "r.jsonl", "--call", "0")
    try folder.write(study + " ", to: "m.json")
    let changed = try replay(folder, "r.jsonl", "--call", "0")
    #expect(
      changed.end == .exit(0) && changed.err.contains("has changed since the results were written"))
    try FileManager.default.moveItem(atPath: folder.path("m.json"), toPath: folder.path("n.json"))
    try says("cannot open", "r.jsonl", "--call", "0")
    #expect(try replay(folder, "r.jsonl", "--call", "0", "--manifest", "n.json").end == .exit(0))
  }

  @Test func fromStandardInput() throws {
    let folder = try TemporaryFolder()
    let manifest =
      "{\"kernel\": \"primes\", \"args\": [10]}\n{\"kernel\": \"for_loop\", \"args\": [0, 0]}\n"
    let run = try HostBinary.run(
      ["--input", "jsonl", "--format", "jsonl", "-o", "r.jsonl", "-"], input: Array(manifest.utf8),
      folder: folder.path)
    #expect(run.end == .exit(1))
    let lost = try replay(folder, "r.jsonl", "--call", "0")
    #expect(lost.end == .exit(2) && lost.err.contains("the manifest came from standard input"))
    try folder.write(manifest, to: "m.jsonl")
    let again = try replay(folder, "r.jsonl", "--call", "1", "--manifest", "m.jsonl")
    #expect(again.end == .exit(1) && again.out.contains("EINVAL: increment must not be 0"))
  }

  /// The plugins of the command line are found again from another folder.
  @Test func pluginsOfTheCommandLine() throws {
    let folder = try TemporaryFolder()
    let library = try Plugins.library("neighbours.c")
    try folder.write("[{\"kernel\": \"deadly_if\", \"args\": {\"steps\": 3}}]", to: "m.json")
    let run = try HostBinary.run(
      ["--plugin", library, "--format", "jsonl", "-o", "r.jsonl", "m.json"], folder: folder.path)
    #expect(run.end == .exit(0))
    let again = try HostBinary.run(["replay", folder.path("r.jsonl"), "--call", "0"], folder: "/")
    #expect(again.end == .exit(0), "\(again.err)")
  }
}
