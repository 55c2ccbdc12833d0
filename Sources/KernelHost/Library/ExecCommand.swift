public import KernelHostModel

/// Runs `body` and returns its token: the result, or the error that it threw. It never throws.
///
/// A ``CallError``, which kernel calls throw, keeps its status, code, name and
/// message; a cancellation becomes the status `cancelled`; any other error becomes
/// the status `error` with the error's type as its name.
///
/// - Isolation: the caller's.
/// - Complexity: that of `body`.
nonisolated(nonsending) public func execCommand<R: Sendable>(
  _ body: () async throws -> R
) async -> Token<R> {
  let start = SuspendingClock.now
  do {
    let result = try await body()
    return .ok(result, seconds: start.duration(to: .now).inSeconds)
  } catch {
    return .failed(callError(error), seconds: start.duration(to: .now).inSeconds)
  }
}

/// Converts any error to the error of a token.
func callError(_ error: any Error) -> CallError {
  switch error {
  case let error as CallError: error
  case is CancellationError:
    CallError(.cancelled, message: Wording.taskCancelled)
  default:
    CallError(status: .error, code: 0, name: "\(type(of: error))", message: "\(error)")
  }
}

/// Runs all commands at the same time and returns their tokens in the order of the arguments. Each
/// command has exactly one token, and no failure stops the others: Python's `asyncio.gather(...,
/// return_exceptions=True)` does the same.
///
/// The commands are Swift closures, each a child task. For thousands of kernel calls, use the
/// overload that takes `KernelCall`s: it needs no tasks.
public func gather<R: Sendable>(
  _ commands: (@Sendable () async throws -> R)...
) async -> [Token<R>] {
  await gather(commands)
}

/// Runs all commands of an array at the same time. See `gather(_:)`.
public func gather<R: Sendable>(
  _ commands: [@Sendable () async throws -> R]
) async -> [Token<R>] {
  await withTaskGroup(of: (Int, Token<R>).self) { group in
    for (index, command) in commands.enumerated() {
      group.addTask { (index, await execCommand(command)) }
    }
    var tokens = [Token<R>?](repeating: nil, count: commands.count)
    for await (index, token) in group { tokens[index] = token }
    return tokens.map { $0! }
  }
}

extension Duration {
  /// Returns the duration in seconds.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
