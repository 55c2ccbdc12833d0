import Foundation
import KernelHostTestSupport

/// A page of the documentation: the README, or an article of the catalogue.
struct Document: CustomStringConvertible {
  /// A block between fences.
  struct Block {
    /// What stands behind the fence. `sh`: tests run it. `console`: tests check the names of its
    /// commands and options. `text`: the output of the `sh` block before it.
    let language: String
    let lines: [String]
    /// The file that the paragraph before it names; nil: it has no name.
    let file: String?
    let line: Int

    var text: String { lines.joined(separator: "\n") + "\n" }

    /// Its lines, without ends of lines behind a backslash.
    var commands: [String] {
      text.replacing("\\\n", with: "").split(separator: "\n").map(String.init)
    }
  }

  static let catalogue = "Sources/KernelHost/KernelHost.docc"

  static let all: [Document] = {
    let names = try! FileManager.default.contentsOfDirectory(
      atPath: "\(Repository.path)/\(catalogue)")
    let articles = names.filter { $0.hasSuffix(".md") }.sorted()
    return try! (["README.md"] + articles.map { "\(catalogue)/\($0)" }).map(Document.init)
  }()

  /// The article of this name.
  static func article(_ name: String) -> Document {
    all.first { $0.path == "\(catalogue)/\(name).md" } ?? all[0]
  }

  /// In the checkout.
  let path: String
  let text: String
  let blocks: [Block]

  var description: String { path }

  /// The lines around the blocks.
  private var prose: [String] {
    var isInside = false
    return text.lines.filter { line in
      let isFence = line.drop { $0 == " " }.hasPrefix("```")
      if isFence { isInside.toggle() }
      return !isFence && !isInside
    }
  }

  /// What stands in backticks in the text around the blocks.
  var spans: [String] {
    prose.joined(separator: " ").replacing(#/ +/#, with: " ")
      .matches(of: #/`([^`]+)`/#).map { String($0.1) }
  }

  /// Paragraphs, items of lists and cells of tables.
  var paragraphs: [String] {
    var paragraphs = [""]
    for line in prose {
      let words = line.drop { $0 == " " }
      if words.hasPrefix("|") {
        paragraphs += words.split(separator: "|").map(String.init)
      } else if words.isEmpty || words.hasPrefix("- ") || words.hasPrefix("#")
        || words.hasPrefix("<img ") || words.prefixMatch(of: #/[0-9]+\. /#) != nil
      {
        paragraphs.append("")
      }
      if !words.hasPrefix("|") { paragraphs[paragraphs.count - 1] += words + " " }
    }
    return paragraphs
  }

  /// The files of its pictures, as they are written.
  var pictures: [String] {
    text.matches(of: #/!\[[^\]]+\]\(([^)]+)\)|<img src="([^"]+)"/#)
      .map { String($0.1 ?? $0.2 ?? "") }
  }

  init(path: String) throws {
    self.path = path
    text = try String(contentsOfFile: "\(Repository.path)/\(path)", encoding: .utf8)
    blocks = Self.blocks(text)
  }

  private static func blocks(_ text: String) -> [Block] {
    var blocks: [Block] = []
    var open: (language: String, indent: Int, lines: [String], line: Int)?
    var paragraph = ""
    var isAtItsEnd = false
    for (index, line) in text.lines.enumerated() {
      let code = line.drop { $0 == " " }
      if let block = open {
        if code == "```" {
          blocks.append(
            Block(
              language: block.language, lines: block.lines,
              file: file(paragraph, block.language), line: block.line))
          (open, paragraph) = (nil, "")
        } else {
          let indent = min(block.indent, line.count - code.count)
          open?.lines.append(String(line.dropFirst(indent)))
        }
      } else if code.hasPrefix("```") {
        open = (String(code.dropFirst(3)), line.count - code.count, [], index + 1)
      } else if code.isEmpty {
        isAtItsEnd = true
      } else {
        paragraph = isAtItsEnd ? String(code) : paragraph + " " + code
        isAtItsEnd = false
      }
    }
    return blocks
  }

  /// The first name of a file with the language's ending, in a paragraph that ends with a colon.
  private static func file(_ paragraph: String, _ language: String) -> String? {
    let endings = ["c": ["c", "h"]][language] ?? [language]
    guard paragraph.hasSuffix(":") else { return nil }
    return paragraph.matches(of: #/`([A-Za-z0-9_.-]+)\.([a-z]+)`/#)
      .first { endings.contains(String($0.2)) }.map { "\($0.1).\($0.2)" }
  }
}
