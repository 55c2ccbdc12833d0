import KernelBridge
import KernelHost
import TaskModel

/// `host report RESULTS.jsonl -o run.html`: a page of the records of a run.
enum ReportCommand: Subcommand {
  static let form = "report RESULTS -o F"
  static let summary = "make an HTML page of the records of a run"
  static let help = """
    host report - make an HTML page of the records of a run

    usage: host report [--title TEXT] -o FILE.html RESULTS.jsonl

    RESULTS.jsonl is what host run --format jsonl writes, or the folder of a
    journal; - is standard input. The page is one file that needs no other and no
    network. It has counts, what made the results, a timeline of the lanes, and
    plots of results over swept parameters. The table can be sorted and filtered,
    and each kind of failure has a command that repeats a call. FILE.html is
    complete or absent.

    Counts include all calls. The table and the plots have 100,000 rows at most: all
    failed calls, and every k-th ok call; the page says which. An incomplete last
    line, as a killed run leaves it, is left out. Any other line that is not a
    record is an error, and no page is written.

      -o, --output FILE  where the page is written; if its name ends in .svg, the
                         timeline alone, as a picture
      --title TEXT       above the page (default: the name of RESULTS.jsonl)

    exit code 0: the page is written, however the calls ended; 2: the command line
    or the records are wrong; 3: the page could not be written

    example: host report results.jsonl -o run.html

    """

  static let options = [
    Option("output", short: "o", value: "FILE"), Option("title", value: "TEXT"),
  ]
  static let operands = [Completion.records]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    guard parsed.operands.count == 1, let operand = parsed.operands.first else {
      throw .usage(Messages.oneResults(found: parsed.operands.count))
    }
    guard let output = parsed.values["output"] else { throw .usage(Messages.noReport) }
    let path = operand == "-" ? nil : operand
    let facts = path.flatMap { FileFacts($0) }
    if let facts, let other = FileFacts(output), facts.identity == other.identity {
      throw .usage(Messages.reportOverResults(output))
    }
    let title = parsed.values["title"] ?? Messages.title(operand)
    if output.hasSuffix(".svg") {
      try draw(title, path, output)
    } else {
      try write(.init(title: title, records: path, written: facts?.changed), path, output)
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
    _ options: ReportBuilder.Options, _ path: String?, _ output: String
  ) throws(CommandError) {
    var report = ReportBuilder(options)
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
    let complete = report
    try save(output) { file throws(SystemError) in try complete.write(to: file) }
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
  fileprivate static func oneResults(found: Int) -> String {
    found == 0
      ? "no records given: host report RESULTS.jsonl -o run.html, or - for standard input"
      : "\(found) files of records given, expected one; run host report for each"
  }

  fileprivate static let noReport = "no output file given: add -o run.html"

  fileprivate static func reportOverResults(_ path: String) -> String {
    "the page would be written over the records, \(quoted(path)); choose another name for it"
  }

  fileprivate static func reportNotWritten(_ error: SystemError) -> String {
    Wording.system("write the page to", error.path, error.reason)
  }
}
