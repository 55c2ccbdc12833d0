import Foundation
import KernelBridge
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// A journal that cannot be listed or read is an error, and no empty journal: what it holds would
/// run again.
struct UnreadableTests {
  private let folder: TemporaryFolder
  private let path: String
  private let journal: JournalFolder

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path
    try Study(calls: 3).write([Study.segment((0..<3).map { Study.end($0, 1) })], to: folder)
    journal = try JournalFolder(reading: path)
  }

  /// What all that read a journal say of it now.
  private func errors() -> [String] {
    var found: [String] = []
    func note(_ body: () throws -> Void) {
      do {
        try body()
        found.append("")
      } catch let error as JournalError {
        found.append(error.lines.joined())
      } catch {
        found.append("\(error)")
      }
    }
    note { _ = try journal.index() }
    note { _ = try JournalMerge([journal]) }
    note {
      let status = try JournalStatus(journal, now: 0)
      if let one = status.unreadable.first { throw Unread(description: one.name + one.reason) }
    }
    note { _ = try JournalFolder.open(path, journal.run) }
    note {
      var reuse = JournalReuse()
      _ = try reuse.add(journal)
    }
    return found
  }

  private struct Unread: Error, CustomStringConvertible {
    let description: String
  }

  @Test func aSegmentThatCannotBeOpenedIsNamed() throws {
    #expect(errors() == ["", "", "", "", ""])
    let segment = path + "/" + Study.name(2)
    try FileManager.default.createSymbolicLink(
      atPath: segment, withDestinationPath: "nowhere")
    #expect(errors().allSatisfy { $0.contains(Study.name(2)) && $0.contains("No such file") })
    try FileManager.default.removeItem(atPath: segment)
    try FileManager.default.createDirectory(
      atPath: segment, withIntermediateDirectories: false)
    #expect(errors().allSatisfy { $0.contains(Study.name(2)) && $0.contains("Invalid argument") })
    try FileManager.default.removeItem(atPath: segment)
  }

  @Test func aFolderThatCannotBeListedIsNotEmpty() throws {
    // A file in its place cannot be listed by any user.
    try FileManager.default.removeItem(atPath: path)
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    #expect(errors().allSatisfy { $0.contains(path) }, "\(errors())")
  }

  /// What is gone or shorter when it is read again ends the merge, and nothing is written.
  @Test(arguments: [nil, 40])
  func aSegmentThatVanishesEndsTheMerge(_ length: Int?) throws {
    let merge = try JournalMerge([journal])
    let segment = path + "/" + Study.name(1)
    if let length {
      try folder.write(
        Array(try folder.read(Study.name(1)).utf8.prefix(length)), to: Study.name(1))
    } else {
      try FileManager.default.removeItem(atPath: segment)
    }
    let other = try TemporaryFolder()
    for output in [nil, other.path("results")] {
      var options: JournalResults.Options?
      if let output {
        options = JournalResults.Options()
        options?.outputPath = output
        options?.format = .tokens
      }
      do {
        let summary = try merge.write(options)
        Issue.record("merged: \(summary)")
      } catch {
        #expect(error.path == segment)
      }
    }
    #expect(try other.names.isEmpty)
  }
}
