/// Points that stand in a file, against the kernel's parameters.
extension Planner {
  /// A parameter whose values stand in the file: in one column, or an array in one column an
  /// element.
  private struct Target {
    let parameter: Int
    /// Columns of the file. Several: of the elements from 0 on.
    var columns: [Int]
    var isSpread: Bool
  }

  /// One axis for each parameter that a file has values of, all with the same index. Nil:
  /// something is wrong, and was said. O(bytes).
  mutating func bindFile(_ axis: Sweep.Axis, _ index: Int, _ kernel: Int) -> [Sweep.Axis]? {
    let file = manifest.pointsFiles[index]
    guard let table = file.table else {
      diagnostics.add(.points(.notRead(file.path)), at: file.place)
      return nil
    }
    let mistakes = diagnostics.total
    let targets = bindHeader(of: table, file, kernel)
    guard diagnostics.total == mistakes else { return nil }
    let columns = readRows(of: table, file, targets, kernel)
    guard diagnostics.total == mistakes else { return nil }
    return targets.enumerated().map { number, target in
      var bound = axis
      bound.key = manifest.names.intern(catalogue[kernel].parameters[target.parameter].name)
      bound.parameter = UInt16(clamping: target.parameter)
      bound.values = .column(columns[number])
      bound.file = index
      bound.isTied = number > 0
      return bound
    }
  }

  // MARK: The header

  private mutating func bindHeader(
    of table: PointsTable, _ file: PointsFile, _ kernel: Int
  ) -> [Target] {
    let fields = catalogue[kernel].parameters
    var known: [String: Int] = [:]
    if let columns = file.columns {
      for column in columns {
        if let parameter = catalogue[kernel].parameterIndex(column.parameter) {
          known[column.column] = parameter
        } else {
          let problem = unknown(column.parameter, kernel)
          diagnostics.add(problem, at: column.place)
        }
      }
    } else {
      for (parameter, field) in fields.enumerated() { known[field.name] = parameter }
    }
    var targets: [Target] = []
    var elements: [[Int: Int]] = []
    for (column, heading) in table.header.enumerated() {
      guard let found = PointsHeading(heading.name, known, fields) else {
        if file.columns == nil {
          let kernel = catalogue[kernel]
          say(
            Self.unknownColumn(heading.name, table, known, kernel), file, table, heading.place)
        }
        continue
      }
      let name = fields[found.parameter].name
      if let unit = found.unit, unit != fields[found.parameter].unit {
        let expected = fields[found.parameter].unit
        say(.otherUnit(name, found: unit, expected: expected), file, table, heading.place)
      }
      if let target = targets.firstIndex(where: { $0.parameter == found.parameter }) {
        guard let element = found.element, targets[target].isSpread,
          elements[target].updateValue(column, forKey: element) == nil
        else {
          say(.parameterTwice(name), file, table, heading.place)
          continue
        }
      } else {
        targets.append(
          Target(
            parameter: found.parameter, columns: [column], isSpread: found.element != nil))
        elements.append(found.element.map { [$0: column] } ?? [:])
      }
    }
    for index in targets.indices where targets[index].isSpread {
      let count = elements[index].count
      targets[index].columns = (0..<count).compactMap { elements[index][$0] }
      if let missing = (0..<count).first(where: { elements[index][$0] == nil }) {
        let name = fields[targets[index].parameter].name
        let place = table.header[elements[index].values.min() ?? 0].place
        say(.elementMissing(name, missing), file, table, place)
      }
    }
    reportMissingColumns(of: table, file, targets, kernel)
    return targets
  }

  /// The problem is made only if it is one of the first.
  private mutating func say(
    _ problem: @autoclosure () -> PointsProblem, _ file: PointsFile, _ table: PointsTable,
    _ offset: Int
  ) {
    diagnostics.add(.points(problem()), at: file.place, in: table.source, offset)
  }

  private func unknown(_ name: String, _ kernel: Int) -> Problem {
    let known = catalogue[kernel].parameters.map { $0.name }
    return .unknownParameter(
      name, kernel: catalogue[kernel].name, near: NearName.nearest(to: name, among: known),
      known: known)
  }

  private static func unknownColumn(
    _ name: String, _ table: PointsTable, _ known: [String: Int], _ kernel: KernelSignature
  ) -> PointsProblem {
    let fields = kernel.parameters
    let names = fields.map { $0.name }
    let taken = table.header.compactMap { PointsHeading($0.name, known, fields)?.parameter }
    return .unknownColumn(
      name, kernel: kernel.name, near: NearName.nearest(to: name, among: names),
      known: names, taken: Set(taken).sorted().map { names[$0] })
  }

  /// Columns that `columns` names and that the file has not.
  private mutating func reportMissingColumns(
    of table: PointsTable, _ file: PointsFile, _ targets: [Target], _ kernel: Int
  ) {
    let names = file.columns == nil ? [] : table.header.map { $0.name }
    for column in file.columns ?? [] {
      guard let parameter = catalogue[kernel].parameterIndex(column.parameter),
        !targets.contains(where: { $0.parameter == parameter })
      else { continue }
      diagnostics.add(
        .points(
          .missingColumn(
            column.column, file: file.path,
            near: NearName.nearest(to: column.column, among: names), known: names)),
        at: column.place)
    }
  }

  // MARK: The rows

  private mutating func readRows(
    of table: PointsTable, _ file: PointsFile, _ targets: [Target], _ kernel: Int
  ) -> [PointsColumn] {
    let fields = targets.map { catalogue[kernel].parameters[$0.parameter] }
    let rules = targets.map { self.rules[firstRule[kernel] + $0.parameter] }
    var columns = fields.map { PointsColumn(of: $0, rows: table.rowCount) }
    table.forEachRow { cells, reader in
      for (index, target) in targets.enumerated() {
        let cell = PointsCell(bytes: reader.bytes, cell: cells[target.columns[0]], reader: reader)
        if target.isSpread {
          var last = cells[target.columns[0]]
          switch elements(of: target, fields[index], rules[index], cells, reader, &last) {
          case .success(let array): columns[index].append(array)
          case .failure(let problem): report(problem, fields[index], file, table, last, kernel)
          }
          continue
        }
        let type = fields[index].type
        if cell.isEmpty, type != .text, type != .bytes {
          let problem = Problem.points(.emptyCell(parameter: fields[index].name, type: type))
          report(.problem(problem), fields[index], file, table, cell.cell, kernel)
          continue
        }
        switch cell.value(fields[index], rules[index], &manifest.pools) {
        case .success(let value): columns[index].append(value)
        case .failure(let problem):
          report(problem, fields[index], file, table, cell.cell, kernel)
        }
      }
    }
    return columns
  }

  /// `last`: the cell that was looked at last.
  private mutating func elements(
    of target: Target, _ field: FieldSignature, _ rule: ArgumentRule, _ cells: [CSVReader.Cell],
    _ reader: CSVReader, _ last: inout CSVReader.Cell
  ) -> Result<Manifest.Cell, CellProblem> {
    var elements = ArrayElements(field)
    var isOver = false
    for column in target.columns {
      last = cells[column]
      let cell = PointsCell(bytes: reader.bytes, cell: last, reader: reader)
      if cell.isEmpty {
        isOver = true
      } else if isOver {
        return .failure(.problem(.points(.gap(parameter: field.name))))
      } else if let problem = cell.add(to: &elements, rule) {
        return .failure(.argument(problem))
      }
    }
    return .success(elements.store(in: &manifest.pools))
  }

  private mutating func report(
    _ problem: CellProblem, _ field: FieldSignature, _ file: PointsFile, _ table: PointsTable,
    _ cell: CSVReader.Cell, _ kernel: Int
  ) {
    let kernel = catalogue[kernel].name
    let bytes = table.source.bytes
    // A line that begins so is meant as a comment, if its first field is no value.
    let isComment =
      cell.place < bytes.count && bytes[cell.place] == UInt8(ascii: "#")
      && (cell.place == 0 || bytes[cell.place - 1] == UInt8(ascii: "\n"))
    let found: Problem =
      switch problem {
      case _ where isComment: .points(.comment)
      case .argument(let problem): .argument(problem, parameter: field.name, kernel: kernel)
      case .problem(let problem): problem
      }
    diagnostics.add(found, at: file.place, in: table.source, cell.place)
  }
}

/// What the name of a column says: a parameter, with its unit as in `v [m/s]`, or an element of
/// an array as in `w[0]` or `w[0] [m]`.
struct PointsHeading {
  let parameter: Int
  var element: Int?
  var unit: String?

  /// `known`: the parameters by the names of their columns. Returns nil for any other name.
  init?(_ name: String, _ known: [String: Int], _ fields: [FieldSignature]) {
    if let parameter = known[name] {
      self.parameter = parameter
      return
    }
    var base = name[...]
    var unit: String?
    if name.hasSuffix("]"), let range = name.ranges(of: " [").last {
      unit = String(name[range.upperBound...].dropLast())
      base = name[..<range.lowerBound]
      if let parameter = known[String(base)] {
        self.parameter = parameter
        self.unit = unit
        return
      }
    }
    guard base.hasSuffix("]"), let bracket = base.lastIndex(of: "["),
      let parameter = known[String(base[..<bracket])], fields[parameter].type.isArray,
      let element = Int(base[base.index(after: bracket)...].dropLast()), element >= 0
    else { return nil }
    self.parameter = parameter
    self.element = element
    self.unit = unit
  }
}
