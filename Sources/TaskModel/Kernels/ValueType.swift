/// The types of parameters and results as users see them. Each stands for several C types,
/// which `FieldType` lists.
public enum ValueType: String, Sendable, Hashable, CaseIterable {
  case bool
  case i64
  case f64
  case text
  case bytes
  case i64Array = "i64 array"
  case f64Array = "f64 array"

  /// The type of an array's elements; nil: it is not an array.
  var element: ValueType? {
    switch self {
    case .i64Array: .i64
    case .f64Array: .f64
    case .bool, .i64, .f64, .text, .bytes: nil
    }
  }

  public var isArray: Bool { element != nil }

  /// Whether its numbers, or those of its elements, may have a fraction.
  public var isReal: Bool { self == .f64 || element == .f64 }

  /// What an array or bytes of a fixed count are counted in.
  var unit: String { self == .bytes ? "byte" : "element" }

  /// Whether a result of a type can be the argument for a parameter of this type.
  func takes(_ result: ValueType) -> Bool {
    switch (self, result) {
    case (.f64, .i64), (.f64Array, .i64Array), (.bytes, .text): true
    default: self == result
    }
  }

  /// The same for the results of all calls of a task, or for an element of an array.
  func takes(elements result: ValueType) -> Bool { element?.takes(result) ?? false }
}
