// Over 300 lines, for each test needs the same edits of records.
import Foundation
import KernelHostTestSupport
import Testing

/// `host replay` says what has changed since a run, and whether the call ended as before.
struct ReplayDifferenceTests {
  private func made(_ manifest: String, _ files: [String: String] = [:]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(text, to: name) }
    try folder.write(manifest, to: "m.json")
    let run = try HostBinary.run(
      ["--format", "jsonl", "-q", "-o", "r.jsonl", "m.json"], folder: folder.path)
    try #require(run.end == .exit(0) || run.end == .exit(1), "\(run.err)")
    return folder
  }

  /// Replays a call: the exit code, and each text must be in what is said.
  private func expect(
    _ folder: TemporaryFolder, _ call: Int, _ code: Int32, _ says: String...,
    not: [String] = ["warning"], records: String = "r.jsonl",
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let again = try HostBinary.run(
      ["replay", records, "--call", "\(call)"], folder: folder.path)
    #expect(again.end == .exit(code), "\(again.err)", sourceLocation: location)
    for text in says { #expect(again.err.contains(text), "\(again.err)", sourceLocation: location) }
    for text in not { #expect(!again.err.contains(text), "\(again.err)", sourceLocation: location) }
  }

  /// With a part of the records changed.
  private func edit(
    _ folder: TemporaryFolder, _ found: String, _ other: String,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let text = try folder.read("r.jsonl")
    #expect(text.contains(found), "\(text)", sourceLocation: location)
    try folder.write(text.replacing(found, with: other), to: "e.jsonl")
  }

  // MARK: The result

  private static let plain = """
    [{"kernel": "logistic_map", "args": {"r": 3.7, "n": 1, "x0": 0.25}},
     {"kernel": "moments", "args": [["NaN", 1]]}, {"kernel": "moments", "args": [[1, 2, 4]]},
     {"kernel": "for_loop", "args": [0, 0]}, {"kernel": "fft", "args": {"real": [1, 2, 3, 4]}}]
    """

  @Test func asRecorded() throws {
    let folder = try made(Self.plain)
    for call in [0, 1, 2, 4] { try expect(folder, call, 0, "host: it ended as recorded") }
    try expect(folder, 3, 1, "host: it ended as recorded")
  }

  /// To the last bit, by name, with both numbers.
  @Test func otherResults() throws {
    let folder = try made(Self.plain)
    // As it was written: another reader may round it.
    let record = try folder.read("r.jsonl").lines[1]
    let match = try #require(record.firstMatch(of: #/"result":([0-9.]+),/#))
    let x = try #require(Double(match.1))
    try edit(folder, #""result":\#(x),"#, #""result":\#(x.nextUp),"#)
    try expect(
      folder, 0, 4, "the result differs from the record: then \(x.nextUp), now \(x)",
      "relative difference 1.", "e-16)", records: "e.jsonl")
    try edit(folder, #""mean":null"#, #""mean":0.0"#)
    try expect(
      folder, 1, 4, #"the result "mean" differs from the record: then 0.0, now "NaN""#,
      not: ["relative", "variance"], records: "e.jsonl")
    try edit(folder, #""count":3"#, #""count":4"#)
    try expect(
      folder, 2, 4, #"the result "count" differs from the record: then 4, now 3"#,
      records: "e.jsonl")
    try edit(folder, #""result":{"count":3,"#, #""result":{"number":3,"#)
    try expect(
      folder, 2, 4, "the record has a result that the kernel does not return now",
      records: "e.jsonl")
    try edit(folder, #""real":[10.0,-2.0,"#, #""real":[10.0,-1.0,"#)
    try expect(
      folder, 4, 4, #"the result "real" differs from the record: 1 of 4 elements differ"#,
      "first element 1 (from 0): then -1.0, now -2.0 (largest relative difference 5.0e-1)",
      records: "e.jsonl")
    try edit(folder, #""real":[10.0,-2.0,"#, #""real":[-2.0,"#)
    try expect(folder, 4, 4, "then 3 elements, now 4", records: "e.jsonl")
    // Another error, and another ending.
    try edit(folder, #""message":"increment must not be 0""#, #""message":"increment is odd""#)
    try expect(
      folder, 3, 4,
      "it did not end as recorded: then error, EINVAL: increment is odd; now "
        + "error, EINVAL: increment must not be 0", records: "e.jsonl")
  }

  /// What time or damage did may not come again: that is a difference.
  @Test(arguments: [
    ("timeout", "ETIMEDOUT"), ("crash", "SIGSEGV"), ("lost", "LOST"), ("cancelled", "ECANCELED"),
  ])
  func endsWellNow(_ status: String, _ name: String) throws {
    let folder = try made(#"[{"kernel": "primes", "args": [10]}]"#)
    let record = try #require(try folder.read("r.jsonl").lines.last)
    let start = try #require(record.firstRange(of: #""result""#))
    let end = try #require(record.firstRange(of: #""attempts""#))
    let failed =
      #""result":null,"ok":false,"status":"\#(status)","error":{"code":1,"name":"\#(name)","message":"m"},"#
    try edit(folder, String(record[start.lowerBound..<end.lowerBound]), failed)
    try expect(
      folder, 0, 4, "it did not end as recorded: then \(status), \(name): m; now ok",
      records: "e.jsonl")
  }

  // MARK: What has changed

  private static let manifest = """
    { "plugins": [{ "path": "f.c", "flags": ["-DADD=1"] }], "tasks": [
      { "kernel": "f", "args": { "x": 2 } }, { "kernel": "f", "args": { "x": 2, "n": 5 } } ] }
    """
  private static let source = """
    #include "kernel_host.h"
    #include "f.h"
    typedef struct { double x; int64_t n; double y; } f;
    static int f_step(kh_call *call, void *state) {
        (void)call;
        f *self = state;
        self->y = FACTOR * self->x + (double)self->n + ADD;
        return KH_DONE;
    }
    KH_KERNEL(f, .summary = "s", .step = f_step, .defaults = KH_DEFAULTS(f, .n = 7),
        .params = KH_PARAMS(KH_PARAM(f, x, "x"), KH_PARAM(f, n, "n")),
        .results = KH_RESULTS(KH_RESULT(f, y, "y")));
    """
  private static let files = ["f.c": source, "f.h": "#define FACTOR 2\n"]

  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler"))
  func anEditedKernel() throws {
    let folder = try made(Self.manifest, Self.files)
    try expect(folder, 0, 0, "it ended as recorded")
    try folder.write(Self.source.replacing("FACTOR *", with: "5 *"), to: "f.c")
    try expect(
      folder, 0, 4,
      "host: warning: plugin \"\(folder.path("f.c"))\": \"\(folder.path("f.c"))\" "
        + "has changed: then ", "the result differs from the record: then 12.0, now 18.0 (relative",
      not: ["f.h", "compiler"])
    // A header of it; a change that changes nothing is said, too.
    try folder.write(Self.source, to: "f.c")
    try folder.write("#define FACTOR 2.0\n", to: "f.h")
    try expect(
      folder, 0, 0, "\"\(folder.path("f.h"))\" has changed: then 17 bytes (SHA-256 ",
      "it ended as recorded", not: ["f.c\" has"])
    // Its flags, which stand in the manifest.
    try folder.write(Self.files["f.h"]!, to: "f.h")
    try folder.write(Self.manifest.replacing("ADD=1", with: "ADD=2"), to: "m.json")
    try expect(
      folder, 0, 4, "m.json\" has changed since the results were written",
      "the compiler's flags: then -O2", "-DADD=1", "-DADD=2", "then 12.0, now 13.0",
      not: ["f.h", "argument"])
    try folder.write("{\"plugins\": [\"g.c\"], \"tasks\": [{\"kernel\": \"f\"}]}", to: "m.json")
    try folder.write(
      Self.source.replacing("+ ADD", with: "").replacing("f.h", with: "g.h"), to: "g.c")
    try folder.write(Self.files["f.h"]!, to: "g.h")
    try expect(
      folder, 0, 4, "plugin \"\(folder.path("f.c"))\" was loaded then, and is not now",
      "plugin \"\(folder.path("g.c"))\" was not loaded then", not: [])
  }

  /// A library is known by its content; so are a plain one's declarations.
  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler"))
  func anotherLibrary() throws {
    let folder = try TemporaryFolder()
    func build(_ factor: Int) throws {
      try folder.write(
        "double twice(double x) { return \(factor) * x; }\n"
          + "double other(double x) { return x; }\n", to: "twice.c")
      let build = try Child(
        "/usr/bin/env", ["cc", "-shared", "-fPIC", "-o", "libtwice.so", "twice.c"],
        folder: folder.path
      ).finish()
      try #require(build.end == .exit(0), "\(build.err)")
    }
    func write(_ more: String) throws {
      try folder.write(
        """
        { "plugins": [{ "library": "./libtwice.so", "functions": ["double twice(double x)"\(more)] }],
          "tasks": [{ "kernel": "twice", "args": { "x": 4 } }] }
        """, to: "m.json")
    }
    try build(2)
    try write("")
    let run = try HostBinary.run(
      ["--format", "jsonl", "-o", "r.jsonl", "m.json"], folder: folder.path)
    try #require(run.end == .exit(0), "\(run.err)")
    try build(3)
    try expect(
      folder, 0, 4, "the library has changed: then ", "then 8.0, now 12.0", not: ["declared"])
    try write(#", "double other(double x)""#)
    try expect(
      folder, 0, 4,
      "libtwice.so\": not declared then: double other(double x)\n",
      "the library has changed", not: [])
  }

  /// The call is made with what it had then, whatever the manifest or a default says now.
  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler"))
  func theRecordedArguments() throws {
    let folder = try made(Self.manifest, Self.files)
    try folder.write(Self.manifest.replacing(#""x": 2 }"#, with: #""x": 20 }"#), to: "m.json")
    try expect(
      folder, 0, 0, "argument \"x\" was 2.0, and would be 20.0 now; the call is made with 2.0",
      "with {\"x\":2.0,\"n\":7}", "it ended as recorded", not: ["\"n\" was"])
    try folder.write(Self.manifest, to: "m.json")
    try folder.write(Self.source.replacing(".n = 7", with: ".n = 8"), to: "f.c")
    try expect(
      folder, 0, 0, "argument \"n\" was 7, and would be 8 now; the call is made with 7",
      "has changed: then", "it ended as recorded", not: ["\"x\" was"])
    try expect(folder, 1, 0, "it ended as recorded", not: ["argument"])
    // A parameter that is new, one that is gone, one that takes something else.
    try folder.write(Self.manifest.replacing(#", "n": 5"#, with: ""), to: "m.json")
    try folder.write(
      Self.source.replacing("int64_t n;", with: "bool n; double m;").replacing(
        "KH_PARAM(f, n, \"n\")", with: "KH_PARAM(f, n, \"n\"), KH_PARAM(f, m, \"m\")"
      ).replacing(".n = 7", with: ".n = true"), to: "f.c")
    try expect(
      folder, 0, 4,
      "argument \"n\" was 7, which is not allowed now (a bool (true or false)); the "
        + "call is made with true",
      "the kernel had no parameter \"m\" then; the call is made with "
        + "0.0", not: [])
    try folder.write(
      Self.source.replacing(", KH_PARAM(f, n, \"n\")", with: ""), to: "f.c")
    try expect(
      folder, 0, 0, "argument \"n\" was 7, and the kernel has no such parameter now", not: [])
  }

  /// Of a long one the record has a hash: it comes from the manifest, and is held against it.
  @Test func aLongArgument() throws {
    func manifest(_ last: Int) -> String {
      let values = (0..<80).map(String.init).joined(separator: ", ")
      return "[{\"kernel\": \"moments\", \"args\": [[\(values), \(last)]]}]"
    }
    let folder = try made(manifest(80))
    try expect(folder, 0, 0, "\"values\":{\"count\":81,\"sha256\":\"", "it ended as recorded")
    try folder.write(manifest(81), to: "m.json")
    try expect(
      folder, 0, 4, "argument \"values\" was different: the record has its hash ({\"count\":81,",
      "the call is made with the value of now", "the result \"mean\" differs from the record",
      not: ["would be"])
  }

  // MARK: Results of others

  /// It never began, for what it was to take is no argument: it must not run without it.
  @Test func anArgumentOutOfRange() throws {
    let folder = try made(
      """
      [{"name": "m", "kernel": "primes", "args": [100]},
       {"kernel": "logistic_map", "args": {"r": {"result": "m.count"}}},
       {"kernel": "moments", "args": [[1, {"result": "m.count"}]]}]
      """)
    try expect(
      folder, 1, 1, "argument \"r\" must be from 0 to 4; found 25", "it ended as recorded")
    let again = try HostBinary.run(["replay", "r.jsonl", "--call", "1"], folder: folder.path)
    #expect(again.out.lines.last?.hasPrefix("Results: [[null, false, \"EINVAL: argument") == true)
    try expect(folder, 2, 0, "with {\"values\":[1.0,25.0]}", "it ended as recorded")
    // Where another record was changed, the call's own record counts.
    try edit(folder, #""result":{"count":25,"#, #""result":{"count":26,"#)
    try expect(
      folder, 2, 0, "argument \"values\" was [1.0,25.0], and would be [1.0,26.0] now",
      not: [], records: "e.jsonl")
  }

  // MARK: Records of other hosts

  /// The form before this one: in the first call's record, and with no arguments.
  @Test func anOlderForm() throws {
    let folder = try made(Self.plain)
    let lines = try folder.read("r.jsonl").lines
    let run = try #require(try JSON.object(lines[0])["run"] as? [String: Any])
    let path = try #require(run["manifest"] as? String)
    let fingerprint = try #require(run["fingerprint"] as? String)
    var old = lines.dropFirst().map { $0.replacing(#/"args":\{[^}]*\},/#, with: "") }
    old[0].removeLast()
    old[0] +=
      #","run":{"version":1,"manifest":"\#(path)","fingerprint":"\#(fingerprint)","input":"json","#
      + #""plugins":[],"began":"2026-01-01T00:00:00.000Z"}}"#
    try folder.write(old.joined(separator: "\n") + "\n", to: "old.jsonl")
    try expect(folder, 0, 0, "it ended as recorded", records: "old.jsonl")
    try folder.write(Self.plain + " ", to: "m.json")
    try expect(
      folder, 0, 0, "has changed since the results were written; the arguments may be others",
      not: [], records: "old.jsonl")
  }

  /// A call belongs to the run whose record is the last before its own.
  @Test func severalRuns() throws {
    let folder = try made(Self.plain)
    let lines = try folder.read("r.jsonl").lines
    let other = [lines[0].replacing(#""host":""#, with: #""host":"9."#), lines[1]]
    try folder.write((lines + other).joined(separator: "\n") + "\n", to: "e.jsonl")
    try expect(folder, 0, 0, "the host has changed: then 9.", not: [], records: "e.jsonl")
    try expect(folder, 2, 0, "it ended as recorded", records: "e.jsonl")
  }

  @Test func aNewerForm() throws {
    let folder = try made(Self.plain)
    try edit(folder, #"{"run":{"version":2,"#, #"{"run":{"version":7,"what":[{}],"#)
    try expect(
      folder, 0, 0, "A newer host wrote the records: they are of version 7", not: [],
      records: "e.jsonl")
    for (key, other, says) in [
      ("host", "9.9", "the host has changed: then 9.9, build"),
      ("abi", "3.1", "the kernel ABI: then 3.1"),
      ("release", "0.1", "the machine has changed: then \"0.1\""),
      ("processor", "Z80", "the machine has changed: then \"Z80\""),
    ] {
      let text = try folder.read("r.jsonl").replacing(
        try Regex("\"\(key)\":\"[^\"]*\""), with: "\"\(key)\":\"\(other)\"")
      try folder.write(text, to: "e.jsonl")
      try expect(folder, 0, 0, says, "it ended as recorded", not: [], records: "e.jsonl")
    }
  }
}
