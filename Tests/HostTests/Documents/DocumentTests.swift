import Foundation
import FoundationXML
import KernelHostTestSupport
import Testing

/// What the README and the catalogue say is so: commands run, manifests are sound, output is as it
/// is shown, pictures are there, and lists have what the program has.
struct DocumentTests {
  @Test(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler"), arguments: Document.all)
  func itRuns(_ document: Document) throws {
    try DocumentRun(document).run()
  }

  /// Commands that no test runs, in `console` blocks and in sentences, have real names.
  @Test func namesAreReal() throws {
    let shown = try ShownCommands()
    for document in Document.all {
      let console = document.blocks.filter { ["console", "sh"].contains($0.language) }
      for block in console {
        for command in block.commands {
          for fault in shown.faults(command) {
            Issue.record("\(document.path):\(block.line): \(fault): \(command)")
          }
        }
      }
      for span in document.spans {
        let isCommand = span.hasPrefix("host ") || span.hasPrefix("kernelhost ")
        let isOption = span.hasPrefix("--") && span.count > 2
        let faults =
          isCommand ? shown.faults(span) : isOption ? shown.faults(option: span) : []
        for fault in faults { Issue.record("\(document.path): \(fault): \(span)") }
      }
    }
    #expect(shown.faults("host rnu x.json") == ["there is no command rnu"])
    #expect(shown.faults("srun host run --jornal x") == ["host run has no option --jornal"])
    #expect(shown.faults(option: "--jornal") == ["there is no option --jornal"])
  }

  @Test func theFrontPageIsShort() {
    let readme = Document.all[0]
    #expect(readme.text.lines.count <= 150)
    let languages = Set(readme.blocks.map { $0.language })
    #expect(languages.isSuperset(of: ["sh", "console", "c", "json", "text"]))
    for use in ["swift run host Sources/Manifests/loops.json", "swift test", "KH_KERNEL("] {
      #expect(readme.text.contains(use))
    }
    for article in Document.all.dropFirst() where article.path.hasSuffix("KernelHost.md") == false {
      #expect(readme.text.contains("(\(article.path))"), "no link to \(article.path)")
    }
  }

  @Test(arguments: Document.all) func itsWordsArePlain(_ document: Document) {
    for paragraph in document.paragraphs {
      for fault in PlainWords.faults(paragraph) { Issue.record("\(document): \(fault)") }
    }
  }

  /// Links between articles, and from the README to files.
  @Test func linksLead() throws {
    for document in Document.all {
      for match in document.text.matches(of: #/<doc:([A-Za-z]+)>/#) {
        #expect(Document.article(String(match.1)).path != "README.md", "\(document): \(match.0)")
      }
      let links = document.text.matches(of: #/\]\(([^):#]+)\)/#).map { String($0.1) }
      for link in links {
        let folder = (document.path as NSString).deletingLastPathComponent
        let path = [Repository.path, folder, link].filter { !$0.isEmpty }.joined(separator: "/")
        #expect(FileManager.default.fileExists(atPath: path), "\(document): \(link)")
      }
    }
  }

  @Test func picturesAreSound() throws {
    #expect(Document.all[0].pictures.count == 2)
    for document in Document.all {
      let folder = (document.path as NSString).deletingLastPathComponent
      for picture in document.pictures {
        let path = [Repository.path, folder, picture].filter { !$0.isEmpty }.joined(separator: "/")
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(data.count < 150_000, "\(picture) has \(data.count) bytes")
        if picture.hasSuffix(".svg") {
          #expect(XMLParser(data: data).parse(), "\(picture)")
        } else {
          #expect(data.starts(with: [0x89] + Array("PNG".utf8)), "\(picture)")
        }
        if picture.hasPrefix("loops") {
          let svg = String(decoding: data, as: UTF8.self)
          for call in 0..<4 { #expect(svg.contains(">\(call) for_loop"), "\(picture)") }
        }
      }
    }
  }

  // MARK: Lists that follow from the program

  /// The article has each key of the manual page, with the same words.
  @Test func theArticleHasEachKey() throws {
    let article = Document.article("Manifests").text
    let entries = try ManifestKeys.ofThePage()
    #expect(entries.count > 40)
    for entry in entries {
      let row = "| `\(entry.key)` | \(entry.text) |"
      #expect(article.contains(row), "Manifests.md lacks this row of \(entry.object): \(row)")
    }
  }

  @Test func theArticleHasEachStatusAndFormat() throws {
    let help = try HostBinary.run(["run", "--help"]).out
    let article = Document.article("FilesAndFormats").text
    let list = try #require(help.components(separatedBy: "how a call ended:\n").last)
    let statuses = list.lines.prefix { $0.hasPrefix("  ") }
    #expect(statuses.count >= 8)
    for line in statuses {
      let words = line.split(separator: " ")
      let meaning = words.dropFirst().joined(separator: " ")
      #expect(article.contains("| `\(words[0])` | \(meaning) |"), "\(line)")
    }
    for format in try ListTests.words(after: "expected one of ", "run", "--format", "#", "m.json") {
      #expect(article.contains("`\(format)`"), "\(format)")
    }
  }

  /// The manifest of the article is that of the two commands.
  @Test func theDemoIsTheFile() throws {
    let shown = try #require(Document.article("Manifests").blocks.first { $0.file == "loops.json" })
    let file = try String(
      contentsOfFile: Repository.path + "/Sources/Manifests/loops.json", encoding: .utf8)
    #expect(shown.text.filter { !$0.isWhitespace } == file.filter { !$0.isWhitespace })
  }
}
