import Foundation
import Glibc
import KernelHostTestSupport
import Testing

/// The status lines on a terminal: what is printed beside them stays whole, and nothing of
/// them is left.
struct ProgressTests {
  /// Prints, and then sleeps for longer than any test.
  private static let waiting = """
    [{"kernel": "sleep", "args": [1000]}, {"kernel": "for_loop", "args": [0, 1, 40]},
     {"kernel": "for_loop", "args": {"increment": 0}}]
    """
  private static let printed = (0..<40).map { "Looping for: 40\n\($0)\n" }.joined()

  private func run(
    _ manifest: String = Self.waiting, _ arguments: [String] = [], columns: Int = 80,
    rows: Int = 24, environment: [String: String] = [:],
    until isSeen: @escaping (PseudoTerminal) -> Bool
  ) throws -> (terminal: PseudoTerminal, outcome: Outcome) {
    let folder = try TemporaryFolder()
    try folder.write(manifest, to: "m.json")
    let terminal = try PseudoTerminal(columns: columns, rows: rows)
    let child = try terminal.start(
      ["m.json"] + arguments, folder: folder.path, environment: environment)
    try terminal.read(until: isSeen)
    child.send(SIGINT)
    try terminal.read()
    return (terminal, try child.finish())
  }

  /// Without the failure that is shown when it happens, wherever that is among what kernels print.
  /// The terminal breaks its line.
  private func text(_ terminal: PseudoTerminal) -> String {
    terminal.screen.text.replacing(
      #/host: call 2 \(for_loop, increment=0\): [^\n]*\(first of ?\nits kind\)\n/#, with: "")
  }

  /// What is left when all is over, up to the summary.
  private func expectWhole(_ terminal: PseudoTerminal, _ printed: String) {
    let screen = terminal.screen
    let text = text(terminal)
    #expect(text.hasPrefix(printed), "\(screen.text)")
    let rest = text.dropFirst(printed.utf8.count)
    #expect(!rest.contains("oldest:") && !rest.contains("[#") && !rest.contains("[-"), "\(rest)")
    #expect(screen.unknown.isEmpty, "\(screen.unknown)")
  }

  @Test(arguments: [[], ["-j", "2"], ["--isolation", "none"], ["--format", "tokens"]])
  func nothingIsLeftOfIt(_ arguments: [String]) throws {
    let (terminal, outcome) = try run(Self.waiting, arguments) { terminal in
      let text = terminal.screen.text
      return text.contains("39\n") && text.contains("oldest: call 0 (sleep, seconds=1000) for ")
        && text.contains("2 of 3, 1 not ok, ")
    }
    #expect(outcome.end == .exit(130))
    expectWhole(terminal, Self.printed + "host: stopping:")
    #expect(terminal.screen.text.contains("host: 2 of 3 calls not ok: 1 error, 1 cancelled\n"))
    #expect(terminal.screen.text.contains("host: 3 calls: 1 ok, 1 error, 1 cancelled in "))
  }

  /// It makes way for every line that comes while it is shown.
  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func linesThatComeWhileItIsShown() throws {
    let (terminal, _) = try run(try Self.talker(line: #"line %d\n"#)) {
      $0.screen.text.contains("line 40\n") && $0.screen.text.contains("oldest:")
    }
    let lines = terminal.screen.text.lines.prefix { $0.hasPrefix("line ") }
    #expect(lines.count >= 41 && lines.enumerated().allSatisfy { $1 == "line \($0)" }, "\(lines)")
    expectWhole(terminal, "line 0\nline 1\n")
  }

  /// Where a line has not ended the status waits, and the line stays as it is.
  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func textWithoutALineFeed() throws {
    let (terminal, _) = try run(try Self.talker(line: #"%d;"#)) { $0.screen.text.contains(";40;") }
    let numbers = (0...40).map { "\($0);" }.joined()
    let shown = terminal.screen.text.split(separator: "\n").joined()
    #expect(shown.hasPrefix(numbers), "\(shown)")
    // From the first text on nothing was drawn.
    let written = String(decoding: terminal.bytes, as: UTF8.self)
    let after = written.components(separatedBy: "host: stopping")[0].drop { $0 != ";" }
    #expect(!after.contains("\u{1B}[K") && !after.contains(" of 1,"), "\(after)")
  }

  /// A kernel that prints, sleeps a little, and goes on for ever.
  private static func talker(line: String) throws -> String {
    let path = Plugins.folder + "/talker-\(UUID().uuidString).c"
    try """
    #include "kernel_host.h"
    typedef struct { int64_t n; } talker;
    static int talker_step(kh_call *call, void *state) {
        talker *self = state;
        kh_print(call, "\(line)", (int)self->n++);
        return kh_sleep(call, 0.025);
    }
    KH_KERNEL(talker, .params = KH_PARAMS(KH_PARAM(talker, n, "")), .step = talker_step);
    """.write(toFile: path, atomically: true, encoding: .utf8)
    return #"{"plugins": ["\#(path)"], "tasks": [{"kernel": "talker"}]}"#
  }

  /// No status line is longer than the terminal is wide, also with wide characters.
  @Test(arguments: [1, 7, 20, 40, 79]) func narrowTerminals(_ columns: Int) throws {
    let manifest = #"[{"kernel": "sleep", "args": [1000], "name": "漢字漢字漢字漢字漢字漢字漢字漢字"}]"#
    let (terminal, _) = try run(manifest, ["-q"], columns: columns) { terminal in
      terminal.bytes.count { $0 == 0x1B } > 12
    }
    let written = String(decoding: terminal.bytes, as: UTF8.self)
    let drawn = written.components(separatedBy: "host: stopping")[0]
    for line in drawn.components(separatedBy: "\u{1B}[K") {
      let text = line.unicodeScalars.drop { "\r\n\u{1B}[J1A".unicodeScalars.contains($0) }
      let width = text.reduce(0) { $0 + ($1.value > 0x2E80 ? 2 : 1) }
      #expect(width < columns, "\(line)")
    }
  }

  /// The next drawing knows that the terminal was made narrower.
  @Test func aTerminalThatIsResized() throws {
    let folder = try TemporaryFolder()
    try folder.write(#"[{"kernel": "sleep", "args": [1000]}]"#, to: "m.json")
    let terminal = try PseudoTerminal(columns: 80, rows: 24)
    let child = try terminal.start(["m.json"], folder: folder.path)
    try terminal.read { $0.screen.text.contains("oldest: call 0 (sleep, seconds=1000) for ") }
    terminal.resize(columns: 14, rows: 24)
    try terminal.read { $0.screen.text.lines.last == "oldest: call" }
    child.send(SIGINT)
    try terminal.read()
    #expect(try child.finish().end == .exit(130))
  }

  @Test func colours() throws {
    let isDrawn = { (terminal: PseudoTerminal) in terminal.screen.text.contains("1 not ok") }
    let colourful = try run(until: isDrawn).terminal
    #expect(String(decoding: colourful.bytes, as: UTF8.self).contains("\u{1B}[31m1 not ok"))
    let plain = try run(environment: ["NO_COLOR": "1"], until: isDrawn).terminal
    #expect(!String(decoding: plain.bytes, as: UTF8.self).contains("m1 not ok"))
  }

  /// A terminal that can do nothing gets nothing to obey.
  @Test(arguments: [
    (["--progress", "bar"], "dumb"), ([], "dumb"), (["--progress", "none"], "xterm"),
    (["--progress", "lines"], "xterm"),
  ])
  func noStatusLines(_ arguments: [String], _ kind: String) throws {
    let (terminal, _) = try run(Self.waiting, arguments, environment: ["TERM": kind]) {
      text($0).hasSuffix("40\n39")
    }
    #expect(!terminal.bytes.contains(0x1B))
    #expect(text(terminal).hasPrefix(Self.printed + "host: stopping:"))
    #expect(terminal.screen.text.contains("host: 3 calls:") == (arguments.last != "none"))
  }

  /// Results that go elsewhere do not hold it up, nor does it get into them.
  @Test func resultsElsewhere() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.waiting, to: "m.json")
    let terminal = try PseudoTerminal(columns: 80, rows: 24)
    let child = try terminal.start(
      ["m.json", "--format", "jsonl", "-q"], folder: folder.path, output: folder.path("out"))
    try terminal.read { $0.screen.text.contains("oldest: call 0 (sleep, seconds=1000) for ") }
    child.send(SIGINT)
    try terminal.read()
    #expect(try child.finish().end == .exit(130))
    #expect(try folder.read("out").callRecords.count == 3 && !folder.read("out").contains("\u{1B}"))
    #expect(text(terminal).hasPrefix("host: stopping:"), "\(terminal.screen.text)")
    #expect(terminal.screen.text.contains("its kind)"))
  }

  /// The second signal ends a step that hangs, and leaves no status behind.
  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
  func theSecondSignalLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let library = try Plugins.library("hostile/greedy.c")
    try folder.write(
      #"{"plugins": ["\#(library)"], "tasks": [{"kernel": "endless_step"}]}"#, to: "m.json")
    let terminal = try PseudoTerminal(columns: 80, rows: 24)
    let child = try terminal.start(["m.json"], folder: folder.path)
    try terminal.read { $0.screen.text.contains("stuck: call 0 (endless_step)") }
    child.send(SIGINT)
    try terminal.read { $0.screen.text.contains("host: stopping") }
    child.send(SIGINT)
    try terminal.read()
    #expect(try child.finish().end == .exit(130))
    let text = terminal.screen.text
    #expect(text.contains("All Complete") && text.contains("1 cancelled"), "\(text)")
    #expect(!text.contains("stuck:") && !text.contains("oldest:"), "\(text)")
  }

  @Test func short() throws {
    let run = try Invocation(Sample.mixed, "--progress", "lines", "--format", "tokens", "-q")
    #expect(run.outcome.err == "host: 1 of 3 calls not ok: 1 error\n")
    let wrong = try Invocation(Sample.mixed, "--progress", "bars")
    #expect(wrong.outcome.end == .exit(2) && wrong.outcome.err.contains("auto, bar, lines, none"))
  }
}
