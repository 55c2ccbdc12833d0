/// How the tasks of a manifest are written.
public enum ManifestFormat: String, Sendable, Hashable, CaseIterable {
  /// One JSON text: an object, or an array of tasks.
  case json
  /// JSON Lines: one task on each line that is not blank.
  case jsonl
}

/// What reading found: the sound parts, and the mistakes.
public struct ManifestReading: Sendable {
  public var manifest: Manifest
  public var diagnostics: Diagnostics
  /// Read to its end: false if the JSON itself is broken.
  public var isComplete: Bool

  init(manifest: Manifest, diagnostics: Diagnostics, isComplete: Bool) {
    self.manifest = manifest
    self.diagnostics = diagnostics
    self.isComplete = isComplete
  }
}

/// Reads manifests. Knows JSON and the manifest's own keys, and nothing of kernels.
public enum ManifestReader {
  /// Never fails: what is wrong is in the reading's diagnostics. O(bytes).
  public static func read(_ source: SourceText, format: ManifestFormat = .json) -> ManifestReading {
    ManifestReading(
      manifest: Manifest(source: source), diagnostics: Diagnostics(), isComplete: true)
  }
}
