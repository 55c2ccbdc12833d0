import KernelBridge
import KernelHost
import TaskModel

/// `host report RESULTS.jsonl -o run.html`: a page of the records of a run.
enum ReportCommand: Subcommand {
  static let options = [
    Option("output", short: "o", value: "FILE"), Option("title", value: "TEXT"),
  ]
  static let operands = [Completion.file(["jsonl"])]

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      guard parsed.operands.count == 1, let operand = parsed.operands.first else {
        throw .init(message: Messages.oneResults(found: parsed.operands.count))
      }
      guard let output = parsed.values["output"] else {
        throw .init(message: Messages.noReport)
      }
      let path = operand == "-" ? nil : operand
      let facts = path.flatMap { FileFacts($0) }
      if let facts, let other = FileFacts(output), facts.identity == other.identity {
        throw .init(message: Messages.reportOverResults(output))
      }
      let title = parsed.values["title"] ?? Messages.title(operand)
      if output.hasSuffix(".svg") { return draw(title, path, output, console) }
      return write(
        ReportBuilder(.init(title: title, records: path, written: facts?.changed)), path, output,
        console)
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }

  /// The timeline alone.
  private static func draw(
    _ title: String, _ path: String?, _ output: String, _ console: Console
  ) -> ExitCode {
    var picture = TimelinePicture(title: title)
    guard read(path, console, { picture.add($0) }) != nil else { return .usage }
    return save(output, console) { file throws(SystemError) in try file.write(picture.svg()) }
  }

  /// What the manifest of a run gives its calls, whose records do not say it; nil: it is not
  /// there, or not what it was.
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

  /// Whether the last record is cut off; nil: they could not be read, which was said.
  private static func read(
    _ path: String?, _ console: Console, run: (RunOrigin) -> Void = { _ in },
    _ body: (RunRecord) -> Void
  ) -> Bool? {
    do throws(RecordFile.Failure) {
      return try RecordFile.read(path: path, columns: TerminalStyle.columns, run: run, body)
    } catch {
      switch error {
      case .system(let error): console.say(Messages.error(Messages.system(error)))
      case .record(let error): console.say(error.message)
      }
      return nil
    }
  }

  private static func save(
    _ path: String, _ console: Console, _ write: (OutputFile) throws(SystemError) -> Void
  ) -> ExitCode {
    do throws(SystemError) {
      let file = try OutputFile(path: path)
      try write(file)
      try file.commit()
      return .ok
    } catch {
      console.say(Messages.error(Messages.reportNotWritten(error)))
      return .notWritten
    }
  }

  private static func write(
    _ report: ReportBuilder, _ path: String?, _ output: String, _ console: Console
  ) -> ExitCode {
    var report = report
    var arguments: ManifestArguments?
    let isCutOff = read(path, console) { origin in
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
    guard let isCutOff else { return .usage }
    if isCutOff { report.note(Wording.cutOffRecord) }
    let complete = report
    return save(output, console) { file throws(SystemError) in try complete.write(to: file) }
  }
}
