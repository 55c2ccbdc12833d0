import KernelBridge
public import TaskModel

/// Gathers what a person wants to know of a run when it is over: how long it took, the calls
/// that took longest, and what failed how. At constant memory, whatever the calls are.
public final class RunSummary: RunObserver {
  public let wishes = RunWishes(finishes: true)

  /// Calls that failed in the same way.
  public struct Failures: Sendable {
    public let kernel: String
    /// The error's: "EINVAL", "SIGSEGV".
    public let name: String
    public let status: Status
    public fileprivate(set) var count: Int
    /// The first of them that was known.
    public let example: Int
    public let message: String
  }

  private let plan: Plan
  private var slow: [(seconds: Double, call: Int)] = []
  private var groups: [Key: Failures] = [:]
  private var begun = 0.0
  private var end: RunEnd?
  /// Failed calls beyond the kinds that are kept apart.
  public private(set) var others = 0
  /// Workers that died in no call's code, and what is known of the last of them.
  public private(set) var lostWorkers = 0
  public private(set) var lastLoss = ""

  /// Calls that were to get a second token, or got none in the run's own way.
  public private(set) var hostFaults = 0

  private struct Key: Hashable {
    let kernel: Int
    let status: Status
    let name: String
  }

  private static let mostSlow = 5
  private static let mostKinds = 64

  public init(_ plan: Plan) { self.plan = plan }

  public func saw(_ event: RunEvent, at time: Double) {
    switch event {
    case .planned: begun = ProcessorTime.ofTree
    case .finished(let record): finish(record)
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
    let seconds = record.token.seconds
    if slow.count < Self.mostSlow || seconds > slow[slow.count - 1].seconds {
      let index = slow.firstIndex { $0.seconds < seconds } ?? slow.count
      slow.insert((seconds, record.call), at: index)
      if slow.count > Self.mostSlow { slow.removeLast() }
    }
    guard let error = record.token.error else { return }
    let kernel = plan.kernelIndex(ofCall: record.call)
    let key = Key(kernel: kernel, status: error.status, name: String(error.name.prefix(80)))
    if groups[key] != nil {
      groups[key]?.count += 1
    } else if groups.count < Self.mostKinds {
      groups[key] = Failures(
        kernel: plan.signatures[kernel].name, name: key.name, status: error.status, count: 1,
        example: record.call, message: String(error.message.prefix(300)))
    } else {
      others += 1
    }
  }

  // MARK: What came of it

  /// Nil: the run did not come to its end.
  public var counts: StatusCounts? { end?.counts }
  public var seconds: Double { end?.seconds ?? 0 }
  /// Of the host and its workers, in user and system mode, since the calls began.
  public private(set) var processorSeconds = 0.0

  /// The calls that took longest, from start to end, longest first.
  public var slowest: [(call: Int, seconds: Double)] { slow.map { ($0.call, $0.seconds) } }

  /// The most frequent first.
  public var failures: [Failures] {
    groups.values.sorted { ($1.count, $0.example) < ($0.count, $1.example) }
  }
}
