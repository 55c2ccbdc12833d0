import KernelHostModel

/// What the kernels of a report declare about a column: its unit, and the name of a result that
/// records have without a name. Nil where kernels that have the column differ.
struct ColumnFacts {
  private(set) var name: String?
  private(set) var unit: String?

  /// O(fields of all kernels).
  init(of column: ReportColumn, _ report: ReportBuilder) {
    let kernels = Set(report.kernels.map { ExactText($0.name) })
    var fields: Set<KernelFields.Field> = []
    for kernel in report.origins.compactMap({ $0 }).flatMap({ $0.kernels }) {
      guard kernels.contains(ExactText(kernel.name)) else { continue }
      switch column.kind {
      case .point, .args: fields.formUnion(kernel.parameters.filter { $0.name == column.name })
      case .result where column.name.isEmpty:
        if kernel.results.count == 1 { fields.formUnion(kernel.results) }
      case .result: fields.formUnion(kernel.results.filter { $0.name == column.name })
      case .more: break
      }
    }
    let units = Set(fields.map { $0.unit })
    if units.count == 1, let unit = units.first { self.unit = unit }
    let names = Set(fields.map { ExactText($0.name) })
    if column.name.isEmpty, names.count == 1 { name = names.first?.text }
  }
}
