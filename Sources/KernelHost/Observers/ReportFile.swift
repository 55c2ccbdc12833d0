package import KernelBridge
package import KernelHostModel

/// Collects the HTML report of a run in bounded memory. The file is written at the end, and is
/// complete or absent.
package final class ReportFile: RunObserver {
  package let wishes = RunWishes(records: true, origin: true)
  private var arguments: RecordedArguments
  private let output: OutputFile
  private var builder: ReportBuilder
  /// Why the file could not be written; nil if it was.
  package private(set) var failure: String?

  /// Creates an observer. `title` is the headline of the page. `records` is the file with the
  /// records of the run, for the commands that repeat a call; nil if there is no such file.
  package init(_ plan: Plan, _ output: OutputFile, title: String, records: String?) {
    arguments = RecordedArguments(plan)
    self.output = output
    builder = ReportBuilder(
      .init(title: title, records: records, written: Int(wallSeconds() * 1e9)))
  }

  package func recorded(_ record: CallRecord) {
    builder.add(RunRecord(record, &arguments))
  }

  package func saw(_ event: RunEvent, at time: Double) {
    if case .planned(let run) = event, let origin = run.origin { builder.add(origin) }
    guard case .ended = event else { return }
    var full = ReportBuilder(.init(title: ""))
    swap(&full, &builder)
    do throws(SystemError) {
      try full.write(to: output)
      try output.commit()
    } catch {
      failure = Wording.system(error.action, error.path, error.reason)
    }
  }
}
