import KernelBridge
package import KernelHostModel

/// Shows the first failure of each kind when it happens.
///
/// Skipped and cancelled calls are not shown, because they follow from something else.
package final class FirstFailures: RunObserver {
  package let wishes: RunWishes
  private let plan: Plan
  private let output: OutputFile
  private let style: (String) -> String
  private var groups = FailureGroups()
  private var lines: [String] = []
  /// Nothing is shown before this time, in seconds.
  private let begin: Double
  private var shown = 0
  private var gate: () -> Void = {}

  private static let most = 10

  /// Creates an observer. `begin` is the time in seconds before which nothing is shown: what a short
  /// run has to say comes at its end. `style` adds colours to a line.
  package init(
    _ plan: Plan, descriptor: Int32, screen: StatusArea? = nil, begin: Double = 0,
    style: @escaping (String) -> String = { $0 }
  ) {
    self.plan = plan
    self.begin = begin
    self.style = style
    wishes = RunWishes(failures: true, lookPeriod: begin > 0 ? 1 : .infinity)
    output = OutputFile(descriptor: descriptor, name: "standard error", screen: screen)
  }

  package func saw(_ event: RunEvent, at time: Double) {
    guard case .finished(let record) = event, let error = record.token.error,
      !error.status.row.isDerived, shown < Self.most
    else { return }
    let kernel = plan.kernelIndex(ofCall: record.call)
    guard groups.add(kernel: kernel, status: error.status, error: error, call: record.call) else {
      return
    }
    shown += 1
    lines.append(Wording.firstFailure(plan.title(ofCall: record.call), error))
    if shown == Self.most { lines.append(Wording.moreFailures) }
    if begin == 0 {
      gate()
      show()
    }
  }

  package func showsAfter(_ gate: @escaping () -> Void) { self.gate = gate }

  package func looked(lane: Int, _ calls: [RunningCall], _ counts: StatusCounts, at time: Double) {
    if time >= begin { show() }
  }

  private func show() {
    if lines.isEmpty { return }
    for line in lines { try? output.write(style("\(ProgramName.current): \(line)") + "\n") }
    try? output.flush()
    lines = []
  }
}
