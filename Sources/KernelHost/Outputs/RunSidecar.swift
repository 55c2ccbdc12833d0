import KernelBridge
import TaskModel

/// The file beside a table of results that says what made them.
///
/// A table has no place for it: readers of CSV agree on no mark for comments, and take the
/// first line for the names of the columns.
struct RunSidecar {
  private let path: String
  private let file: OutputFile

  /// Beside the results at a path. Nothing has the name before `write`.
  init(beside results: String) throws(SystemError) {
    path = results + Format.sidecarEnding
    file = try OutputFile(path: path, action: "write the record of the run to")
  }

  /// Writes it, complete. Once; just before the results get their name, so that who finds those
  /// finds it.
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
