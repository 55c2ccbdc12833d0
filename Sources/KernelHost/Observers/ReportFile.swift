public import KernelBridge
public import TaskModel

/// Makes the HTML report of a run while it goes on, at bounded memory; the file is written at
/// the end, complete or not at all.
public final class ReportFile: RunObserver {
  public let wishes = RunWishes(records: true, origin: true)
  private var arguments: RecordedArguments
  private let output: OutputFile
  private var builder: ReportBuilder
  /// Why it could not be written; nil: it was.
  public private(set) var failure: String?

  /// `title`: above the page; `records`: the file of the run's records, for the commands that
  /// make a call again; nil: there is none.
  public init(_ plan: Plan, _ output: OutputFile, title: String, records: String?) {
    arguments = RecordedArguments(plan)
    self.output = output
    builder = ReportBuilder(
      .init(title: title, records: records, written: Int(wallSeconds() * 1e9)))
  }

  public func recorded(_ record: CallRecord) {
    builder.add(RunRecord(record, &arguments))
  }

  public func saw(_ event: RunEvent, at time: Double) {
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
