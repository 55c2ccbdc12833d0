public import TaskModel

/// The token of one of several calls.
public struct CallToken: Sendable {
  /// The index of the call in the list.
  public let call: Int
  public let token: Token<Value>
}

/// Starts kernel calls as one batch and returns a stream of their tokens, in the order in which the
/// calls end. Each call has exactly one token. If the iteration ends early, or its task is
/// cancelled, live calls end between two steps.
///
/// Tokens that were not taken yet are kept, with about 100 bytes each.
public func tokens(of calls: [KernelCall]) -> AsyncStream<CallToken> {
  let (stream, continuation) = AsyncStream.makeStream(of: CallToken.self)
  guard let host = calls.first?.kernel.host else {
    continuation.finish()
    return stream
  }
  let ticket = HostExecutor.Ticket()
  continuation.onTermination = { reason in
    if case .cancelled = reason { host.cancel(ticket) }
  }
  host.start(
    CallList(calls: calls), ticket,
    .each(
      { continuation.yield(CallToken(call: $0, token: $1)) }, finished: { continuation.finish() })
  )
  return stream
}
