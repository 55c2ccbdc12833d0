/// What a kernel takes or gives: a JSON value with the integers kept whole.
public enum Value: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// A result of an unsigned C type that is above `Int64.max`; never smaller.
  case unsigned(UInt64)
  case number(Double)
  case text(String)
  case bytes([UInt8])
  case integers([Int64])
  case numbers([Double])
  /// Several results by name, in declared order.
  case record([Field])

  /// One named result of several.
  public struct Field: Sendable, Hashable {
    public let name: String
    public let value: Value

    public init(name: String, value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// The result called `name` of a record; nil for any other value. O(fields).
  public subscript(name: String) -> Value? {
    guard case .record(let fields) = self else { return nil }
    return fields.first { $0.name.hasBytes(of: name) }?.value
  }

  /// The kind's name, as the manifest's documentation and errors call it.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .integer, .unsigned: "i64"
    case .number: "f64"
    case .text: "text"
    case .bytes: "bytes"
    case .integers: "i64 array"
    case .numbers: "f64 array"
    case .record: "object"
    }
  }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .text(value) }
}

extension Value {
  /// Whether it is one number, which JSON has a number for.
  var isFiniteNumber: Bool {
    switch self {
    case .integer, .unsigned: true
    case .number(let value): value.isFinite
    default: false
    }
  }
}
