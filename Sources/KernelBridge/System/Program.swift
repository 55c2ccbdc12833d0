import CKernelHostLanes
import Glibc

/// Another program, run to its end.
public enum Program {
  public struct Ended: Sendable {
    /// Its exit code; 128 + the signal that ended it, as in a shell.
    public let code: Int32
    public let output: [UInt8]
    /// The most resident memory, in bytes, of it or of one process that it reaped. It is never less
    /// than the caller's own, because the system counts from before the program replaced the
    /// caller.
    public let peakMemory: Int
  }

  /// Where its standard error goes.
  public enum Errors: Sendable { case discarded, withOutput }

  /// Runs `command`, which is searched in PATH if its first word has no slash. It has no input, and
  /// its output is returned. Waits; O(output).
  public static func run(_ command: [String], errors: Errors) throws(SystemError) -> Ended {
    guard let name = command.first else { throw SystemError("run", path: nil, code: EINVAL) }
    var ends: [Int32] = [-1, -1]
    _ = try checked("make a pipe for", name) { unsafe kh_pipe(&ends) }
    defer { close(ends[0]) }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    switch errors {
    case .discarded: unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    case .withOutput: unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
    }
    var words = unsafe command.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    var process: pid_t = 0
    let error = unsafe posix_spawnp(&process, name, &actions, nil, &words, environ)
    close(ends[1])
    if error != 0 { throw SystemError("run", path: name, code: error) }
    let output = Result { () throws(SystemError) in
      try FileReader.readAll(ends[0], name, limit: 1 << 30, expected: 0)
    }
    var status: Int32 = 0
    var used = rusage()
    _ = try checked("wait for", name) { unsafe wait4(process, &status, 0, &used) }
    let signal = status & 0x7f
    return Ended(
      code: signal == 0 ? status >> 8 & 0xff : 128 + signal, output: try output.get(),
      peakMemory: used.ru_maxrss * 1024)
  }
}
