import KernelBridge
import KernelHost
import KernelHostModel

/// Checks that the paths exist which workers may reach in spite of the sandbox. A wrong path would
/// only show later, as a call that cannot open its file.
extension KernelOptions {
  /// Adds missing paths of the manifest to its mistakes, and returns whether there were no such
  /// paths. Throws for missing paths of the command line.
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
