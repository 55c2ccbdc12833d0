public import KernelHostModel

/// A kernel whose calls return a Swift type:
///
///     let logistic = try host.kernel("logistic_map").as(Double.self)
///     let x = try await logistic(r: 3.7)                     // a Double
///     let pi = try host.kernel("monte_carlo_pi").as(Double.self, result: "pi")
@dynamicCallable
public struct TypedKernel<Result: ValueConvertible>: Sendable {
  public let kernel: Kernel
  /// Which of several results; nil: the only one.
  private let result: String?

  init(_ kernel: Kernel, _ result: String?) throws(HostError) {
    self.kernel = kernel
    let signature = kernel.signature
    let results = signature.results
    let names = results.map { $0.name }
    self.result = results.count > 1 ? result : nil
    // A `Value` takes whatever there is.
    if result == nil, Result.self == Value.self { return }
    let field: FieldSignature
    if let result {
      guard let found = results.first(where: { $0.name == result }) else {
        throw .wrongInput(
          reason: Wording.noSuchResult(result, kernel: signature.name, known: names))
      }
      field = found
    } else {
      guard results.count == 1 else {
        throw .wrongInput(reason: Wording.severalResults(kernel: signature.name, known: names))
      }
      field = results[0]
    }
    if !Result.canRead(field.type) {
      throw .wrongInput(
        reason: Wording.wrongResultType(
          field.name, kernel: signature.name, declared: field.type, wanted: "\(Result.self)"))
    }
  }

  /// Throws as a call of a ``Kernel`` does, and if the value does not fit in the type.
  public func dynamicallyCall(
    withKeywordArguments arguments: KeyValuePairs<String, Value>
  ) async throws -> Result {
    let all = try await kernel.dynamicallyCall(withKeywordArguments: arguments)
    let value = result.flatMap { all[$0] } ?? all
    guard let result = Result(value) else {
      throw HostError.wrongInput(
        reason: Wording.resultDoesNotFit(
          kernel: kernel.signature.name, kind: value.kind, wanted: "\(Result.self)"))
    }
    return result
  }
}
