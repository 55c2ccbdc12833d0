/// How records in JSON show numbers that JSON cannot write: NaN and the infinities.
public enum NaNStyle: String, Sendable, Hashable, CaseIterable {
  /// As null, so that a column of numbers stays one for readers that infer types from all
  /// values. The record's `nonfinite` says which it was.
  case null
  /// As the texts "NaN", "Infinity" and "-Infinity".
  case text

  var nonFinite: JSONWriter.NonFinite { self == .null ? .null : .text }
}

/// What the texts in `nonfinite` mean: `result.y=NaN`, `point.r=Infinity`, `result[3]=-Infinity`.
///
/// A list of texts, and no object: its type is the same in every record.
enum NonFiniteMark {
  static let key = "nonfinite"

  static func write(_ marks: [String], to buffer: inout [UInt8]) {
    JSONWriter.raw(",\"\(key)\":[", to: &buffer)
    for (index, mark) in marks.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      JSONWriter.text(mark, to: &buffer)
    }
    buffer.append(UInt8(ascii: "]"))
  }

  static func mark(_ value: Double, at path: String) -> String {
    "\(path)=\(NonFiniteName.name(value))"
  }

  /// The path and the text that stands for the number; nil: it is no mark.
  static func parse(_ mark: String) -> (path: Substring, value: Substring)? {
    guard let equals = mark.lastIndex(of: "=") else { return nil }
    let value = mark[mark.index(after: equals)...]
    return NonFiniteName.value(value.utf8) == nil ? nil : (mark[..<equals], value)
  }
}

extension Value {
  /// Whether it has a number that JSON cannot write. O(size).
  var hasNonFinite: Bool {
    switch self {
    case .number(let value): !value.isFinite
    case .numbers(let values): !values.allSatisfy { $0.isFinite }
    case .record(let fields): fields.contains { $0.value.hasNonFinite }
    default: false
    }
  }

  /// Adds a mark for each number of a value that JSON has no number for. O(size).
  func markNonFinite(at path: String, in marks: inout [String]) {
    switch self {
    case .number(let value):
      if !value.isFinite { marks.append(NonFiniteMark.mark(value, at: path)) }
    case .numbers(let values):
      for (index, value) in values.enumerated() where !value.isFinite {
        marks.append(NonFiniteMark.mark(value, at: "\(path)[\(index)]"))
      }
    case .record(let fields):
      for field in fields { field.value.markNonFinite(at: "\(path).\(field.name)", in: &marks) }
    default: break
    }
  }
}

extension RunRecord {
  /// Puts the numbers back that a record has as null: as texts, as they are read where they were
  /// written so. O(size + marks).
  mutating func restore(_ marks: [String]) {
    if marks.isEmpty { return }
    var numbers: [String: Substring] = [:]
    var elements: [String: [(index: Int, value: Substring)]] = [:]
    for mark in marks {
      guard let (path, value) = NonFiniteMark.parse(mark) else { continue }
      numbers[String(path)] = value
      if path.hasSuffix("]"), let bracket = path.lastIndex(of: "["),
        let index = Int(path[path.index(after: bracket)...].dropLast())
      {
        elements[String(path[..<bracket]), default: []].append((index, value))
      }
    }
    func restored(_ value: Value, _ path: String) -> Value {
      switch value {
      case .null: numbers[path].map { .text(String($0)) } ?? value
      case .text(let json):
        elements[path].flatMap { Self.restored($0, in: json) }.map { .text($0) } ?? value
      default: value
      }
    }
    func restored(_ fields: [Value.Field], _ path: String) -> [Value.Field] {
      fields.map { .init(name: $0.name, value: restored($0.value, "\(path).\($0.name)")) }
    }
    if case .record(let fields) = result {
      result = .record(restored(fields, "result"))
    } else {
      result = restored(result, "result")
    }
    point = restored(point, "point")
    args = restored(args, "args")
  }

  /// An array as JSON, with numbers in place of some nulls; nil: the text is not an array.
  private static func restored(
    _ values: [(index: Int, value: Substring)], in json: String
  ) -> String? {
    guard json.hasPrefix("["), json.hasSuffix("]") else { return nil }
    var elements = json.dropFirst().dropLast()
      .split(separator: ",", omittingEmptySubsequences: false)
    for (index, value) in values where elements.indices.contains(index) {
      guard elements[index].contains("null") else { continue }
      elements[index] = "\"\(value)\""
    }
    return "[" + elements.joined(separator: ",") + "]"
  }
}
