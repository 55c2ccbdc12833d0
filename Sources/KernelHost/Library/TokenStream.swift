public import TaskModel

/// The token of one call of several.
public struct CallToken: Sendable {
  /// The call's place in the list that was given.
  public let call: Int
  public let token: Token<Value>
}

/// Starts kernel calls as one batch and gives their tokens as they come, each
/// exactly one. Ending the iteration early (or cancelling its task) ends the
/// calls that are still live, between two steps.
///
/// Tokens that are not yet taken are kept, about 100 bytes each.
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
