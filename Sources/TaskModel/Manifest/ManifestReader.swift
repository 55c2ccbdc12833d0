/// How the tasks of a manifest are written.
public enum ManifestFormat: String, Sendable, Hashable, CaseIterable {
  /// One JSON text: an object, or an array of tasks.
  case json
  /// JSON Lines: one task on each line that is not blank.
  case jsonl
}

/// What reading found: all that is sound, and all that is not.
public struct ManifestReading: Sendable {
  public var manifest: Manifest
  public var diagnostics: Diagnostics
  /// False if broken JSON ended the reading, so that what follows is unknown.
  public var isComplete: Bool
}

/// Reads manifests. Knows JSON and the keys of a manifest, and nothing of kernels.
public enum ManifestReader {
  /// Places are 32 bits wide; the last value stands for no place.
  public static let sourceLimit = Int(UInt32.max)

  /// Never fails: what is wrong is in the reading's diagnostics. O(bytes).
  public static func read(_ source: SourceText, format: ManifestFormat = .json) -> ManifestReading {
    read(source, format: format, usesShapes: true)
  }

  /// `usesShapes`: false, for tests, if each task is to be parsed.
  static func read(
    _ source: SourceText, format: ManifestFormat, usesShapes: Bool
  ) -> ManifestReading {
    if source.bytes.count >= sourceLimit {
      return failed(source, .sourceTooLarge(bytes: source.bytes.count), at: 0)
    }
    if let file = ForeignFile(source) { return failed(source, .foreign(file), at: 0) }
    if let error = JSONReader.problemAtStart(of: source.bytes),
      !(format == .jsonl && error.problem == .empty)
    {
      return failed(source, .json(error.problem), at: error.place)
    }
    switch format {
    case .json:
      var parser = ManifestParser(source, JSONReader(source.bytes))
      parser.usesShapes = usesShapes
      return parser.parseWhole()
    case .jsonl:
      return readLines(source, usesShapes)
    }
  }

  private static func failed(
    _ source: SourceText, _ problem: Problem, at place: Int
  ) -> ManifestReading {
    var diagnostics = Diagnostics()
    diagnostics.add(problem, at: place)
    return ManifestReading(
      manifest: Manifest(source: source), diagnostics: diagnostics, isComplete: false)
  }

  /// Each line is read on its own, so a broken one does not hide the next.
  private static func readLines(_ source: SourceText, _ usesShapes: Bool) -> ManifestReading {
    var parser = ManifestParser(source, JSONReader(source.bytes, isLine: true))
    parser.usesShapes = usesShapes
    var start = 0
    while start < source.bytes.count {
      let end = lineEnd(source.bytes, from: start)
      parser.parseLine(start..<end)
      start = end + 1
    }
    return parser.reading(isComplete: true)
  }

  private static func lineEnd(_ bytes: [UInt8], from start: Int) -> Int {
    let text = bytes.span
    for index in start..<text.count where text[index] == UInt8(ascii: "\n") { return index }
    return text.count
  }
}
