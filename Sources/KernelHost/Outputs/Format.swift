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

  /// What follows the name of a file of CSV in the name of the record of its run.
  public static let sidecarEnding = ".run.json"

  /// Whether the results say what made them, inside or in a file beside them.
  var tellsOfItsRun: Bool {
    switch self {
    case .jsonl, .json, .csv: true
    case .text, .tokens, .tap: false
    }
  }
}
