import KernelBridge
import KernelHost
import KernelHostModel

/// `host report RESULTS.jsonl -o run.html`: a page of the records of a run.
enum ReportCommand: Subcommand {
  static let form = "report RESULTS -o F"
  static let summary = "make an HTML page of the records of a run"
  static let help = """
    host report - make an HTML page of the records of a run

    usage: host report [--title TEXT] -o FILE.html RESULTS.jsonl ...

    RESULTS.jsonl is what host run --format jsonl writes, or the folder of a
    journal; - is standard input. The page is one file that needs no other and no
    network. It has counts, what made the results, a timeline of the lanes, and
    plots of results over swept parameters. The table can be sorted and filtered,
    and each kind of failure has a command that repeats a call. FILE.html is
    complete or absent. With several RESULTS, at most 8, the page shows their plots
    side by side, on the same scales.

    Counts include all calls. The table and the plots have 100,000 rows at most: all
    failed calls, and every k-th ok call; the page says which. An incomplete last
    line, as a killed run leaves it, is left out. Any other line that is not a
    record is an error, and no page is written.

      -o, --output FILE  where the page is written; if its name ends in .svg, the
                         timeline of one run alone, as a picture
      --title TEXT       above the page (default: the names of RESULTS.jsonl)

    exit code 0: the page is written, however the calls ended; 2: the command line
    or the records are wrong; 3: the page could not be written

    example: host report results.jsonl -o run.html

    """

  static let options = [
    Option("output", short: "o", value: "FILE"), Option("title", value: "TEXT"),
  ]
  static let operands = [Completion.records]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let operands = parsed.operands
    guard (1...ReportBuilder.mostRuns).contains(operands.count) else {
      throw .usage(Messages.someResults(found: operands.count))
    }
    if operands.count > 1, Set(operands).count < operands.count {
      throw .usage(Messages.sameResults)
    }
    guard let output = parsed.values["output"] else { throw .usage(Messages.noReport) }
    let paths = operands.map { $0 == "-" ? nil : $0 }
    let facts = paths.map { $0.flatMap { FileFacts($0) } }
    if let other = FileFacts(output), facts.contains(where: { $0?.identity == other.identity }) {
      throw .usage(Messages.reportOverResults(output))
    }
    let titles = operands.map { Messages.title($0) }
    let title = parsed.values["title"] ?? titles.joined(separator: ", ")
    if output.hasSuffix(".svg") {
      guard operands.count == 1 else { throw .usage(Messages.oneTimeline) }
      try draw(title, paths[0], output)
    } else {
      let sources = operands.indices.map { index in
        ReportBuilder.Source(
          name: operands.count == 1 ? titles[index] : Messages.run(index, titles[index]),
          records: paths[index], written: facts[index]?.changed)
      }
      try write(.init(title: title, runs: sources), paths, output)
    }
    return .ok
  }

  /// Writes the timeline alone, as a picture.
  private static func draw(
    _ title: String, _ path: String?, _ output: String
  ) throws(CommandError) {
    var picture = TimelinePicture(title: title)
    _ = try RecordLoader.read(path) { picture.add($0) }
    let complete = picture
    try save(output) { file throws(SystemError) in try file.write(complete.svg()) }
  }

  /// Writes the page.
  private static func write(
    _ options: ReportBuilder.Options, _ paths: [String?], _ output: String
  ) throws(CommandError) {
    var report = ReportBuilder(options)
    for (index, path) in paths.enumerated() {
      if index > 0 { report.nextRun() }
      try add(path, to: &report)
    }
    let complete = report
    try save(output) { file throws(SystemError) in try complete.write(to: file) }
  }

  /// Adds the records of one run.
  private static func add(
    _ path: String?, to report: inout ReportBuilder
  ) throws(CommandError) {
    var arguments: ManifestArguments?
    let isCutOff = try RecordLoader.read(path) { origin in
      report.add(origin)
      if origin.version == 1, arguments == nil {
        arguments = Self.arguments(of: origin)
        if arguments == nil { report.note(Wording.noArguments) }
      }
    } _: { record in
      var record = record
      if record.args.isEmpty, let arguments {
        record.args = arguments.given(toCall: record.call)
      }
      report.add(record)
    }
    if isCutOff { report.note(Wording.cutOffRecord) }
  }

  private static func save(
    _ path: String, _ write: (OutputFile) throws(SystemError) -> Void
  ) throws(CommandError) {
    do throws(SystemError) {
      let file = try OutputFile(path: path)
      try write(file)
      try file.commit()
    } catch {
      throw .notWritten(Messages.reportNotWritten(error))
    }
  }

  /// The arguments that the manifest of a run gives its calls, for records that do not have
  /// them; nil if the manifest is missing or has changed.
  private static func arguments(of origin: RunOrigin) -> ManifestArguments? {
    guard let path = origin.manifest,
      let bytes = try? FileReader.read(path: path, limit: ManifestLoader.largest)
    else { return nil }
    let source = SourceText(name: path, bytes: bytes)
    var reading = ManifestReader.read(source, format: origin.input)
    ManifestLoader.readPoints(of: &reading, at: path)
    let fingerprint = RunOrigin.fingerprint(of: source, points: reading.manifest.pointsHash)
    guard fingerprint == origin.fingerprint else { return nil }
    return ManifestArguments(reading)
  }
}

extension Messages {
  fileprivate static func someResults(found: Int) -> String {
    found == 0
      ? "no records given: host report RESULTS.jsonl -o run.html, or - for standard input"
      : "\(found) files of records given, expected at most \(ReportBuilder.mostRuns); "
        + "make several pages"
  }

  fileprivate static let sameResults =
    "the same file of records is given twice; name two runs to compare them"

  fileprivate static let oneTimeline =
    "a picture shows the timeline of one run; give one file of records, or -o FILE.html"

  /// The name of one of several runs: "A results.jsonl".
  fileprivate static func run(_ index: Int, _ title: String) -> String {
    "\(String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index)))) \(title)"
  }

  fileprivate static let noReport = "no output file given: add -o run.html"

  fileprivate static func reportOverResults(_ path: String) -> String {
    "the page would be written over the records, \(quoted(path)); choose another name for it"
  }

  fileprivate static func reportNotWritten(_ error: SystemError) -> String {
    Wording.system("write the page to", error.path, error.reason)
  }
}
