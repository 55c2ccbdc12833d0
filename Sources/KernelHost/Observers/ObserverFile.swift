import KernelBridge
import TaskModel

/// A file that an observer writes. What fails first is kept, and nothing is written after it;
/// the run goes on.
final class ObserverFile {
  /// What is to be written next.
  var buffer: [UInt8] = []
  /// Why not all could be written; nil: all was, so far.
  private(set) var failure: String?
  private let output: OutputFile
  private let onFailure: (String) -> Void

  init(_ output: OutputFile, onFailure: @escaping (String) -> Void = { _ in }) {
    self.output = output
    self.onFailure = onFailure
    buffer.reserveCapacity(1 << 15)
  }

  var isFull: Bool { buffer.count >= 1 << 15 }

  func raw(_ text: String) { JSONWriter.raw(text, to: &buffer) }

  /// Hands the buffer over; `flushing`: to the system.
  func send(flushing: Bool = false) {
    if buffer.isEmpty && !flushing { return }
    var bytes: [UInt8] = []
    swap(&bytes, &buffer)
    attempt { output throws(SystemError) in
      try output.write(bytes[...])
      if flushing { try output.flush() }
    }
    bytes.removeAll(keepingCapacity: true)
    swap(&bytes, &buffer)
  }

  /// Writes all of it and, for a regular file, gives it its name; before that `beginning`, if
  /// there is one, over the file's first bytes.
  func commit(beginning: [UInt8]? = nil) {
    send(flushing: true)
    attempt { output throws(SystemError) in
      if let beginning { try output.overwrite(beginning) }
      try output.commit()
    }
  }

  /// Whether the file's first bytes can be written again.
  var canBeginAgain: Bool { output.isRegular }

  private func attempt(_ body: (OutputFile) throws(SystemError) -> Void) {
    if failure != nil { return }
    do throws(SystemError) {
      try body(output)
    } catch {
      let reason = Wording.system(error.action, error.path, error.reason)
      failure = reason
      onFailure(reason)
    }
  }
}
