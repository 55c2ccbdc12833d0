import Glibc

extension Program {
  /// This executable's own file; nil: there is no /proc.
  public static var own: String? {
    guard let path = unsafe realpath("/proc/self/exe", nil) else { return nil }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// Puts another program in this process's place, which is looked for in PATH where its
  /// first word has no slash. Returns only if that fails: why.
  public static func become(_ command: [String]) -> SystemError {
    guard let name = command.first else { return SystemError("run", path: nil, code: EINVAL) }
    var words = unsafe command.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    // Signals that this process keeps for itself are the program's again.
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    unsafe execvp(name, &words)
    return SystemError("run", path: name, code: errno)
  }
}
