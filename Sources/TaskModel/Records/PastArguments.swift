/// Decides with which arguments a call is made again: by its record, and by what it would get now.
public struct PastArguments: Sendable {
  /// Says how an argument of the record differs from what the call would get now.
  public enum Difference: Sendable, Hashable {
    /// The call is made with what it had then.
    case changed(String, then: String, now: String)
    /// The record has a hash alone, of something else: the call is made with what there is now.
    case otherHash(String, then: String, now: String)
    /// What it had then fits no more.
    case unfit(String, then: String, reason: String, now: String)
    /// The kernel has no such parameter any more.
    case gone(String, then: String)
    /// The kernel had no such parameter.
    case new(String, now: String)
  }

  public private(set) var differences: [Difference] = []
  /// Those to be put in place of what the plan gives.
  public private(set) var given: [TakenArgument] = []

  /// `record`: the arguments in the record; empty: it has an older form, and what there is now
  /// is taken. `now`: what the call would get, in declared order; nil: not known. O(size).
  public init(_ record: [Value.Field], _ parameters: [FieldSignature], now: [Value?]) {
    if record.isEmpty { return }
    for (index, parameter) in parameters.enumerated() {
      guard let now = now[index] else { continue }
      if let then = record.last(where: { $0.name.hasBytes(of: parameter.name) })?.value {
        add(index, parameter, then, now)
      } else {
        differences.append(.new(parameter.name, now: Self.text(now)))
      }
    }
    for field in record where !parameters.contains(where: { $0.name.hasBytes(of: field.name) }) {
      differences.append(.gone(field.name, then: Self.text(field.value)))
    }
  }

  private mutating func add(
    _ index: Int, _ parameter: FieldSignature, _ then: Value, _ now: Value
  ) {
    if then == .null, now == .null { return }
    if then.isDigest {
      if !then.isExactly(now.recorded) {
        differences.append(
          .otherHash(parameter.name, then: Self.text(then), now: Self.text(now.recorded)))
      }
      return
    }
    guard let value = then.read(as: [parameter]) else {
      // A result of another call that never came is no argument.
      if case .record(let fields) = then, fields.count == 1, fields[0].name != "base64" { return }
      differences.append(
        .unfit(
          parameter.name, then: Self.text(then), reason: Wording.type(parameter.type),
          now: Self.text(now)))
      return
    }
    if value.isExactly(now) { return }
    if let problem = ArgumentCheck.problem(with: value, for: parameter) {
      differences.append(
        .unfit(parameter.name, then: Self.text(then), reason: problem, now: Self.text(now)))
      return
    }
    given.append(TakenArgument(parameter: index, value: value))
    differences.append(
      .changed(parameter.name, then: Self.text(value), now: Self.text(now)))
  }

  private static func text(_ value: Value) -> String {
    var buffer: [UInt8] = []
    JSONWriter.value(value.recorded, to: &buffer)
    let most = 200
    return Printable.plain(String(decoding: buffer.prefix(most), as: UTF8.self))
      + (buffer.count > most ? "..." : "")
  }
}
