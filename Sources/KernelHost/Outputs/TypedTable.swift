import KernelHostModel

/// The records as rows of typed values, for formats that know types: one column for each parameter
/// and each result of the kernels, and those that every call has.
struct TypedTable {
  struct Column {
    enum Side: String { case call, parameter, result }

    let name: String
    let side: Side
    /// The name of the parameter or result.
    let field: String
    let type: ValueType
    let unit: String?
    let doc: String
    /// The kernels that have the parameter or result, with this type.
    var kernels: Set<String> = []
    /// Integers may be beyond 63 bits.
    var isUnsigned = false
  }

  let columns: [Column]
  /// The name of the result of kernels that have exactly one, which records have without a name.
  private let onlyResults: [String: String]
  private var arguments: RecordedArguments

  private static let before: [(String, ValueType)] = [
    ("call", .i64), ("task", .text), ("kernel", .text),
  ]
  private static let after: [(String, ValueType)] = [
    ("ok", .bool), ("status", .text), ("error_code", .i64), ("error_name", .text),
    ("error_message", .text), ("attempts", .i64), ("steps", .i64), ("seconds", .f64),
    ("start", .f64), ("lane", .i64),
  ]

  /// O(fields of all kernels).
  init(_ plan: Plan) {
    arguments = RecordedArguments(plan)
    let kernels = plan.kernelsInOrder.map { plan.signatures[$0] }
    onlyResults = Dictionary(
      kernels.filter { $0.results.count == 1 }.map { ($0.name, $0.results[0].name) },
      uniquingKeysWith: { first, _ in first })
    let own = { (side: [(String, ValueType)]) in
      side.map { name, type in
        Column(name: name, side: .call, field: name, type: type, unit: nil, doc: "")
      }
    }
    var fields: [(side: Column.Side, field: FieldSignature, kernels: Set<String>)] = []
    for side in [Column.Side.parameter, .result] {
      for kernel in kernels {
        for field in side == .parameter ? kernel.parameters : kernel.results {
          let known = fields.firstIndex {
            $0.side == side && $0.field.name == field.name && $0.field.type == field.type
              && $0.field.unit == field.unit && $0.field.isUnsigned == field.isUnsigned
          }
          if let known {
            fields[known].kernels.insert(kernel.name)
          } else {
            fields.append((side, field, [kernel.name]))
          }
        }
      }
    }
    // SQL does not distinguish cases.
    var taken = Set((Self.before + Self.after).map { $0.0 })
    var columns = own(Self.before)
    for (side, field, kernels) in fields {
      var name = field.name
      if taken.contains(name.lowercased()) {
        name = (side == .parameter ? "arg." : "result.") + name
      }
      var unique = name
      var number = 2
      while !taken.insert(unique.lowercased()).inserted {
        unique = "\(name)_\(number)"
        number += 1
      }
      columns.append(
        Column(
          name: unique, side: side, field: field.name, type: field.type, unit: field.unit,
          doc: field.doc, kernels: kernels, isUnsigned: field.isUnsigned))
    }
    self.columns = columns + own(Self.after)
  }

  /// Returns the value of each column; null where a call has no value. O(size).
  mutating func row(_ record: CallRecord) -> [Value] {
    let record = RunRecord(record, &arguments)
    var parameters: [String: Value] = [:]
    for field in record.args + record.point { parameters[field.name] = field.value }
    return columns.map { column in
      if column.side == .call { return Self.own(column.name, record) }
      guard column.kernels.contains(record.kernel) else { return .null }
      return column.side == .parameter
        ? parameters[column.field] ?? .null : result(column, record)
    }
  }

  private func result(_ column: Column, _ record: RunRecord) -> Value {
    if case .record = record.result { return record.result[column.field] ?? .null }
    return onlyResults[record.kernel] == column.field ? record.result : .null
  }

  private static func own(_ name: String, _ record: RunRecord) -> Value {
    switch name {
    case "call": .integer(Int64(record.call))
    case "task": record.task.map { .text($0) } ?? .null
    case "kernel": .text(record.kernel)
    case "ok": .bool(record.status == .ok)
    case "status": .text(record.status.rawValue)
    case "error_code": record.error.map { .integer(Int64($0.code)) } ?? .null
    case "error_name": record.error.map { .text($0.name) } ?? .null
    case "error_message": record.error.map { .text($0.message) } ?? .null
    case "attempts": .integer(Int64(record.attempts))
    case "steps": .integer(Int64(record.steps))
    case "seconds": .number(record.seconds)
    case "start": record.start.map { .number($0) } ?? .null
    case "lane": record.lane.map { .integer(Int64($0)) } ?? .null
    default: .null
    }
  }
}
