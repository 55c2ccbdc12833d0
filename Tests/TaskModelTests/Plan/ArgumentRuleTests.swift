import Testing

@testable import KernelHostModel

/// What decides whether a value may be an argument, and what asks it.
struct ArgumentRuleTests {
  private static let samples: [ValueType: Value] = [
    .bool: true, .i64: 1, .f64: 0.5, .text: "text", .bytes: .bytes([1]),
    .i64Array: .integers([1]), .f64Array: .numbers([0.5]),
  ]

  /// Results and values written in a manifest are held against the same rule.
  @Test(arguments: ValueType.allCases)
  func resultsAndValuesAgree(_ type: ValueType) throws {
    let field = FieldSignature(name: "x", type: type)
    for given in ValueType.allCases {
      let value = try #require(Self.samples[given])
      #expect(type.takes(given) == field.allows(value), "\(given.rawValue) for \(type.rawValue)")
      #expect(field.allows(value) == (ArgumentCheck.problem(with: value, for: field) == nil))
      #expect(ValueType.i64Array.takes(elements: given) == (given == .i64))
      #expect(ValueType.f64Array.takes(elements: given) == (given == .i64 || given == .f64))
    }
  }

  /// A reason is said for what the rule refuses, and for nothing else.
  @Test func reasonsFollowTheRule() {
    let fields = [
      FieldSignature(name: "x", type: .i64, range: 0.2...0.8),
      FieldSignature(name: "x", type: .i64, range: -3...3, isLowOpen: true),
      FieldSignature(name: "x", type: .i64, width: 0...Int64.max),
      FieldSignature(name: "x", type: .i64, width: -128...127),
      FieldSignature(name: "x", type: .f64, isFloat: true),
      FieldSignature(name: "x", type: .f64, range: 0...1, isHighOpen: true),
      FieldSignature(name: "x", type: .text, choices: ["a", "NaN"]),
      FieldSignature(name: "x", type: .bytes, count: 3),
      FieldSignature(name: "x", type: .i64Array, count: 2, range: 0...5),
      FieldSignature(name: "x", type: .f64Array, range: 0...5, isFloat: true),
    ]
    let values: [Value] = [
      nil, true, 0, 1, -3, 300, .integer(.min), .integer(.max), .unsigned(.max), 0.5, 1.0, 1e300,
      .number(.nan), .number(.infinity), "a", "b", "NaN", "-Infinity", .bytes([1, 2, 3]),
      .bytes([]), .integers([]), .integers([1, 2]), .integers([1, 9]), .numbers([1, .nan]),
      .numbers([1, 2]), .record([]),
    ]
    for field in fields {
      for value in values {
        #expect(field.allows(value) == (ArgumentCheck.reason(value, field) == nil), "\(value)")
      }
    }
  }

  @Test func theNumbersThatJSONLacks() {
    for name in NonFiniteName.all {
      let value = NonFiniteName.value(name)
      #expect(value.map { NonFiniteName.name($0) } == name)
      #expect(name.utf8.count <= NonFiniteName.longest)
    }
    for other in ["", "nan", "NaN ", "+Infinity", "inf"] {
      #expect(NonFiniteName.value(other) == nil)
    }
  }
}
