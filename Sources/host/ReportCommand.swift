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
      let title = parsed.values["title"] ?? path.map(name) ?? "standard input"
      return write(
        ReportBuilder(.init(title: title, records: path, written: facts?.changed)), path, output,
        console)
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }

  /// The last part of a path.
  private static func name(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static func write(
    _ report: ReportBuilder, _ path: String?, _ output: String, _ console: Console
  ) -> ExitCode {
    var report = report
    do throws(RecordFile.Failure) {
      let isCutOff = try RecordFile.read(path: path) { report.add($0) }
      if isCutOff { report.note(Wording.cutOffRecord) }
    } catch {
      switch error {
      case .system(let error): console.say(Messages.error(Messages.system(error)))
      case .record(let error): console.say(error.message)
      }
      return .usage
    }
    do throws(SystemError) {
      let file = try OutputFile(path: output)
      try report.write(to: file)
      try file.commit()
      return .ok
    } catch {
      console.say(Messages.error(Messages.reportNotWritten(error)))
      return .notWritten
    }
  }
}
