import Foundation
import KernelBridge
import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// Every output shows every status as its row says. A new status needs no line here.
struct StatusTests {
  private let plan: Plan
  private let records: [CallRecord]
  private let counts: StatusCounts
  private let folder: TemporaryFolder

  /// One call for each status.
  init() throws {
    let manifest = #"[{"kernel": "primes", "repeat": \#(Status.allCases.count)}]"#
    plan = try Planner.plan(
      SourceText(name: "m.json", text: manifest),
      catalogue: LoadedKernels.builtIn.catalogue.signatures
    ).get()
    var counts = StatusCounts()
    records = Status.allCases.enumerated().map { call, status in
      counts.add(status)
      let error = CallError(status: status, code: -5, name: "EIO", message: "why \(call)")
      return CallRecord(
        call: call, token: status == .ok ? .ok(.integer(1)) : .failed(error),
        start: Double(call), elapsed: 0.5, lane: 0)
    }
    self.counts = counts
    folder = try TemporaryFolder()
  }

  private func written(_ format: Format) throws -> String {
    var writer = ResultWriter(
      format: format, plan: plan, callCount: records.count, origin: nil,
      output: try OutputFile(path: folder.path("out")))
    writer.begin()
    for record in records { writer.record(record) }
    writer.end(counts)
    #expect(writer.failure == nil)
    return try folder.read("out")
  }

  private func observed(_ observer: any RunObserver) {
    let run = RunPlan(
      plan: plan, selection: Selection(allOf: plan), lanes: 1, mode: .concurrent,
      isolation: .process, wallTime: 0, origin: nil)
    observer.saw(.planned(run), at: 0)
    for record in records {
      observer.saw(.finished(record), at: record.start)
      observer.recorded(record)
    }
    observer.saw(.ended(RunEnd(counts: counts, seconds: 9, wasStopped: false)), at: 9)
  }

  @Test func rowsAreComplete() {
    let rows = Status.allCases.map { $0.row }
    #expect(rows.allSatisfy { !$0.meaning.isEmpty && $0.meaning.count <= 65 })
    #expect(Set(rows.map { $0.shape }).count == rows.count, "shapes tell statuses apart")
    #expect(Set(rows.map { $0.page.light }).count == rows.count)
    #expect(Set(rows.map { $0.page.dark }).count == rows.count)
    #expect(Status.allCases.enumerated().allSatisfy { $0.offset == $0.element.index })
    for status in Status.allCases {
      #expect((status.row.tap == .ok) == (status == .ok), "\(status)")
      #expect((status.row.junit == .passed) == (status == .ok), "\(status)")
    }
  }

  @Test func recordsAndTables() throws {
    let lines = try written(.jsonl).split(separator: "\n")
    let table = try written(.csv).split(separator: "\n").dropFirst()
    for (call, status) in Status.allCases.enumerated() {
      #expect(lines[call].contains(#""status":"\#(status.rawValue)""#))
      #expect(Array(table)[call].contains(",\(status == .ok),\(status.rawValue),"))
    }
    let document = try written(.json)
    #expect(Status.allCases.allSatisfy { document.contains("\"\($0.rawValue)\":1") })
  }

  @Test(arguments: [Format.text, .tokens]) func tokens(_ format: Format) throws {
    let text = try written(format)
    #expect(text.components(separatedBy: ", false, \"EIO: why ").count == records.count)
  }

  @Test func testPoints() throws {
    let lines = try written(.tap).split(separator: "\n").map(String.init)
    for (call, status) in Status.allCases.enumerated() {
      let point = try #require(
        lines.firstIndex { $0.contains("ok \(call + 1) - ") }, "no point for \(status)")
      #expect(lines[point].hasPrefix(status.row.tap == .notOK ? "not ok " : "ok "))
      #expect(lines[point].contains("# SKIP") == (status.row.tap == .skip))
      if status.row.tap == .notOK { #expect(lines[point + 3] == "  status: \(status.rawValue)") }
    }
  }

  @Test func testCases() throws {
    observed(JUnitFile(plan, try OutputFile(path: folder.path("j.xml")), name: "m"))
    let text = try folder.read("j.xml")
    let cases = text.components(separatedBy: "<testcase ").dropFirst().map { $0 }
    #expect(cases.count == records.count)
    for (one, status) in zip(cases, Status.allCases) {
      switch status.row.junit {
      case .passed: #expect(one.contains("/>") && !one.contains("</testcase>"))
      case .failure:
        #expect(one.contains(">\(status.rawValue): EIO: why") && one.contains("<failure "))
      case .error: #expect(one.contains(">\(status.rawValue): EIO: why") && one.contains("<error "))
      case .skipped: #expect(one.contains("<skipped message=\"EIO: why"))
      }
    }
    func count(_ result: StatusRow.JUnitResult) -> Int {
      Status.allCases.count { $0.row.junit == result }
    }
    #expect(text.contains(" failures=\"\(count(.failure))\""))
    #expect(text.contains(" errors=\"\(count(.error))\""))
    #expect(text.contains(" skipped=\"\(count(.skipped))\""))
  }

  @Test func trace() throws {
    observed(TraceFile(plan, try OutputFile(path: folder.path("t.json"))))
    let text = try folder.read("t.json")
    for status in Status.allCases {
      let name = status.rawValue
      #expect(text.contains("\"status\":\"\(name)\"") && text.contains("\"\(name)\":1"))
      #expect(text.contains("\"name\":\"\(name) (call ") == status.row.isMarkedInTrace)
    }
  }

  @Test func picture() {
    var arguments = RecordedArguments(plan)
    for isSmall in [true, false] {
      var picture = TimelinePicture(title: "m")
      for _ in 0..<(isSmall ? 1 : 200) {
        for record in records { picture.add(RunRecord(record, &arguments)) }
      }
      let svg = picture.svg()
      for status in Status.allCases {
        let name = status.rawValue
        #expect(svg.contains(".\(name) rect, .\(name) polygon { fill: \(status.row.picture); }"))
        #expect(svg.contains("<g class=\"\(name)\">"))
      }
    }
  }

  @Test func page() throws {
    observed(
      ReportFile(plan, try OutputFile(path: folder.path("r.html")), title: "m", records: nil))
    let text = try folder.read("r.html")
    for status in Status.allCases {
      let colours = text.components(separatedBy: "--status-\(status.rawValue): ").dropFirst()
      let row = status.row.page
      #expect(
        colours.map { String($0.prefix { $0 != ";" }) }
          == [row.light, row.dark, row.light, row.forced])
    }
    let names = Status.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ",")
    let shapes = Status.allCases.map { "\"\($0.row.shape)\"" }.joined(separator: ",")
    #expect(text.contains("\"statuses\":[\(names)],\"shapes\":[\(shapes)]"))
  }
}
