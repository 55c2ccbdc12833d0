import KernelBridge
import TaskModel

/// Paths that workers shall reach in spite of the sandbox, and that are not there: a slip in one
/// would shut a call out in silence, or stop the run where no place tells of which path.
extension KernelOptions {
  /// Adds those of the manifest to its mistakes; false: there are some. Throws for those of the
  /// command line.
  func checkAllowed(
    _ reading: inout ManifestReading, at operand: String
  ) throws(CommandError) -> Bool {
    let lines =
      Self.missing(allowed.read, in: Paths.current).map { given($0, "allow-read") }
      + Self.missing(allowed.write, in: Paths.current).map { given($0, "allow-write") }
    if !lines.isEmpty { throw .input(lines) }
    let folder = Paths.folder(of: operand)
    let manifest = reading.manifest
    let before = reading.diagnostics.total
    let parts = [
      ("read", manifest.allowed.read, manifest.allowedPlaces.read),
      ("write", manifest.allowed.write, manifest.allowedPlaces.write),
    ]
    for (key, paths, places) in parts {
      for found in Self.missing(paths, in: folder) {
        let problem = AllowedPathProblem(
          key: key, written: found.written, absolute: found.absolute, reason: found.reason)
        reading.diagnostics.report(.allowedPath(problem), at: places[found.index])
      }
    }
    return reading.diagnostics.total == before
  }

  private struct MissingPath {
    let index: Int
    let written: String
    let absolute: String
    let reason: String
  }

  private static func missing(_ paths: [String], in folder: String) -> [MissingPath] {
    paths.enumerated().compactMap { index, path in
      let absolute = Paths.absolute(path, in: folder)
      return FileFacts.problem(absolute).map {
        MissingPath(index: index, written: path, absolute: absolute, reason: $0.reason)
      }
    }
  }

  private func given(_ path: MissingPath, _ option: String) -> String {
    Messages.error(
      Wording.allowedPath(
        option: option, path.written, absolute: path.absolute, reason: path.reason))
  }
}
