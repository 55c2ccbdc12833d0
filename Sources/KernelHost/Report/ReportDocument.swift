import KernelBridge
import TaskModel

/// The page: its parts put together, and the data as one JSON text that the script reads.
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
    // <!--title--> and the like.
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

  /// For HTML, in text and in double quotes; no character is a command to anything.
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

  /// For a browser without scripts.
  private var summary: String {
    let parts = report.counts.occurred.map { "\($0.count) \($0.status.rawValue)" }
    return "\(report.counts.total) calls" + (parts.isEmpty ? "" : ": ")
      + parts.joined(separator: ", ")
  }

  // MARK: Data

  /// JSON in which no "<" is: nothing in it can end the element that it stands in.
  private func data() -> [UInt8] {
    var buffer: [UInt8] = []
    buffer.reserveCapacity(1 << 20)
    object(to: &buffer) { member, buffer in
      writeRun(member, &buffer)
      writeRows(member, &buffer)
      writeFields(member, &buffer)
      writeBins(member, &buffer)
      writeFailures(member, &buffer)
    }
    if !buffer.contains(UInt8(ascii: "<")) { return buffer }
    var safe: [UInt8] = []
    safe.reserveCapacity(buffer.count + 1024)
    for byte in buffer {
      if byte == UInt8(ascii: "<") { safe += "\\u003c".utf8 } else { safe.append(byte) }
    }
    return safe
  }

  /// Begins the members of an object.
  private final class Member {
    private var isFirst = true

    func callAsFunction(_ name: String, _ buffer: inout [UInt8]) {
      if !isFirst { buffer.append(UInt8(ascii: ",")) }
      isFirst = false
      JSONWriter.text(name, to: &buffer)
      buffer.append(UInt8(ascii: ":"))
    }
  }

  private func object(
    to buffer: inout [UInt8], _ body: (Member, inout [UInt8]) -> Void
  ) {
    buffer.append(UInt8(ascii: "{"))
    body(Member(), &buffer)
    buffer.append(UInt8(ascii: "}"))
  }

  private func list<Elements: Sequence>(
    _ elements: Elements, to buffer: inout [UInt8],
    _ write: (Elements.Element, inout [UInt8]) -> Void
  ) {
    buffer.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      write(element, &buffer)
    }
    buffer.append(UInt8(ascii: "]"))
  }

  private func value(_ value: Value, _ name: String, _ member: Member, _ buffer: inout [UInt8]) {
    member(name, &buffer)
    JSONWriter.value(value, to: &buffer)
  }

  private func writeRun(_ member: Member, _ buffer: inout [UInt8]) {
    let options = report.options
    value(.text(options.title), "title", member, &buffer)
    value(options.records.map { .text($0) } ?? .null, "records", member, &buffer)
    let milliseconds = options.written.map { Value.integer(Int64($0 / 1_000_000)) }
    value(milliseconds ?? .null, "written", member, &buffer)
    value(.integer(Int64(report.counts.total)), "calls", member, &buffer)
    member("statuses", &buffer)
    list(Status.allCases, to: &buffer) { JSONWriter.text($0.rawValue, to: &$1) }
    member("shapes", &buffer)
    list(Status.allCases, to: &buffer) { JSONWriter.text($0.row.shape, to: &$1) }
    member("counts", &buffer)
    counts(report.counts, &buffer)
    member("kernels", &buffer)
    list(report.kernels, to: &buffer) { kernel, buffer in
      object(to: &buffer) { member, buffer in
        value(.text(kernel.name), "name", member, &buffer)
        member("counts", &buffer)
        counts(kernel.counts, &buffer)
      }
    }
    value(.integers(report.lanes.map { Int64($0) }), "lanes", member, &buffer)
    value(.bool(report.hasMoreLanes), "hasMoreLanes", member, &buffer)
    value(.integer(Int64(report.timed)), "timed", member, &buffer)
    value(.number(report.timed > 0 ? report.first : 0), "first", member, &buffer)
    value(.number(report.last), "last", member, &buffer)
    value(.number(report.seconds), "totalSeconds", member, &buffer)
    value(.number(report.steps), "totalSteps", member, &buffer)
    member("made", &buffer)
    list(report.origin.map(Wording.rows) ?? [], to: &buffer) { row, buffer in
      list([row.name, TextTable.clipped(row.text)], to: &buffer) { JSONWriter.text($0, to: &$1) }
    }
    member("notes", &buffer)
    list(report.notes, to: &buffer) { JSONWriter.text($0, to: &$1) }
  }

  private func counts(_ counts: StatusCounts, _ buffer: inout [UInt8]) {
    JSONWriter.value(.integers(Status.allCases.map { Int64(counts[$0]) }), to: &buffer)
  }

  private func writeRows(_ member: Member, _ buffer: inout [UInt8]) {
    let rows = report.rows
    value(.integer(Int64(rows.rows.count)), "rows", member, &buffer)
    value(.integer(Int64(rows.okKept)), "okRows", member, &buffer)
    value(.integer(Int64(rows.okStride)), "okStride", member, &buffer)
    value(.integer(Int64(rows.failureStride)), "failureStride", member, &buffer)
    member("texts", &buffer)
    list(rows.texts.texts, to: &buffer) { JSONWriter.text($0, to: &$1) }
    member("columns", &buffer)
    let columns: [(name: String, number: (ReportRows.Row) -> Double)] = [
      ("call", { Double($0.call) }), ("task", { Double($0.task) }),
      ("kernel", { Double($0.kernel) }), ("status", { Double($0.status.index) }),
      ("attempts", { Double($0.attempts) }), ("steps", { Double($0.steps) }),
      ("seconds", { $0.seconds }), ("live", { $0.live }), ("start", { $0.start }),
      ("lane", { Double($0.lane) }),
      ("error", { Double($0.error) }), ("warning", { Double($0.warning) }),
    ]
    object(to: &buffer) { member, buffer in
      for column in columns {
        member(column.name, &buffer)
        ColumnEncoder.write(rows.rows.map(column.number), to: &buffer)
      }
    }
  }

  private func writeFields(_ member: Member, _ buffer: inout [UInt8]) {
    member("fields", &buffer)
    list(report.rows.columns, to: &buffer) { column, buffer in
      object(to: &buffer) { member, buffer in
        value(.text(column.kind.rawValue), "kind", member, &buffer)
        value(.text(column.name), "name", member, &buffer)
        value(.integer(Int64(column.count)), "count", member, &buffer)
        value(column.count > 0 ? .number(column.least) : .null, "least", member, &buffer)
        value(column.count > 0 ? .number(column.most) : .null, "most", member, &buffer)
        value(column.count > 0 ? .number(column.mean) : .null, "mean", member, &buffer)
        if !column.numbers.isEmpty {
          member("numbers", &buffer)
          ColumnEncoder.write(column.numbers, to: &buffer)
        }
        if !column.texts.isEmpty {
          member("texts", &buffer)
          ColumnEncoder.write(column.texts.map { Double($0) }, to: &buffer)
        }
      }
    }
  }

  /// Only where not all calls have a row.
  private func writeBins(_ member: Member, _ buffer: inout [UInt8]) {
    guard report.rows.isThinned, report.timed > 0 else { return }
    let width = report.bins.width
    value(.number(width), "binWidth", member, &buffer)
    member("bins", &buffer)
    let places = report.lanes.indices.flatMap { lane in
      Status.allCases.compactMap { status in
        report.bins[lane, status].map { (lane: lane, status: status, series: $0) }
      }
    }
    list(places, to: &buffer) { place, buffer in
      object(to: &buffer) { member, buffer in
        value(.integer(Int64(place.lane)), "lane", member, &buffer)
        value(.integer(Int64(place.status.index)), "status", member, &buffer)
        member("live", &buffer)
        let live = place.series.live(width: width).map { Double(Float($0 / width)) }
        ColumnEncoder.write(live, to: &buffer)
        member("ended", &buffer)
        ColumnEncoder.write(place.series.ended.map { Double($0) }, to: &buffer)
      }
    }
  }

  private func writeFailures(_ member: Member, _ buffer: inout [UInt8]) {
    member("failures", &buffer)
    list(report.failures.sorted, to: &buffer) { group, buffer in
      object(to: &buffer) { member, buffer in
        value(.integer(Int64(group.kernel)), "kernel", member, &buffer)
        value(.integer(Int64(group.status.index)), "status", member, &buffer)
        value(.text(group.example), "error", member, &buffer)
        value(.integer(Int64(group.call)), "call", member, &buffer)
        value(.integer(Int64(group.count)), "count", member, &buffer)
      }
    }
    value(.integer(Int64(report.failures.others)), "otherFailures", member, &buffer)
  }
}
