import CKernelHostLanes
import Glibc

extension FileLock {
  /// The outcome of one attempt.
  public enum Attempt {
    case taken(FileLock)
    /// Another process has it, or a part of it.
    case held
    /// The file system has no locks.
    case unavailable
  }

  /// Takes the lock of all of a file, or of some parts of it, if no other process has any of it.
  /// Waits for nothing. The parts are numbers of bytes, which need not exist.
  public static func attempt(
    _ path: String, parts: [Range<Int>] = [FileLock.all], action: String
  ) throws(SystemError) -> Attempt {
    let descriptor = try checked(action, path) {
      unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o200)
    }
    for part in parts {
      switch kh_try_lock(descriptor, Int64(part.lowerBound), length(part)) {
      case 1: continue
      case 0:
        close(descriptor)
        return .held
      default:
        close(descriptor)
        return .unavailable
      }
    }
    return .taken(FileLock(descriptor, path))
  }

  /// Whether a process has the lock of a file or of a part of it, this one too. Does not take it.
  /// False, if that cannot be learned.
  public static func isHeld(_ path: String, part: Range<Int> = FileLock.all) -> Bool {
    !held(path, among: [part]).isEmpty
  }

  /// The parts of a file of which a process has the lock. O(parts).
  public static func held(_ path: String, among parts: [Range<Int>]) -> [Range<Int>] {
    // To ask for the lock of a file, it must be open in some way, and all may not write it.
    for mode in [O_WRONLY, O_RDONLY] {
      let descriptor = unsafe open(path, mode | O_CLOEXEC)
      if descriptor < 0 { continue }
      defer { close(descriptor) }
      return parts.filter { kh_lock_is_held(descriptor, Int64($0.lowerBound), length($0)) }
    }
    return []
  }

  /// All bytes that a file can have.
  public static let all = 0..<Int.max

  /// As the system has it: 0 is to the end.
  static func length(_ part: Range<Int>) -> Int64 {
    part.upperBound == Int.max ? 0 : Int64(part.count)
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
