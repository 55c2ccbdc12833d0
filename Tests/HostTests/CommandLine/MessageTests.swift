import Foundation
import KernelHostTestSupport
import Testing

/// What a person is told who has made a usual mistake: the message names it and what to do.
struct MessageTests {
  private static let manifest = """
    {"tasks": [{"kernel": "for_loop", "name": "alpha", "args": [1]}, {"kernel": "primes"}]}
    """

  /// What it says on standard error, with the mistake found before anything ran.
  private func said(
    _ arguments: [String], files: [String: String] = [:], manifest: String = Self.manifest
  ) throws -> String {
    let folder = try TemporaryFolder()
    try folder.write(manifest, to: "m.json")
    for (name, text) in files { try folder.write(text, to: name) }
    let run = try HostBinary.run(arguments, folder: folder.path)
    #expect(run.end == .exit(2) && run.out.isEmpty, "\(arguments): \(run.err)")
    return run.err.replacing(folder.path, with: "FOLDER")
  }

  @Test(arguments: [
    ("memory", "write \"memory\" in \"defaults\" or a task"),
    ("deadline", "write \"deadline\" in \"defaults\" or a task"),
    ("repeat", "write \"repeat\" in a task"), ("args", "write \"args\" in a task"),
    ("address-space", "write \"address_space\" in \"limits\""),
    ("metadata", "write \"metadata\" in the manifest's outermost object"),
  ])
  func aKeyOfTheManifestAsAnOption(_ name: String, _ place: String) throws {
    for option in ["--\(name)", "-\(name)"] {
      let said = try said([option, "5", "m.json"])
      #expect(
        said.contains("unknown option --\(name); it is a key of the manifest: \(place)"), "\(said)")
    }
  }

  /// Every option of the command line that is no key of the manifest, too.
  @Test func anOptionAsAKeyOfTheManifest() throws {
    let help = try HostBinary.run(["run", "--help"]).out
    let lines = help.lines.filter { $0.hasPrefix("  -") }
    let names = lines.compactMap { line -> String? in
      line.split(separator: " ").first { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }
    }
    #expect(names.count > 25)
    for name in names {
      for key in Set([name, name.replacing("-", with: "_")]) {
        let outcome = try Invocation("{\"\(key)\": \"x\", \"tasks\": []}").outcome
        #expect(outcome.end == .exit(2), "\(key)")
        // A key, one that is near to a key, one of other objects, or an option by its name.
        let words = [
          "did you mean", "takes", "it belongs in", "--\(name) is an option", "is one of",
        ]
        #expect(words.contains { outcome.err.contains($0) }, "\(key): \(outcome.err)")
      }
    }
  }

  @Test(arguments: [
    (["--formt", "json", "m.json"], "unknown option --formt; did you mean --format?"),
    (["-format", "json", "m.json"], "a long option has two dashes: --format"),
    (["check", "--trace", "x", "m.json"], "it is one of host run, not of this command"),
    (
      ["--format", "jsn", "m.json"],
      "did you mean \"json"
    ),
    (["--format", "m.json"], "\"m.json\" is a file: is the value before it missing?"),
    (["--jobs", "m.json"], "is the value before it missing?"),
    (["--jsonl", "m.json"], "unknown option --jsonl; write --format jsonl"),
    (["--parallel", "m.json"], "unknown option --parallel; write --mode parallel"),
    (["-V"], "unknown option -V; write --version"),
    (["--calls", "0-1", "m.json"], "did you mean 0..1? (the calls are 0 to 1)"),
    (
      ["--calls", "5..9", "m.json"],
      "expected numbers of calls like 7, 10..20, 10.. or 3,5..9; the calls are 0 to 1"
    ),
    (["--only", "lop", "m.json"], "did you mean \"alpha\"?"),
    (["--only", "alhpa", "m.json"], "did you mean \"alpha\"?"),
    (["--only", "prime", "m.json"], "did you mean \"primes\"?"),
    (["--only", "zzzz", "m.json"], "the tasks are \"alpha\" and \"primes\""),
    (["--only", "for_loop", "m.json"], "the tasks of this kernel have names: \"alpha\""),
    (
      ["chekc", "m.json"],
      "neither a command nor a file \"chekc\"; did you mean the command host check?"
    ),
    (["chekc", "--verbose", "m.json"], "did you mean the command host check?"),
    (["zzzzzzz"], "neither a command nor a file \"zzzzzzz\"; `host --help` lists the commands"),
    (["help", "chekc"], "did you mean \"check\"?"),
    (["m.json", "m.json"], "2 manifests given (\"m.json\", \"m.json\"), expected one"),
    (["."], "\".\" is a folder, not a manifest"),
    (["nothing.json"], "cannot open nothing.json: No such file or directory"),
    (
      ["m.json", "--allow-read", "typo"],
      "option --allow-read: found \"typo\", which is \"FOLDER/typo\": No such"
    ),
    (["m.json", "--allow-write", "~/x"], "\"~\" is not expanded here: write the whole path"),
  ])
  func commandLines(_ arguments: [String], _ words: String) throws {
    if words.contains("did you mean \"alpha\"?"), arguments.contains("lop") {
      // "loop" is a part of the kernel's name, and its task has another.
      let said = try said(arguments, manifest: #"[{"kernel": "for_loop"}]"#)
      #expect(said.contains("did you mean \"for_loop\"?"), "\(said)")
      return
    }
    let said = try said(arguments)
    #expect(said.contains(words), "\(said)")
  }

  /// Files that are no manifests.
  @Test(arguments: [
    ("k.c", "#include \"kernel_host.h\"\n", "this is C or C++ source, not a manifest"),
    ("k.c", "/* A kernel. */\n", "{\"plugins\": [\"k.c\"]"),
    ("k", "typedef int x;\n", "C or C++ source"),
    ("r.jsonl", "{\"call\":0,\"task\":null,\"kernel\":\"k\"}\n", "`host report FILE -o run.html`"),
    ("r.csv", "call,task,kernel,ok\n0,,k,true\n", "these are results of `host run`"),
    ("t.csv", "a,b\n1,2\n", "this is a table, not a manifest"),
    (
      "e.jsonl", "{\"event\":\"planned\",\"version\":1}\n",
      "these are events of `host run --events`"
    ),
    ("m.yaml", "tasks:\n  - kernel: for_loop\n", "this is YAML, not a manifest"),
    ("x.json", "", "the manifest is empty"), ("x.json", " \n", "only white space"),
    ("x.json", "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}", "the manifest is a binary file"),
    ("x.json", "#!/bin/sh\n", "this is a script"), ("x.html", "<html>", "this is HTML or XML"),
    ("x.json", "// note\n[]", "JSON has no comments"),
  ])
  func foreignFiles(_ name: String, _ text: String, _ words: String) throws {
    let said = try said([name], files: [name: text])
    #expect(said.contains("error: ") && said.contains(words), "\(said)")
    #expect(said.hasPrefix("\(name):1:1: "), "\(said)")
  }

  @Test func foreignBytes() throws {
    let folder = try TemporaryFolder()
    let files: [(name: String, bytes: [UInt8], words: String)] = [
      ("gz", [0x1F, 0x8B, 8, 0, 1, 2, 3], "the manifest is compressed"),
      ("u16", [0xFF, 0xFE] + "{}".utf8.flatMap { [$0, 0] }, "the manifest is UTF-16"),
      ("u16be", "{\"a\"}".utf8.flatMap { [0, $0] }, "the manifest is UTF-16"),
      ("elf", [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0], "{\"plugins\": [\"elf\"], \"tasks\":"),
    ]
    for (name, bytes, words) in files {
      try Data(bytes).write(to: URL(fileURLWithPath: folder.path(name)))
      let said = try HostBinary.run([name], folder: folder.path).err
      // One line: what stands in such a file tells nothing.
      #expect(said.contains(words) && said.lines.count == 1, "\(said)")
    }
  }

  @Test(arguments: [
    (
      #"{"allow": {"write": [¦"/nosuch/x"]}, "tasks": []}"#,
      "cannot write \"/nosuch/x\": No such file"
    ),
    (#"{"allow": {"read": [¦"typo"]}, "tasks": []}"#, "\"typo\", which is "),
    (#"{"allow": {"read": ["/tmp", ¦"~/x"]}, "tasks": []}"#, "\"~\" is not expanded here"),
    (#"{"allow": {"read": [¦"$HOME/x"]}, "tasks": []}"#, "variables are not expanded here"),
    (
      #"{"tasks": [{"kernel": "for_loop", "retries": {"times": 1, "on": [¦"EIOO"]}}]}"#,
      "a call cannot be retried for \"EIOO\"; did you mean \"EIO\"?"
    ),
    (
      #"{"defaults": {"retries": {"times": 1, "on": [¦"EIOO"]}}, "tasks": []}"#,
      "did you mean \"EIO\"?"
    ),
    (
      #"{"tasks": [{"kernel": "for_loop", "retries": {"times": 1, "on": [¦"sigsegv"]}}]}"#,
      "did you mean \"SIGSEGV\"?"
    ),
    (
      #"{"tasks": [{"kernel": "heat", "retries": {"times": 1, "on": [¦"HEAT_NO_CONVERGENC"]}}]}"#,
      "did you mean \"HEAT_NO_CONVERGENCE\"?"
    ),
    (
      #"{"tasks": [{"kernel": "for_loop", "retries": {"times": 1, "on": [¦"HEAT_NO_CONVERGENCE"]}}]}"#,
      "a call cannot be retried for \"HEAT_NO_CONVERGENCE\""
    ),
    (
      #"{"tasks": [{"kernel": "for_loop", "args": {"max": ¦1e19}}]}"#,
      "from -9223372036854775808 to 9223372036854775807; found 1e19"
    ),
    (
      #"{"tasks": [{"kernel": "for_loop", "args": {"max": ¦1e2}}]}"#,
      "without point and exponent: 100"
    ),
    (
      #"{"tasks": [{"kernel": "for_loop", "args": {"max": ¦-0.0}}]}"#,
      "without point and exponent: 0"
    ),
    (#"{"tasks": [{"kernel": "for_loop", "args": {"max": ¦0.5}}]}"#, "an integer, such as 0 or 1"),
    (
      #"{"tasks": [{"kernel": "for_loop", "args": {"max": ¦1e-400}}]}"#,
      "write an integer, such as 0"
    ),
    (
      #"{"tasks": [{"kernel": "for_loop", "args": {"max": ¦1e400}}]}"#,
      "1e400 is beyond the largest f64"
    ),
    (
      #"{"tasks": [{"kernel": "for_loop", "timeout": ¦"5s"}]}"#,
      "write it as a number of seconds: 5"
    ),
    (#"{"tasks": [{"kernel": "for_loop", "memory": ¦"64mb"}]}"#, "did you mean \"64 MB\"?"),
    (
      #"{"tasks": [{"kernel": "for_loop", ¦"max": 3}]}"#,
      "arguments of the kernel belong in \"args\""
    ),
    (
      #"{"tasks": [{"kernel": "for_loop", "args": {"max": ¦[1, 2]}}]}"#,
      "from \"args\" to \"sweep\""
    ),
    (#"{"tasks": [{"kernel": "for_loop", "args": {¦"maximum": 3}}]}"#, "did you mean \"max\"?"),
    (
      #"{"tasks": [{"kernel": "for_loop", "sweep": {"max": {¦"start": 1, "to": 2, "count": 2}}}]}"#,
      "unknown key \"start\"; did you mean \"from\"?"
    ),
    (
      #"{"tasks": [{"kernel": "for_loop", "sweep": {"max": ¦{"from": 1, "to": 2}}}]}"#,
      "the range has no \"count\" or \"step\""
    ),
    (
      #"{"plugins": [¦"nothing.so"], "tasks": []}"#,
      "correct the path (in a manifest it is relative"
    ),
  ])
  func manifests(_ marked: String, _ words: String) throws {
    try Refusal(marked, words).expect()
  }

  /// What to write is told, where that is plain.
  @Test(arguments: [
    (#"{"tasks": [{"kernel": "for_loop", "memory": ¦"1 TB"}]}"#, "did you mean \"1000 GB\"?"),
    (#"{"sandbox": ¦false, "tasks": []}"#, "did you mean \"none\"?"),
    (#"{"tasks": ¦{"kernel": "for_loop"}}"#, "put it in brackets: [{...}]"),
    (#"{"plugins": ¦"k.c", "tasks": []}"#, "put it in brackets: [\"k.c\"]"),
    (#"{"jobs": ¦"4", "tasks": []}"#, "write it without quotes: 4"),
    (#"{"tasks": [{"kernel": "for_loop", "args": {"max": 1,¦000}}]}"#, "separates thousands"),
    (
      #"{"plugins": [{"library": ¦"m", "functions": ["double cbrt(double x)"]}], "tasks": []}"#,
      "like \"libm.so.6\""
    ),
    (
      #"{"plugins": [{"library": "libm.so.6", "functions": [¦"cbrt"]}], "tasks": []}"#,
      "expected a declaration, found \"cbrt\""
    ),
    (
      #"[{"kernel": "primes", "name": "p", "repeat": 3}, "#
        + #"{"kernel": "logistic_map", "args": {"r": {"result": ¦"p.count"}}}]"#,
      "write {\"results\": \"p.count\"}"
    ),
  ])
  func remedies(_ marked: String, _ words: String) throws {
    try Refusal(marked, words).expect()
  }

  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func thePluginThatIsGivenTwice() throws {
    let folder = try TemporaryFolder()
    try folder.write("#include \"kernel_host.h\"\nKH_FUNCTION(abs, int, (int, x));\n", to: "k.c")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link.c"), withDestinationPath: "k.c")
    for other in ["k.c", "./k.c", "link.c"] {
      try folder.write("{\"plugins\": [\"k.c\",\n \"\(other)\"], \"tasks\": []}", to: "m.json")
      let said = try HostBinary.run(["check", "m.json"], folder: folder.path).err
      #expect(
        said.hasPrefix(
          "m.json:2:2: error: plugin \"\(other)\" is given twice: it is the same file as ")
          && said.contains("in line 1, column 14; remove one of them"), "\(said)")
    }
    try folder.write("{\"plugins\": [\"k.c\"], \"tasks\": []}", to: "m.json")
    let said = try HostBinary.run(
      ["check", "--plugin", "./k.c", "m.json"], folder: folder.path
    ).err
    #expect(said.contains("m.json:1:14: ") && said.contains("on the command line"), "\(said)")
  }
}
