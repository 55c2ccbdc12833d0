import Foundation
import KernelHostTestSupport
import Testing

/// `host emit`: its scripts start host with the right words, whatever the names are.
struct EmitTests {
  /// All that a shell, YAML or an engine could take for something else.
  private static let name = "-a 'b' \"c\" $(d) `e` {} {#} #f;\n\\END %j'\u{301}é.json"

  /// A stand-in for an engine or for host: it writes down its words, and runs what it is to run.
  private static func program(_ body: String) -> String { "#!/bin/sh\n" + body }

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("[]", to: Self.name)
    try folder.write("", to: "words")
    let words = folder.path("words")
    try folder.write(
      Self.program(
        "for word; do printf '%s\\0' \"$word\"; done >> \(words)\nprintf '\\1' >> \(words)\n"),
      to: "host")
    // A script on standard input is run at once, as the first element of the array.
    try folder.write(Self.program("cat > script; echo 7; sh script >&2\n"), to: "sbatch")
    try folder.write(Self.program("shift 2; OMPI_COMM_WORLD_RANK=1 \"$@\"\n"), to: "mpirun")
    try folder.write(
      Self.program(
        "while [ \"${1#--}\" != \"$1\" ] || [ \"$1\" = submit ]; do shift; done; \"$@\"\n"),
      to: "hq")
    for name in ["host", "sbatch", "mpirun", "hq"] {
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder.path(name))
    }
  }

  private func emit(_ engine: String, _ arguments: String...) throws -> String {
    let end = try HostBinary.run(
      ["emit", engine, "--shards", "4", "--program", folder.path("host")] + arguments
        + ["--", Self.name], folder: folder.path)
    #expect(end.end == .exit(0) && end.err.isEmpty, "\(end.err)")
    return end.out
  }

  /// Runs a script, and returns the words of each start of host.
  private func run(_ script: String, _ arguments: String...) throws -> [[String]] {
    try folder.write(script, to: "job")
    let path = folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    let end = try Child(
      "/bin/sh", ["job"] + arguments, environment: ["PATH": path], folder: folder.path
    ).finish()
    #expect(end.end == .exit(0), "\(end.err)")
    return try folder.read("words").split(separator: "\u{1}").map {
      $0.split(separator: "\0", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
  }

  private func shard(_ shard: String, time: [String] = ["--time", "60s"]) -> [String] {
    let stem = "./" + Self.name.dropLast(5)
    return ["run", "--journal", stem + ".kh", "--shard", shard, "-j", "2"] + time
      + ["--progress", "none", "-q", "./" + Self.name]
  }

  private var ends: [[String]] {
    let stem = "./" + Self.name.dropLast(5)
    return [
      ["finish", "-q", stem + ".kh"], ["merge", stem + ".kh", "-o", stem + ".results.jsonl"],
    ]
  }

  @Test func slurm() throws {
    let script = try emit("slurm", "--time", "1m", "-j", "2")
    #expect(script.contains("--time=1 ") || script.contains("--time=1\n"))
    #expect(script.contains("--array=\"${1:-0-3}\"") && script.contains("--signal=B:USR1@30"))
    #expect(script.contains("\nexec ") && script.contains("--requeue"))
    #expect(script.contains("--cpus-per-task=2"))
    #expect(try run(script) == [shard("auto/4", time: [])] + ends)
  }

  @Test(arguments: [nil, "1,3"])
  func mpi(_ only: String?) throws {
    let options = only.map { ["--only", $0] } ?? []
    let end = try HostBinary.run(
      ["emit", "mpi", "--shards", "4", "--program", folder.path("host"), "-j", "2", "--time", "60"]
        + options + ["--", Self.name], folder: folder.path)
    #expect(end.out.contains(only == nil ? "mpirun} -n 4 " : "mpirun} -n 2 "))
    #expect(try run(end.out) == [shard(only == nil ? "auto/4" : "3/4")] + ends)
  }

  @Test func hyperQueue() throws {
    let script = try emit("hyperqueue", "-j", "2", "--time", "1m")
    #expect(script.contains("--array=\"${1:-0-3}\" --cpus=2 --time-limit=120s"))
    #expect(try run(script) == [shard("auto/4")] + ends)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/parallel")))
  func parallel() throws {
    let script = try emit("parallel", "-j", "2", "--time", "1m")
    #expect(try run(script, "2") == [shard("2/4")] + ends)
  }

  @Test(arguments: [nil, "1,3"])
  func kubernetes(_ only: String?) throws {
    let options = only.map { ["--only", $0] } ?? []
    let end = try HostBinary.run(
      ["emit", "k8s", "--shards", "4", "--program", folder.path("host"), "-j", "2", "--time", "60"]
        + options + ["--image", "i: \"x\"", "--", Self.name], folder: folder.path)
    #expect(end.out.contains("completions: \(only == nil ? 4 : 2)\n"))
    #expect(end.out.contains("image: \"i: \\\"x\\\"\""))
    // A bare "on" or "null" would be no text.
    #expect(end.out.contains("metadata: {name: \"") && end.out.contains("-end\"}"))
    #expect(end.out.contains("values: [75]") && end.out.contains("podReplacementPolicy: Failed"))
    // Lines are as many as they should be: no name has broken one.
    #expect(end.out.lines.count == 46)
    var commands: [[String]] = []
    for line in end.out.lines where line.contains("command: ") {
      let words = try JSON.array(String(line.split(separator: "command: ", maxSplits: 1)[1]))
      commands.append(words.compactMap { ($0 as? String)?.replacing("$$(", with: "$(") })
    }
    #expect(commands.count == 2)
    for command in commands {
      _ = try Child(
        command[0] == "sh" ? "/bin/sh" : command[0], Array(command.dropFirst()),
        environment: ["JOB_COMPLETION_INDEX": "1"], folder: folder.path
      ).finish()
    }
    #expect(try run("") == [shard(only == nil ? "auto/4" : "3/4")] + ends)
  }

  @Test func mistakesAreSaid() throws {
    func refusal(_ arguments: String...) throws -> String {
      let end = try HostBinary.run(["emit"] + arguments, folder: folder.path)
      #expect(end.end == .exit(2) && end.out.isEmpty)
      return end.err
    }
    try folder.write("[]", to: "m.json")
    #expect(try refusal("slrum", "--shards", "4", "m.json").contains("did you mean \"slurm\"?"))
    #expect(try refusal("slurm", "m.json").contains("--shards N"))
    #expect(try refusal("slurm", "--shards", "4", "none.json").contains("no manifest"))
    #expect(try refusal("slurm", "--shards", "4", "--only", "4", "m.json").contains("from 0 to 3"))
    #expect(try refusal("slurm", "--shards", "4", "--image", "x", "m.json").contains("k8s alone"))
    #expect(try refusal("slurm", "--shards", "4", "-").contains("standard input"))
  }
}
