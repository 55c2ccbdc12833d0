import KernelBridge
public import TaskModel

/// A kernel of a host, which can be called like an async throwing function:
///
///     let forLoop = try CallHost.shared.kernel("for_loop")
///     _ = try await forLoop(max: 3)              // keywords
///     _ = try await forLoop(0, 1, max: 3)        // positions first
///
/// A call that fails throws its ``CallError``. Cancelling the Swift task ends the call between two
/// steps. Wrong arguments throw before anything runs.
@dynamicCallable
public struct Kernel: Sendable {
  let host: CallHost
  let index: Int
  /// The timeout of a call in seconds; nil for no limit.
  public var timeout: Double?

  init(host: CallHost, index: Int, timeout: Double? = nil) {
    self.host = host
    self.index = index
    self.timeout = timeout
  }

  /// The kernel's name, parameters and results.
  public var signature: KernelSignature { host.catalogue.signatures[index] }

  /// Returns the same kernel with a timeout for each call, in seconds above 0.
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

  /// Returns a call to be gathered later. Arguments have names, or the name "" if they are given by
  /// position. Throws a ``CallError`` with the name `EINVAL` for wrong arguments.
  public func call(_ arguments: KeyValuePairs<String, Value> = [:]) throws(CallError) -> KernelCall
  {
    KernelCall(kernel: self, arguments: try bind(arguments))
  }

  /// Returns the arguments as parameter indices and checked values.
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

/// A kernel with checked arguments, for ``gather(_:)``.
public struct KernelCall: Sendable {
  public let kernel: Kernel
  let arguments: [Argument]

  struct Argument: Sendable {
    let parameter: Int
    let value: Value
  }
}

/// A source of one call.
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
