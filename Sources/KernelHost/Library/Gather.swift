public import KernelBridge
public import TaskModel

/// Runs kernel calls as one batch and returns their tokens in the order of the arguments. Each call
/// has exactly one token. The calls take turns on one lane, one step each and in order; all of them
/// belong to the host of the first.
///
/// The tokens are those of `execCommand` for each call, but no Swift tasks are made: a call costs
/// some 100 ns. Cancelling the task ends the live calls between two steps, with the status
/// `cancelled`.
public func gather(_ calls: KernelCall...) async -> [Token<Value>] {
  await gather(calls)
}

/// Runs an array of kernel calls as one batch. See `gather(_:)`.
public func gather(_ calls: [KernelCall]) async -> [Token<Value>] {
  guard let host = calls.first?.kernel.host else { return [] }
  precondition(
    calls.allSatisfy { $0.kernel.host === host }, "gather: the calls belong to different hosts")
  return await host.run(CallList(calls: calls))
}

/// Runs `count` calls of one kernel as one batch. `arguments` sets the arguments of a call that
/// differ from the defaults. It is called in call order, on a thread of the host. Nothing is stored
/// for a call that has not started, so a million calls need only the memory of their tokens.
public func gather(
  _ kernel: Kernel, count: Int,
  arguments: @escaping @Sendable (_ call: Int, _ arguments: inout Arguments) -> Void
) async -> [Token<Value>] {
  await kernel.host.run(GeneratedCalls(kernel: kernel, callCount: count, arguments: arguments))
}

/// A source of calls from an array.
struct CallList: CallSource, Sendable {
  let calls: [KernelCall]

  var callCount: Int { calls.count }
  var hasTimeouts: Bool { calls.contains { $0.kernel.timeout != nil } }
  func kernel(ofCall call: Int) -> Int { calls[call].kernel.index }
  func timeout(ofCall call: Int) -> UInt64 { nanoseconds(calls[call].kernel.timeout) }
  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    OneCall(calls[call]).write(argumentsOfCall: 0, to: &writer)
  }
}

/// A source of calls that are made when they are needed.
private struct GeneratedCalls: CallSource, Sendable {
  let kernel: Kernel
  let callCount: Int
  let arguments: @Sendable (Int, inout Arguments) -> Void
  private let timeout: UInt64

  init(
    kernel: Kernel, callCount: Int, arguments: @escaping @Sendable (Int, inout Arguments) -> Void
  ) {
    self.kernel = kernel
    self.callCount = callCount
    self.arguments = arguments
    timeout = nanoseconds(kernel.timeout)
  }

  var hasTimeouts: Bool { timeout != 0 }
  func kernel(ofCall: Int) -> Int { kernel.index }
  func timeout(ofCall: Int) -> UInt64 { timeout }
  func write(argumentsOfCall call: Int, to writer: inout Arguments) {
    arguments(call, &writer)
  }
}
