import KernelBridge
import KernelHostModel

/// Why a command ends before it has done its work.
enum CommandError: Error {
  /// The command line is wrong: one sentence.
  case usage(String)
  /// What the command reads is wrong (a manifest, a plugin, records): complete lines.
  case input([String])
  /// Another process is at it, so that the same line may succeed later: complete lines.
  case busy([String], ExitCode)
  /// A result cannot be written: one sentence.
  case notWritten(String)
  /// The reader of standard output has gone, as after `| head`: it misses nothing.
  case readerGone

  /// A result cannot be written. `path`: of its file; nil: it goes to standard output.
  init(_ error: SystemError, output path: String?) {
    self =
      path == nil && error.isBrokenPipe ? .readerGone : .notWritten(Messages.system(error))
  }
}

extension Console {
  /// Shows why a command ends early. Returns the exit code that says it.
  func report(_ error: CommandError) -> ExitCode {
    switch error {
    case .usage(let sentence):
      say(Messages.error(sentence))
      return .usage
    case .input(let lines):
      for line in lines { say(line) }
      return .usage
    case .busy(let lines, let code):
      for line in lines { say(line) }
      return code
    case .notWritten(let sentence):
      say(Messages.error(sentence))
      return .notWritten
    case .readerGone: return .readerGone
    }
  }
}
