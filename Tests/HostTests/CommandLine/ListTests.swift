import Foundation
import KernelHostTestSupport
import Testing

/// What follows from the lists of commands and formats. A new one needs no line here.
struct ListTests {
  private static func text(_ arguments: String...) throws -> String {
    let outcome = try HostBinary.run(arguments)
    #expect(outcome.end == .exit(0), "\(outcome.err)")
    return outcome.out
  }

  /// The words that a message lists as possible in the place of a wrong one.
  static func words(after mark: String, _ arguments: String...) throws -> [String] {
    let error = try HostBinary.run(arguments).err
    let list = try #require(error.components(separatedBy: mark).dropFirst().first)
    let end = list.firstIndex { ";\n".contains($0) } ?? list.endIndex
    return list[..<end].components(separatedBy: ", ")
  }

  @Test func everyCommandIsInAllTexts() throws {
    let commands = try Self.words(after: "commands are ", "help", "#")
    #expect(commands.count >= 12)
    let overview = try Self.text("--help")
    let page = try Self.text("man")
    let offered = try Self.text("completions", "bash", "--complete", "--", "")
    for command in commands {
      #expect(overview.contains("       host \(command)"), "\(command)")
      let meaning = try #require(offered.firstRange(of: "word\t\(command)\t"))
      #expect(offered[meaning.upperBound] != "\n", "\(command) has no summary")
      if command == "help" { continue }
      let help = try Self.text(command, "--help")
      #expect(help.hasPrefix("host \(command) - ") && help.contains("\nusage: host "))
      #expect(help.contains("\nexample: "), "\(command)")
      #expect(page.contains(".SS \"host \(command)\""), "\(command)")
      #expect(try Self.text("help", command) == help)
    }
  }

  @Test func everyFormatIsInAllTexts() throws {
    let formats = try Self.words(after: "expected one of ", "run", "--format", "#", "m.json")
    #expect(formats.count >= 6)
    let help = try Self.text("run", "--help")
    #expect(help.lines.allSatisfy { $0.count <= 84 }, "lines that are too long")
    let offered = try Self.text("completions", "bash", "--complete", "--", "--format", "")
    for format in formats {
      let gap = String(repeating: " ", count: 8 - format.count)
      #expect(help.contains("\n" + String(repeating: " ", count: 25) + format + gap), "\(format)")
      let word = try #require(offered.firstRange(of: "word\t\(format)\t"))
      #expect(offered[word.upperBound] != "\n", "\(format) has no meaning")
    }
  }

  /// Every format writes one call, and a file with it is complete.
  @Test func everyFormatWrites() throws {
    for format in try Self.words(after: "expected one of ", "run", "--format", "#", "m.json") {
      let run = try Invocation(#"[{"kernel": "primes"}]"#, "--format", format, "-o", "out")
      #expect(run.outcome.end == .exit(0) && run.outcome.out == "", "\(format)")
      #expect(try !run.folder.read("out").isEmpty, "\(format)")
    }
  }
}
