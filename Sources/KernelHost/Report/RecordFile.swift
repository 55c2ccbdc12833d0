package import KernelBridge
package import KernelHostModel

/// Reads a file of records in bounded memory.
package enum RecordFile {
  /// Why the file could not be read.
  package enum Failure: Error, Sendable {
    case system(SystemError)
    case record(RecordError)
  }

  private static let pieceSize = 1 << 20

  /// Calls `body` with each record of a call, in order, and `run` with each record of a run. A nil
  /// `path` is standard input, and `columns` is the width of messages. Returns whether the last
  /// line is incomplete. O(bytes).
  package static func read(
    path: String?, columns: Int = SourceText.usualColumns, run: (RunOrigin) -> Void = { _ in },
    _ body: (RunRecord) -> Void
  ) throws(Failure) -> Bool {
    var reader = RecordReader(name: path ?? "<stdin>", columns: columns)
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
