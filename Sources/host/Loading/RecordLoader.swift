import KernelBridge
import KernelHost
import KernelHostModel

/// Reads files of records for a command.
enum RecordLoader {
  /// Calls `run` with each record of a run and `body` with each record of a call, in order; a nil
  /// `path` is standard input, and a folder is a journal. Returns whether the last record is incomplete. O(bytes).
  static func read(
    _ path: String?, run: (RunOrigin) -> Void = { _ in }, _ body: (RunRecord) -> Void
  ) throws(CommandError) -> Bool {
    if let path, FileFacts(path)?.isFolder == true {
      let folder = try JournalLoader.folder(path)
      try JournalLoader.results(folder, JournalLoader.index(folder)).records(run: run, body)
      return false
    }
    do throws(RecordFile.Failure) {
      return try RecordFile.read(path: path, columns: TerminalStyle.columns, run: run, body)
    } catch {
      switch error {
      case .system(let error): throw .usage(Messages.system(error))
      case .record(let error): throw .input([error.message])
      }
    }
  }
}
