import KernelHostTestSupport
import Testing

/// Somebody else's manifest can be looked at before anything that it names is run.
struct WithoutPluginsTests {
  /// Each plugin leaves a file behind when it is compiled, or would not load.
  private static let manifest = """
    { "plugins": [ { "path": "trap.c", "flags": ["-MMD", "-MF", "compiled"] }, "missing.so" ],
      "isolation": "none",
      "tasks": [ { "name": "a", "kernel": "odd\\u001b[31m", "sweep": { "x": [1, 2, 3] } },
                 { "kernel": "primes", "args": [10], "after": "a" } ] }
    """

  private func run(_ manifest: String, _ arguments: String...) throws -> (Outcome, [String]) {
    let folder = try TemporaryFolder()
    try folder.write(manifest, to: "m.json")
    try folder.write("int x;\n", to: "trap.c")
    let outcome = try HostBinary.run(
      arguments + ["m.json"], environment: ["XDG_CACHE_HOME": folder.path("cache")],
      folder: folder.path)
    return (outcome, try folder.names)
  }

  @Test(arguments: ["check", "plan"])
  func nothingIsCompiledOrLoaded(command: String) throws {
    let (outcome, names) = try run(Self.manifest, command, "--no-plugins")
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    #expect(names == ["m.json", "trap.c"])
    for line in [
      "\"m.json\" is valid, as far as it can be checked without its plugins: 4 calls", "  odd␛[31m",
      "  isolation none: calls run inside the host",
    ] {
      #expect(outcome.out.lines.contains(line), "\(line) in \(outcome.out)")
    }
    #expect(outcome.out.contains(#"/trap.c, compiled with "-MMD" "-MF" "compiled""#))
    #expect(outcome.out.contains("/missing.so\n"))
    let (without, _) = try run(Self.manifest, command)
    #expect(without.end == .exit(2))
  }

  /// What can be known is checked as ever.
  @Test func mistakesAreFound() throws {
    let wrong = Self.manifest.replacingOccurrences("[10]", with: "[\"ten\"]")
    let (outcome, _) = try run(wrong, "check", "--no-plugins")
    #expect(outcome.end == .exit(2) && outcome.err.contains("m.json:4:"), "\(outcome.err)")
    let (unknown, _) = try run(#"[{"kernel": "odd"}]"#, "check", "--no-plugins")
    #expect(unknown.end == .exit(2) && unknown.err.contains("kernel \"odd\" is unknown"))
    let (call, _) = try run(Self.manifest, "plan", "--no-plugins", "--call", "1")
    #expect(call.end == .exit(2) && call.err.contains("--call needs all kernels"))
  }

  @Test func theWholePlanWhereItIsKnown() throws {
    let known = #"{"plugins": ["trap.c"], "tasks": [{"kernel": "primes", "args": [10]}]}"#
    let (outcome, _) = try run(known, "plan", "--no-plugins", "--call", "0")
    #expect(outcome.out.contains(#"arguments: {"limit":10}"#), "\(outcome.out)\(outcome.err)")
    #expect(outcome.out.contains("plugins, neither compiled nor loaded:"))
  }

  @Test func theSchemaIsThatOfTheBuiltInKernels() throws {
    let (outcome, names) = try run(Self.manifest, "schema", "--no-plugins")
    #expect(outcome.standardOutput == (try HostBinary.run(["schema"])).standardOutput)
    #expect(names == ["m.json", "trap.c"])
  }
}

extension String {
  fileprivate func replacingOccurrences(_ old: String, with new: String) -> String {
    split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
  }
}
