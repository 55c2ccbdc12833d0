import Foundation
import FoundationXML
import KernelHostTestSupport
import Testing

/// The picture of the layout, and the contributor's list of folders, name the folders of Sources
/// and CSources that have files, and at most the folders above them.
struct LayoutTests {
  /// Folders of public headers go without a name: they belong to the folder above.
  private static let unnamed: Set = [
    "CSources/bench/include", "CSources/report/include", "CSources/python/include",
  ]

  private static let folders: Set<String> = {
    var found: Set<String> = []
    for root in ["Sources", "CSources"] {
      let files = FileManager.default.enumerator(atPath: Repository.path + "/" + root)
      for case let path as String in files ?? FileManager.DirectoryEnumerator() {
        guard let folder = path.split(separator: "/").dropLast().joinedPath(below: root),
          files?.fileAttributes?[.type] as? FileAttributeType == .typeRegular,
          !path.split(separator: "/").contains(where: { $0.hasPrefix(".") })
        else { continue }
        found.insert(folder)
      }
    }
    return found.subtracting(unnamed)
  }()

  private static func text(_ name: String) throws -> String {
    try String(contentsOfFile: "\(Repository.path)/.github/\(name)", encoding: .utf8)
  }

  private static func compare(_ named: [String], in file: String) {
    #expect(folders.count > 40)
    for folder in folders.subtracting(named).sorted() {
      Issue.record(".github/\(file) does not name the folder \(folder): add it")
    }
    let above = Set(folders.map { String($0[..<($0.lastIndex(of: "/") ?? $0.startIndex)]) })
    for folder in Set(named).subtracting(folders).subtracting(above).sorted() {
      Issue.record(".github/\(file) names \(folder), which has no files: remove it")
    }
    #expect(Set(named).count == named.count, "a folder stands twice in \(file)")
  }

  @Test func thePictureNamesEachFolder() throws {
    let svg = try Self.text("layout.svg")
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    #expect(!svg.contains("<script"))
    var named: [String] = []
    for match in svg.matches(of: #/data-folder="([^"]+)">([^<]+)</#) {
      let (folder, shown) = (String(match.1), String(match.2))
      named.append(folder)
      #expect(("/" + folder).hasSuffix("/" + shown), "\(folder) is shown as \(shown)")
    }
    Self.compare(named, in: "layout.svg")
  }

  @Test func theGuideNamesEachFolder() throws {
    let guide = try Self.text("CONTRIBUTING.md")
    let named = guide.matches(of: #/(?m)^- `(C?Sources[^`]*)`: \w/#).map { String($0.1) }
    Self.compare(named, in: "CONTRIBUTING.md")
  }
}

extension Collection<Substring> {
  /// Nil for a file that lies in the root itself.
  fileprivate func joinedPath(below root: String) -> String? {
    isEmpty ? nil : root + "/" + joined(separator: "/")
  }
}
