import Foundation
import FoundationXML
import KernelHostTestSupport
import Testing

/// What the README says is so: its commands run, its manifests are sound, its pictures are
/// there.
struct ReadmeTests {
  private static let text = try! String(
    contentsOfFile: Repository.path + "/README.md", encoding: .utf8)

  /// Blocks of indented lines, without the indent.
  private static let blocks: [[String]] = {
    var blocks: [[String]] = []
    var isInside = false
    for line in text.lines {
      if line.hasPrefix("    ") {
        if !isInside { blocks.append([]) }
        blocks[blocks.count - 1].append(String(line.dropFirst(4)))
        isInside = true
      } else if !line.isEmpty {
        isInside = false
      }
    }
    return blocks
  }()

  /// All that is called `host`, in blocks and in sentences, once each, in order.
  private static let commands: [String] = {
    var found: [String] = []
    for line in blocks.joined() {
      guard let start = line.firstRange(of: "$ "), start.lowerBound == line.startIndex else {
        continue
      }
      found.append(String(line[start.upperBound...]))
    }
    let prose = text.lines.filter { !$0.hasPrefix("    ") }
    let words = prose.joined(separator: " ").replacing(#/ +/#, with: " ")
    for match in words.matches(of: #/`([^`]+)`/#) {
      let command = String(match.1)
      if command.hasPrefix("host ") || command.contains("(host ") { found.append(command) }
    }
    return found.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }()

  /// Commands that show how a call fails.
  private static let failing: [String] = ["\"increment\": 0"]

  /// What the commands are about: the kernel and the files that the README speaks of.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let study = """
      { "plugins": ["harmonic.c"], "tasks": [
        { "name": "map", "kernel": "logistic_map", "args": { "n": 10 },
          "sweep": { "r": { "from": 2.5, "to": 4, "count": 1001 } } },
        { "kernel": "harmonic" } ] }
      """
    let harmonic = try #require(Self.blocks.first { $0[0].contains("kernel_host.h") })
    try folder.write(harmonic.joined(separator: "\n") + "\n", to: "study.c")
    try folder.write(
      "[{\"name\": \"map\", \"kernel\": \"logistic_map\", \"repeat\": 30, \"args\": {\"r\": 3}}]",
      to: "study.json")
    try folder.write(study, to: "other.json")
    try folder.write(harmonic.joined(separator: "\n") + "\n", to: "harmonic.c")
    for words in [
      ["build", "harmonic.c", "-o", "libmine.so"],
      ["--format", "jsonl", "-o", "results.jsonl", "study.json"],
    ] {
      let run = try HostBinary.run(words, folder: folder.path)
      try #require(run.end == .exit(0), "\(run.err)")
    }
    return folder
  }

  private func shell(_ command: String, in folder: TemporaryFolder) throws -> Outcome {
    try Child(
      "/usr/bin/env", ["PATH=\(Tool.pathWithHost)", "HOME=\(folder.path)", "bash", "-c", command],
      folder: folder.path
    ).finish()
  }

  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler"))
  func everyCommandRuns() throws {
    #expect(Self.commands.count >= 15, "\(Self.commands)")
    let folder = try folder()
    for name in ["Sources", "CSources", "include", "README.md"] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path(name), withDestinationPath: Repository.path + "/" + name)
    }
    try FileManager.default.createDirectory(
      atPath: folder.path(".local/share/man/man1"), withIntermediateDirectories: true)
    for command in Self.commands {
      // Names that stand for others.
      if command.contains("NAME") { continue }
      if command.hasPrefix("host new") {
        // It writes over nothing.
        try FileManager.default.removeItem(atPath: folder.path("harmonic.c"))
      }
      // For a shell of its own: ShellTests.
      if command.contains("fish") { continue }
      if command.contains("man -l"), Tool.path("man") == nil { continue }
      if command.contains("zlib"), !PluginSample.zlib.isAvailable { continue }
      // Some are named without what they are about.
      let isBare = ["host check", "host check --verbose"].contains(command)
      let run = try shell(isBare ? command + " other.json" : command, in: folder)
      let expected: Outcome.End =
        Self.failing.contains { command.contains($0) } ? .exit(1) : .exit(0)
      #expect(run.end == expected, "\(command): \(run.err.suffix(500))")
      #expect(!run.err.contains("host: error"), "\(command): \(run.err.suffix(500))")
    }
  }

  /// Blocks that are manifests, whole: those of built-in kernels run, the others are checked as
  /// far as their kernels are known.
  @Test func everyManifestIsSound() throws {
    var count = 0
    for block in Self.blocks where block[0].hasPrefix("{") && block.joined().contains("\"tasks\"") {
      let text = block.joined(separator: "\n")
      guard (try? JSON.value(text)) != nil else { continue }
      count += 1
      let check = try HostBinary.run(["check", "-"], input: Array(text.utf8))
      let missing = text.contains("libmine.so") || text.contains("\"out\"")
      #expect(check.end == .exit(missing ? 2 : 0), "\(text)\n\(check.err)")
      if missing {
        #expect(check.err.contains("cannot load plugin") || check.err.contains("cannot allow"))
      }
    }
    #expect(count >= 5)
  }

  /// What a run of the demo prints is what the README shows, as far as it shows it.
  @Test func theDemoIsTrue() throws {
    let shown = try #require(Self.blocks.first { $0[0] == "Looping for: 3" })
    let run = try HostBinary.run([Repository.path + "/Sources/Manifests/loops.json"])
    let lines = run.out.lines
    let gap = try #require(shown.firstIndex(of: "..."))
    #expect(Array(lines.prefix(gap)) == Array(shown[..<gap]))
    let rest = shown[(gap + 1)...].filter { !$0.isEmpty }
    #expect(Array(lines.suffix(rest.count)) == rest)
    let manifest = try #require(Self.blocks.first { $0.joined().contains("\"max\": 12") })
    let file = try String(
      contentsOfFile: Repository.path + "/Sources/Manifests/loops.json", encoding: .utf8)
    #expect(
      manifest.joined(separator: "\n").filter { $0 != " " && $0 != "\n" }
        == file.filter { $0 != " " && $0 != "\n" })
  }

  @Test func picturesAreThere() throws {
    let pictures = Self.text.matches(of: #/!\[[^\]]+\]\(([^)]+)\)/#).map { String($0.1) }
    #expect(pictures.count == 2)
    for picture in pictures {
      let svg = try String(contentsOfFile: Repository.path + "/" + picture, encoding: .utf8)
      let parser = XMLParser(data: Data(svg.utf8))
      #expect(parser.parse(), "\(picture)")
      for call in 0..<4 { #expect(svg.contains(">\(call) for_loop"), "\(picture)") }
    }
  }
}
