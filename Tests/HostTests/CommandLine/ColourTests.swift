import KernelHostTestSupport
import Testing

/// Colours: on a terminal alone, or where they are asked for; the words are the same.
struct ColourTests {
  private static let wrong = """
    {"tasks": [{"kernel": "for_lop"}, {"kernel": "for_loop", "args": {"max": "\(String(repeating: "x", count: 150))"}}]}
    """
  private static let plain = [
    "NO_COLOR": "", "FORCE_COLOR": "", "CLICOLOR_FORCE": "", "CLICOLOR": "",
  ]

  /// The bytes that a terminal gets, as text.
  private func shown(
    _ environment: [String: String] = [:], columns: Int = 80
  ) throws -> (text: String, screen: Screen) {
    let folder = try TemporaryFolder()
    try folder.write(Self.wrong, to: "m.json")
    let terminal = try PseudoTerminal(columns: columns, rows: 24)
    let child = try terminal.start(
      ["check", "m.json"], folder: folder.path,
      environment: Self.plain.merging(environment) { $1 })
    try terminal.read()
    #expect(try child.finish().end == .exit(2))
    let text = String(decoding: terminal.bytes.filter { $0 != 13 }, as: UTF8.self)
    return (text, terminal.screen)
  }

  private func piped(_ environment: [String: String] = [:]) throws -> String {
    let folder = try TemporaryFolder()
    try folder.write(Self.wrong, to: "m.json")
    return try HostBinary.run(
      ["check", "m.json"], environment: Self.plain.merging(environment) { $1 }, folder: folder.path
    ).err
  }

  private func withoutColours(_ text: String) -> String {
    text.replacing(#/\u{1B}\[[0-9;]*m/#, with: "")
  }

  @Test func onATerminal() throws {
    let (text, screen) = try shown()
    #expect(
      text.contains("\u{1B}[1mm.json:1:23:\u{1B}[0m \u{1B}[1;31merror:\u{1B}[0m kernel"), "\(text)")
    #expect(text.contains("\u{1B}[1;32m^\u{1B}[0m"))
    #expect(screen.unknown.isEmpty)
    for environment in [["NO_COLOR": "1"], ["TERM": "dumb"], ["CLICOLOR": "0"]] {
      let plain = try shown(environment).text
      #expect(!plain.contains("\u{1B}"), "\(environment)")
      #expect(plain == withoutColours(text), "\(environment)")
    }
    #expect(try shown(["NO_COLOR": "1", "FORCE_COLOR": "1"]).text.contains("\u{1B}") == false)
  }

  /// Neither in a pipe nor in a file, unless somebody asks for it.
  @Test func inAPipe() throws {
    let text = try piped(["TERM": "xterm-256color"])
    #expect(!text.contains("\u{1B}"))
    #expect(try !piped(["FORCE_COLOR": "0", "CLICOLOR_FORCE": "0"]).contains("\u{1B}"))
    for variable in ["FORCE_COLOR", "CLICOLOR_FORCE"] {
      let coloured = try piped([variable: "1"])
      #expect(coloured.contains("\u{1B}[1;31merror:"))
      #expect(withoutColours(coloured) == text)
    }
  }

  /// No line of an excerpt is broken, and the caret stands under the mistake.
  @Test(arguments: [30, 40, 79, 80, 81, 100, 132])
  func atEveryWidth(_ columns: Int) throws {
    let (text, _) = try shown(["NO_COLOR": "1"], columns: columns)
    let lines = text.lines
    let carets = lines.indices.filter { lines[$0].drop { $0 == " " } == "^" }
    #expect(carets.count == 2, "\(text)")
    for caret in carets where caret > 0 {
      let (line, column) = (Array(lines[caret - 1]), lines[caret].count - 1)
      #expect(line.count < columns, "\(text)")
      #expect(column < line.count && line[column] == "\"", "\(text)")
    }
  }

  private static let forced = plain.merging(["FORCE_COLOR": "1"]) { $1 }

  @Test func errorsOfTheCommandLine() throws {
    let usage = try HostBinary.run(["--nothing"], environment: Self.forced).err
    #expect(
      usage.hasPrefix("\u{1B}[1mhost: \u{1B}[0m\u{1B}[1;31merror:\u{1B}[0m unknown"), "\(usage)")
  }

  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func warningsOfARun() throws {
    let folder = try TemporaryFolder()
    let plugins = try Plugins.all().map { "\"\($0)\"" }.joined(separator: ", ")
    try folder.write(
      """
      {"plugins": [\(plugins)], "crash_limit": 1,
       "tasks": [{"kernel": "deadly_if", "args": {"deadly": true}, "repeat": 3}]}
      """, to: "m.json")
    let run = try HostBinary.run(["m.json"], environment: Self.forced, folder: folder.path)
    let warning = "\u{1B}[1mhost: \u{1B}[0m\u{1B}[1;33mwarning:\u{1B}[0m kernel \"deadly_if\" has "
    #expect(run.err.contains(warning), "\(run.err)")
    #expect(!run.out.contains("\u{1B}"))
  }
}
