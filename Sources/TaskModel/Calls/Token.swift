/// The outcome of one call: the triple `[result, ok, error]`, and what it took.
///
/// Every planned call gets exactly one. 48 bytes for a `Token<Value>`.
public struct Token<Result: Sendable>: Sendable {
  /// What the call returned; nil if it did not end well.
  public let result: Result?
  /// How often it was started; 0 if it never was.
  public let attempts: Int32
  /// Why it did not end well; nil if it did.
  public let error: CallError?
  /// Runs of the kernel's body.
  public let steps: Int64
  /// From start to end.
  public let seconds: Double

  @inlinable
  init(
    result: Result?, error: CallError?, attempts: Int32, steps: Int64, seconds: Double
  ) {
    self.result = result
    self.attempts = attempts
    self.error = error
    self.steps = steps
    self.seconds = seconds
  }

  /// The token of a call that ended well.
  @inlinable
  public static func ok(
    _ result: Result, attempts: Int32 = 1, steps: Int64 = 0, seconds: Double = 0
  ) -> Token {
    Token(result: result, error: nil, attempts: attempts, steps: steps, seconds: seconds)
  }

  /// The token of a call that did not.
  @inlinable
  public static func failed(
    _ error: CallError, attempts: Int32 = 1, steps: Int64 = 0, seconds: Double = 0
  ) -> Token {
    Token(result: nil, error: error, attempts: attempts, steps: steps, seconds: seconds)
  }

  /// The same time as a `Duration`; zero if it is not finite.
  public var duration: Duration {
    seconds.magnitude < 1e18 ? .seconds(seconds) : .zero
  }

  @inlinable
  public var ok: Bool { error == nil }
  @inlinable
  public var status: Status { error?.status ?? .ok }
}

extension Token: Equatable where Result: Equatable {}
extension Token: Hashable where Result: Hashable {}

extension Token where Result == Value {
  /// Appends `[result, ok, error]` as the asyncio prototype prints it, in JSON:
  /// `[null, true, ""]`, `[null, false, "EINVAL: increment must not be 0"]`.
  public func writeTriple(to buffer: inout [UInt8]) {
    buffer.append(UInt8(ascii: "["))
    if let result {
      JSONWriter.value(result, style: .spaced, to: &buffer)
    } else {
      JSONWriter.raw("null", to: &buffer)
    }
    if let error {
      JSONWriter.raw(", false, ", to: &buffer)
      JSONWriter.text(error.description, to: &buffer)
      buffer.append(UInt8(ascii: "]"))
    } else {
      JSONWriter.raw(", true, \"\"]", to: &buffer)
    }
  }

  /// The triple as a text.
  public var triple: String {
    var buffer: [UInt8] = []
    writeTriple(to: &buffer)
    return String(decoding: buffer, as: UTF8.self)
  }
}
