import KernelHostTestSupport
import Testing

/// Completion in the shells themselves.
struct ShellTests {
  /// A folder with files to offer, the scripts, and kernels with odd names.
  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in ["my manifest.json", "note.txt", "a:b.json", "we$ird'q\".json", "x.jsonl"] {
      try folder.write("[]", to: name)
    }
    for shell in ["bash", "zsh", "fish"] {
      let run = try HostBinary.run(["completions", shell])
      #expect(run.end == .exit(0) && run.err == "")
      try folder.write(run.out, to: "script.\(shell)")
    }
    return folder
  }

  private static func run(
    _ shell: String, _ arguments: [String], in folder: TemporaryFolder
  ) throws -> Outcome {
    try Child(
      #require(Tool.path(shell)), arguments,
      environment: [
        "PATH": Tool.pathWithHost, "HOME": folder.path, "XDG_CACHE_HOME": folder.path("cache"),
        "LC_ALL": "C.UTF-8", "TERM": "dumb", "XDG_CONFIG_HOME": folder.path("config"),
        "XDG_DATA_HOME": folder.path("data"),
      ], folder: folder.path
    ).finish()
  }

  private static let hasOdd = Plugins.compiler != nil

  // MARK: bash

  /// Calls the completion function as bash does, and prints what it answers, one a line.
  private static let bashDriver = #"""
    set -f -u
    shopt -s failglob
    source script.bash
    complete -p host > /dev/null || exit 3
    COMP_LINE=$1 COMP_POINT=${#1}
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    if [[ -z $COMP_LINE ]]; then unset COMP_LINE COMP_POINT; fi
    _host
    if ((${#COMPREPLY[@]})); then printf '%s\n' "${COMPREPLY[@]}"; fi
    """#

  @Test(.enabled(if: Tool.path("bash") != nil, "bash is not on the PATH"))
  func bash() throws {
    let folder = try Self.folder()
    #expect(try Self.run("bash", ["-n", "script.bash"], in: folder).end == .exit(0))
    try folder.write(Self.bashDriver, to: "driver")
    // The line, the words that bash makes of it, and what follows.
    let cases: [(String, [String], [String])] = [
      ("host ru", ["host", "ru"], ["run"]),
      ("", ["host", "kern"], ["kernels"]),
      ("host run --mode=", ["host", "run", "--mode", "="], ["concurrent", "parallel"]),
      ("host run --mode=par", ["host", "run", "--mode", "=", "par"], ["parallel"]),
      ("", ["host", "run", "--mode", "=", "par"], ["parallel"]),
      ("host run --mode ", ["host", "run", "--mode", ""], ["concurrent", "parallel"]),
      ("host run --mode", ["host", "run", "--mode"], ["--mode"]),
      ("host run m", ["host", "run", "m"], ["my manifest.json"]),
      ("host run my\\ m", ["host", "run", "my\\ m"], ["my manifest.json"]),
      ("host run \"my m", ["host", "run", "\"my m"], ["my manifest.json"]),
      ("host run we", ["host", "run", "we"], ["we$ird'q\".json"]),
      ("host run a:b", ["host", "run", "a", ":", "b"], ["b.json"]),
      // No manifest begins so, but a file.
      ("host run no", ["host", "run", "no"], ["note.txt"]),
      ("host run ~/x", ["host", "run", "~/x"], ["~/x.jsonl"]),
      ("host run --output=no", ["host", "run", "--output", "=", "no"], ["note.txt"]),
      ("host run nothing-like-it", ["host", "run", "nothing-like-it"], []),
      ("host kernels for", ["host", "kernels", "for"], ["for_loop"]),
      ("host kernels for_loop m", ["host", "kernels", "for_loop", "m"], ["min", "max"]),
      ("no-such-program ru", ["no-such-program", "ru"], []),
      ("host run $(touch broken)", ["host", "run", "$(touch broken)"], []),
    ]
    for (line, words, expected) in cases {
      let run = try Self.run("bash", ["--norc", "driver", line] + words, in: folder)
      #expect(run.end == .exit(0) && run.err == "", "\(line): \(run.err)")
      #expect(run.out.lines == expected, "\(line) \(words)")
    }
    #expect(try !folder.names.contains("broken"))
  }

  @Test(.enabled(if: Tool.path("bash") != nil && hasOdd, "bash and a C compiler are needed"))
  func oddNamesInBash() throws {
    let folder = try Self.folder()
    _ = try OddKernels.build(in: folder)
    try folder.write(Self.bashDriver, to: "driver")
    for (start, close) in [("", ""), ("\"", "\""), ("'", "'")] {
      for kernel in OddKernels.names where kernel != "-odd" {
        let typed =
          start
          + (start.isEmpty && kernel.hasPrefix("$") ? "\\$" : kernel.hasPrefix("$") ? "" : "odd")
        let words = ["host", "kernels", "--plugin", "'odd lib.so'", typed]
        let run = try Self.run(
          "bash", ["--norc", "driver", words.joined(separator: " ")] + words, in: folder)
        #expect(run.err == "")
        // Bash reads each answer, with the quote that is there, as the kernel's name.
        let answers = try run.out.lines.map { answer in
          try Self.run("bash", ["-c", "printf %s " + start + answer + close], in: folder).out
        }
        #expect(answers.contains(kernel), "\(typed): \(run.out)")
      }
    }
    #expect(try !folder.names.contains("broken"))
  }

  // MARK: zsh

  /// Types each line and the Tab key, and prints what words the shell makes of them.
  private static let typing = #"""
    zpty -r -m shell REPLY '*READY*' || exit 4
    for line in "$@"; do
      zpty -w -n shell $line$'\t\C-awords \n'
      zpty -r -m shell REPLY '*GOT:*:END*' || exit 5
      print -r -- ${${REPLY##*GOT:}%%:END*}
    done
    """#

  /// A zsh with a terminal: a line, the Tab key, and what words it makes of them.
  private static let zshDriver = #"""
    zmodload zsh/zpty || exit 3
    zpty -b shell zsh -f -i
    zpty -w shell 'unset zle_bracketed_paste; PS1= PS2= PROMPT_EOL_MARK=; setopt no_beep no_list_beep'
    zpty -w shell 'autoload -Uz compinit; compinit -u -D; source ./script.zsh'
    zpty -w shell 'words() { print -r -- "GO""T:${(j:|:)@}:EN""D" }; print REA""DY'
    """# + "\n" + typing

  private func expectZsh(_ cases: [(String, String)], in folder: TemporaryFolder) throws {
    try folder.write(Self.zshDriver, to: "driver")
    let run = try Self.run("zsh", ["-f", "driver"] + cases.map { $0.0 }, in: folder)
    #expect(run.end == .exit(0), "\(run.out)\(run.err)")
    #expect(run.out.lines == cases.map { $0.1 })
    #expect(try !folder.names.contains("broken"))
  }

  @Test(.enabled(if: Tool.path("zsh") != nil, "zsh is not on the PATH"))
  func zsh() throws {
    let folder = try Self.folder()
    #expect(try Self.run("zsh", ["-n", "script.zsh"], in: folder).end == .exit(0))
    try expectZsh(
      [
        ("host ru", "host|run"), ("host run --mode=par", "host|run|--mode=parallel"),
        ("host run --format to", "host|run|--format|tokens"),
        ("host run m", "host|run|my manifest.json"), ("host run 'my", "host|run|my manifest.json"),
        ("host run we", "host|run|we$ird'q\".json"), ("host run a:", "host|run|a:b.json"),
        ("host run --output=no", "host|run|--output=note.txt"),
        ("host run no", "host|run|note.txt"),
        ("host kernels for", "host|kernels|for_loop"),
        ("host kernels for_loop ma", "host|kernels|for_loop|max"),
        ("host completions f", "host|completions|fish"), ("host run --nothin", "host|run|--nothin"),
        ("host --ver", "host|--version"),
      ], in: folder)
  }

  @Test(.enabled(if: Tool.path("zsh") != nil && hasOdd, "zsh and a C compiler are needed"))
  func oddNamesInZsh() throws {
    let folder = try Self.folder()
    _ = try OddKernels.build(in: folder)
    let line = "host kernels --plugin odd\\ lib.so "
    let starts = [
      ("odd\\ ", "odd blank"), ("odd\\$", "odd$HOME"), ("odd\\'", "odd'quote"),
      ("odd\\`", "odd`id`"),
      ("odd\\\"", "odd\"q"), ("odd\\\\", "odd\\b"), ("odd:", "odd:colon"), ("odd\\;", "odd;x"),
      ("odd\\*", "odd*star"), ("\\$", "$(touch broken)"), ("\"odd ", "odd blank"),
      ("'$", "$(touch broken)"),
    ]
    try expectZsh(
      starts.map { (line + $0.0, "host|kernels|--plugin|odd lib.so|" + $0.1) }, in: folder)
  }

  /// Bash at a terminal too, for which zsh has the means.
  @Test(
    .enabled(if: Tool.path("zsh") != nil && Tool.path("bash") != nil, "bash and zsh are needed"),
    .enabled(if: hasOdd, "plugins need a C compiler; none is on the PATH"))
  func bashAtATerminal() throws {
    let folder = try Self.folder()
    _ = try OddKernels.build(in: folder)
    let line = "host kernels --plugin odd\\ lib.so "
    let shown = "host|kernels|--plugin|odd lib.so|"
    let cases = [
      ("host ru", "host|run"), ("host run --mode=par", "host|run|--mode=parallel"),
      ("host run my", "host|run|my manifest.json"), ("host run \"my", "host|run|my manifest.json"),
      ("host run we", "host|run|we$ird'q\".json"), ("host run a:b", "host|run|a:b.json"),
      ("host run --output=no", "host|run|--output=note.txt"), ("X=1 host ru", "X=1|host|run"),
      (line + "odd\\ ", shown + "odd blank"), (line + "odd\\$", shown + "odd$HOME"),
      (line + "\"odd$", shown + "odd$HOME"), (line + "\"$(", shown + "$(touch broken)"),
      (line + "'$", shown + "$(touch broken)"), (line + "odd:", shown + "odd:colon"),
    ]
    try folder.write(Self.bashTerminalDriver, to: "driver")
    let run = try Self.run("zsh", ["-f", "driver"] + cases.map { $0.0 }, in: folder)
    #expect(run.end == .exit(0), "\(run.out)\(run.err)")
    #expect(run.out.lines == cases.map { $0.1 })
    #expect(try !folder.names.contains("broken"))
  }

  private static let bashTerminalDriver = #"""
    zmodload zsh/zpty || exit 3
    zpty -b shell bash --norc --noprofile -i
    zpty -w shell 'PS1=; bind "set enable-bracketed-paste off"; bind "set bell-style none"'
    zpty -w shell 'source ./script.bash; words() { local IFS="|"; echo "GO""T:$*:EN""D"; }'
    zpty -w shell 'echo REA""DY'
    """# + "\n" + typing

  // MARK: fish

  private func fish(_ line: String, in folder: TemporaryFolder) throws -> [String] {
    let script = "source script.fish; complete -C $argv[1]"
    let run = try Self.run("fish", ["--no-config", "-c", script, line], in: folder)
    #expect(run.end == .exit(0) && run.err == "", "\(line): \(run.err)")
    return run.out.lines.map { String($0.prefix { $0 != "\t" }) }
  }

  @Test(.enabled(if: Tool.path("fish") != nil, "fish is not on the PATH"))
  func fish() throws {
    let folder = try Self.folder()
    #expect(try Self.run("fish", ["-n", "script.fish"], in: folder).end == .exit(0))
    for (line, expected) in [
      ("host ru", ["run"]), ("host run --mode=", ["--mode=concurrent", "--mode=parallel"]),
      ("host run --format to", ["tokens"]), ("host run m", ["my manifest.json"]),
      ("host run 'my", ["my manifest.json"]), ("host run my\\ ", ["my manifest.json"]),
      ("host run we", ["we$ird'q\".json"]), ("host run a:", ["a:b.json"]),
      ("host run --output=no", ["--output=note.txt"]), ("host run no", ["note.txt"]),
      ("host run ~/x", ["~/x.jsonl"]), ("host kernels for", ["for_loop"]),
      ("host kernels for_loop m", ["max", "min"]), ("host completions f", ["fish"]),
      ("host run nothing-like-it", []), ("host --ver", ["--version"]),
      ("/no-such-folder/host ru", []),
    ] {
      #expect(try fish(line, in: folder).sorted() == expected.sorted(), "\(line)")
    }
  }

  @Test(.enabled(if: Tool.path("fish") != nil && hasOdd, "fish and a C compiler are needed"))
  func oddNamesInFish() throws {
    let folder = try Self.folder()
    _ = try OddKernels.build(in: folder)
    let names = try fish("host kernels --plugin 'odd lib.so' odd", in: folder)
    #expect(Set(names) == Set(OddKernels.names.filter { $0.hasPrefix("odd") }))
    #expect(try fish("host kernels --plugin odd\\ lib.so \\$", in: folder) == ["$(touch broken)"])
    #expect(try !folder.names.contains("broken"))
  }
}
