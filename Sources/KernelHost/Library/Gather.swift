public import KernelBridge
public import TaskModel

/// Runs kernel calls as one batch and answers their tokens in the order of the
/// arguments, each exactly one. The calls take turns on one lane, one step each
/// and in order; all of them belong to the host of the first.
///
/// Equal to `execCommand` call by call, without a Swift task for each: a call
/// costs some 100 ns. Cancelling the task ends the live calls between two steps;
/// they have their tokens too (status `cancelled`).
public func gather(_ calls: KernelCall...) async -> [Token<Value>] {
  await gather(calls)
}

/// Runs an array of kernel calls as one batch: see `gather(_:)`.
public func gather(_ calls: [KernelCall]) async -> [Token<Value>] {
  guard let host = calls.first?.kernel.host else { return [] }
  precondition(
    calls.allSatisfy { $0.kernel.host === host }, "gather: the calls belong to different hosts")
  return await host.run(CallList(calls: calls))
}

/// Runs `count` calls of one kernel as one batch. `arguments` gives each call
/// its arguments: it is called in call order on a thread of the host's, and sets
/// what differs from the defaults. Nothing is stored for a call that has not
/// started, so a million of them cost their tokens only.
public func gather(
  _ kernel: Kernel, count: Int,
  arguments: @escaping @Sendable (_ call: Int, _ arguments: inout Arguments) -> Void
) async -> [Token<Value>] {
  await kernel.host.run(GeneratedCalls(kernel: kernel, callCount: count, arguments: arguments))
}

/// The arguments of a generated call: `set` what differs from the defaults.
public typealias Arguments = KernelBridge.Arguments

/// Listed calls as a source.
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

/// Calls made as they are needed.
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
