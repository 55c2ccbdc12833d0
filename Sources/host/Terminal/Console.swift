import KernelBridge
import KernelHostModel

/// The two outputs of the program: results, and messages for the person.
final class Console {
  /// The standard output of the process at its start; nil if it was closed.
  let results: Int32?
  private let diagnostics = OutputFile(descriptor: 2, name: "standard error")

  init(results: Int32?) {
    self.results = results
  }

  /// Writes lines to standard error. Characters that control a terminal are replaced, because names
  /// and messages may come from plugins.
  func say(_ line: String) {
    try? diagnostics.write(
      TerminalStyle.painted(Wording.plainLines(OwnName.applied(to: line))) + "\n")
    try? diagnostics.flush()
  }

  /// Writes requested text (help, lists) to standard output, as safe for a terminal as messages.
  /// `isData`: the text is for programs, and escaped as its format requires.
  func show(_ text: String, isData: Bool = false) -> ExitCode {
    guard let results else {
      say(Messages.error("cannot write to standard output: it is closed"))
      return .notWritten
    }
    let output = OutputFile(descriptor: results, name: "standard output")
    do throws(SystemError) {
      try output.write(isData ? text : Wording.plainLines(OwnName.applied(to: text)))
      try output.flush()
      return .ok
    } catch {
      if error.isBrokenPipe { return .readerGone }
      say(Messages.error(Messages.system(error)))
      return .notWritten
    }
  }
}
