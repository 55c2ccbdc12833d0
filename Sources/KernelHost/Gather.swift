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

/// The arguments of a generated call. Values are checked as they are set; a
/// wrong one is a programming error and stops the process.
public struct Arguments {
  private(set) var writer: ArgumentWriter
  private let checks: ArgumentChecks

  init(_ writer: ArgumentWriter, _ checks: ArgumentChecks) {
    self.writer = writer
    self.checks = checks
  }

  /// Sets the parameter at a position in declared order. O(1) for numbers.
  public mutating func set(_ position: Int, to value: Value) {
    if !checks.isSound(value, for: position) {
      preconditionFailure(checks.reason(value, for: position))
    }
    writer.value(value, for: position)
  }

  /// Sets a parameter by name. O(parameters).
  public mutating func set(_ name: String, to value: Value) {
    guard let position = checks.parameters.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("no parameter \(name)")
    }
    set(position, to: value)
  }
}

/// The checks of one kernel's parameters, the usual ones without a look at names
/// and texts.
final class ArgumentChecks: Sendable {
  let parameters: [FieldSignature]
  private let quick: [Quick]

  private struct Quick: Sendable {
    let integers: ClosedRange<Int64>?
    let numbers: ClosedRange<Double>?
  }

  init(_ parameters: [FieldSignature]) {
    self.parameters = parameters
    quick = parameters.map { parameter in
      Quick(
        integers: parameter.type == .i64 ? parameter.integerLimits : nil,
        numbers: parameter.type == .f64 ? parameter.range ?? -.infinity ... .infinity : nil)
    }
  }

  func isSound(_ value: Value, for position: Int) -> Bool {
    switch value {
    case .integer(let number):
      if let limits = quick[position].integers { return limits.contains(number) }
    case .number(let number):
      if let limits = quick[position].numbers, limits.contains(number) { return true }
    default: break
    }
    return ArgumentCheck.problem(with: value, for: parameters[position]) == nil
  }

  func reason(_ value: Value, for position: Int) -> String {
    ArgumentCheck.problem(with: value, for: parameters[position]) ?? ""
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
  let checks: ArgumentChecks
  private let timeout: UInt64

  init(
    kernel: Kernel, callCount: Int, arguments: @escaping @Sendable (Int, inout Arguments) -> Void
  ) {
    self.kernel = kernel
    self.callCount = callCount
    self.arguments = arguments
    checks = ArgumentChecks(kernel.signature.parameters)
    timeout = nanoseconds(kernel.timeout)
  }

  func kernel(ofCall: Int) -> Int { kernel.index }
  func timeout(ofCall: Int) -> UInt64 { timeout }
  func write(argumentsOfCall call: Int, to writer: inout ArgumentWriter) {
    var filled = Arguments(writer, checks)
    arguments(call, &filled)
    writer = filled.writer
  }
}
