import KernelBridge

/// The two ways out: results, and what is said to the person.
final class Console {
  /// What was standard output when the process started; nil: it was closed.
  let results: Int32?
  private let diagnostics = OutputFile(descriptor: 2, name: "standard error")

  init(results: Int32?) {
    self.results = results
  }

  /// A line to standard error.
  func say(_ line: String) {
    try? diagnostics.write(line + "\n")
    try? diagnostics.flush()
  }

  /// Text that was asked for (help, lists), to standard output.
  func show(_ text: String) -> ExitCode {
    guard let results else {
      say(Messages.error("cannot write to standard output: it is closed"))
      return .notWritten
    }
    let output = OutputFile(descriptor: results, name: "standard output")
    do throws(SystemError) {
      try output.write(text)
      try output.flush()
      return .ok
    } catch {
      say(Messages.error(Messages.system(error)))
      return .notWritten
    }
  }
}
