import Foundation
import KernelBridge
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// Results that are made of several journals.
struct MergeTests {
  private struct Merged {
    let text: String?
    let summary: JournalMerge.Summary
  }

  /// `windowBytes`: so few that a run needs many windows.
  private static func merge(
    _ folders: [TemporaryFolder], _ format: Format = .tokens, windowBytes: Int? = 2000
  ) throws -> Merged {
    let journals = try folders.map { try JournalFolder(reading: $0.path) }
    let merge = try JournalMerge(journals, windowBytes: windowBytes)
    var options = JournalResults.Options()
    options.format = format
    let output = try TemporaryFolder()
    options.outputPath = output.path("results")
    let summary = try merge.write(options)
    let text = try? output.read("results")
    #expect(try output.names == (text == nil ? [] : ["results"]))
    return Merged(text: text, summary: summary)
  }

  private static func id(_ number: Int) -> String { "00000000000000a\(number)" }

  /// Calls in any order, some of them twice, over any number of journals and segments: the window
  /// is now wider and now narrower than a block.
  @Test(arguments: 0..<12)
  func eachCallIsWrittenOnceInOrder(_ seed: Int) throws {
    var numbers = Numbers(state: UInt64(seed))
    let count = 1 + numbers.below(6000)
    let journals = 1 + numbers.below(3)
    var records = (0..<count).map { ($0, numbers.below(seed % 3 == 0 ? 1 << 30 : 300) + $0) }
    let twice = numbers.below(50)
    for _ in 0..<twice { records.append((numbers.below(count), numbers.below(count))) }
    records.sort { $0.1 < $1.1 }
    let missing = seed % 4 == 1 ? numbers.below(count) : nil
    var parts = [[[UInt8]]](repeating: [], count: journals)
    for (index, folder) in parts.indices.enumerated() {
      parts[folder] = (1...3).map {
        Study.segment([], number: $0, run: Self.id(index))
      }
    }
    var written = 0
    for (call, _) in records where call != missing {
      let (folder, segment) = (numbers.below(journals), numbers.below(3))
      JournalFrame.append(Study.end(call, Double(call)), to: &parts[folder][segment])
      written += 1
    }
    let folders = try (0..<journals).map { index in
      let folder = try TemporaryFolder()
      try Study(calls: count, id: Self.id(index)).write(parts[index], to: folder)
      return folder
    }
    let merged = try Self.merge(folders, windowBytes: 1 + numbers.below(20_000))
    let present = count - (missing == nil ? 0 : 1)
    #expect(merged.summary.counts.total == present)
    #expect(merged.summary.duplicates == written - present && merged.summary.replaced == 0)
    #expect(merged.summary.missing.ranges == (missing.map { [$0..<$0 + 1] } ?? []))
    #expect((merged.text == nil) == (missing != nil))
    guard let text = merged.text else { return }
    let lines = text.split(separator: "\n")
    #expect(lines.count == count)
    for (call, line) in lines.enumerated() where line != "[\(Double(call)), true, \"\"]" {
      Issue.record("call \(call): \(line)")
      return
    }
  }

  /// Also arguments that calls take from others are as one journal's results have them.
  @Test(arguments: [Format.jsonl, .json, .csv, .tap])
  func severalJournalsAreAsGoodAsOne(_ format: Format) throws {
    let study = try Study()
    let ends = try study.tokens().ends.sorted { $0.call < $1.call }
    let whole = try TemporaryFolder()
    try study.write([Study.segment(ends.map { .ended($0) })], to: whole)
    let output = try TemporaryFolder()
    var options = JournalResults.Options()
    options.format = format
    options.outputPath = output.path("results")
    let journal = try JournalFolder(reading: whole.path)
    _ = try #require(JournalResults(journal, try journal.index())).write(options)
    let folders = try (0..<2).map { part in
      let folder = try TemporaryFolder()
      let own = ends.filter { $0.call % 2 == part }.map { JournalRecord.ended($0) }
      try study.write([Study.segment(own)], to: folder)
      return folder
    }
    let merge = try JournalMerge(
      folders.map { try JournalFolder(reading: $0.path) }, windowBytes: 500)
    var mergedOptions = options
    mergedOptions.outputPath = output.path("merged")
    #expect(try merge.write(mergedOptions).missing.count == 0)
    #expect(try output.read("results") == output.read("merged"))
  }

  @Test func unequalResultsAreAConflict() throws {
    let first = try TemporaryFolder()
    let second = try TemporaryFolder()
    try Study(calls: 3).write(
      [Study.segment([Study.end(0), Study.end(1, 2), Study.end(2)])], to: first)
    try Study(calls: 3).write([Study.segment([Study.end(1, 3), Study.end(2)])], to: second)
    let merged = try Self.merge([first, second])
    #expect(merged.text == nil && merged.summary.conflictCount == 1)
    let conflict = try #require(merged.summary.conflicts.first)
    #expect(conflict.call == 1 && conflict.first.machine == "h" && conflict.second.machine == "h")
    #expect(conflict.first.end.token.triple == "[2.0, true, \"\"]")
    #expect(conflict.second.end.token.triple == "[3.0, true, \"\"]")
    #expect(conflict.second.path.hasPrefix(second.path))
    #expect(merged.summary.duplicates == 1)
  }

  /// What the kernel said counts more than what became of its process, whichever came first.
  @Test(arguments: [Status.crash, .timeout, .lost, .cancelled], [true, false])
  func aBetterEndCounts(_ status: Status, isFirst: Bool) throws {
    let folder = try TemporaryFolder()
    let records = [Study.failed(0, status), Study.end(0, 7)]
    try Study(calls: 2).write(
      [Study.segment([Study.end(1, 8)] + (isFirst ? records : records.reversed()))], to: folder)
    let merged = try Self.merge([folder])
    #expect(merged.text == "[7.0, true, \"\"]\n[8.0, true, \"\"]\n")
    #expect(merged.summary.replaced == 1)
  }

  /// A kernel's own error is a result, too.
  @Test func anErrorAndAResultAreAConflict() throws {
    let folder = try TemporaryFolder()
    try Study(calls: 2).write([Study.segment([Study.failed(0), Study.end(0, 7)])], to: folder)
    #expect(try Self.merge([folder]).summary.conflictCount == 1)
  }

  /// Calls that were to run again: what was said before is void, in their journal alone.
  @Test func recordsBeforeARerunAreVoid() throws {
    let first = try TemporaryFolder()
    let other = try TemporaryFolder()
    try Study(calls: 3).write(
      [
        Study.segment([Study.end(0, 1), Study.end(1, 1)]),
        Study.segment([.again(0..<1), Study.end(0, 2)], number: 2),
      ], to: first)
    try Study(calls: 3).write([Study.segment([Study.end(2, 1)])], to: other)
    let merged = try Self.merge([first, other])
    #expect(merged.text == "[2.0, true, \"\"]\n[1.0, true, \"\"]\n[1.0, true, \"\"]\n")
    #expect(merged.summary.conflictCount == 0)
  }

  @Test func damageIsNamedAndItsCallsAreMissing() throws {
    let folder = try TemporaryFolder()
    var bytes = Study.segment((0..<100).map { Study.end($0) })
    bytes[bytes.count / 2] ^= 1
    // The last record lacks its line feed, and counts.
    bytes.removeLast()
    try Study(calls: 100).write([bytes], to: folder)
    let merge = try JournalMerge([try JournalFolder(reading: folder.path)])
    #expect(merge.damageCount == 1 && merge.damage[0].file == folder.path(Study.name(1)))
    let summary = try merge.write(nil)
    #expect(summary.missing.count == 1 && summary.counts.total == 99)
    #expect(try Self.merge([folder]).text == nil)
  }

  @Test func foreignSameAndNestedJournalsAreRefused() throws {
    let folder = try TemporaryFolder()
    try Study(calls: 3).write([], to: folder)
    let other = try TemporaryFolder()
    try Study(calls: 4).write([], to: other)
    func refusal(_ paths: [String]) throws -> [String] {
      let journals = try paths.map { try JournalFolder(reading: $0) }
      do throws(JournalError) {
        _ = try JournalMerge(journals)
        return []
      } catch {
        return error.lines
      }
    }
    let foreign = try refusal([folder.path, other.path])
    #expect(foreign[0].contains("is of another run than"))
    #expect(foreign.contains { $0.contains("changed  task 0 (logistic_map), 4 calls") })
    #expect(try refusal([folder.path, folder.path + "/."])[0].contains("are one journal"))
    // Another process began it, of the same inputs.
    let own = try TemporaryFolder()
    try Study(calls: 3, id: Self.id(7)).write([], to: own)
    #expect(try refusal([folder.path, own.path]) == [])
    let inner = folder.path("inner")
    try FileManager.default.copyItem(atPath: own.path, toPath: inner)
    #expect(try refusal([inner, folder.path])[0].contains("is inside the journal"))
  }

  /// Calls far from each other, in a sweep that no memory could hold.
  @Test func gapsCostNothing() throws {
    let folder = try TemporaryFolder()
    let count = 1_000_000_000_000
    let calls = [5, 6, 1 << 33, count - 1]
    try Study(calls: count).write([Study.segment(calls.map { Study.end($0) })], to: folder)
    let summary = try JournalMerge([try JournalFolder(reading: folder.path)]).write(nil)
    #expect(summary.counts.total == 4 && summary.missing.count == count - 4)
    #expect(summary.missing.ranges.count == 3)
  }
}
