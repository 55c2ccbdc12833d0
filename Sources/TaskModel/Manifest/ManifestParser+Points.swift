/// The keys of a sweep that stand for a file.
extension ManifestParser {
  /// Whether the key that was read is no parameter: `file` with a text, and `columns` beside it.
  mutating func isOfFile(_ name: String, sweepAt place: Int) throws(JSONError) -> Bool {
    switch name {
    case PointsFile.key: return try json.kind() == .text
    // A parameter may have that name.
    case PointsFile.columnsKey: return manifest.source.hasText(PointsFile.key, inObject: place)
    default: return false
    }
  }

  /// `"file": "points.csv"`. Nil: something is wrong with it.
  mutating func readFile() throws(JSONError) -> Int? {
    let place = valuePlace()
    let path = json.string(try json.readText())
    if path.isEmpty {
      diagnostics.add(.emptyText(of: PointsFile.key), at: place)
      return nil
    }
    if path.utf8.contains(0) {
      diagnostics.add(.nulInPath, at: place)
      return nil
    }
    manifest.pointsFiles.append(
      PointsFile(path: path, place: place, task: manifest.tasks.count))
    return manifest.pointsFiles.count - 1
  }

  /// `"columns"`: an object of parameters, each with its column's name, or an array of those
  /// that are called alike. Nil: something is wrong with it.
  mutating func readColumns() throws(JSONError) -> [PointsFile.Taken]? {
    let mistakes = diagnostics.total
    let place = valuePlace()
    var columns: [PointsFile.Taken] = []
    var isFirst = true
    switch try json.kind() {
    case .object:
      try json.enter()
      while let text = try json.nextMember(&isFirst) {
        let parameter = json.string(text)
        if let column = try readColumn() {
          columns.append(.init(parameter: parameter, column: column.name, place: column.place))
        }
      }
    case .array:
      try json.enter()
      while try json.nextElement(&isFirst) {
        if let column = try readColumn() {
          columns.append(.init(parameter: column.name, column: column.name, place: column.place))
        }
      }
    default:
      try refuse {
        .wrongType(of: PointsFile.columnsKey, expected: .columns, found: $0)
      }
    }
    var seen: Set<String> = []
    var parameters: Set<String> = []
    for column in columns {
      if !seen.insert(column.column).inserted {
        diagnostics.add(.points(.columnNamedTwice(column.column)), at: column.place)
      } else if !parameters.insert(column.parameter).inserted {
        diagnostics.add(.points(.parameterTwice(column.parameter)), at: column.place)
      }
    }
    if diagnostics.total == mistakes, columns.isEmpty {
      diagnostics.add(.noValues(PointsFile.columnsKey), at: place)
    }
    return diagnostics.total == mistakes ? columns : nil
  }

  private mutating func readColumn() throws(JSONError) -> (name: String, place: Int)? {
    let place = valuePlace()
    if try json.kind() == .text { return (json.string(try json.readText()), place) }
    try refuse { .wrongType(of: PointsFile.columnsKey, expected: .columns, found: $0) }
    return nil
  }
}

extension SourceText {
  /// Whether a key of the object at a place has a text. O(object).
  func hasText(_ name: String, inObject place: Int) -> Bool {
    var json = JSONReader(bytes, from: place)
    do throws(JSONError) {
      try json.enter()
      var isFirst = true
      while let text = try json.nextMember(&isFirst) {
        if json.string(text) == name, try json.kind() == .text { return true }
        _ = try json.skipValue()
      }
    } catch {}
    return false
  }
}
