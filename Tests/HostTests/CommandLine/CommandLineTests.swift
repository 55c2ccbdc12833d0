import Foundation
import KernelHostTestSupport
import Testing

/// The words of the command line.
struct CommandLineTests {
  private func expectUsageError(_ arguments: [String], _ words: String...) throws {
    let folder = try TemporaryFolder()
    try folder.write("[]", to: "m.json")
    let run = try HostBinary.run(arguments, folder: folder.path)
    #expect(run.end == .exit(2), "\(arguments): \(run.out)\(run.err)")
    #expect(run.out == "")
    #expect(run.err.contains("host: error: "))
    for word in words {
      #expect(run.err.contains(word), "\(arguments): expected \(word) in: \(run.err)")
    }
    #expect(try folder.names == ["m.json"])
  }

  @Test(arguments: [
    ["--help"], ["-h"], ["help"], ["run", "--help"], ["run", "-h"], ["check", "--help"],
    ["kernels", "--help"], ["help", "run"], ["help", "check"], ["help", "kernels"],
    ["schema", "--help"], ["help", "schema"], ["report", "--help"], ["help", "report"],
    ["help", "--help"], ["run", "m.json", "--help"],
  ])
  func help(_ arguments: [String]) throws {
    let run = try HostBinary.run(arguments)
    #expect(run.end == .exit(0), "\(run.err)")
    #expect(run.err == "")
    #expect(run.out.contains("usage: host"))
    #expect(run.out.contains("example: host "))
    // It fits a terminal.
    for line in run.out.lines { #expect(line.count <= 80, "\(line)") }
    if arguments.count == 2,
      let command = arguments.first(where: { !$0.hasPrefix("-") && $0 != "help" })
    {
      #expect(run.out.contains("host \(command)"))
    }
  }

  /// What help says of options is true: each is taken.
  @Test func optionsOfTheHelpExist() throws {
    let help = try HostBinary.run(["run", "--help"]).out
    let named = #/(?:^ *|, )(--?[a-z][a-z-]*)/#.anchorsMatchLineEndings()
    let options = Set(help.matches(of: named).map { String($0.1) })
    #expect(options.count > 30, "\(options)")
    for option in options where option != "--help" {
      let run = try HostBinary.run(["run", option])
      #expect(!run.err.contains("unknown option"), "\(option): \(run.err)")
      #expect(run.end == .exit(2), "\(option): \(run.end)")
    }
  }

  @Test func version() throws {
    let run = try HostBinary.run(["--version"])
    #expect(run.end == .exit(0))
    #expect(run.err == "")
    #expect(run.out.lines.count == 1)
    #expect(run.out.contains(#/^host \d+\.\d+/#))
    // The ABI is the header's.
    let header = try String(
      contentsOfFile: Repository.path + "/include/kernel_host.h", encoding: .utf8)
    let numbers = ["MAJOR", "MINOR"].map { part in
      header.lines.first { $0.hasPrefix("#define KH_ABI_\(part) ") }?.split(separator: " ").last
        ?? "?"
    }
    #expect(run.out.hasSuffix(" (kernel ABI \(numbers.joined(separator: ".")))\n"))
  }

  @Test func noArguments() throws {
    let run = try HostBinary.run([])
    #expect(run.end == .exit(2))
    #expect(run.out == "")
    #expect(run.err.contains("usage: host"))
    try expectUsageError(["run"], "manifest")
    try expectUsageError(["check"], "manifest")
    try expectUsageError(["--format", "json"], "manifest")
  }

  @Test func unknownOptions() throws {
    try expectUsageError(["m.json", "--fromat", "json"], "--fromat", "--format")
    try expectUsageError(["run", "--ouput=x", "m.json"], "--ouput", "--output")
    try expectUsageError(["--quite", "m.json"], "--quite", "--quiet")
    try expectUsageError(["check", "--inptu", "json", "m.json"], "--inptu", "--input")
    try expectUsageError(["kernels", "--jsno"], "--jsno", "--json")
    try expectUsageError(["m.json", "-x"], "-x")
    try expectUsageError(["m.json", "--" + String(repeating: "x", count: 5000)], "unknown option")
    try expectUsageError(["m.json", "--xyzzy"], "--xyzzy", "--help")
    // An option of another command is none of this one.
    try expectUsageError(["check", "m.json", "--format", "json"], "--format")
  }

  @Test func wrongValues() throws {
    try expectUsageError(["m.json", "--format"], "--format", "value")
    try expectUsageError(["m.json", "-o"], "-o", "value")
    try expectUsageError(["m.json", "--format", "xml"], "xml", "jsonl")
    try expectUsageError(["m.json", "--format="], "--format")
    try expectUsageError(["m.json", "--format", "JSON"], "JSON")
    try expectUsageError(["m.json", "--input", "yaml"], "yaml", "jsonl")
    try expectUsageError(["check", "m.json", "--input", "yaml"], "yaml", "jsonl")
    for live in ["0", "-1", "x", "1.5", "", "99999999999999999999"] {
      try expectUsageError(["m.json", "--live", live], "--live")
    }
    try expectUsageError(["m.json", "--quiet=yes"], "--quiet")
    try expectUsageError(["m.json", "--format", "json", "--format", "csv"], "--format", "twice")
    try expectUsageError(["m.json", "-o", "a", "--output", "b"], "twice")
    try expectUsageError(["m.json", "m.json"], "2")
    try expectUsageError(["run", "m.json", "check"], "2")
    try expectUsageError(["check", "m.json", "m.json"], "2")
    try expectUsageError(["kernels", "for_loop", "for_loop"], "no parameter")
  }

  @Test func misspelledCommand() throws {
    let run = try HostBinary.run(["chek"])
    #expect(run.end == .exit(2))
    #expect(run.out == "")
    #expect(run.err.contains("chek"))
    #expect(run.err.contains("host check"))
    try expectUsageError(["help", "chek"], "chek", "check")
  }

  // MARK: check

  @Test func checkOfASoundManifest() throws {
    let folder = try TemporaryFolder()
    try folder.write(Sample.mixed, to: "m.json")
    let run = try HostBinary.run(["check", "m.json"], folder: folder.path)
    #expect(run.end == .exit(0))
    #expect(run.err == "")
    #expect(run.out.contains("m.json"))
    #expect(run.out.contains("3 calls"))
    #expect(run.out.contains("for_loop"))
    #expect(!run.out.contains("Looping"), "something ran")
    let input = try HostBinary.run(["check", "-"], input: Array("[]".utf8))
    #expect(input.end == .exit(0))
    #expect(input.out.contains("0 calls"))
    let lines = Array("{\"kernel\": \"for_loop\"}\n{\"kernel\": \"for_loop\"}".utf8)
    #expect(
      try HostBinary.run(["check", "--input", "jsonl", "-"], input: lines).out.contains("2 calls"))
    #expect(try HostBinary.run(["check", "-"], input: lines).end == .exit(2))
  }

  @Test func checkOfTheShippedManifests() throws {
    let run = try HostBinary.run(
      ["check", "Sources/Manifests/loops.json"], folder: Repository.path)
    #expect(run.end == .exit(0))
    #expect(run.out.contains("4 calls"))
  }

  // MARK: kernels

  static let builtIn = [
    "fft", "for_loop", "heat", "logistic_map", "mandelbrot", "matmul", "moments",
    "monte_carlo_pi", "primes", "sha256", "sleep", "while_loop_increment",
  ]

  @Test func listOfKernels() throws {
    let run = try HostBinary.run(["kernels"])
    #expect(run.end == .exit(0))
    #expect(run.err == "")
    let names = run.out.lines.map { String($0.prefix { $0 != " " }) }
    #expect(names == names.sorted())
    #expect(Set(Self.builtIn).subtracting(names) == [], "missing kernels")
    for line in run.out.lines { #expect(line.contains(#/^\w+ +\S.*/#), "no summary: \(line)") }
  }

  @Test func oneKernel() throws {
    let run = try HostBinary.run(["kernels", "for_loop"])
    #expect(run.end == .exit(0))
    for word in ["for_loop", "min", "increment", "max", "i64", "1000000"] {
      #expect(run.out.contains(word))
    }
    #expect(!run.out.contains("while_loop"))
  }

  @Test func kernelsAsJSON() throws {
    let run = try HostBinary.run(["kernels", "--json"])
    #expect(run.end == .exit(0))
    let all = try #require(try JSON.value(run.out) as? [[String: Any]])
    let names = all.compactMap { $0["name"] as? String }
    #expect(
      names == (try HostBinary.run(["kernels"])).out.lines.map { String($0.prefix { $0 != " " }) })
    for kernel in all {
      #expect((kernel["summary"] as? String)?.isEmpty == false, "\(kernel)")
      let parameters = try #require(kernel["parameters"] as? [[String: Any]])
      for parameter in parameters {
        #expect((parameter["doc"] as? String)?.isEmpty == false, "\(parameter)")
        #expect(parameter["type"] is String)
        #expect((parameter["required"] as? Bool) == (parameter["default"] == nil))
      }
      #expect(kernel["results"] is [[String: Any]])
      #expect(kernel["errors"] is [[String: Any]])
      #expect(kernel["pure"] is Bool && kernel["flat"] is Bool)
    }
    let one = try HostBinary.run(["kernels", "for_loop", "--json"])
    let kernel = try JSON.object(one.out)
    let parameters = try #require(kernel["parameters"] as? [[String: Any]])
    #expect(parameters.map { $0["name"] as? String } == ["min", "increment", "max"])
    #expect(parameters.map { $0["default"] as? Int64 } == [0, 1, 1_000_000])
    #expect(parameters.map { $0["minimum"] as? Int64 } == [.min, .min, .min])
  }

  @Test func unknownKernel() throws {
    try expectUsageError(["kernels", "for_lop"], "for_lop", "\"for_loop\"")
    try expectUsageError(["kernels", "qqqqqqqqqq", "--json"], "qqqqqqqqqq")
    try expectUsageError(["kernels", ""])
  }

  /// A mistake in a manifest is no hint that a command was meant.
  @Test func onlyAMissingFileMayBeAMisspeltCommand() throws {
    let wrong = Array(#"[{"kernel": "for_lop"}]"#.utf8)
    #expect(!(try HostBinary.run(["-"], input: wrong).err.contains("command")))
    #expect(try HostBinary.run(["chekc"]).err.contains("host check"))
  }

  /// With operands behind it, too, a command that is misspelt is told from a manifest.
  @Test(arguments: [["chek", "m.json"], ["nwe", "thing"], ["kernel", "for_loop"]])
  func misspeltCommands(_ arguments: [String]) throws {
    let run = try HostBinary.run(arguments)
    #expect(run.end == .exit(2) && run.out.isEmpty)
    #expect(run.err.contains("did you mean the command host "), "\(run.err)")
  }
}
