import KernelBridge
public import TaskModel

/// A kernel of a host, callable as the async throwing function that it is:
///
///     let forLoop = try Host.shared.kernel("for_loop")
///     _ = try await forLoop(max: 3)              // keywords
///     _ = try await forLoop(0, 1, max: 3)        // positions first
///
/// A call that does not end well throws its ``CallError``. Cancelling the Swift
/// task ends the call between two steps. Wrong arguments throw before anything runs.
@dynamicCallable
public struct Kernel: Sendable {
  let host: Host
  let index: Int
  /// Seconds that a call may take; nil: no limit.
  public var timeout: Double?

  init(host: Host, index: Int, timeout: Double? = nil) {
    self.host = host
    self.index = index
    self.timeout = timeout
  }

  /// What the kernel says of itself.
  public var signature: KernelSignature { host.catalogue.signatures[index] }

  /// The same kernel, each call of which may take so many seconds (above 0).
  public func timeout(_ seconds: Double) -> Kernel {
    Kernel(host: host, index: index, timeout: seconds)
  }

  public func dynamicallyCall(
    withKeywordArguments arguments: KeyValuePairs<String, Value>
  ) async throws -> Value {
    let token = await host.run(OneCall(try call(arguments)))[0]
    if let error = token.error { throw error }
    return token.result ?? .null
  }

  /// A call to be gathered later: arguments by name, or by position under the
  /// name "". Throws a ``CallError`` with the name `EINVAL` for wrong arguments.
  public func call(_ arguments: KeyValuePairs<String, Value> = [:]) throws(CallError) -> KernelCall
  {
    KernelCall(kernel: self, arguments: try bind(arguments))
  }

  /// Arguments as parameter indices and checked values.
  private func bind(
    _ arguments: KeyValuePairs<String, Value>
  ) throws(CallError) -> [KernelCall.Argument] {
    let signature = signature
    var bound: [KernelCall.Argument] = []
    bound.reserveCapacity(arguments.count)
    for (position, argument) in arguments.enumerated() {
      let index: Int
      if argument.key.isEmpty {
        guard position < signature.parameters.count else {
          throw Wording.badArgument(
            Wording.tooManyPositional(
              kernel: signature.name, found: arguments.count, most: signature.parameters.count))
        }
        index = position
      } else {
        guard let found = signature.parameterIndex(argument.key) else {
          throw Wording.badArgument(
            Wording.unknownParameter(
              argument.key, kernel: signature.name, known: signature.parameters.map { $0.name }))
        }
        index = found
      }
      if bound.contains(where: { $0.parameter == index }) {
        throw Wording.badArgument(
          Wording.argumentTwice(signature.parameters[index].name, kernel: signature.name))
      }
      let parameter = signature.parameters[index]
      if let reason = ArgumentCheck.problem(with: argument.value, for: parameter) {
        throw Wording.badArgument(reason)
      }
      bound.append(KernelCall.Argument(parameter: index, value: argument.value))
    }
    for (index, parameter) in signature.parameters.enumerated() where parameter.isRequired {
      if !bound.contains(where: { $0.parameter == index }) {
        throw Wording.badArgument(
          Wording.missingArgument(parameter.name, kernel: signature.name))
      }
    }
    return bound
  }
}

/// A kernel with checked arguments: what ``gather(_:)`` takes.
public struct KernelCall: Sendable {
  public let kernel: Kernel
  let arguments: [Argument]

  struct Argument: Sendable {
    let parameter: Int
    let value: Value
  }
}

/// One call as a source.
struct OneCall: CallSource, Sendable {
  let call: KernelCall

  init(_ call: KernelCall) { self.call = call }

  var callCount: Int { 1 }
  var hasTimeouts: Bool { call.kernel.timeout != nil }
  func kernel(ofCall: Int) -> Int { call.kernel.index }
  func timeout(ofCall: Int) -> UInt64 { nanoseconds(call.kernel.timeout) }
  func write(argumentsOfCall: Int, to writer: inout Arguments) {
    for argument in call.arguments { writer.value(argument.value, for: argument.parameter) }
  }
}
