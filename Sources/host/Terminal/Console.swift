import KernelBridge
import TaskModel

/// The two ways out: results, and what is said to the person.
final class Console {
  /// What was standard output when the process started; nil: it was closed.
  let results: Int32?
  private let diagnostics = OutputFile(descriptor: 2, name: "standard error")

  init(results: Int32?) {
    self.results = results
  }

  /// A line to standard error, or several. Names and messages in it may be plugins': nothing
  /// in them reaches a terminal that it would obey.
  func say(_ line: String) {
    try? diagnostics.write(TerminalStyle.painted(Wording.plainLines(line)) + "\n")
    try? diagnostics.flush()
  }

  /// Text that was asked for (help, lists), to standard output, as fit for a terminal as what is
  /// said. `isData`: it is for programs, and escaped as their format has it.
  func show(_ text: String, isData: Bool = false) -> ExitCode {
    guard let results else {
      say(Messages.error("cannot write to standard output: it is closed"))
      return .notWritten
    }
    let output = OutputFile(descriptor: results, name: "standard output")
    do throws(SystemError) {
      try output.write(isData ? text : Wording.plainLines(text))
      try output.flush()
      return .ok
    } catch {
      say(Messages.error(Messages.system(error)))
      return .notWritten
    }
  }
}
