public import KernelBridge
public import KernelHostModel

/// The token of one of several calls.
public struct CallToken: Sendable {
  /// The index of the call among the calls of the sequence.
  public let call: Int
  public let token: Token<Value>
}

/// The tokens of kernel calls in the order in which the calls end, for one reader.
///
/// At most `buffering` calls have begun without that their token was taken; the others wait. If the
/// iteration ends early, or its task is cancelled, the sequence ends, and with it the live calls,
/// between two steps. Calls that have not begun do not run.
public struct CallTokens: AsyncSequence, Sendable {
  public typealias Element = CallToken
  public typealias Failure = Never

  private let take: @Sendable () async -> CallToken?
  private let leave: @Sendable () -> Void
  private let reader: StreamReader

  init(_ feed: TokenFeed<some CallSource & Sendable>) {
    take = { await feed.next() }
    leave = { feed.leave() }
    reader = StreamReader(leave)
    feed.begin()
  }

  /// No tokens.
  init() {
    take = { nil }
    leave = {}
    reader = StreamReader(leave)
  }

  /// Returns the reader. All readers of a sequence share its tokens.
  public func makeAsyncIterator() -> Iterator {
    Iterator(take: take, owner: reader, reader: StreamReader(leave))
  }

  public struct Iterator: AsyncIteratorProtocol {
    let take: @Sendable () async -> CallToken?
    let owner: StreamReader
    let reader: StreamReader

    /// Returns the next token; nil: all were returned, or the task is cancelled.
    public mutating func next() async -> CallToken? { await take() }
  }
}

extension CallHost {
  /// How many calls have begun without that their token was taken, where nothing else is said.
  public static var defaultBuffering: Int { 4_096 }

  /// Starts kernel calls of this host and returns their tokens as they end. At most `buffering`
  /// calls begin before their tokens are taken. Throws if a call is of another host.
  public func tokens(
    of calls: [KernelCall], buffering: Int = defaultBuffering
  ) throws(HostError) -> CallTokens {
    try check(calls)
    try HostError.check("buffering", buffering, least: 1)
    return CallTokens(TokenFeed(self, CallList(calls: calls), buffering))
  }

  /// Starts `count` calls of a kernel and returns their tokens as they end. A call is made when it
  /// begins, so that a sequence of any length needs the memory of `buffering` tokens. `arguments`
  /// is as for `gather`. Throws for a count below 0, and if the kernel is of another host.
  public func tokens(
    of kernel: Kernel, count: Int, buffering: Int = defaultBuffering,
    arguments: @escaping @Sendable (_ call: Int, _ arguments: inout Arguments) -> Void
  ) throws(HostError) -> CallTokens {
    try check(kernel, count)
    try HostError.check("buffering", buffering, least: 1)
    let source = GeneratedCalls(kernel: kernel, callCount: count, arguments: arguments)
    return CallTokens(TokenFeed(self, source, buffering))
  }
}

/// Starts kernel calls on the host of the first and returns their tokens as they end. See
/// `CallHost.tokens(of:buffering:)`.
public func tokens(
  of calls: [KernelCall], buffering: Int = CallHost.defaultBuffering
) throws(HostError) -> CallTokens {
  try HostError.check("buffering", buffering, least: 1)
  guard let host = calls.first?.kernel.host else { return CallTokens() }
  return try host.tokens(of: calls, buffering: buffering)
}

/// Starts calls as their tokens are taken.
final class TokenFeed<Source: CallSource & Sendable>: Sendable {
  private struct State {
    /// The first call that was not started.
    var next = 0
    /// Tokens that were taken since calls were started for them.
    var taken = 0
    var open: [ObjectIdentifier: (ticket: HostExecutor.Ticket, lane: HostExecutor)] = [:]
  }

  private let host: CallHost
  private let source: Source
  /// Calls that are started at a time: all at once on one lane, parts for several.
  private let block: Int
  private let limit: Int
  private let state = Locked(State())
  private let buffer = StreamBuffer<CallToken>()

  init(_ host: CallHost, _ source: Source, _ limit: Int) {
    self.host = host
    self.source = source
    self.limit = limit
    let first = min(limit, source.callCount)
    block = host.lanes == 1 ? max(first, 1) : max(first / (2 * host.lanes), 1)
  }

  func begin() {
    if source.callCount == 0 { return buffer.end() }
    start(upTo: limit)
  }

  /// Starts calls, at most `count`.
  private func start(upTo count: Int) {
    var left = count
    while left > 0 {
      let ticket = HostExecutor.Ticket()
      let lane = host.freest
      let calls = state.withLock { state -> Range<Int> in
        let calls = state.next..<min(state.next + min(left, block), source.callCount)
        state.next = calls.upperBound
        if !calls.isEmpty { state.open[ObjectIdentifier(ticket)] = (ticket, lane) }
        return calls
      }
      if calls.isEmpty { return }
      left -= calls.count
      lane.start(
        CallBlock(source, calls), ticket,
        .each(
          { [buffer] in buffer.put(CallToken(call: $0, token: $1)) },
          finished: { [self] in ended(ticket) }))
    }
  }

  private func ended(_ ticket: HostExecutor.Ticket) {
    let isDone = state.withLock { state in
      state.open[ObjectIdentifier(ticket)] = nil
      return state.open.isEmpty && state.next == source.callCount
    }
    if isDone { buffer.end() }
  }

  func next() async -> CallToken? {
    guard let token = try? await buffer.next(onCancel: { [self] in leave() }) else { return nil }
    let count = state.withLock { state -> Int in
      state.taken += 1
      // A few at a time: each start wakes a lane.
      guard state.taken >= max(limit / 4, 1) else { return 0 }
      defer { state.taken = 0 }
      return state.taken
    }
    if count > 0 { start(upTo: count) }
    return token
  }

  /// The reader has gone: live calls end, and no other begins.
  func leave() {
    buffer.leave()
    let open = state.withLock { state in
      state.next = source.callCount
      return Array(state.open.values)
    }
    for (ticket, lane) in open { lane.cancel(ticket) }
  }
}
