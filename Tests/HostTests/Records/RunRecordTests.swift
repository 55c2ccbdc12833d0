import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// What results say of the run that made them.
struct RunRecordTests {
  private static let study = """
    { "metadata": { "study": "a \\"b\\", {c} \\\\", "n": [1, 2.50,
        9007199254740993] },
      "tasks": [ { "kernel": "logistic_map", "args": { "r": 3.1 } },
                 { "kernel": "logistic_map", "args": { "r": 3.5, "n": 3 } } ] }
    """

  private func run(_ text: String) throws -> [String: Any] {
    try #require(try JSON.object(text)["run"] as? [String: Any], "\(text.prefix(200))")
  }

  @Test func comesFirst() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    let arguments = ["m.json", "-j", "2", "--isolation", "process", "--format", "jsonl"]
    let outcome = try HostBinary.run(arguments + ["-o", "r.jsonl"], folder: folder.path)
    #expect(outcome.end == .exit(0) && outcome.err == "", "\(outcome.err)")
    let lines = try folder.read("r.jsonl").lines
    #expect(lines.count == 3 && lines[0].hasPrefix(#"{"run":{"version":2,"#))
    #expect(try JSON.object(lines[0]).count == 1)
    let run = try run(lines[0])
    let version = try HostBinary.run(["--version"]).out
    let (host, abi) = (run["host"] as? String ?? "-", run["abi"] as? String ?? "-")
    #expect(version == "host \(host) (kernel ABI \(abi))\n")
    #expect((run["build"] as? String ?? "").wholeMatch(of: #/[0-9a-f]{16,64}/#) != nil)
    #expect(
      run["command"] as? [String] == [HostBinary.path] + arguments + ["-o", "r.jsonl"])
    #expect(run["folder"] as? String == folder.path)
    #expect(
      run["manifest"] as? String == folder.path("m.json") && run["input"] as? String == "json")
    #expect(run["mode"] as? String == "parallel" && run["lanes"] as? Int == 2)
    #expect(run["isolation"] as? String == "process" && run["sandbox"] as? String == "default")
    #expect((run["plugins"] as? [Any])?.isEmpty == true)
    // As it was written, to the last digit, on one line.
    #expect(
      lines[0].contains(
        #""metadata":{"study":"a \"b\", {c} \\","n":[1,2.50,9007199254740993]},"#), "\(lines[0])")
    let machine = try #require(run["machine"] as? [String: Any])
    var names = utsname()
    #expect(unsafe uname(&names) == 0)
    let release = unsafe withUnsafeBytes(of: names.release) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    #expect(machine["system"] as? String == "Linux" && machine["release"] as? String == release)
    #expect((machine["processors"] as? Int ?? 0) >= 1 && machine["machine"] is String)
    // Neither whose machine it is, nor its name.
    let node = unsafe withUnsafeBytes(of: names.nodename) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    #expect(!node.isEmpty && !machine.values.contains { $0 as? String == node })
  }

  /// What is not there is null, and a run of nothing has a record.
  @Test func whatIsNotKnown() throws {
    let text = try HostBinary.run(
      ["-", "--format", "jsonl", "--isolation", "none"], input: Array("[]".utf8)
    ).out
    #expect(text.lines.count == 1 && text.contains(#""manifest":null,"#))
    #expect(text.contains(#""metadata":null,"#))
    #expect(text.contains(#""isolation":"none","sandbox":"none""#))
  }

  @Test func inTheDocument() throws {
    let run = try Invocation(Self.study, "--format", "json", "--sandbox", "none")
    let document = try JSON.object(run.outcome.out)
    let made = try #require(document["run"] as? [String: Any])
    #expect(made["sandbox"] as? String == "none" && made["lanes"] as? Int == 1)
    #expect((made["metadata"] as? [String: Any])?.count == 2)
    #expect((document["calls"] as? [[String: Any]])?.count == 2)
  }

  // MARK: Beside a table

  @Test func besideATable() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    let csv = ["m.json", "--format", "csv"]
    let shown = try HostBinary.run(csv, folder: folder.path)
    #expect(try folder.names == ["m.json"])
    #expect(try HostBinary.run(csv + ["-o", "t.csv"], folder: folder.path).end == .exit(0))
    #expect(try folder.names == ["m.json", "t.csv", "t.csv.run.json"])
    // The table itself is a table and nothing else.
    let names = try folder.read("t.csv").lines.first
    #expect(try names == shown.out.lines.first && folder.read("t.csv").lines.count == 3)
    let text = try folder.read("t.csv.run.json")
    #expect(text.lines.count == 1)
    let command = try run(text)["command"] as? [String]
    #expect(command == [HostBinary.path] + csv + ["-o", "t.csv"])
    // Other formats have none; nor have devices and pipes.
    for arguments in [["--format", "tokens", "-o", "t"], ["--format", "csv", "-o", "/dev/null"]] {
      #expect(try HostBinary.run(["m.json"] + arguments, folder: folder.path).end == .exit(0))
    }
    #expect(!FileManager.default.fileExists(atPath: "/dev/null.run.json"))
    #expect(try folder.names == ["m.json", "t", "t.csv", "t.csv.run.json"])
  }

  /// Complete or absent, as the table is, and never over what something else has.
  @Test func theTableIsNotAlone() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    let same = try HostBinary.run(
      ["m.json", "--format", "csv", "-o", "t.csv", "--report", "t.csv.run.json"],
      folder: folder.path)
    #expect(same.end == .exit(2) && same.err.contains("are the same file"), "\(same.err)")
    try folder.write(Self.study, to: "t.run.json")
    let over = try HostBinary.run(
      ["t.run.json", "--format", "csv", "-o", "t"], folder: folder.path)
    #expect(over.end == .exit(2) && over.err.contains("over the manifest"), "\(over.err)")
    try FileManager.default.createDirectory(
      atPath: folder.path("u.run.json"), withIntermediateDirectories: true)
    let taken = try HostBinary.run(["m.json", "--format", "csv", "-o", "u"], folder: folder.path)
    #expect(taken.end == .exit(3) && taken.out == "", "\(taken.err)")
    #expect(taken.err.contains("cannot write the record of the run to u.run.json"), "\(taken.err)")
    #expect(try folder.names == ["m.json", "t.run.json", "u.run.json"])
  }

  // MARK: Plugins

  private static let kernel = """
    #include "twice.h"
    typedef struct { double x; int64_t n; double y; } twice;
    static int twice_step(kh_call *call, void *state) {
        (void)call;
        twice *self = state;
        self->y = FACTOR * self->x + (double)self->n;
        return KH_DONE;
    }
    KH_KERNEL(twice, .summary = "s", .step = twice_step, .defaults = KH_DEFAULTS(twice, .n = 7),
        .params = KH_PARAMS(KH_PARAM(twice, x, "x"), KH_PARAM(twice, n, "n")),
        .results = KH_RESULTS(KH_RESULT(twice, y, "y")));
    """

  /// What `sha256sum` says of a file.
  private func sum(_ path: String) throws -> String {
    String(try Child("/usr/bin/env", ["sha256sum", path]).finish().out.prefix { $0 != " " })
  }

  private func expectSum(_ file: Any?) throws {
    let file = try #require(file as? [String: Any])
    let path = try #require(file["path"] as? String)
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    #expect(try file["sha256"] as? String == sum(path) && file["bytes"] as? Int == size, "\(file)")
  }

  @Test(
    .enabled(if: Plugins.compiler != nil, "plugins need a C compiler"), arguments: [[], ["none"]])
  func pluginsByTheirContent(_ isolation: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.kernel, to: "twice.c")
    try FileManager.default.createDirectory(
      atPath: folder.path("inc"), withIntermediateDirectories: true)
    try folder.write("#include \"kernel_host.h\"\n#define FACTOR 2\n", to: "inc/twice.h")
    try folder.write(
      """
      { "plugins": [ { "path": "twice.c", "include": ["inc"], "flags": ["-DX=1"] },
          { "library": "libm.so.6", "functions": ["double j0(double x)", "double y0(double x)"] } ],
        "tasks": [ { "kernel": "twice", "args": [1] }, { "kernel": "y0", "args": [1] },
                   { "kernel": "deadly_if" } ] }
      """, to: "m.json")
    // Through a link: the file itself is named.
    let file = try Plugins.library("neighbours.c")
    let library = folder.path("libn.so")
    try FileManager.default.createSymbolicLink(atPath: library, withDestinationPath: file)
    let arguments = isolation.flatMap { ["--isolation", $0] }
    let outcome = try HostBinary.run(
      ["m.json", "--plugin", library, "--format", "jsonl"] + arguments, folder: folder.path)
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    let run = try run(outcome.out.lines[0])
    let plugins = try #require(run["plugins"] as? [[String: Any]])
    try #require(plugins.count == 3)
    #expect(plugins[0]["path"] as? String == library && plugins[0]["from"] as? String == "command")
    #expect((plugins[0]["kernels"] as? [String])?.contains("deadly_if") == true)
    #expect(plugins[0]["compiler"] is NSNull)
    let loaded = (plugins[0]["library"] as? [String: Any])?["path"] as? String
    #expect(loaded?.hasSuffix("/libneighbours.so") == true, "\(plugins[0])")
    let own = plugins[1]
    #expect(
      own["path"] as? String == folder.path("twice.c") && own["from"] as? String == "manifest")
    #expect(own["kernels"] as? [String] == ["twice"])
    let sources = try #require(own["sources"] as? [[String: Any]])
    #expect(
      sources.map { $0["path"] as? String }
        == [folder.path("twice.c"), folder.path("inc/twice.h")])
    for source in sources { try expectSum(source) }
    let flags = try #require(own["flags"] as? [String])
    #expect(flags.contains("-O2") && flags.contains("-DX=1") && flags.contains(folder.path("inc")))
    let compiler = try Child("/usr/bin/env", ["cc", "--version"]).finish().out.lines[0]
    #expect(own["compiler"] as? String == compiler)
    #expect(plugins[2]["path"] as? String == "libm.so.6")
    #expect(plugins[2]["functions"] as? [String] == ["double j0(double x)", "double y0(double x)"])
    #expect(plugins[2]["kernels"] as? [String] == ["j0", "y0"])
    // The file that the loader took.
    let found = try #require(plugins[2]["library"] as? [String: Any])
    #expect((found["path"] as? String ?? "").hasPrefix("/"), "\(found)")
    for plugin in plugins { try expectSum(plugin["library"]) }
  }

  // MARK: The page

  private func page(_ records: String) throws -> [String: Any] {
    try ReportTests.Made(records).data
  }

  @Test func onThePage() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.study, to: "m.json")
    let outcome = try HostBinary.run(
      ["m.json", "--format", "jsonl", "-o", "r.jsonl", "--report", "r.html"], folder: folder.path)
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    let records = try folder.read("r.jsonl")
    let made = try #require(try Self.made(page(records)) as? [[String]])
    func row(_ name: String) -> String { made.first { $0[0] == name }?[1] ?? "" }
    #expect(row("manifest") == folder.path("m.json") && row("command").contains("--report r.html"))
    #expect(row("metadata").contains("9007199254740993"))
    #expect(row("mode") == "concurrent, 1 lane, isolation process, sandbox default")
    #expect(row("host").contains("kernel ABI") && row("machine").hasPrefix("Linux "))
    // The page of the run itself says the same.
    #expect(try folder.read("r.html").contains(row("fingerprint of the manifest")))
    // Of several runs, of a newer host, and of hosts that said little.
    #expect(try ReportTests.Made(records + records).notes.contains("the records of 2 runs"))
    let newer = records.replacing(#"{"version":2,"#, with: #"{"version":3,"unheard":[{"of":1}],"#)
    #expect(try ReportTests.Made(newer).notes.contains("A newer host wrote the records"))
    #expect(try (Self.made(page(ReportTests.records)) as? [Any])?.isEmpty == true)
  }

  /// What the page of one run says of its origin.
  private static func made(_ page: [String: Any]) -> Any? {
    (page["runs"] as? [[String: Any]])?.first?["made"]
  }
}
