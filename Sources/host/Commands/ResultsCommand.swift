import KernelBridge
import KernelHost
import TaskModel

/// `host results DIR`: the results of a run with a journal.
enum ResultsCommand: Subcommand {
  static let options =
    [
      Option("format", value: "FORMAT", choices: Format.self),
      Option("output", short: "o", value: "FILE"),
    ] + RecordOptions.options
  static let operands = [Completion.folder]

  static func run(_ arguments: [String], _ console: Console) -> ExitCode {
    do throws(OptionParser.UsageError) {
      let parsed = try OptionParser(arguments, options: options)
      guard parsed.operands.count == 1 else {
        throw .init(message: Messages.oneJournal("results", found: parsed.operands.count))
      }
      // The same rules as for a run's own results.
      var run = Run.Options()
      run.format = try parsed.choice("format", Format.init(rawValue:), Format.allCases) ?? .text
      try RecordOptions.read(parsed, &run)
      var options = JournalResults.Options()
      (options.format, options.nan, options.table) = (run.format, run.nan, run.table)
      options.outputPath = parsed.values["output"]
      options.outputDescriptor = console.results
      let folder: JournalFolder
      do throws(JournalError) {
        folder = try JournalFolder(reading: parsed.operands[0])
      } catch {
        throw .init(message: error.lines.joined(separator: "\n"))
      }
      return write(folder, options, console)
    } catch {
      console.say(Messages.error(error.message))
      return .usage
    }
  }

  private static func write(
    _ folder: JournalFolder, _ options: JournalResults.Options, _ console: Console
  ) -> ExitCode {
    let index = folder.index()
    guard let results = JournalResults(folder, index) else {
      console.say(Messages.error(Messages.noPlan(folder.path)))
      return .usage
    }
    if options.outputPath == nil, options.outputDescriptor == nil {
      console.say(Messages.error("cannot write to standard output: it is closed"))
      return .notWritten
    }
    if index.damageCount > 0 { console.say(Messages.warning(Messages.damage(index))) }
    do throws(SystemError) {
      let summary = try results.write(options)
      if let failure = summary.failure { throw failure }
      if let call = summary.unreadable.first {
        console.say(Messages.warning(Messages.unreadableRecords(call, summary.unreadable.count)))
      }
      if summary.missing > 0 { console.say(Messages.note(Wording.resultsMissing(summary.missing))) }
      if summary.counts.notOK > 0 {
        console.say(Messages.notOK(summary.counts.occurred, of: summary.callCount))
      }
      return summary.counts[.ok] == summary.callCount ? .ok : .notOK
    } catch {
      console.say(Messages.error(Messages.system(error)))
      return .notWritten
    }
  }
}
