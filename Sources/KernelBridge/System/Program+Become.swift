import Glibc

extension Program {
  /// The file of this executable; nil: there is no /proc.
  public static var own: String? {
    guard let path = unsafe realpath("/proc/self/exe", nil) else { return nil }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// Replaces this process by another program. It is searched in PATH if its first word has no
  /// slash. Returns only on failure: the reason.
  public static func become(_ command: [String]) -> SystemError {
    guard let name = command.first else { return SystemError("run", path: nil, code: EINVAL) }
    var words = unsafe command.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    // The program gets back the signals that this process handles.
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    unsafe execvp(name, &words)
    return SystemError("run", path: name, code: errno)
  }
}
