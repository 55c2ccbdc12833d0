import KernelBridge
import KernelHostModel

/// A file that an observer writes. After the first failure nothing more is written, and the run
/// continues.
final class ObserverFile {
  /// The bytes that are written next.
  var buffer: [UInt8] = []
  /// Why the file is not complete; nil if it is, so far.
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

  /// Writes the buffer. With `flushing`, it reaches the system.
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

  /// Writes the rest and gives a regular file its name. `beginning` replaces the first bytes of the
  /// file.
  func commit(beginning: [UInt8]? = nil) {
    send(flushing: true)
    attempt { output throws(SystemError) in
      if let beginning { try output.overwrite(beginning) }
      try output.commit()
    }
  }

  /// Whether the first bytes of the file can be replaced.
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
