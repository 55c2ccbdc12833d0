/// How results are written. To add a format, write its `RecordWriter` and add a row here.
public enum Format: String, Sendable, CaseIterable {
  case text, tokens, jsonl, json, csv, tap

  /// The type that writes it.
  var writer: any RecordWriter.Type {
    switch self {
    case .text: TextWriter.self
    case .tokens: TokensWriter.self
    case .jsonl: JSONLinesWriter.self
    case .json: JSONDocumentWriter.self
    case .csv: TableWriter.self
    case .tap: TapWriter.self
    }
  }

  /// What it promises its readers, and what it needs from the run.
  public var traits: FormatTraits { writer.traits }
}
