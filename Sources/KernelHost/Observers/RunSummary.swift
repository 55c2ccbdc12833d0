import KernelBridge
package import KernelHostModel

/// Gathers the figures of the summary: how long the run took, the slowest calls, and the failures
/// by reason. Its memory does not grow with the number of calls.
package final class RunSummary: RunObserver {
  package let wishes = RunWishes(finishes: true)

  private let plan: Plan
  private var slow: [(seconds: Double, call: Int)] = []
  private var groups = FailureGroups()
  private var begun = 0.0
  private var end: RunEnd?
  /// Workers that died outside the code of calls, and a message about the last one.
  package private(set) var lostWorkers = 0
  package private(set) var lastLoss = ""

  /// Calls for which the host tried to write a second token, or forgot the token.
  package private(set) var hostFaults = 0

  private static let mostSlow = 5

  private var retries = RetryCount()
  /// The calls that were retried, and those of them that succeeded.
  package var retried: (count: Int, succeeded: Int) { (retries.count, retries.succeeded) }

  package init(_ plan: Plan) { self.plan = plan }

  package func saw(_ event: RunEvent, at time: Double) {
    switch event {
    case .planned: begun = ProcessorTime.ofTree
    case .finished(let record): finish(record)
    case .retried(let record, _): retries.retry(record)
    case .workerDied(let loss):
      lostWorkers += 1
      lastLoss = String(loss.message.prefix(600))
    case .warned(_, let text):
      if text == Wording.secondToken || text == Wording.missingToken { hostFaults += 1 }
    case .ended(let end):
      self.end = end
      processorSeconds = max(ProcessorTime.ofTree - begun, 0)
    default: break
    }
  }

  private func finish(_ record: CallRecord) {
    retries.finish(record)
    let seconds = record.token.seconds
    if slow.count < Self.mostSlow || seconds > slow[slow.count - 1].seconds {
      let index = slow.firstIndex { $0.seconds < seconds } ?? slow.count
      slow.insert((seconds, record.call), at: index)
      if slow.count > Self.mostSlow { slow.removeLast() }
    }
    guard let error = record.token.error else { return }
    let kernel = plan.kernelIndex(ofCall: record.call)
    groups.add(kernel: kernel, status: error.status, error: error, call: record.call)
  }

  // MARK: The result

  /// The counts of the complete run; nil while it is not complete.
  package var counts: StatusCounts? { end?.counts }
  package var seconds: Double { end?.seconds ?? 0 }
  /// Processor time of the host and its workers, in user and system mode, since the first call.
  package private(set) var processorSeconds = 0.0

  /// The calls that took longest, from start to end, longest first.
  package var slowest: [(call: Int, seconds: Double)] { slow.map { ($0.call, $0.seconds) } }

  /// The groups of failures, the most frequent first, and those that follow from others last.
  package var failures: [FailureGroup] { groups.sorted }
  /// Failures that are in no group.
  package var others: Int { groups.others }
}
