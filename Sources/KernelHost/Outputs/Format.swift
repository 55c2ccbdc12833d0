import KernelBridge

/// How results are written. To add a format, write its `RecordWriter` and add a row here.
package enum Format: String, Sendable, CaseIterable {
  case text, tokens, jsonl, json, csv, sqlite, npz, tap

  /// The type that writes it.
  var writer: any RecordWriter.Type {
    switch self {
    case .text: TextWriter.self
    case .tokens: TokensWriter.self
    case .jsonl: JSONLinesWriter.self
    case .json: JSONDocumentWriter.self
    case .csv: TableWriter.self
    case .sqlite: SqliteWriter.self
    case .npz: NumpyWriter.self
    case .tap: TapWriter.self
    }
  }

  /// What it promises its readers, and what it needs from the run.
  package var traits: FormatTraits { writer.traits }

  /// Why the format cannot be written on this machine; nil if it can.
  package var problem: String? { self == .sqlite ? SqliteDatabase.problem : nil }
}
