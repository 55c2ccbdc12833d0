public import KernelBridge
public import TaskModel

/// A file of records, read to its end at bounded memory.
public enum RecordFile {
  /// Why it could not be.
  public enum Failure: Error, Sendable {
    case system(SystemError)
    case record(RecordError)
  }

  private static let pieceSize = 1 << 20

  /// Gives `body` each call's record of a file, in order, and `run` those of runs; `path` nil: of
  /// standard input. Returns whether the last line is cut off. O(bytes).
  public static func read(
    path: String?, run: (RunOrigin) -> Void = { _ in }, _ body: (RunRecord) -> Void
  ) throws(Failure) -> Bool {
    var reader = RecordReader(name: path ?? "<stdin>")
    let file: InputFile
    do throws(SystemError) { file = try InputFile(path: path) } catch { throw .system(error) }
    while true {
      let piece: [UInt8]
      do throws(SystemError) {
        piece = try file.read(most: pieceSize)
      } catch {
        throw .system(error)
      }
      do throws(RecordError) {
        try reader.read(piece, isLast: piece.isEmpty, run: run, body)
      } catch {
        throw .record(error)
      }
      if piece.isEmpty { return reader.isCutOff }
    }
  }
}
