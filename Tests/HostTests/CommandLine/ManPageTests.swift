import Foundation
import KernelHostTestSupport
import Testing

/// The manual page, and that help and page leave out nothing that the parser takes.
struct ManPageTests {
  /// What the parser's tables hold, as completion shows them: no second list.
  private static func commands() throws -> [String] { try OfferedCompletions([""]).texts }

  private static func options(_ command: String) throws -> [String] {
    try OfferedCompletions([command, "-"]).texts.filter { $0 != "-h" && $0 != "--help" }
  }

  /// Whether a text has an option, and not only one that begins with it.
  private static func names(_ text: String, _ option: String) -> Bool {
    let isPart: (Character?) -> Bool = {
      $0.map { $0.isLetter || $0.isNumber || $0 == "-" } ?? false
    }
    return text.ranges(of: option).contains { range in
      let before =
        range.lowerBound == text.startIndex ? nil : text[text.index(before: range.lowerBound)]
      let after = range.upperBound == text.endIndex ? nil : text[range.upperBound]
      return !isPart(before) && !isPart(after)
    }
  }

  @Test func helpAndPageHaveEveryOption() throws {
    let page = try HostBinary.run(["man"]).out.replacing("\\-", with: "-")
    let overview = try HostBinary.run(["--help"]).out
    let commands = try Self.commands()
    #expect(commands.count >= 10)
    for command in commands {
      #expect(overview.contains("host \(command)"), "\(command) is not in the overview")
      let help = try HostBinary.run([command, "--help"])
      #expect(help.end == .exit(0) && help.err == "")
      if command == "help" { continue }
      #expect(help.out.hasPrefix("host \(command) - "), "\(command)")
      #expect(help.out.contains("\nusage: host \(command)"), "\(command)")
      for line in help.out.lines { #expect(line.count <= 80, "\(command): \(line)") }
      let start = try #require(page.range(of: ".SS \"host \(command)\"\n"), "\(command)")
      let rest = page[start.upperBound...]
      let end = rest.range(of: "\n.S")?.lowerBound ?? rest.endIndex
      let section = rest[..<end].replacing("\\fB", with: "").replacing("\\fR", with: "")
      for option in try Self.options(command) {
        #expect(Self.names(help.out, option), "\(option) is not in the help of \(command)")
        #expect(Self.names(String(section), option), "\(option) is not on the page, \(command)")
      }
    }
  }

  /// Every option says in a few words what it is for, to shells that show that.
  @Test func everyOptionIsExplained() throws {
    for command in try Self.commands() {
      for (text, meaning) in try OfferedCompletions([command, "-"]).words {
        #expect(!meaning.isEmpty, "\(text) of \(command) has no item in --help")
      }
    }
  }

  @Test func sections() throws {
    let run = try HostBinary.run(["man"])
    #expect(run.end == .exit(0) && run.err == "")
    let titles = run.out.lines.filter { $0.hasPrefix(".SH ") }.map { $0.dropFirst(4) }
    #expect(
      titles == [
        "\"NAME\"", "\"SYNOPSIS\"", "\"DESCRIPTION\"", "\"COMMANDS\"", "\"OPTIONS\"",
        "\"EXIT STATUS\"", "\"ENVIRONMENT\"", "\"FILES\"", "\"EXAMPLES\"", "\"SEE ALSO\"",
      ])
    for word in ["HOST_PLUGIN_PATH", "CC,", "CXX", "XDG_CACHE_HOME", "NO_COLOR", "130"] {
      #expect(run.out.contains(word))
    }
    // Nothing looks like a request that is none of those used.
    let known = [
      ".TH", ".SH", ".SS", ".PP", ".TP", ".IP", ".RS", ".RE", ".nf", ".fi", ".BR", ".nh", ".ad",
    ]
    for line in run.out.lines where line.hasPrefix(".") || line.hasPrefix("'") {
      #expect(known.contains { line == $0 || line.hasPrefix($0 + " ") }, "\(line)")
    }
    let wrong = try HostBinary.run(["man", "run"])
    #expect(wrong.end == .exit(2) && wrong.out == "" && wrong.err.contains("\"run\""))
  }

  /// The page of manifests has each key of the schema in its object, and no other.
  @Test func thePageOfManifestsHasEachKey() throws {
    let schema = try JSON.object(try HostBinary.run(["schema"]).out)
    let defs = try #require(schema["$defs"] as? [String: Any])
    func keys(_ object: Any?) throws -> [String] {
      let properties = try #require((object as? [String: Any])?["properties"] as? [String: Any])
      return properties.keys.sorted()
    }
    let top = try #require(schema["properties"] as? [String: Any])
    let task = try #require((defs["task"] as? [String: Any])?["properties"] as? [String: Any])
    let expected = [
      "manifest": try keys(schema), "defaults": try keys(top["defaults"]),
      "task": try keys(defs["task"]), "allow": try keys(top["allow"]),
      "limits": try keys(top["limits"]), "retries": try keys(defs["retries"]),
      "plugin": try keys(defs["plugin"]), "function": try keys(defs["function"]),
      "sweep": (try keys(defs["axis"]) + keys(task["sweep"])).sorted(),
      "bytes": try keys(defs["bytes"]), "reference": try keys(defs["reference"]),
    ]
    let entries = try ManifestKeys.ofThePage()
    let found = Dictionary(grouping: entries) { $0.object }.mapValues { $0.map(\.key).sorted() }
    #expect(found == expected)
    for entry in entries { #expect(entry.text.count > 20, "\(entry.key): \(entry.text)") }
    for key in ["tasks", "kernel", "from", "to", "times", "function", "base64"] {
      #expect(entries.contains { $0.key == key && $0.text.contains("required") }, "\(key)")
    }
  }

  @Test func theExampleOfManifestsIsSound() throws {
    let lines = try HostBinary.run(["man", "5"]).out.lines
    let start = try #require(lines.firstIndex(of: ".nf"))
    let example = lines[(start + 1)...].prefix { $0 != ".fi" }.joined(separator: "\n")
    let check = try HostBinary.run(["check", "-"], input: Array(example.utf8))
    #expect(check.end == .exit(0), "\(check.err)")
    #expect(try HostBinary.run(["man", "1"]).out == HostBinary.run(["man"]).out)
    #expect(try HostBinary.run(["man", "5", "run"]).end == .exit(2))
  }

  @Test(
    .enabled(if: Tool.path("groff") != nil, "groff is not on the PATH"), arguments: ["1", "5"])
  func groffHasNothingToSay(_ section: String) throws {
    let groff = try #require(Tool.path("groff"))
    let page = try HostBinary.run(["man", section]).standardOutput
    let run = try Child(groff, ["-man", "-ww", "-Tutf8", "-rLL=78n"], input: page).finish()
    #expect(run.end == .exit(0) && run.err == "", "\(run.err)")
    let example = section == "1" ? "host Sources/Manifests/loops.json" : "\"kernel\": \"moments\""
    #expect(run.out.contains("crash") && run.out.contains(example))
  }

  @Test(
    .enabled(if: Tool.path("mandoc") != nil, "mandoc is not on the PATH"), arguments: ["1", "5"])
  func mandocHasNothingToSay(_ section: String) throws {
    let mandoc = try #require(Tool.path("mandoc"))
    let page = try HostBinary.run(["man", section]).standardOutput
    let run = try Child(mandoc, ["-T", "lint", "-W", "warning"], input: page).finish()
    #expect(run.end == .exit(0) && run.out == "" && run.err == "", "\(run.out)\(run.err)")
  }
}
