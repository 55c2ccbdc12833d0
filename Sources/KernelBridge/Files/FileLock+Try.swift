import CLanes
import Glibc

extension FileLock {
  /// The outcome of one attempt.
  public enum Attempt {
    case taken(FileLock)
    /// Another process has it.
    case held
    /// The file system has no locks.
    case unavailable
  }

  /// Takes the lock if no other process has it; waits for nothing.
  public static func attempt(_ path: String, action: String) throws(SystemError) -> Attempt {
    let descriptor = try checked(action, path) {
      unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o200)
    }
    switch kh_try_lock(descriptor) {
    case 1: return .taken(FileLock(descriptor))
    case 0:
      close(descriptor)
      return .held
    default:
      close(descriptor)
      return .unavailable
    }
  }

  /// Whether a process has the lock of a file, this one too. Does not take it. False, if that
  /// cannot be learned.
  public static func isHeld(_ path: String) -> Bool {
    // To ask for the lock of a file, it must be open in some way, and all may not write it.
    for mode in [O_WRONLY, O_RDONLY] {
      let descriptor = unsafe open(path, mode | O_CLOEXEC)
      if descriptor < 0 { continue }
      defer { close(descriptor) }
      return kh_lock_is_held(descriptor)
    }
    return false
  }
}

extension Machine {
  /// The name of the machine in its network; "": the system does not tell.
  public static func hostName() -> String {
    var names = utsname()
    guard unsafe uname(&names) == 0 else { return "" }
    return PluginRefusal.text(names.nodename)
  }
}
