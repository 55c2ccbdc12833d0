import Foundation
import KernelHostTestSupport
import Testing

/// Everything that users and maintainers read is plain technical English.
struct PlainWordsTests {
  /// Folders whose Swift comments are read.
  private static let folders = ["Sources", "Tests/Support", "Tests/EngineTests"]

  /// Folders whose string literals are sentences for users.
  private static let sentences = [
    "Sources/TaskModel/Messages", "Sources/TaskModel/Schema", "Sources/host/Messages",
  ]

  private static func files(_ folder: String, _ ending: String = ".swift") throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: "\(Repository.path)/\(folder)")
      .filter { $0.hasSuffix(ending) }.map { "\(folder)/\($0)" }.sorted()
  }

  private static func text(_ file: String) throws -> String {
    try String(contentsOfFile: "\(Repository.path)/\(file)", encoding: .utf8)
  }

  @Test func whatIsRefused() {
    let long = Array(repeating: "word", count: 26).joined(separator: " ")
    for text in ["There is none.", "It returns. Nobody answers", "It ends by itself.", long] {
      #expect(PlainWords.faults(text).count >= 1, "\(text)")
    }
    let half = Array(repeating: "word", count: 20).joined(separator: " ")
    for text in ["The word \"none\" and `nobody`.", "\(half): \(half)", "An answering machine."] {
      #expect(PlainWords.faults(text).isEmpty, "\(text)")
    }
    let source = """
      /// Returns none.
      ///
      ///     code(none)
      let a = "so" + b  // none
        // Nobody.
      """
    let remarks = SourceRemark.comments(source).map { $0.text }
    #expect(remarks == [" Returns none.", " Nobody."])
    let literals = SourceRemark.literals("  let a = \"no \\(b(1)) for\"\n    + \" \\\"none\\\"\"")
    #expect(literals.map { $0.text } == ["no X for \"none\""])
  }

  @Test(arguments: folders) func comments(_ folder: String) throws {
    let files = try Self.files(folder)
    #expect(files.count > 5)
    for file in files {
      for remark in SourceRemark.comments(try Self.text(file)) {
        for fault in PlainWords.faults(remark.text) {
          Issue.record("\(file):\(remark.line): \(fault)")
        }
      }
    }
  }

  @Test(arguments: sentences) func messages(_ folder: String) throws {
    for file in try Self.files(folder) {
      for remark in SourceRemark.literals(try Self.text(file)) {
        for fault in PlainWords.faults(remark.text, limit: .max) {
          Issue.record("\(file):\(remark.line): \(fault)")
        }
      }
    }
  }

  @Test func helpOfEveryCommand() throws {
    let commands = try OfferedCompletions([""]).texts
    #expect(commands.count >= 10)
    for command in commands + [""] {
      let help = try HostBinary.run([command, "--help"].filter { !$0.isEmpty })
      #expect(help.end == .exit(0))
      for paragraph in Self.paragraphs(help.out) {
        for fault in PlainWords.faults(paragraph) {
          Issue.record("host \(command) --help: \(fault)")
        }
      }
    }
  }

  /// Returns the paragraphs and the items of a help text, without usage, examples and braces.
  private static func paragraphs(_ help: String) -> [String] {
    var paragraphs = [""]
    var last = 0
    for line in help.split(separator: "\n", omittingEmptySubsequences: false) {
      let indent = line.prefix { $0 == " " }.count
      let text = line.dropFirst(indent)
      let item = text.firstRange(of: "  ")
      if text.isEmpty || item != nil || indent < last || indent == 2 { paragraphs.append("") }
      last = text.isEmpty ? 0 : indent
      if indent == 2, item == nil { continue }
      paragraphs[paragraphs.count - 1] += text[(item?.upperBound ?? text.startIndex)...] + " "
    }
    return paragraphs.filter { text in
      !["usage:", "example"].contains { text.hasPrefix($0) } && !text.contains("{ \"")
    }
  }

  @Test func pageOfTheReport() throws {
    for part in try Self.text("CSources/report/page/page.html").split(separator: "<") {
      let text = part.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)
      for fault in PlainWords.faults(String(text.last ?? "")) {
        Issue.record("page.html: \(fault)")
      }
    }
  }
}
