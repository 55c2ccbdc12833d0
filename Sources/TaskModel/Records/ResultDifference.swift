/// Says how the end of a call that was made again differs from its record.
public enum ResultDifference: Sendable, Hashable {
  /// Another status, or another error.
  case ending(then: String, now: String)
  /// The record's result has another type than the kernel's results.
  case otherResult(then: String, now: String)
  /// `name`: of one of several results; nil: there is one. `relative`: of numbers.
  case value(name: String?, then: String, now: String, relative: Double?)
  case count(name: String?, then: Int, now: Int)
  /// Elements of an array: how many differ, the first of them, and the largest relative difference.
  case elements(
    name: String?, Int, of: Int, first: Int, then: String, now: String, relative: Double)
}

extension RunRecord {
  /// Returns how the token of the same call differs from the record. `results`: those of its kernel.
  /// Numbers are compared exactly; NaN is equal to NaN. O(size).
  public func differences(
    from token: Token<Value>, _ results: [FieldSignature]
  ) -> [ResultDifference] {
    let ended = RunRecord.ending(status, error)
    let now = RunRecord.ending(token.status, token.error)
    guard status == token.status, Self.isSame(error, token.error) else {
      return [.ending(then: ended, now: now)]
    }
    guard token.ok else { return [] }
    let value = token.result ?? .null
    guard let old = result.read(as: results) else {
      return [.otherResult(then: Self.text(result), now: Self.text(value))]
    }
    guard case .record(let fields) = value, results.count > 1 else {
      return Self.compare(nil, old, value)
    }
    return fields.flatMap { Self.compare($0.name, old[$0.name] ?? .null, $0.value) }
  }

  /// Returns a status and its error in the same words for a record and a token.
  static func ending(_ status: Status, _ error: CallError?) -> String {
    status.rawValue + (error.map { ", " + Printable.plain($0.description) } ?? "")
  }

  /// Compares two failures. What the host writes when it ends a call has times and places in it,
  /// which are never quite the same. A kernel's own message counts; behind it the host may have
  /// added what the sandbox forbids.
  private static func isSame(_ one: CallError?, _ other: CallError?) -> Bool {
    guard let one, let other else { return one == nil && other == nil }
    if one.status != .error { return one.name == other.name }
    return one.code == other.code && one.name == other.name
      && (one.message.hasPrefix(other.message) || other.message.hasPrefix(one.message))
  }

  private static func compare(_ name: String?, _ then: Value, _ now: Value) -> [ResultDifference] {
    switch (then, now) {
    case (.integers(let old), .integers(let new)):
      return compare(name, old.map { .integer($0) }, new.map { .integer($0) })
    case (.numbers(let old), .numbers(let new)):
      return compare(name, old.map { .number($0) }, new.map { .number($0) })
    default:
      if then.isExactly(now) { return [] }
      return [
        .value(name: name, then: text(then), now: text(now), relative: relative(then, now))
      ]
    }
  }

  private static func compare(
    _ name: String?, _ then: [Value], _ now: [Value]
  ) -> [ResultDifference] {
    if then.count != now.count { return [.count(name: name, then: then.count, now: now.count)] }
    let other = then.indices.filter { !then[$0].isExactly(now[$0]) }
    guard let first = other.first else { return [] }
    return [
      .elements(
        name: name, other.count, of: then.count, first: first, then: text(then[first]),
        now: text(now[first]),
        relative: other.reduce(0) { max($0, relative(then[$1], now[$1]) ?? .infinity) })
    ]
  }

  /// Nil: they are no numbers, or no finite ones.
  private static func relative(_ then: Value, _ now: Value) -> Double? {
    guard let then = then.rounded, let now = now.rounded, then.isFinite, now.isFinite else {
      return nil
    }
    let largest = max(then.magnitude, now.magnitude)
    // Halves, so that the largest numbers do not overflow.
    return largest == 0 ? 0 : (now / 2 - then / 2).magnitude / (largest / 2)
  }

  private static func text(_ value: Value) -> String {
    var buffer: [UInt8] = []
    JSONWriter.value(value, to: &buffer)
    let most = 200
    return Printable.plain(String(decoding: buffer.prefix(most), as: UTF8.self))
      + (buffer.count > most ? "..." : "")
  }
}

extension Value {
  /// Whether they are the same to the last bit; all NaNs are one.
  func isExactly(_ other: Value) -> Bool {
    switch (self, other) {
    case (.number(let one), .number(let other)):
      one.bitPattern == other.bitPattern || one.isNaN && other.isNaN
    case (.numbers(let one), .numbers(let other)):
      one.count == other.count
        && zip(one, other).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }
    case (.text(let one), .text(let other)): one.hasBytes(of: other)
    default: self == other
    }
  }

  /// The number, rounded to a `Double`; nil: it is not a number.
  fileprivate var rounded: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
