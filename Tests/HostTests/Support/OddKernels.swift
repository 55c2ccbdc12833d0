import KernelHostTestSupport

/// A plugin whose kernels have names that a shell could stumble over.
enum OddKernels {
  static let names = [
    "odd blank", "odd$HOME", "odd'quote", "odd`id`", "odd\"q", "odd\\b", "odd:colon", "odd;x",
    "odd*star", "$(touch broken)", "-odd",
  ]
  /// Names that no shell can offer: with a tab, a line's end, a terminal's command.
  static let unspeakable = ["odd\ttab", "odd\nline", "odd\u{1B}[31mred", "odd\u{202E}turned"]

  /// Makes `odd lib.so` in a folder; answers its name.
  static func build(in folder: TemporaryFolder) throws -> String {
    var source = """
      #include "kernel_host.h"
      static int step(kh_call *call, void *state) { (void)call; (void)state; return KH_DONE; }

      """
    for (index, name) in (names + unspeakable).enumerated() {
      source += """
        typedef struct { int64_t first, second; } k\(index);
        KH_KERNEL(k\(index), .name = \(quoted(name)), .summary = "$(touch broken) `touch broken`: x",
          .step = step, .params = KH_PARAMS(KH_PARAM(k\(index), first, "a: b\\t`id`"),
            KH_PARAM(k\(index), second, "")));

        """
    }
    try folder.write(source, to: "odd.c")
    let build = try Child(
      "/usr/bin/env",
      [
        Plugins.compiler ?? "cc", "-w", "-shared", "-fPIC", "-I", Repository.path + "/include",
        folder.path("odd.c"), "-o", folder.path("odd lib.so"),
      ]
    ).finish()
    guard build.end == .exit(0) else { throw Plugins.Failure(description: build.err) }
    return "odd lib.so"
  }

  /// As C has it, every byte by its number.
  private static func quoted(_ name: String) -> String {
    "\""
      + name.utf8.map { byte in
        let digits = String(byte, radix: 8)
        return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }.joined() + "\""
  }
}

/// The output of `host completions SHELL --complete`.
struct OfferedCompletions {
  let outcome: Outcome
  let stem: String
  let value: String
  /// Words and their meanings, in order.
  let words: [(text: String, meaning: String)]
  /// "file json jsonl", "folder"; nil: no files.
  let files: String?

  var texts: [String] { words.map { $0.text } }

  init(_ words: [String], shell: String = "zsh", folder: TemporaryFolder? = nil) throws {
    outcome = try HostBinary.run(
      ["completions", shell, "--complete", "--"] + words,
      environment: folder.map { ["XDG_CACHE_HOME": $0.path("cache")] } ?? [:],
      folder: folder?.path)
    var lines = outcome.out.lines
    stem = lines.isEmpty ? "" : lines.removeFirst()
    value = lines.isEmpty ? "" : lines.removeFirst()
    var found: [(String, String)] = []
    var files: String?
    for line in lines {
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      if parts[0] == "word", parts.count == 3 {
        found.append((parts[1], parts[2]))
      } else {
        files = parts.joined(separator: " ")
      }
    }
    self.words = found
    self.files = files
  }
}
