import Foundation
import KernelBridge
import KernelHostModel
import KernelHostTestSupport
import Testing

@testable import KernelHost

/// What a run with a journal shows is in the journal before: a host that is killed loses nothing of
/// it.
struct ShownTests {
  /// Counts the ends that it has, and those that survive the host.
  private final class CountingLog: CallLog {
    private let state = Locked((written: 0, safe: 0))

    var safe: Int { state.withLock { $0.safe } }

    func together(_ calls: Range<Int>) -> Int { calls.count }
    func willBegin(
      _ calls: Range<Int>, isAlone: Bool, _ open: @escaping @Sendable () -> Void
    ) -> Bool { true }
    func keeps(_ token: Token<Value>, ofCall call: Int) -> Bool { true }
    func append(_ batch: JournalBatch, _ calls: [Int]) {
      state.withLock { $0.written += calls.count }
    }
    func waitUntilSafe() { state.withLock { $0.safe = $0.written } }
  }

  /// The events of a batch are more than the stream's buffer holds.
  @Test(arguments: [Order.call, .completion])
  func eventsOfEndedCallsAreSafeBefore(_ order: Order) throws {
    let source = SourceText(
      name: "m",
      text: #"[{"kernel": "logistic_map", "sweep": {"r": {"from": 3, "to": 4, "count": 4000}}}]"#)
    let plan = try Planner.plan(source, catalogue: CallHost.builtInKernels).get()
    let folder = try TemporaryFolder()
    let path = folder.path("events")
    let stream = EventStream(plan, try OutputFile(inPlace: path, action: "write")) { _ in }
    let log = CountingLog()
    var options = Run.Options()
    options.order = order
    options.warningDescriptor = nil
    let results = RunResults(
      plan, Selection(allOf: plan), options: options, hasDependencies: false,
      events: RunEvents([stream]), nil, log: log)
    var shown = 0
    for start in stride(from: 0, to: 4000, by: 1000) {
      _ = results.take(1000) {
        EndedCall(call: start + $0, token: .ok(0.5, steps: 1, seconds: 1e-6))
      }
      shown = try folder.read("events").components(separatedBy: "\"finished\"").count - 1
      #expect(shown <= log.safe, "\(shown) ends are shown, \(log.safe) of them safe")
    }
    #expect(shown > 0)
  }
}
