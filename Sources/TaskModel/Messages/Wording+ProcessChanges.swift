/// The warnings about changes that a kernel or a plugin leaves in the process that calls share.
extension Wording {
  /// A part of the process that all its kernels share, and that one of them may change.
  public enum ProcessPart: String, Sendable {
    case floats = "the floating-point state (rounding, subnormal numbers or traps)"
    case locale = "the locale"
    case folder = "the working folder"
    case mask = "the file mode mask (umask)"
    case signals = "the signal mask"
    case processors = "the processors that it may use"
    case limits = "its resource limits"
    case environment = "the environment variables"
    case handlers = "the signal handlers"
    case output = "the standard descriptors or streams (0, 1, 2; stdin, stdout, stderr)"
  }

  /// The warning about a change. `isSure`: the host has checked after each step of the kernel.
  public static func changed(_ kernel: String, _ parts: [ProcessPart], isSure: Bool) -> String {
    let what = parts.map { $0.rawValue }.joined(separator: ", ")
    return isSure
      ? "\(Printable.plain(kernel)) left \(what) changed; the host restored it, and no other "
        + "call ran with the change"
      : "\(Printable.plain(kernel)), or a call that ended within 0.2 ms before, left \(what) "
        + "changed; the host restored it, but calls in between may have run with the change"
  }

  /// The warning about a change while a plugin was loaded.
  public static func changedAtLoad(_ plugin: String, _ parts: [ProcessPart]) -> String {
    let what = parts.map { $0.rawValue }.joined(separator: ", ")
    return "loading \(Printable.plain(plugin)) changed \(what); the host restored it"
  }

  /// The warning about a plugin that started threads in the fork server. Workers do not have these
  /// threads.
  public static func threadsAtLoad(_ plugin: String) -> String {
    "warning: plugin \(path(plugin)): it started threads while it was loaded, and worker processes "
      + "do not have them: a call that waits for them does not end; \(startThreadsLater)"
  }

  /// Follows the message of a call of such a plugin that did not return.
  public static func perhapsWaitsForThreads(_ plugin: String) -> String {
    "; it may wait for threads that \(path(plugin)) started while it was loaded, which worker "
      + "processes do not have; \(startThreadsLater)"
  }

  private static let startThreadsLater =
    "start them in a kernel's start function, or where they are first used (a static variable "
    + "inside a function, pthread_once); or run with \"isolation\": \"none\""
}
