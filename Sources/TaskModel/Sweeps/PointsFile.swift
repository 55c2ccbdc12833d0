/// A sweep's `file`: `{"file": "points.csv", "columns": {"r": "rate"}}`.
struct PointsFile: Sendable {
  /// As it is written.
  let path: String
  let place: Int
  /// The number of the task.
  let task: Int
  /// Nil: all of the file's columns are parameters.
  var columns: [Taken]?
  /// From `ManifestReading.readPoints` on, until the planner has made columns of it.
  var table: PointsTable?

  /// A column that `columns` names, and the parameter that it is.
  struct Taken: Sendable {
    let parameter: String
    let column: String
    let place: Int
  }

  static let key = "file"
  static let columnsKey = "columns"
}

/// Why the file of a sweep could not be read.
public enum PointsFailure: Error, Sendable, Hashable {
  case unreadable(reason: String)
  case notRegular
}

extension ManifestReading {
  /// The paths of the files that sweeps take their points from, as they are written.
  public var pointsPaths: [String] { manifest.pointsFiles.map { $0.path } }

  /// Reads the files of all sweeps; what is wrong with one is added to the diagnostics. Each
  /// path is asked for once. `name`: what messages call a file. O(bytes).
  public mutating func readPoints(
    name: (_ path: String) -> String,
    read: (_ path: String) -> Result<[UInt8], PointsFailure>
  ) {
    var sources: [String: Result<SourceText, PointsFailure>] = [:]
    // Of all texts that are kept: their places in the pools have 32 bits.
    var bytes = manifest.source.bytes.count
    for index in manifest.pointsFiles.indices {
      let file = manifest.pointsFiles[index]
      let source =
        sources[file.path] ?? read(file.path).map { SourceText(name: name(file.path), bytes: $0) }
      sources[file.path] = source
      let mistakes = diagnostics.total
      switch source {
      case .failure(.unreadable(let reason)):
        diagnostics.add(.points(.unreadable(file.path, reason: reason)), at: file.place)
      case .failure(.notRegular):
        diagnostics.add(.points(.notRegular(file.path)), at: file.place)
      case .success(let source)
      where source.bytes.count >= ManifestReader.sourceLimit - bytes:
        diagnostics.add(
          .points(.tooLarge(bytes: source.bytes.count)), at: file.place, in: source, 0)
      case .success(let source):
        bytes += source.bytes.count
        manifest.pointsHash = NameHash.of(
          source.bytes, source.bytes.indices, seed: manifest.pointsHash)
        let table = PointsTable(source) { problem, place in
          diagnostics.add(.points(problem), at: file.place, in: source, place)
        }
        if diagnostics.total == mistakes { set(table, of: index) }
      }
      // Of a task whose points are not known nothing else is said.
      if diagnostics.total > mistakes {
        manifest.tasks[file.task].kernel = Manifest.Task.noKernel
        manifest.sweeps[file.task] = nil
      }
    }
  }

  private mutating func set(_ table: PointsTable?, of index: Int) {
    let file = manifest.pointsFiles[index]
    guard let table, var sweep = manifest.sweeps[file.task] else { return }
    manifest.pointsFiles[index].table = table
    for axis in sweep.axes.indices {
      if case .file = sweep.axes[axis].values {
        sweep.axes[axis].values = .file(index, rows: table.rowCount)
      }
    }
    manifest.sweeps[file.task] = sweep
    manifest.check(sweep, &diagnostics)
  }
}
