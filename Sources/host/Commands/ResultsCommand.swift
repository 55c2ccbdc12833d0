import KernelBridge
import KernelHost
import KernelHostModel

/// `host results DIR`: the results of a run with a journal.
enum ResultsCommand: Subcommand {
  static let form = "results DIR"
  static let summary = "write the results of a run with a journal"
  static let help = """
    host results - write the results of a run with a journal

    usage: host results [--format FORMAT] [-o FILE] DIR

    What an undisturbed run would have written, except times, lanes and numbers of
    attempts; what kernels print is in no journal. Neither the manifest nor the
    plugins are needed. Calls without a record are left out, and their number is
    said. --format, -o, --nan, --csv-units and --csv-elements are as for run.

      -o, --output FILE  where they are written (default: standard output); complete
                         or absent

    exit code 0: every token is ok; 1: some token is not ok, or missing; 2: it is no
    journal, or a part cannot be read; 3: the results could not be written

    example: host results study.kh --format jsonl -o results.jsonl

    """

  static let options =
    [
      Option("format", value: "FORMAT", choices: Format.self),
      Option("output", short: "o", value: "FILE"),
    ] + RecordOptions.options
  static let operands = [Completion.folder]

  static func run(_ parsed: OptionParser, _ console: Console) throws(CommandError) -> ExitCode {
    let folder = try JournalLoader.folder(parsed, command: "results")
    let options = try RecordOptions.ofJournal(parsed, console)
    let index = try JournalLoader.index(folder)
    if index.damageCount > 0 {
      console.say(Messages.warning(Messages.damage(index.damage, count: index.damageCount)))
    }
    let summary = try JournalLoader.results(folder, index).summary(options, console)
    if summary.missing > 0 { console.say(Messages.note(Wording.resultsMissing(summary.missing))) }
    if summary.counts.notOK > 0 {
      console.say(Messages.notOK(summary.counts.occurred, of: summary.callCount))
    }
    return summary.counts[.ok] == summary.callCount ? .ok : .notOK
  }
}

extension JournalResults {
  /// Writes the results, and says which records could not be read.
  func summary(_ options: Options, _ console: Console) throws(CommandError) -> Summary {
    let summary: Summary
    do throws(SystemError) {
      summary = try write(options)
      if let failure = summary.failure { throw failure }
    } catch {
      throw CommandError(error, output: options.outputPath)
    }
    if let call = summary.unreadable.first {
      console.say(Messages.warning(Messages.unreadableRecords(call, summary.unreadable.count)))
    }
    return summary
  }
}
