import KernelHostTestSupport
import Testing

/// How a line can go on, whatever the shell is.
struct CompletionTests {
  private func expect(
    _ words: [String], _ texts: [String], files: String? = nil, stem: String = "",
    shell: String = "zsh", _ place: SourceLocation = #_sourceLocation
  ) throws {
    let answer = try OfferedCompletions(words, shell: shell)
    #expect(answer.outcome.end == .exit(0) && answer.outcome.err == "", sourceLocation: place)
    #expect(answer.texts == texts, sourceLocation: place)
    #expect(answer.files == files, sourceLocation: place)
    #expect(answer.stem == stem, sourceLocation: place)
  }

  @Test func commands() throws {
    let manifests = "file json jsonl"
    try expect(["ru"], ["run"], files: manifests)
    try expect(["xyz"], [], files: manifests)
    try expect(["help", "ch"], ["check"])
    try expect(["completions", ""], ["bash", "zsh", "fish"])
    try expect(["run", "m.json", ""], [])
    try expect(["man", ""], ["1", "5"])
    try expect(["new", ""], [])
    let all = try OfferedCompletions([""])
    #expect(Set(all.texts).isSuperset(of: ["run", "check", "plan", "kernels", "man", "help"]))
    // All have a line in the overview.
    for (text, meaning) in all.words { #expect(!meaning.isEmpty, "\(text)") }
    #expect(try OfferedCompletions([]).texts == all.texts)
  }

  @Test func values() throws {
    let formats = try ListTests.words(after: "expected one of ", "--format", "#", "m.json")
    try expect(["run", "--format", ""], formats)
    try expect(["run", "--format=to"], ["tokens"], stem: "--format=")
    try expect(["--format", "js"], ["jsonl", "json"])
    try expect(["m.json", "--mode", ""], ["concurrent", "parallel"])
    try expect(["check", "--isolation", ""], ["process", "call", "none"])
    try expect(["check", "--sandbox=", "--input", ""], ["json", "jsonl"])
    try expect(["run", "--live", ""], [])
    try expect(["run", "--quiet=y"], [])
    try expect(["run", "-ofo"], [], files: "file ", stem: "-o")
    try expect(["run", "-o", ""], [], files: "file ")
    try expect(["run", "--output=a=b"], [], files: "file ", stem: "--output=")
    try expect(["run", "--plugin", ""], [], files: "file so c cpp cc cxx")
    try expect(["build", ""], [], files: "file c cpp cc cxx")
    try expect(["run", "--no-such", ""], [], files: "file json jsonl")
    // Each choice has its own line in the help.
    let described = try OfferedCompletions(["run", "--format", ""]).words
    #expect(described.allSatisfy { !$0.meaning.isEmpty }, "\(described)")
    let meanings = try OfferedCompletions(["run", "--"]).words
    #expect(meanings.first { $0.text == "--format" }?.meaning.hasPrefix("how results") == true)
  }

  @Test func options() throws {
    let run = try OfferedCompletions(["run", "-"]).texts
    #expect(Set(run).isSuperset(of: ["-o", "--output", "-q", "--plugin", "-h", "--help"]))
    #expect(!run.contains("--version"))
    #expect(try OfferedCompletions(["-"]).texts.contains("--version"))
    // What is given already cannot be given again, unless it can.
    let rest = try OfferedCompletions(
      ["run", "-o", "x", "--plugin", "a", "--quiet", "--mode=parallel", "--"]
    ).texts
    for option in ["--output", "--quiet", "--mode", "-o"] { #expect(!rest.contains(option)) }
    #expect(rest.contains("--plugin"))
    // The value of an option is no option, and behind "--" nothing is.
    try expect(["run", "-o", "--", "--forma"], ["--format"])
    try expect(["run", "--", "--forma"], [], files: "file json jsonl")
    // Nor does --help on the line answer for the completion's own command.
    try expect(["run", "--help"], ["--help"])
    try expect(["kernels", "-h", "for_"], ["for_loop"])
  }

  @Test func kernelsAndParameters() throws {
    try expect(["kernels", "for"], ["for_loop"])
    try expect(["kernels", "for_loop", ""], ["min", "increment", "max"])
    try expect(["kernels", "--json", "for_loop", "max", "m"], ["min"])
    try expect(["kernels", "no_such", ""], [])
    for (_, meaning) in try OfferedCompletions(["kernels", ""]).words { #expect(!meaning.isEmpty) }
  }

  @Test func quoting() throws {
    let typed = ["run", "--plugin", "'a b'", "--format=\"j"]
    try expect(typed, ["jsonl", "json"], stem: "--format=", shell: "bash")
    #expect(try OfferedCompletions(["run", #"a\ b"c 'd""#], shell: "bash").value == "a bc 'd")
    #expect(try OfferedCompletions(["run", #""a\b\$c"#], shell: "bash").value == #"a\b$c"#)
    #expect(try OfferedCompletions(["run", #"'a\b"#], shell: "bash").value == #"a\b"#)
    #expect(try OfferedCompletions(["run", #"a\ b"#], shell: "zsh").value == #"a\ b"#)
    #expect(try OfferedCompletions(["run", #"a\ b"#], shell: "fish").value == "a b")
    // A word that no line can hold is no word to complete.
    #expect(try OfferedCompletions(["run", "a\nb"]).outcome.out == "")
  }

  // MARK: Plugins

  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func kernelsOfPlugins() throws {
    let folder = try TemporaryFolder()
    let library = try OddKernels.build(in: folder)
    let crash = try Plugins.library("loading/loading_crash.c")
    let hang = try Plugins.library("loading/loading_hang.c")
    for others in [[], [crash], ["no-such.so", crash], ["odd.c", "no-such.c"], [hang]] {
      let plugins = (others + [library]).flatMap { ["--plugin", $0] }
      let answer = try OfferedCompletions(["kernels"] + plugins + [""], folder: folder)
      #expect(answer.outcome.err == "" && answer.outcome.end == .exit(0))
      let texts = Set(answer.texts)
      #expect(texts.isSuperset(of: OddKernels.names), "\(others): \(texts)")
      #expect(texts.contains("for_loop"))
      #expect(texts.isDisjoint(with: OddKernels.unspeakable))
      #expect(!answer.outcome.out.contains("\u{1B}") && !answer.outcome.out.contains("\u{202E}"))
    }
    let broken = try OfferedCompletions(["kernels", "--plugin", crash, "for"], folder: folder)
    #expect(broken.texts == ["for_loop"] && broken.outcome.err == "")
    let parameters = try OfferedCompletions(
      ["kernels", "--plugin=" + library, "odd blank", ""], folder: folder)
    #expect(parameters.texts == ["first", "second"])
    #expect(parameters.words.first?.meaning == "", "a tab in a description")
    #expect(try !folder.names.contains("broken"))
  }

  /// Nobody waits for a compiler who only pressed a key.
  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func sourceFilesOnceTheyAreCompiled() throws {
    let folder = try TemporaryFolder()
    let cache = ["XDG_CACHE_HOME": folder.path("cache")]
    #expect(try HostBinary.run(["new", "fresh"], folder: folder.path).end == .exit(0))
    let line = ["kernels", "--plugin", "fresh.c", "fre"]
    #expect(try OfferedCompletions(line, folder: folder).texts == [])
    #expect(try !folder.names.contains("cache"))
    let list = ["kernels", "--plugin", "fresh.c"]
    let run = try HostBinary.run(list, environment: cache, folder: folder.path)
    #expect(run.end == .exit(0))
    #expect(try OfferedCompletions(line, folder: folder).texts == ["fresh"])
    try folder.write("broken", to: "fresh.c")
    #expect(try OfferedCompletions(line, folder: folder).texts == [])
  }

  // MARK: Mistakes

  @Test(arguments: [
    (["bsh"], "\"bash\""), (["powershell"], "bash, zsh, fish"), ([], "bash|zsh|fish"),
    (["bash", "zsh"], "2 shells"), (["--complete"], "no shell"), (["bash\u{1B}[1m"], "\\u001B"),
    (["zsj", "--complete", "--", "x"], "\"zsh\""), (["bash", "--compelte"], "--complete"),
  ])
  func mistakes(_ arguments: [String], _ words: String) throws {
    let run = try HostBinary.run(["completions"] + arguments)
    #expect(run.end == .exit(2) && run.out == "")
    #expect(run.err.contains(words), "\(run.err)")
  }

  // MARK: Parameters of kernels

  @Test func parametersOfAKernel() throws {
    let text = try HostBinary.run(["kernels", "for_loop", "max", "min"])
    #expect(text.end == .exit(0))
    #expect(text.out.contains("max: i64 = 1000000") && text.out.contains("min: i64"))
    #expect(!text.out.contains("increment:"))
    let json = try HostBinary.run(["kernels", "for_loop", "max", "min", "--json"])
    let fields = try #require(try JSON.array(json.out) as? [[String: Any]])
    #expect(fields.map { $0["name"] as? String } == ["max", "min"])
    let wrong = try HostBinary.run(["kernels", "for_loop", "mx"])
    #expect(wrong.end == .exit(2) && wrong.out == "")
    #expect(wrong.err.contains("\"mx\"") && wrong.err.contains("did you mean \"max\""))
  }
}
