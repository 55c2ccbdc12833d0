public import KernelBridge
public import KernelHostModel

extension CallHost {
  /// Runs kernel calls of this host as one batch and returns their tokens in the order of the
  /// calls. Each call has exactly one token. On one lane the calls take turns, one step each and in
  /// order; several lanes share them.
  ///
  /// The tokens are those of `execCommand` for each call, but no Swift tasks are made: a call costs
  /// some 100 ns. Cancelling the task ends the live calls between two steps, with the status
  /// `cancelled`. Throws if a call is of another host.
  public func gather(_ calls: [KernelCall]) async throws(HostError) -> [Token<Value>] {
    try check(calls)
    return await run(CallList(calls: calls))
  }

  /// Runs `count` calls of one kernel as one batch. `arguments` sets the arguments of a call that
  /// differ from the defaults. It is called in call order, on a thread of the host; for a kernel
  /// with texts or arrays, twice for each call. With several lanes, each calls it for its own part.
  /// A call with a wrong argument does not run: its token has the error EINVAL.
  ///
  /// Nothing is stored for a call that has not started, so a million calls need only the memory of
  /// their tokens. Throws for a count below 0, and if the kernel is of another host.
  public func gather(
    _ kernel: Kernel, count: Int,
    arguments: @escaping @Sendable (_ call: Int, _ arguments: inout Arguments) -> Void
  ) async throws(HostError) -> [Token<Value>] {
    try check(kernel, count)
    return await run(GeneratedCalls(kernel: kernel, callCount: count, arguments: arguments))
  }

  /// Checks that calls are this host's.
  func check(_ calls: [KernelCall]) throws(HostError) {
    guard let call = calls.firstIndex(where: { $0.kernel.host !== self }) else { return }
    let name = calls[call].kernel.signature.name
    throw .wrongInput(reason: Wording.otherHost(kernel: name, call: call))
  }

  func check(_ kernel: Kernel, _ count: Int) throws(HostError) {
    try HostError.check("count", count, least: 0, most: CallTag.mostCalls)
    guard kernel.host !== self else { return }
    throw .wrongInput(reason: Wording.otherHost(kernel: kernel.signature.name, call: 0))
  }
}

/// Runs kernel calls as one batch and returns their tokens in the order of the arguments. See
/// `CallHost.gather(_:)`. Calls may belong to several hosts, which run at the same time.
public func gather(_ calls: KernelCall...) async -> [Token<Value>] {
  await gather(calls)
}

/// Runs an array of kernel calls as one batch. See `gather(_:)`.
public func gather(_ calls: [KernelCall]) async -> [Token<Value>] {
  guard let host = calls.first?.kernel.host else { return [] }
  if calls.allSatisfy({ $0.kernel.host === host }) {
    return await host.run(CallList(calls: calls))
  }
  let places = Dictionary(grouping: calls.indices) { ObjectIdentifier(calls[$0].kernel.host) }
  return await withTaskGroup(of: ([Int], [Token<Value>]).self) { group in
    for places in places.values {
      let host = calls[places[0]].kernel.host
      let part = CallList(calls: places.map { calls[$0] })
      group.addTask { (places, await host.run(part)) }
    }
    var tokens = [Token<Value>](repeating: .ok(.null), count: calls.count)
    for await (places, part) in group {
      for (place, token) in zip(places, part) { tokens[place] = token }
    }
    return tokens
  }
}

/// Runs `count` calls of one kernel on its host. See `CallHost.gather(_:count:arguments:)`.
public func gather(
  _ kernel: Kernel, count: Int,
  arguments: @escaping @Sendable (_ call: Int, _ arguments: inout Arguments) -> Void
) async throws(HostError) -> [Token<Value>] {
  try await kernel.host.gather(kernel, count: count, arguments: arguments)
}

/// A source of calls from an array.
struct CallList: CallSource, Sendable {
  let calls: [KernelCall]

  var callCount: Int { calls.count }
  var hasTimeouts: Bool { calls.contains { $0.kernel.limit != 0 } }
  func kernel(ofCall call: Int) -> Int { calls[call].kernel.index }
  func timeout(ofCall call: Int) -> UInt64 { calls[call].kernel.limit }
  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    OneCall(calls[call]).write(argumentsOfCall: 0, to: &writer)
  }
}

/// A source of calls that are made when they are needed.
struct GeneratedCalls: CallSource, Sendable {
  let kernel: Kernel
  let callCount: Int
  let arguments: @Sendable (Int, inout Arguments) -> Void

  var hasTimeouts: Bool { kernel.limit != 0 }
  func kernel(ofCall: Int) -> Int { kernel.index }
  func timeout(ofCall: Int) -> UInt64 { kernel.limit }
  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    arguments(call, &writer)
  }
}
