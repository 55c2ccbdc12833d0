import KernelBridge
import KernelHostModel

/// Writes the file beside a table of results that says what made them.
///
/// Readers of CSV agree on no mark for comments, and take the first line for the names of the
/// columns. So a table has no place for it.
struct RunSidecar {
  private let path: String
  private let file: OutputFile

  /// Makes the file beside the results at a path. The file has no name before `write`.
  init(beside results: String, ending: String) throws(SystemError) {
    path = results + ending
    file = try OutputFile(path: path, action: "write the record of the run to")
  }

  /// Writes the record, once. It is complete just before the results get their name, so that a
  /// reader who finds those finds it, too.
  func write(_ origin: RunOrigin) throws(SystemError) {
    var record: [UInt8] = []
    origin.writeRecord(to: &record)
    record.append(10)
    try file.write(record[...])
    try file.commit()
  }

  func remove() {
    if FileFacts(path)?.isRegular == true { Folders.remove(path) }
  }
}
