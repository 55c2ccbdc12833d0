import KernelBridge
public import KernelHostModel

/// A kernel of a host, which can be called like an async throwing function:
///
///     let forLoop = try CallHost.shared.kernel("for_loop")
///     _ = try await forLoop(max: 3)              // keywords
///     _ = try await forLoop(0, 1, max: 3)        // positions first
///     let x = try await logistic.as(Double.self)(r: .number(r))
///
/// A call that fails throws its ``CallError``. Cancelling the Swift task ends the call between two
/// steps, and it throws `CancellationError`. Wrong arguments throw before anything runs.
@dynamicCallable
public struct Kernel: Sendable {
  let host: CallHost
  let index: Int
  /// The time that a call may take, in its own steps and sleeps; nil for no limit.
  public let timeout: Duration?
  /// The same in nanoseconds; 0 for no limit.
  let limit: UInt64

  init(host: CallHost, index: Int, timeout: Duration? = nil) {
    self.host = host
    self.index = index
    self.timeout = timeout
    limit = nanoseconds(timeout?.inSeconds)
  }

  /// The kernel's name, parameters and results.
  public var signature: KernelSignature { host.catalogue.signatures[index] }

  /// Returns the same kernel with a timeout for each call. Throws unless it is above 0.
  public func timeout(_ timeout: Duration) throws(HostError) -> Kernel {
    guard timeout > .zero else {
      throw .wrongInput(reason: Wording.wrongTimeout("\(timeout)"))
    }
    return Kernel(host: host, index: index, timeout: timeout)
  }

  /// Returns the same kernel with a timeout in seconds for each call, as files have it. Throws
  /// unless it is above 0. Infinity is no limit.
  public func timeout(seconds: Double) throws(HostError) -> Kernel {
    guard seconds > 0 else {
      throw .wrongInput(reason: Wording.wrongTimeout("\(seconds)"))
    }
    return Kernel(
      host: host, index: index, timeout: seconds < RunBounds.seconds ? .seconds(seconds) : nil)
  }

  /// Returns the same kernel, whose calls return a Swift type instead of a `Value`. `result` names
  /// one of several results. Throws if the kernel's signature has no such result of such a type.
  public func `as`<Result: ValueConvertible>(
    _ type: Result.Type, result: String? = nil
  ) throws(HostError) -> TypedKernel<Result> {
    try TypedKernel(self, result)
  }

  /// What `kernel(max: 3)` stands for: runs one call and returns its result. Throws a ``CallError``, or
  /// `CancellationError` if the Swift task was cancelled.
  public func dynamicallyCall(
    withKeywordArguments arguments: KeyValuePairs<String, Value>
  ) async throws -> Value {
    let token = await host.run(OneCall(try call(arguments)))[0]
    guard let error = token.error else { return token.result ?? .null }
    if error.status == .cancelled, Task.isCancelled { throw CancellationError() }
    throw error
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
  var hasTimeouts: Bool { call.kernel.limit != 0 }
  func kernel(ofCall: Int) -> Int { call.kernel.index }
  func timeout(ofCall: Int) -> UInt64 { call.kernel.limit }
  func write(argumentsOfCall: Int, to writer: inout Arguments) {
    for argument in call.arguments { writer.value(argument.value, for: argument.parameter) }
  }
}
