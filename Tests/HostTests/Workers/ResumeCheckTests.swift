import KernelHostTestSupport
import Testing

/// `host check --resume`: which kernels can continue in another process.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct ResumeCheckTests {
  private func check(_ tasks: String, _ options: [String] = []) throws -> Outcome {
    let folder = try TemporaryFolder()
    let library = try Plugins.library("half_done.c")
    try folder.write("", to: "gate")
    let text = tasks.replacing(
      "FILES", with: "\"gate\": \"\(folder.path("gate"))\", \"log\": \"\(folder.path("log"))\"")
    try folder.write(
      "{\"plugins\": [\"\(library)\"], \"sandbox\": \"none\", \"tasks\": [\(text)]}", to: "m.json")
    return try Child(
      HostBinary.path, ["check", "--resume", "m.json"] + options, folder: folder.path
    ).finish()
  }

  @Test func flatKernelsContinue() throws {
    let outcome = try check(
      """
      {"kernel": "half_done", "args": {FILES, "values": [1.5, 2], "count": 3000}},
      {"kernel": "monte_carlo_pi"}, {"kernel": "for_loop", "args": {"max": 5}},
      {"kernel": "sha256", "args": {"text": "abc"}}, {"kernel": "logistic_map"}
      """)
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    for kernel in ["half_done", "monte_carlo_pi", "for_loop", "logistic_map"] {
      #expect(
        outcome.out.contains("  \(kernel): continues in another process (stopped after 1 step"),
        "\(outcome.out)")
    }
    #expect(outcome.out.contains("  sha256: begins again after the host's death"))
  }

  @Test func kernelsThatAreNotFlatAreNamed() throws {
    let outcome = try check(
      """
      {"kernel": "points_to_library", "args": {FILES, "values": [1]}},
      {"kernel": "points_to_heap", "args": {FILES, "values": [1]}},
      {"kernel": "counts_in_process"}
      """)
    #expect(outcome.end == .exit(4), "\(outcome.err)")
    let lines = outcome.out.split(separator: "\n").map(String.init)
    func line(_ kernel: String) -> String { lines.first { $0.hasPrefix("  \(kernel): ") } ?? "" }
    #expect(line("points_to_library").contains("byte 128 of its state is a pointer"))
    #expect(line("points_to_heap").contains("byte 8 of its kh_alloc block 2 is a pointer"))
    #expect(line("counts_in_process").contains("but sum differs if it is stopped after 1 step"))
  }

  @Test func itNeedsWorkers() throws {
    for (option, text) in [
      (["--isolation", "none"], "--resume compares calls in two worker processes"),
      (["--no-plugins"], "--resume runs kernels"),
    ] {
      let outcome = try check("{\"kernel\": \"logistic_map\"}", option)
      #expect(outcome.end == .exit(2) && outcome.err.contains(text), "\(outcome.err)")
    }
  }
}
