/// How results are written.
public enum Format: String, Sendable, CaseIterable {
  /// What the kernels print, then `All Complete` and the list of tokens.
  case text
  /// The tokens, `[result, ok, error]`, one a line.
  case tokens
  /// The records, one JSON object a line.
  case jsonl
  /// One JSON document with the manifest's metadata, the records and the counts.
  case json
  /// The records as comma-separated values, RFC 4180, with a header.
  case csv
  /// The Test Anything Protocol, version 14: a test point for each call.
  case tap
}
