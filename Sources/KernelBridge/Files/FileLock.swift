import CKernelHostLanes
import Glibc

/// A lock between processes. It ends with the object, and with the process.
///
/// Only the file's owner can open it, for writing, and the lock is a write lock. So a sandboxed
/// kernel, which may write no files, cannot hold the lock, unless it is root's. Because root may
/// read all files, every waiter needs a time limit.
public final class FileLock: Sendable {
  private let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Waits for the lock, at most `patience` seconds. Nil: another process had it all the time.
  /// Makes the file if necessary. On a file system without locks every process gets it.
  public static func take(
    _ path: String, part: Range<Int> = FileLock.all, patience: Double
  ) throws(SystemError) -> FileLock? {
    let lock = FileLock(
      try checked("open", path) { unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o200) })
    let until = wallSeconds() + patience
    var pause: UInt32 = 1000
    while kh_try_lock(lock.descriptor, Int64(part.lowerBound), length(part)) == 0 {
      if wallSeconds() >= until { return nil }
      usleep(pause)
      pause = min(pause * 2, 50_000)
    }
    return lock
  }

  deinit { close(descriptor) }
}
