import KernelHostModel
import Testing

@testable import KernelHost

/// The parts of the report that are only values.
struct ReportPartsTests {
  @Test func binsKeepAllTime() {
    var bins = LaneBins()
    var total = 0.0
    for call in 0..<5000 {
      let seconds = Double(call % 70) * 0.01
      total += seconds
      bins.add(lane: 1, status: .ok, start: Double(call) * 0.02, seconds: seconds)
    }
    let series = bins[1, .ok]
    let live = series?.live(width: bins.width).reduce(0, +) ?? 0
    #expect(abs(live - total) < 1e-6 * total)
    #expect(series?.ended.reduce(0, +) == 5000)
    #expect(bins[0, .ok] == nil || bins[0, .ok]?.ended.reduce(0, +) == 0)
    #expect(bins[9, .ok] == nil)
  }

  @Test func failuresAreKeptFirst() {
    var rows = ReportRows(rowLimit: 100)
    for call in 0..<10_000 {
      var record = RunRecord(call: call, kernel: "k", status: call % 200 == 0 ? .crash : .ok)
      record.result = .integer(Int64(call))
      rows.add(record, kernel: 0, lane: nil, start: nil)
    }
    rows.finish()
    let failed = rows.rows.filter { $0.status == .crash }.map { $0.call }
    #expect(failed == Array(stride(from: 0, to: 10_000, by: 200)))
    let ok = rows.rows.filter { $0.status == .ok }.map { $0.call }
    // Every k-th that is ok, evenly.
    let all = (0..<10_000).filter { $0 % 200 != 0 }
    #expect(ok == stride(from: 0, to: all.count, by: rows.okStride).map { all[$0] })
    #expect(rows.rows.count <= 100 && rows.okKept == ok.count)
    // The columns went with the rows.
    for (row, value) in zip(rows.rows, rows.columns[0].numbers) {
      #expect(value == Double(row.call))
    }
  }

  @Test func nothingButFailures() {
    var rows = ReportRows(rowLimit: 100)
    for call in 0..<5000 {
      rows.add(
        RunRecord(call: call, kernel: "k", status: .lost), kernel: 0, lane: nil, start: nil)
    }
    #expect(rows.rows.count <= 100 && rows.failureStride == 64)
    #expect(rows.rows.map { $0.call } == Array(stride(from: 0, to: 5000, by: 64)))
  }

  @Test func textsAreBounded() {
    var rows = ReportRows(rowLimit: 1000, textLimit: 100_000)
    for call in 0..<1000 {
      var record = RunRecord(call: call, kernel: "k", status: .ok)
      record.result = .text(String(repeating: "x", count: 1500) + String(call))
      rows.add(record, kernel: 0, lane: nil, start: nil)
    }
    rows.finish()
    #expect(rows.texts.bytes <= 100_000)
    for (index, row) in rows.rows.enumerated() {
      #expect(rows.texts[rows.columns[0].texts[index]].hasSuffix("x\(row.call)"))
    }
  }

  @Test func moreColumnsThanRoom() {
    var rows = ReportRows(rowLimit: 100)
    for call in 0..<200 {
      var record = RunRecord(call: call, kernel: "k", status: .ok)
      record.result = .record([.init(name: "f\(call)", value: .integer(Int64(call)))])
      rows.add(record, kernel: 0, lane: nil, start: nil)
    }
    #expect(rows.columns.count == ReportRows.columnLimit + 1 && rows.hasMoreColumns)
  }

  @Test func callNumbers() {
    var numbers = CallNumbers()
    for call in [0, 1, 2, 2, 70_000, 1, Int.max >> 1] { numbers.add(call) }
    #expect(numbers.repeated == 2 && numbers.distinct == 5 && numbers.isComplete)
    for page in 0..<5000 { numbers.add(page << 20) }
    #expect(!numbers.isComplete)
  }

  @Test func errorsThatDifferInNumbersOrQuotesAreOne() {
    var groups = FailureGroups()
    for call in 0..<100 {
      let error = CallError(
        status: .error, code: -22, name: "EINVAL",
        message: "n is \(call * 37).5 at 0x7f\(call)a in \"file \(call) of x\"")
      groups.add(kernel: 0, status: .error, error: error, call: call)
    }
    #expect(groups.sorted.count == 1)
    #expect(groups.sorted[0].count == 100 && groups.sorted[0].call == 0)
    for (name, message) in [("EINVAL", "other"), ("EIO", "other")] {
      let error = CallError(status: .error, code: -1, name: name, message: message)
      groups.add(kernel: 0, status: .error, error: error, call: 100)
    }
    #expect(groups.sorted.count == 3)
  }
}
