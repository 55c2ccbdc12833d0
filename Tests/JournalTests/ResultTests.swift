import Foundation
import KernelBridge
import KernelHost
import KernelHostModel
import KernelHostTestSupport
import Testing

/// Results that are written from a journal.
struct ResultTests {
  /// Without what may differ: times, lanes and attempts.
  private static func comparable(_ results: String) -> [String] {
    var lines: [String] = []
    for line in results.split(separator: "\n") {
      if line.hasPrefix(#"{"run":"#) { continue }
      var text = String(line)
      for key in ["seconds", "elapsed", "start", "lane", "attempts"] {
        guard let start = text.range(of: "\"\(key)\":") else { continue }
        let end = text[start.upperBound...].firstIndex { ",}".contains($0) } ?? text.endIndex
        text.removeSubrange(start.lowerBound..<end)
        text = text.replacing(",,", with: ",").replacing("{,", with: "{")
      }
      lines.append(text)
    }
    return lines
  }

  private static func results(
    _ folder: TemporaryFolder, _ format: Format
  ) throws -> (text: String, summary: JournalResults.Summary) {
    let journal = try JournalFolder(reading: folder.path)
    let results = try #require(JournalResults(journal, try journal.index()))
    var options = JournalResults.Options()
    options.format = format
    let output = try TemporaryFolder()
    options.outputPath = output.path("results")
    let summary = try results.write(options)
    return (try output.read("results"), summary)
  }

  /// Neither the manifest nor a catalogue of kernels is at hand: run.json holds all.
  @Test(arguments: [Format.jsonl, .tokens, .json, .tap])
  func theyAreThoseOfTheRun(_ format: Format) throws {
    let study = try Study()
    let (ends, wanted) = try study.tokens(format)
    let folder = try TemporaryFolder()
    // In any order, over several segments.
    let shuffled = ends.enumerated().sorted { ($0.offset * 29) % 47 < ($1.offset * 29) % 47 }
      .map { JournalRecord.ended($0.element) }
    try study.write(
      [
        Study.segment(Array(shuffled[..<20])), Study.segment(Array(shuffled[20...]), number: 2),
      ], to: folder)
    let (text, summary) = try Self.results(folder, format)
    #expect(summary.counts.total == study.plan.callCount && summary.missing == 0)
    #expect(summary.counts[.error] == 1 && summary.unreadable.isEmpty)
    let (found, expected) = (Self.comparable(text), Self.comparable(wanted))
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      // The head of a document holds what made it, and times.
      if format == .json, expected.hasPrefix("{\"metadata\"") { continue }
      #expect(found == expected)
    }
  }

  @Test func aTableHasTheSameCells() throws {
    let study = try Study()
    let (ends, wanted) = try study.tokens(.csv)
    let folder = try TemporaryFolder()
    try study.write([Study.segment(ends.map { .ended($0) })], to: folder)
    let text = try Self.results(folder, .csv).text
    func cells(_ table: String) -> [[String]] {
      let rows = table.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      let times = ["seconds", "start", "lane", "attempts"]
      let drop = Set(rows[0].indices.filter { times.contains(rows[0][$0]) })
      return rows.map { row in row.indices.filter { !drop.contains($0) }.map { row[$0] } }
    }
    for (found, expected) in zip(cells(text), cells(wanted)) { #expect(found == expected) }
    #expect(cells(text).count == cells(wanted).count)
  }

  @Test func callsWithoutARecordAreLeftOutAndCounted() throws {
    let study = try Study()
    let ends = try study.tokens().ends
    let folder = try TemporaryFolder()
    try study.write([Study.segment(ends[10..<20].map { .ended($0) })], to: folder)
    let (text, summary) = try Self.results(folder, .tokens)
    #expect(summary.missing == study.plan.callCount - 10)
    #expect(text.split(separator: "\n").count == 10)
  }

  /// A segment that changes between the two readings of it costs its records, and is said.
  @Test func aRecordThatIsGoneIsLeftOut() throws {
    let study = try Study(calls: 100)
    let folder = try TemporaryFolder()
    var bytes = Study.segment((0..<100).map { Study.end($0) })
    try study.write([bytes], to: folder)
    let journal = try JournalFolder(reading: folder.path)
    let results = try #require(JournalResults(journal, try journal.index()))
    bytes[bytes.count / 2] ^= 1
    try folder.write(bytes, to: Study.name(1))
    var options = JournalResults.Options()
    options.format = .tokens
    options.outputPath = folder.path("results")
    let summary = try results.write(options)
    #expect(summary.counts.total == 99 && summary.unreadable.count == 1)
  }

  @Test func pointsOfAFileAreKept() throws {
    let text = #"[{"kernel": "logistic_map", "sweep": {"file": "p.csv"}}]"#
    let points = Array("r,x0\n2.5,0.25\n3.5,0.5\n".utf8)
    let source = SourceText(name: "m.json", text: text)
    var reading = ManifestReader.read(source)
    reading.readPoints(name: { $0 }, read: { _ in .success(points) })
    let plan = try Planner.plan(reading, catalogue: CallHost.builtInKernels).get()
    let run = JournalRun(
      plan, origin: Run(plan, .builtIn, .init()).origin(),
      points: [.init(path: "p.csv", bytes: points)], id: "ab")
    let folder = try TemporaryFolder()
    _ = try JournalFolder.open(folder.path, run)
    let read = try JournalFolder(reading: folder.path).run
    let again = try read.plan().get()
    #expect(again.callCount == 2 && read.points == run.points)
    var (first, second) = ([UInt8](), [UInt8]())
    plan.writeArguments(ofCall: 1, to: &first)
    again.writeArguments(ofCall: 1, to: &second)
    #expect(first == second)
  }

  /// What a plan needs of each kernel is in run.json.
  @Test func allSignaturesComeBack() throws {
    let names = LoadedKernels.builtIn.catalogue.signatures.filter { kernel in
      !kernel.parameters.contains { $0.isRequired }
    }.map { $0.name }
    let study = try Study(
      "[" + names.map { "{\"kernel\": \"\($0)\"}" }.joined(separator: ",") + "]")
    let folder = try TemporaryFolder()
    try study.write([], to: folder)
    let read = try JournalFolder(reading: folder.path).run
    #expect(read.kernels.count == study.run.kernels.count)
    let (first, second) = (try study.run.plan().get(), try read.plan().get())
    for call in 0..<first.callCount {
      #expect(
        first.arguments(of: first.locate(call), taken: [])
          == second.arguments(of: second.locate(call), taken: []))
    }
  }

  // MARK: Status

  @Test func theTailOfTheNewestSegmentTellsAll() throws {
    let study = try Study(calls: 200_000)
    let folder = try TemporaryFolder()
    func mark(_ seconds: Double, _ ok: Int, _ error: Int) -> JournalRecord {
      .mark(JournalMark(seconds: seconds, counts: [ok, error, 0, 0, 0, 0, 0, 0]))
    }
    // More than is read at first stands behind the last mark.
    let many = (0..<3000).map { Study.end($0) }
    try study.write(
      [
        Study.segment([mark(0, 0, 0), Study.end(9), .closed(isComplete: false)]),
        Study.segment([mark(0, 10, 1), mark(2, 110, 1)] + many + [Study.failed(7)], number: 2),
      ], to: folder)
    let status = try JournalStatus(try JournalFolder(reading: folder.path), now: wallSeconds())
    #expect(status.counts[.ok] == 3110 && status.counts[.error] == 2)
    #expect(status.rate == 50 && status.segments == 2 && !status.isComplete)
    #expect(status.left == 200_000 - 3112 && status.eta == nil)
    #expect(try #require(status.age) < 60)
    #expect(status.json.contains("\"state\":\"died\""))
  }
}
