import KernelBridge
import KernelHostModel

/// The page: its parts joined, and the data as one JSON text that the script reads.
struct ReportDocument {
  private let report: ReportBuilder

  init(_ report: ReportBuilder) { self.report = report }

  func write(to output: OutputFile) throws(SystemError) {
    let style = Self.style
    let script = Self.script
    let policy =
      "default-src 'none'; style-src '\(Self.hash(style))'; script-src '\(Self.hash(script))'; "
      + "base-uri 'none'; form-action 'none'"
    let parts: [String: [UInt8]] = [
      "policy": Array(policy.utf8),
      "title": Self.escaped(report.options.title),
      "counts": Self.escaped(summary),
      "style": style, "script": script, "data": data(),
    ]
    // Marks like <!--title-->.
    var rest = ReportPage.page[...]
    while let begin = Self.find("<!--", in: rest) {
      guard let end = Self.find("-->", in: rest[begin...]) else { break }
      let name = String(decoding: rest[(begin + 4)..<end], as: UTF8.self)
      guard let part = parts[name] else { break }
      try output.write(rest[..<begin])
      try output.write(part[...])
      rest = rest[(end + 3)...]
    }
    try output.write(rest)
  }

  private static let style = ReportPage.style + Array(colours.utf8)

  /// The colours of the statuses, `--status-ok` and so on, for each way to look at the page.
  private static var colours: String {
    func rules(_ colour: (StatusRow) -> String) -> String {
      let colours = Status.allCases.map { "--status-\($0.rawValue): \(colour($0.row));" }
      return ":root { \(colours.joined(separator: " ")) }"
    }
    return """
      \(rules { $0.page.light })
      @media (prefers-color-scheme: dark) { \(rules { $0.page.dark }) }
      @media print { \(rules { $0.page.light }) }
      @media (forced-colors: active) { \(rules { $0.page.forced }) }

      """
  }

  /// The modules of the page, which are checked by a test.
  private static let script: [UInt8] = {
    let modules = ReportPage.scripts.mapValues { String(decoding: $0, as: UTF8.self) }
    do throws(ScriptModules.Fault) {
      return Array(try ScriptModules.join(modules, from: "main.js").utf8)
    } catch {
      fatalError("the scripts of the page cannot be joined: \(error)")
    }
  }()

  private static func find(_ text: String, in bytes: ArraySlice<UInt8>) -> Int? {
    let wanted = Array(text.utf8)
    var index = bytes.startIndex
    while index + wanted.count <= bytes.endIndex {
      if bytes[index] == wanted[0], bytes[index...].starts(with: wanted) { return index }
      index += 1
    }
    return nil
  }

  private static func hash(_ bytes: [UInt8]) -> String {
    var buffer: [UInt8] = []
    JSONWriter.value(.bytes(SHA256.hash(bytes)), to: &buffer)
    // Between {"base64":" and "}.
    return "sha256-" + String(decoding: buffer.dropFirst(11).dropLast(2), as: UTF8.self)
  }

  /// Escapes a text for HTML, as text and in double quotes. No character controls a terminal or
  /// turns text around.
  static func escaped(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    for byte in Wording.plain(text).utf8 {
      switch byte {
      case UInt8(ascii: "&"): result += "&amp;".utf8
      case UInt8(ascii: "<"): result += "&lt;".utf8
      case UInt8(ascii: ">"): result += "&gt;".utf8
      case UInt8(ascii: "\""): result += "&quot;".utf8
      default: result.append(byte)
      }
    }
    return result
  }

  /// The text for a browser without scripts.
  private var summary: String {
    let parts = report.counts.occurred.map { "\($0.count) \($0.status.rawValue)" }
    return "\(report.counts.total) calls" + (parts.isEmpty ? "" : ": ")
      + parts.joined(separator: ", ")
  }

  // MARK: Data

  /// Returns JSON without a "<", so that it cannot end the element that contains it.
  private func data() -> [UInt8] {
    var buffer: [UInt8] = []
    buffer.reserveCapacity(1 << 20)
    JSONWriter.object(to: &buffer) { data in
      writeRun(&data)
      writeRows(&data)
      writeFields(&data)
      writeBins(&data)
      writeFailures(&data)
    }
    if !buffer.contains(UInt8(ascii: "<")) { return buffer }
    var safe: [UInt8] = []
    safe.reserveCapacity(buffer.count + 1024)
    for byte in buffer {
      if byte == UInt8(ascii: "<") { safe += "\\u003c".utf8 } else { safe.append(byte) }
    }
    return safe
  }

  private func writeRun(_ data: inout JSONObject) {
    let options = report.options
    data.text("title", options.title)
    data.array("runs", options.runs.indices) { index, buffer in
      let run = options.runs[index]
      JSONWriter.object(to: &buffer) { object in
        object.text("name", run.name)
        object.text("records", run.records)
        object.integer("written", run.written.map { $0 / 1_000_000 })
        write("counts", report.runCounts[index], &object)
        object.array("made", report.origins[index].map(Wording.rows) ?? []) { row, buffer in
          JSONWriter.array([row.name, TextTable.clipped(row.text)], to: &buffer) {
            JSONWriter.text($0, to: &$1)
          }
        }
      }
    }
    data.integer("calls", report.counts.total)
    data.texts("statuses", Status.allCases.map { $0.rawValue })
    data.texts("shapes", Status.allCases.map { $0.row.shape })
    write("counts", report.counts, &data)
    data.array("kernels", report.kernels) { kernel, buffer in
      JSONWriter.object(to: &buffer) { object in
        object.text("name", kernel.name)
        write("counts", kernel.counts, &object)
      }
    }
    data.value("lanes", .integers(report.lanes.map { Int64($0.number) }))
    data.value("laneRuns", .integers(report.lanes.map { Int64($0.run) }))
    data.bool("hasMoreLanes", report.hasMoreLanes)
    data.integer("timed", report.timed)
    data.value("first", .number(report.timed > 0 ? report.first : 0))
    data.value("last", .number(report.last))
    data.value("totalSeconds", .number(report.seconds))
    data.value("totalSteps", .number(report.steps))
    data.texts("notes", report.notes)
  }

  private func write(_ name: String, _ counts: StatusCounts, _ object: inout JSONObject) {
    object.value(name, .integers(Status.allCases.map { Int64(counts[$0]) }))
  }

  private func writeRows(_ data: inout JSONObject) {
    let rows = report.rows
    data.integer("rows", rows.rows.count)
    data.integer("okRows", rows.okKept)
    data.integer("okStride", rows.okStride)
    data.integer("failureStride", rows.failureStride)
    data.texts("texts", rows.texts.texts)
    let columns: [(name: String, number: (ReportRows.Row) -> Double)] = [
      ("run", { Double($0.run) }), ("call", { Double($0.call) }), ("task", { Double($0.task) }),
      ("kernel", { Double($0.kernel) }), ("status", { Double($0.status.index) }),
      ("attempts", { Double($0.attempts) }), ("steps", { Double($0.steps) }),
      ("seconds", { $0.seconds }), ("live", { $0.live }), ("start", { $0.start }),
      ("lane", { Double($0.lane) }),
      ("error", { Double($0.error) }), ("warning", { Double($0.warning) }),
    ]
    data.object("columns") { object in
      for column in columns { write(column.name, rows.rows.map(column.number), &object) }
    }
  }

  /// Adds a column of numbers.
  private func write(_ name: String, _ values: [Double], _ object: inout JSONObject) {
    object.write(name) { ColumnEncoder.write(values, to: &$0) }
  }

  private func writeFields(_ data: inout JSONObject) {
    data.array("fields", report.rows.columns) { column, buffer in
      JSONWriter.object(to: &buffer) { object in
        object.text("kind", column.kind.rawValue)
        object.text("name", column.name)
        let facts = ColumnFacts(of: column, report)
        object.text("label", facts.name)
        object.text("unit", facts.unit)
        object.integer("count", column.count)
        let hasNumbers = column.count > 0
        object.value("least", hasNumbers ? .number(column.least) : nil)
        object.value("most", hasNumbers ? .number(column.most) : nil)
        object.value("mean", hasNumbers ? .number(column.mean) : nil)
        if !column.numbers.isEmpty { write("numbers", column.numbers, &object) }
        if !column.texts.isEmpty { write("texts", column.texts.map { Double($0) }, &object) }
        if !column.arrays.isEmpty { writeArrays(column, &object) }
      }
    }
  }

  /// Adds the arrays by row: their lengths, NaN without an array, and all their numbers.
  private func writeArrays(_ column: ReportColumn, _ object: inout JSONObject) {
    var lengths = [Double](repeating: .nan, count: report.rows.rows.count)
    for array in column.arrays { lengths[array.row] = Double(array.values.count) }
    object.object("arrays") { object in
      write("lengths", lengths, &object)
      write("values", column.arrays.flatMap { $0.values }, &object)
    }
  }

  /// Adds the sums of all calls, if not all calls have a row.
  private func writeBins(_ data: inout JSONObject) {
    guard report.rows.isThinned, report.timed > 0 else { return }
    let width = report.bins.width
    data.value("binWidth", .number(width))
    let places = report.lanes.indices.flatMap { lane in
      Status.allCases.compactMap { status in
        report.bins[lane, status].map { (lane: lane, status: status, series: $0) }
      }
    }
    data.array("bins", places) { place, buffer in
      JSONWriter.object(to: &buffer) { object in
        object.integer("lane", place.lane)
        object.integer("status", place.status.index)
        let live = place.series.live(width: width)
        write("live", live.map { Double(Float($0 / width)) }, &object)
        write("ended", place.series.ended.map { Double($0) }, &object)
      }
    }
  }

  private func writeFailures(_ data: inout JSONObject) {
    data.array("failures", report.failures.sorted) { group, buffer in
      JSONWriter.object(to: &buffer) { object in
        object.integer("run", group.run)
        object.integer("kernel", group.kernel)
        object.integer("status", group.status.index)
        let error = CallError(
          status: group.status, code: 0, name: group.name, message: group.message)
        object.text("error", error.description)
        object.integer("call", group.call)
        object.integer("count", group.count)
      }
    }
    data.integer("otherFailures", report.failures.others)
  }
}
