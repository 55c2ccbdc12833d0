import KernelBridge
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

/// The arguments of a generated call. Values are checked by type and width as
/// they are set; a wrong one is a programming error and stops the process.
public struct Arguments {
  private(set) var writer: ArgumentWriter
  private let parameters: [FieldSignature]

  init(_ writer: ArgumentWriter, _ parameters: [FieldSignature]) {
    self.writer = writer
    self.parameters = parameters
  }

  /// Sets the parameter at a position in declared order. O(1) for numbers.
  public mutating func set(_ position: Int, to value: Value) {
    let reason = ArgumentCheck.problem(with: value, for: parameters[position])
    precondition(reason == nil, reason ?? "")
    writer.value(value, for: position)
  }

  /// Sets a parameter by name. O(parameters).
  public mutating func set(_ name: String, to value: Value) {
    guard let position = parameters.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("no parameter \(name)")
    }
    set(position, to: value)
  }
}

/// Listed calls as a source.
struct CallList: CallSource, Sendable {
  let calls: [KernelCall]

  var callCount: Int { calls.count }
  func kernel(ofCall call: Int) -> Int { calls[call].kernel.index }
  func timeout(ofCall call: Int) -> UInt64 { nanoseconds(calls[call].kernel.timeout) }
  func write(argumentsOfCall call: Int, to writer: inout ArgumentWriter) {
    OneCall(calls[call]).write(argumentsOfCall: 0, to: &writer)
  }
}

/// Calls made as they are needed.
private struct GeneratedCalls: CallSource, Sendable {
  let kernel: Kernel
  let callCount: Int
  let arguments: @Sendable (Int, inout Arguments) -> Void

  func kernel(ofCall: Int) -> Int { kernel.index }
  func timeout(ofCall: Int) -> UInt64 { nanoseconds(kernel.timeout) }
  func write(argumentsOfCall call: Int, to writer: inout ArgumentWriter) {
    var filled = Arguments(writer, kernel.signature.parameters)
    arguments(call, &filled)
    writer = filled.writer
  }
}
