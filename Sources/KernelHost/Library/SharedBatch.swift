import KernelBridge
import KernelHostModel
import Synchronization

/// One batch over several lanes. Each lane has two blocks of it, so that it never waits for the
/// next. Blocks are large at first and small at the end, so that all lanes end at the same time
/// (guided self-scheduling, Polychronopoulos and Kuck 1987).
final class SharedBatch<Source: CallSource & Sendable>: Sendable {
  private struct State {
    /// The first call that no lane has.
    var next = 0
    var openBlocks: [ObjectIdentifier: (ticket: HostExecutor.Ticket, lane: HostExecutor)] = [:]
    var isCancelled = false
    var tokens: [Token<Value>]
    var continuation: CheckedContinuation<[Token<Value>], Never>?
  }

  private let source: Source
  private let executors: [HostExecutor]
  private let state: Locked<State>
  /// As many as `LanePool` gives at a time, at most.
  private static var most: Int { 1_024 }

  init(_ source: Source, _ executors: [HostExecutor]) {
    self.source = source
    self.executors = executors
    state = Locked(State(tokens: Array(repeating: .ok(.null), count: source.callCount)))
  }

  /// Runs all calls. The tokens are in call order. Cancelling the Swift task cancels the calls.
  func run() async -> [Token<Value>] {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        state.withLock { $0.continuation = continuation }
        for _ in 0..<2 {
          for lane in executors { give(lane) }
        }
      }
    } onCancel: {
      cancel()
    }
  }

  /// Gives a lane the next block, if there is one.
  private func give(_ lane: HostExecutor) {
    let ticket = HostExecutor.Ticket()
    let block = state.withLock { state -> Range<Int>? in
      let left = source.callCount - state.next
      guard left > 0 else { return nil }
      let size = min(max(left / (executors.count * 3), 1), Self.most)
      defer { state.next += size }
      state.openBlocks[ObjectIdentifier(ticket)] = (ticket, lane)
      if state.isCancelled { ticket.isCancelled.store(true, ordering: .releasing) }
      return state.next..<state.next + size
    }
    guard let block else { return }
    lane.start(
      CallBlock(source, block), ticket,
      .gathered { [self] tokens in ended(block, tokens, ticket, lane) })
  }

  private func ended(
    _ block: Range<Int>, _ tokens: [Token<Value>], _ ticket: HostExecutor.Ticket,
    _ lane: HostExecutor
  ) {
    give(lane)
    let done = state.withLock {
      state -> (CheckedContinuation<[Token<Value>], Never>, [Token<Value>])? in
      for (index, token) in zip(block, tokens) { state.tokens[index] = token }
      state.openBlocks[ObjectIdentifier(ticket)] = nil
      guard state.openBlocks.isEmpty, state.next == source.callCount,
        let continuation = state.continuation
      else { return nil }
      state.continuation = nil
      return (continuation, state.tokens)
    }
    done?.0.resume(returning: done?.1 ?? [])
  }

  private func cancel() {
    let open = state.withLock { state in
      state.isCancelled = true
      return Array(state.openBlocks.values)
    }
    for (ticket, lane) in open { lane.cancel(ticket) }
  }
}

/// Neighbours among the calls of a source. They keep their numbers.
struct CallBlock<Source: CallSource & Sendable>: CallSource, Sendable {
  let source: Source
  let firstCall: Int
  let callCount: Int

  init(_ source: Source, _ calls: Range<Int>) {
    self.source = source
    firstCall = calls.lowerBound
    callCount = calls.upperBound
  }

  var hasTimeouts: Bool { source.hasTimeouts }
  func kernel(ofCall call: Int) -> Int { source.kernel(ofCall: call) }
  func timeout(ofCall call: Int) -> UInt64 { source.timeout(ofCall: call) }
  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    source.write(argumentsOfCall: call, to: &writer)
  }
}
